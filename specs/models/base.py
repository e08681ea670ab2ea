"""What all models of the files share: strictness, metadata, scalar types."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel

from specs.names import unseen
from specs.units import parse_amount, parse_duration, parse_percent

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_BUILDING = threading.RLock()

API_VERSION = "virt-reconcile/v1"


class Model(BaseModel):
    """A mapping of the files: unknown keys are errors, keys are camelCase, values stay as checked. What
    checks it is built when the first value is checked: who only asks for its fields does without."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, defer_build=True)

    @classmethod
    def model_rebuild(cls, *, _parent_namespace_depth: int = 2, **how: Any) -> bool | None:
        """As pydantic has it, for one thread at a time; not all of its releases see to that."""
        with _BUILDING:
            return super().model_rebuild(_parent_namespace_depth=_parent_namespace_depth + 1, **how)


def matching(pattern: str, meaning: str) -> Callable[[str], str]:
    """A validator of text that matches a pattern as a whole, or else 'is no' what it means."""
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise ValueError(f"'{value}' is no {meaning}")
        return value

    return check


def shown_as(pattern: str, meaning: str) -> WithJsonSchema:
    """What editors are told of text that matches a pattern as a whole."""
    told = f"this is no {meaning}"
    return WithJsonSchema({"type": "string", "pattern": f"^{pattern}$", "patternErrorMessage": told})


def _text(value: Any) -> Any:
    if isinstance(value, bool) or value is None or not isinstance(value, (int, float)):
        return value
    raise ValueError(f"write it in quotes: '{value}'")


def _fit_for_xml(value: str) -> str:
    if _NOT_XML.search(value):
        raise ValueError("a character that XML cannot hold, such as a control character")
    return value


def _seen(value: str) -> str:
    if hidden := unseen(value):
        raise ValueError(f"a name may not hold {hidden}, which nobody sees: take it out")
    return value


Int = Annotated[int, Strict(), Field(ge=0)]
Count = Annotated[int, Strict(), Field(ge=1)]
Bool = Annotated[bool, Strict()]
Text = Annotated[str, BeforeValidator(_text), Strict(), AfterValidator(_fit_for_xml)]
LEAST_PLAIN_SIZE = 1 << 20
"""A number without a unit is bytes where so many, or none, are meant; fewer are a unit that was left out."""

Size = Annotated[
    int,
    BeforeValidator(lambda value: parse_amount(value, LEAST_PLAIN_SIZE)),
    WithJsonSchema({"type": ["string", "integer"], "examples": ["2GiB", "512MiB"]}),
]
MemorySize = Annotated[
    int,
    BeforeValidator(parse_amount),
    WithJsonSchema({"type": ["string"], "examples": ["2GiB", "512MiB"]}),
]
"""Of a guest: always with a unit, for libvirt's own documents have KiB without one."""

Duration = Annotated[
    float,
    BeforeValidator(parse_duration),
    WithJsonSchema({"type": ["string", "number"], "examples": ["90s", "2m"]}),
]
Percent = Annotated[
    float,
    BeforeValidator(parse_percent),
    WithJsonSchema({"type": "string", "examples": ["20%"]}),
]
Name = Annotated[
    str,
    BeforeValidator(_text),
    Strict(),
    Field(min_length=1, max_length=200),
    AfterValidator(matching(r"[^/\n\r\t@][^/\n\r\t]*", "name; it may not hold '/', tabs or line ends")),
    AfterValidator(_fit_for_xml),
    AfterValidator(_seen),
]
_MAC = r"[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}"
_A_MAC = "MAC address such as 52:54:00:12:34:56"
Mac = Annotated[
    str, Strict(), AfterValidator(matching(_MAC, _A_MAC)), AfterValidator(str.lower), shown_as(_MAC, _A_MAC)
]
_UUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
Uuid = Annotated[
    str, Strict(), AfterValidator(matching(_UUID, "UUID")), AfterValidator(str.lower), shown_as(_UUID, "UUID")
]
Mode = Annotated[
    str,
    BeforeValidator(_text),
    Strict(),
    AfterValidator(matching(r"0?[0-7]{3,4}", "file mode such as '0644'")),
]
_PCI = r"([0-9a-fA-F]{4}:)?[0-9a-fA-F]{2}:[0-9a-fA-F]{2}\.[0-7]"
_A_PCI = "PCI address such as 0000:03:00.0"
PciAddress = Annotated[str, Strict(), AfterValidator(matching(_PCI, _A_PCI)), shown_as(_PCI, _A_PCI)]
_USB = r"[0-9a-fA-F]{4}:[0-9a-fA-F]{4}"
_A_USB = "USB 'vendor:product' such as 046d:c52b"
UsbId = Annotated[str, Strict(), AfterValidator(matching(_USB, _A_USB)), shown_as(_USB, _A_USB)]
AbsolutePath = Annotated[
    str,
    Strict(),
    AfterValidator(matching(r"(/|[A-Za-z]:[\\/]|\\\\).*", "absolute path of the virtualization host")),
    AfterValidator(_fit_for_xml),
]


class Metadata(Model):
    """How a resource is called and found."""

    name: Name = Field(description="The name of the resource; the hypervisor knows it by this name.")
    labels: dict[str, Text] = Field(
        default={}, description="Free labels to select resources by, as in --only app=shop."
    )
    formerly: Name | None = Field(
        default=None, description="Of a Domain: how it was called; its guest is renamed, and kept."
    )


class Resource(Model):
    """One document of the files."""

    api_version: Literal["virt-reconcile/v1"] = Field(description="The version of this format.")
    metadata: Metadata = Field(description="Name and labels.")


def as_list(value: Any) -> Any:
    """One item may stand for a list of one."""
    return [value] if isinstance(value, (dict, str)) else value

"""What firmware tells a guest of its machine (SMBIOS), and what people say of a guest on its host."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from specs.models.base import Model, Text, as_list
from specs.places import At, Pairs

_TABLE = "sysinfo[@type=smbios]"


class Smbios(Model):
    """The tables of SMBIOS, as `dmidecode` in the guest shows them."""

    mode: Annotated[Literal["emulate", "host", "sysinfo"] | None, At("os/smbios/@mode")] = Field(
        default=None, description="Where they come from: sysinfo where any stand here."
    )
    bios: Annotated[dict[Text, Text], Pairs(f"{_TABLE}/bios/entry", value=".")] = Field(
        default={}, description="vendor, version, date, release."
    )
    system: Annotated[dict[Text, Text], Pairs(f"{_TABLE}/system/entry", value=".")] = Field(
        default={}, description="manufacturer, product, version, serial, uuid, sku, family."
    )
    base_board: Annotated[dict[Text, Text], Pairs(f"{_TABLE}/baseBoard/entry", value=".")] = Field(
        default={}, description="manufacturer, product, version, serial, asset, location."
    )
    chassis: Annotated[dict[Text, Text], Pairs(f"{_TABLE}/chassis/entry", value=".")] = Field(
        default={}, description="manufacturer, version, serial, asset, sku."
    )
    oem_strings: Annotated[list[Text], BeforeValidator(as_list), At(f"{_TABLE}/oemStrings/entry")] = Field(
        default=[], description="Texts for programs in the guest."
    )

    @property
    def has_tables(self) -> bool:
        """Whether any stand here."""
        return bool(self.bios or self.system or self.base_board or self.chassis or self.oem_strings)


def _elements(texts: Any) -> Any:
    """Each is one element of a namespace of its own: libvirt keeps one of each."""
    from specs.xml import NotXml, parse

    seen: set[str] = set()
    for text in texts:
        try:
            tag = str(parse(text.strip(), blanks=False).tag)
        except NotXml as error:
            raise ValueError(f"this is {error}") from None
        namespace = tag.rpartition("}")[0].removeprefix("{")
        if not namespace:
            raise ValueError(f"<{tag}> has no namespace; write <{tag} xmlns='urn:…'>")
        if namespace.startswith("urn:virt-reconcile:"):
            raise ValueError(f"{namespace} is what we mark domains with")
        if namespace in seen:
            raise ValueError(
                f"two elements of {namespace}, of which libvirt keeps one: put one into the other"
            )
        seen.add(namespace)
    return texts


Elements = Annotated[list[Text], BeforeValidator(as_list), AfterValidator(_elements)]
"""XML of other programs, one element each."""


class Qemu(Model):
    """What QEMU is given past libvirt, which does not check it (drvqemu.html)."""

    args: Annotated[list[Text], At("qemu:arg/@value", ordered=True)] = Field(
        default=[], description="Arguments, one by one."
    )
    env: Annotated[dict[Text, Text], Pairs("qemu:env")] = Field(
        default={}, description="Environment variables."
    )

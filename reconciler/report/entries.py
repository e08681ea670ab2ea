"""What comes or goes as a whole (a disk, an interface, a DHCP host), in a few words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from reconciler.report.words import counted, shortened
from specs.documents.wording import Said

_SPEAKS_FOR_ITSELF = frozenset(
    {"", "action", "address", "bus", "device", "direction", "driver", "file", "format", "model", "name"}
    | {"protocol", "target", "type", "volume.name"}
)
"""Fields whose values need no name beside them."""
_ANY = "-1"
"""libvirt's word for what the host chooses."""
_LAST = frozenset({"bus", "driver", "format", "model"})
"""What matters least: how a thing is attached."""


def entry_name(said: Said) -> str:
    """'disk vda', 'dhcp host 52:54:00:00:00:01'; '' for what is no entry of a list."""
    return " ".join(filter(None, (said.noun, said.label))) if said.noun else ""


def described(said: Said) -> str:
    """'pool guests, data.qcow2, virtio': what an entry says besides its label and what is usual."""
    needless = (said.label, _ANY)
    values = [part for part in said.parts if not part.noun and not part.usual and part.value not in needless]
    named = " ".join(part.value for part in values if part.field == "volume.name")
    told = [part for part in values if not (part.field == "format" and named.endswith(f".{part.value}"))]
    told.sort(key=lambda part: part.field in _LAST)
    nested = Counter(part.noun for part in said.parts if part.noun)
    return ", ".join([*_phrases(told), *(counted(number, noun) for noun, number in nested.items())])


def _phrases(parts: Iterable[Said]) -> Iterator[str]:
    for part in parts:
        name = part.field.removeprefix("volume.") if part.field == "volume.pool" else _words(part.field)
        if part.field in _SPEAKS_FOR_ITSELF:
            yield shortened(part.value)
        elif part.value in ("true", "false"):
            yield name if part.value == "true" else f"no {name}"
        else:
            yield f"{name} {shortened(part.value)}"


def _words(field: str) -> str:
    """'total bandwidth' of `total.bandwidth`, 'startup policy' of `startupPolicy`."""
    return re.sub(r"([A-Z])", lambda match: f" {match[1].lower()}", field.replace(".", " "))

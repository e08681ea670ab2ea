"""What a host answered, as far as anything can be done with it.

A hypervisor is not trusted to answer well. Whatever is no text, has no end or is of the wrong type becomes
a failure of that one object, and everybody else may rely upon the rest. Nothing is parsed here.
"""

from __future__ import annotations

from collections.abc import Mapping

from drivers.base import Capabilities, Inventory, Observation
from drivers.base.errors import Refused
from specs.desired import PowerState
from specs.identity import Kind

LONGEST_DOCUMENT = 16 * 2**20
"""Characters; libvirt itself sends no string of more than 4 MiB (REMOTE_STRING_MAX)."""

_LONGEST_NAME = 4096
_NO_TEXT = "it is no text (halves of characters, or a zero byte)"


def sound(inventory: Inventory) -> Inventory:
    """The inventory with what is of no use among its failures. Raises Refused when all of it is."""
    if not isinstance(inventory, Inventory) or not isinstance(inventory.objects, Mapping):
        raise Refused("the host does not say what is on it (its answer is no inventory)")
    wrong = {key: why for key, seen in inventory.objects.items() if (why := _wrong(key, seen))}
    failures = {_key(key): _told(why) for key, why in inventory.failures.items()}
    if not wrong and failures == inventory.failures and _is_text(inventory.version):
        return inventory
    failures |= {_key(key): why for key, why in wrong.items()}
    return Inventory(
        inventory.host,
        _told(inventory.version),
        {key: seen for key, seen in inventory.objects.items() if key not in wrong},
        failures,
        inventory.identity if _is_text(inventory.identity) else "",
    )


def sound_capabilities(known: Capabilities) -> Capabilities:
    """The capabilities, if they are some; raises Refused."""
    numbers = (known.cpus, known.memory_kib, known.memory_free_kib)
    texts = (known.family, known.version, known.arch, *known.domain_types, *known.os_types)
    names = (*known.machine_types, *known.interfaces)
    pairs = (*known.machines.items(), *known.emulators.items())
    if (
        all(type(number) is int and number >= 0 for number in numbers)
        and all(map(_is_text, (*texts, *names)))
        and all(_is_text(one) and _is_text(other) for one, other in pairs)
        and all(isinstance(kind, Kind) for kind in known.kinds)
    ):
        return known
    raise Refused("what the host says that it can do makes no sense")


def _wrong(key: object, seen: object) -> str:
    """Why an observation is of no use; '' for a sound one."""
    if not isinstance(seen, Observation):
        return "the host does not describe it"
    if key != (seen.kind, seen.name) or not isinstance(seen.kind, Kind):
        return f"the host calls it '{_told(seen.name)}' too"
    if not _is_text(seen.name) or not seen.name or len(seen.name) > _LONGEST_NAME:
        return "its name is none"
    if not _is_text(seen.stamp):
        return _NO_TEXT
    documents: tuple[object, ...] = (seen.document, seen.live, seen.saved)
    for document in documents[:1] + tuple(each for each in documents[1:] if each is not None):
        if not isinstance(document, str):
            return "the host gives no document of it"
        if len(document) > LONGEST_DOCUMENT:
            return f"its document has {len(document) // 2**20} MiB; {LONGEST_DOCUMENT // 2**20} are read"
        if not _is_text(document):
            return _NO_TEXT
    states = (seen.autostart, seen.has_value)
    if not (
        isinstance(seen.power, PowerState | None)
        and isinstance(seen.persistent, bool)
        and all(isinstance(state, bool | None) for state in states)
    ):
        return "the host says of its state what makes no sense"
    return ""


def _key(key: object) -> tuple[Kind, str]:
    """The key of a failure, with a name that can be shown."""
    if isinstance(key, tuple) and len(key) == 2 and isinstance(key[0], Kind):
        return key[0], _told(key[1]) if not _is_text(key[1]) else str(key[1])[:_LONGEST_NAME]
    return Kind.DOMAIN, _told(key)


def _told(value: object) -> str:
    """Anything as text of moderate length."""
    text = value if isinstance(value, str) else repr(value)
    return text[:_LONGEST_NAME].encode(errors="backslashreplace").decode().replace("\0", "\\x00")


def _is_text(value: object) -> bool:
    """Whether it is a string that can be written down."""
    if not isinstance(value, str) or "\0" in value:
        return False
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True

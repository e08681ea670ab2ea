"""What names and UUIDs libvirt takes: each belongs to one object of its kind (vir*ObjListAdd)."""

from __future__ import annotations

from uuid import UUID, uuid4

from drivers.base.errors import NotFound, Refused
from drivers.simulated.rows import HostRows, StoredObject
from drivers.simulated.xml import Element, add, refuse, text_of
from specs.identity import FACTS, Kind


def check_name(root: Element, name: str) -> None:
    """The document's name is the one that the caller gave."""
    given = text_of(root, "name") if root.get("name") is None else root.get("name", "")
    if not given:
        refuse("missing name information", "give <name>")
    if "/" in given or given in (".", ".."):
        refuse(f"name {given} cannot contain '/'")
    if given != name:
        refuse(f"the document names '{given}', not '{name}'")


def canonical_uuid(root: Element) -> str:
    """The document's UUID in lower case with dashes, generated if it gives none."""
    element = root.find("uuid")
    text = text_of(root, "uuid")
    try:
        value = str(UUID(text)) if text else str(uuid4())
    except ValueError:
        refuse(f"malformed uuid element '{text}'", "write 32 hexadecimal digits")
    if element is None:
        element = add(root, "uuid")
        root.remove(element)
        name = root.find("name")
        root.insert(0 if name is None else root.index(name) + 1, element)
    element.text = value
    return value


def check_identity(host: HostRows, kind: Kind, name: str, uuid: str) -> StoredObject | None:
    """The object that a definition replaces, None for a new one; Refused where the name or the UUID
    belongs to another."""
    same_uuid = host.entry_by_uuid(kind, uuid)
    if same_uuid and same_uuid.name != name:
        refuse(
            f"{_word(kind)} '{same_uuid.name}' is already defined with uuid {uuid}",
            "two objects cannot share a UUID",
        )
    same_name = host.entry(kind, name)
    if same_name and same_name.uuid != uuid:
        refuse(
            f"{_word(kind)} '{name}' already exists with uuid {same_name.uuid}",
            "redefine it with that UUID, or remove it first",
        )
    return same_name


def existing(host: HostRows, kind: Kind, name: str) -> StoredObject:
    """The object, or NotFound."""
    entry = host.entry(kind, name)
    if entry is None:
        raise NotFound(f"no {_word(kind)} with matching name '{name}'")
    return entry


def _word(kind: Kind) -> str:
    return "storage volume" if kind is Kind.VOLUME else FACTS[kind].tag


def require_same(host: HostRows, kind: Kind, name: str, uuid: str) -> None:
    """Refused when another object has the name than the one with that UUID."""
    entry = host.entry(kind, name) if uuid and kind is not Kind.VOLUME else None
    if entry is not None and entry.uuid.lower() != uuid:
        raise Refused(f"'{name}' is another {kind} by now (UUID {entry.uuid})", "run plan again")

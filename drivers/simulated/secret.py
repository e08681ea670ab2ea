"""Secrets and their values (virSecretDefParse, virSecretObjListAdd).

A value leaves the file by `secret_value` alone: no message ever holds it.
"""

from __future__ import annotations

from dataclasses import replace

from drivers.base.errors import NotFound
from drivers.simulated.naming import canonical_uuid
from drivers.simulated.rows import HostRows, StoredObject
from drivers.simulated.xml import Element, arrange, parse, refuse, text_of, to_text
from specs.identity import Kind

_USAGE_ID = {"volume": "volume", "ceph": "name", "iscsi": "target", "tls": "name", "vtpm": "name"}


def define(host: HostRows, name: str, document: str) -> None:
    """Creates a secret, or redefines it in place."""
    root = parse(document, "secret")
    for attribute in ("ephemeral", "private"):
        if root.get(attribute, "no") not in ("yes", "no"):
            refuse(f"invalid value of '{attribute}'", "allowed: yes, no")
        root.set(attribute, root.get(attribute, "no"))
    uuid = canonical_uuid(root)
    arrange(root, ("uuid", "description", "usage"))
    own = usage_of(root) or uuid
    if name not in (own, uuid):
        refuse(f"the document describes the secret '{own}', not '{name}'")
    same_usage, same_uuid = host.entry(Kind.SECRET, own), host.entry_by_uuid(Kind.SECRET, uuid)
    if same_usage and same_usage.uuid != uuid:
        refuse(
            f"a secret with UUID {same_usage.uuid} already defined for use with {own}",
            "redefine it with that UUID, or remove it first",
        )
    if same_uuid and same_uuid.name != own:
        refuse(f"a secret with UUID {uuid} is already defined for use with {same_uuid.name}")
    entry = same_uuid or StoredObject(Kind.SECRET, own, uuid, "")
    if same_uuid and parse(same_uuid.document).get("private") != root.get("private"):
        refuse("cannot change private flag on existing secret", "remove the secret first")
    host.save(replace(entry, document=to_text(root)))


def undefine(host: HostRows, name: str) -> None:
    """Removes a secret and its value."""
    host.remove(Kind.SECRET, _existing(host, name).name)


def set_value(host: HostRows, name: str, value: bytes) -> None:
    """Keeps a secret's value."""
    host.save(replace(_existing(host, name), value=value))


def value_of(host: HostRows, name: str) -> bytes | None:
    """The value; None where there is none, and where the secret is private."""
    entry = _existing(host, name)
    return None if parse(entry.document).get("private") == "yes" else entry.value


def find_secret(host: HostRows, reference: Element) -> StoredObject | None:
    """The secret that a disk's <secret type=… usage=…|uuid=…> means."""
    if reference.get("uuid"):
        return host.entry_by_uuid(Kind.SECRET, reference.get("uuid", "").lower())
    return host.entry(Kind.SECRET, f"{reference.get('type')}:{reference.get('usage')}")


def usage_of(root: Element) -> str:
    """'usage-type:usage-id', '' for a secret without a usage."""
    usage = root.find("usage")
    if usage is None or usage.get("type") in (None, "none"):
        return ""
    kind = usage.get("type", "")
    if kind not in _USAGE_ID:
        refuse(f"unknown secret usage type '{kind}'", f"allowed: {', '.join(_USAGE_ID)}")
    key = text_of(usage, _USAGE_ID[kind])
    if not key:
        refuse(f"{kind} usage specified, but {_USAGE_ID[kind]} is missing", f"give <{_USAGE_ID[kind]}>")
    return f"{kind}:{key}"


def _existing(host: HostRows, name: str) -> StoredObject:
    entry = host.entry(Kind.SECRET, name) or host.entry_by_uuid(Kind.SECRET, name)
    if entry is None:
        raise NotFound(f"no secret with matching usage or uuid '{name}'")
    return entry

"""Machine types: an alias stands for a family of them, of which a guest keeps the version that it has."""

from __future__ import annotations

from specs.documents.tree import Node


def keep_machine(declared: Node, found: Node) -> None:
    """Lets a declared alias, which was resolved to the host's newest version, stand for the one that the
    guest has: libvirt resolves it once, when the guest is defined (qemuCanonicalizeMachine), and a newer
    QEMU gives the alias another meaning."""
    ours, theirs = _type_of(declared), _type_of(found)
    if ours is None or theirs is None:
        return
    newest, kept = ours.attrs.get("machine", ""), theirs.attrs.get("machine", "")
    is_alias = ours.source.get("machine", "") != newest
    if is_alias and kept and kept.startswith(_family(newest)):
        ours.attrs["machine"] = kept
        ours.source.set("machine", kept)


def _type_of(domain: Node) -> Node | None:
    os = domain.first("os")
    return os.first("type") if os is not None else None


def _family(machine: str) -> str:
    """'pc-i440fx-' of 'pc-i440fx-7.2': QEMU and its distributors put the version last."""
    family, dash, _ = machine.rpartition("-")
    return family + dash or machine

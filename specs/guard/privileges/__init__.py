"""What a document has that reaches beyond its guest: programs, files and devices of the host, its network.

The places are those of libvirt's schemas (domaincommon.rng, network.rng, storagepool.rng, storagevol.rng).
What is not known here and says an absolute path is taken for one of the host's: a new element of libvirt is
privileged until somebody looked at it.
"""

from __future__ import annotations

from collections.abc import Collection

from specs.guard.privileges.domain import domain_privileges
from specs.guard.privileges.model import WHATS, Privilege
from specs.guard.privileges.others import foreign, network_privileges, pool_privileges, volume_privileges
from specs.guard.privileges.paths import is_system
from specs.identity import Kind
from specs.xml import Element

__all__ = ["WHATS", "Privilege", "is_system", "privileges"]


def privileges(
    document: Element, kind: Kind, *, scheme: str = "", folders: Collection[str] = ()
) -> tuple[Privilege, ...]:
    """What a document has that reaches beyond a guest, without what lies in one of the `folders` (those of
    the host's declared pools)."""
    looks = {
        Kind.DOMAIN: lambda: domain_privileges(document, scheme),
        Kind.NETWORK: lambda: network_privileges(document),
        Kind.STORAGE_POOL: lambda: pool_privileges(document),
        Kind.VOLUME: lambda: volume_privileges(document),
    }
    if kind not in looks:
        return ()
    found: dict[tuple[str, str], Privilege] = {}
    for each in (*looks[kind](), *foreign(document)):
        if each.what in ("emulator", "pool") or not _lies_in(each.value, folders):
            found.setdefault((each.what, each.value), each)
    return tuple(found.values())


def _lies_in(path: str, folders: Collection[str]) -> bool:
    return (
        path.startswith("/")
        and ".." not in path.split("/")
        and any(path.startswith(f"{folder.rstrip('/')}/") for folder in folders if folder != "/")
    )

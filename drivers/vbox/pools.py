"""Pools of a VirtualBox host: folders. VirtualBox has none; that there is one is kept in its global extra
data, for every client that looks at it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from uuid import NAMESPACE_URL, uuid5

from drivers.base.errors import NotFound, Refused
from drivers.base.observation import Observation
from drivers.native.holdings import NativePool, holding_document
from drivers.vbox.registry import POOL, Registry, packed
from specs.desired import PowerState
from specs.identity import Kind

Words = tuple[str, ...]


def observed(registry: Registry) -> Iterator[Observation]:
    """All pools."""
    for name, said in sorted(registry.of_ours(POOL).items()):
        yield Observation(
            Kind.STORAGE_POOL,
            name,
            holding_document(NativePool(name=name, uuid=uuid_of(name, said), path=said.get("path"))),
            power=PowerState.ACTIVE if said.get("active") == "yes" else PowerState.INACTIVE,
            autostart=said.get("autostart") == "yes",
        )


def uuid_of(name: str, said: Mapping[str, str]) -> str:
    """The UUID of a pool; of one that was given none, the one that its name makes."""
    return said.get("uuid") or str(uuid5(NAMESPACE_URL, f"vbox:pool:{name}"))


def active_folders(registry: Registry) -> dict[str, str]:
    """The folders of the active pools."""
    return {
        name: said.get("path", "")
        for name, said in registry.of_ours(POOL).items()
        if said.get("active") == "yes" and said.get("path")
    }


def pool(registry: Registry, name: str) -> Mapping[str, str]:
    """What is kept of a pool; NotFound where there is none."""
    said = registry.of_ours(POOL).get(name)
    if said is None:
        raise NotFound(f"there is no storage pool '{name}' on the host")
    return said


def active_folder(registry: Registry, name: str) -> str:
    """The folder of a pool; Refused where it is not active."""
    if pool(registry, name).get("active") != "yes":
        raise Refused(f"storage pool '{name}' is not active", "start it first")
    return pool(registry, name).get("path", "")


def defining(registry: Registry, wanted: NativePool) -> Iterator[Words]:
    """Keeps that there is a pool. Raises Refused for any but a folder, and for another pool's."""
    name = wanted.name or ""
    if wanted.type != "dir" or not (wanted.path or "").startswith("/"):
        raise Refused(f"storage pool '{name}': a pool here is a folder: type dir, with a target path")
    before = registry.of_ours(POOL).get(name, {})
    for other, said in registry.of_ours(POOL).items():
        if other != name and said.get("path") == wanted.path:
            raise Refused(f"storage pool '{name}': its folder is that of pool '{other}'")
    if before.get("active") == "yes" and before.get("path") != wanted.path:
        raise Refused(f"storage pool '{name}' is active, its folder cannot change", "stop it first")
    yield keeping(name, {**before, "uuid": wanted.uuid or before.get("uuid", ""), "path": wanted.path or ""})


def keeping(name: str, said: Mapping[str, str]) -> Words:
    """Keeps what is said of a pool."""
    return ("setextradata", "global", POOL + name, packed(said))


def forgetting(name: str) -> Words:
    """Keeps nothing of it; its folder stays as it is."""
    return ("setextradata", "global", POOL + name)

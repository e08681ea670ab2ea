"""What all facets ask of a host: a look at some of it."""

from __future__ import annotations

from drivers.base.errors import NotFound, Refused
from drivers.hyperv.link import Link
from drivers.hyperv.told import HostTold, PoolTold, SwitchTold, WholeMachine, seen_in


def look(
    link: Link,
    *,
    machine: str | None = None,
    machines: bool = False,
    switches: bool = False,
    pools: bool = False,
    images: bool = False,
) -> HostTold:
    """A look at what is asked for; with `machine` at those of that name alone, with `images` at the files of
    pools as well, each of which costs the host a moment."""
    asked = {
        "machine": machine,
        "machines": machines or machine is not None,
        "switches": switches,
        "pools": pools or images,
        "images": images,
    }
    return seen_in(link.read("look", asked))


def the_machine(seen: HostTold, name: str) -> WholeMachine:
    """The machine of a name. Raises NotFound, and Refused where there is more than one: Hyper-V has no
    objection to namesakes."""
    found = [each for each in seen.machines if each.itself.name == name]
    if len(found) > 1:
        raise Refused(f"there are {len(found)} machines called '{name}'", "rename all but one on the host")
    if not found:
        if name in seen.failures:
            raise Refused(f"machine '{name}' cannot be read: {seen.failures[name]}")
        raise NotFound(f"there is no machine '{name}'")
    return found[0]


def the_switch(seen: HostTold, name: str) -> SwitchTold:
    """The switch of a name."""
    found = next((each for each in seen.switches if each.name == name), None)
    if found is None:
        raise NotFound(f"there is no virtual switch '{name}'")
    return found


def the_pool(seen: HostTold, name: str) -> PoolTold:
    """The pool of a name."""
    found = next((each for each in seen.pools if each.name == name), None)
    if found is None:
        raise NotFound(f"there is no storage resource pool '{name}'")
    return found


def folder_of(pool: PoolTold) -> str:
    """The one folder of a pool, which is there."""
    if len(pool.paths) != 1:
        raise Refused(f"the pool '{pool.name}' has {len(pool.paths)} folders; only one is understood")
    if not pool.there:
        raise Refused(f"the folder of pool '{pool.name}' is not there: {pool.paths[0]}", "build the pool")
    return pool.paths[0]


def disk_path(seen: HostTold, name: str) -> str:
    """The file of a volume ('pool/name')."""
    pool_name, _, file = name.partition("/")
    pool = the_pool(seen, pool_name)
    folder = folder_of(pool)
    if not any(image.name == file for image in pool.images):
        raise NotFound(f"there is no disk '{file}' in pool '{pool_name}'")
    return f"{folder}\\{file}"

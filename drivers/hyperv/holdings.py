"""What a host has beside machines: switches, storage resource pools, and disks in their folders."""

from __future__ import annotations

from drivers.base.errors import Refused
from drivers.hyperv.formats import format_of_file
from drivers.hyperv.link import Link
from drivers.hyperv.places import same_path
from drivers.hyperv.reading import host_adapter, read_pool, read_switch
from drivers.hyperv.site import disk_path, folder_of, look, the_pool, the_switch
from drivers.hyperv.steps import Given, request, step
from drivers.hyperv.wanted import wanted_holding
from drivers.native import NativeNetwork, NativePool, NativeVolume, with_mark


def define_switch(link: Link, name: str, document: str) -> None:
    """Makes a virtual switch, internal or to an adapter of the host, or makes another one of it."""
    wanted = wanted_holding(name, document, NativeNetwork)
    if wanted.bridge not in (None, host_adapter(name)):
        raise Refused(f"the host's own adapter in switch '{name}' is called {host_adapter(name)}")
    if wanted.mode not in (None, "bridge") or (wanted.mode == "bridge") != (len(_uplinks(wanted)) == 1):
        raise Refused(
            "a virtual switch is internal (no forward) or leads to one adapter of the host",
            "forward: {mode: bridge, interfaces: [ADAPTER]}",
        )
    seen = look(link, switches=True)
    found = next((each for each in seen.switches if each.name == name), None)
    notes = with_mark(wanted.description or "", wanted.mark)
    if found is None:
        if wanted.uuid:
            raise Refused("Hyper-V gives a switch its UUID", "take the uuid out of the files")
        given: dict[str, Given] = {"Name": name, "Notes": notes, **_kind(wanted)}
        if wanted.mode:
            given["AllowManagementOS"] = True  # else the host would lose the adapter
        link.write("act", request([step("New-VMSwitch", **given)]))
        return
    current = read_switch(found)
    if wanted.uuid != current.uuid:
        raise Refused(f"a switch '{name}' is there already, with UUID {current.uuid}")
    steps = []
    if (current.mode, current.uplinks) != (wanted.mode, _uplinks(wanted)):
        steps.append(step("Set-VMSwitch", Name=name, **_kind(wanted)))
    if (current.description, current.mark) != (wanted.description, wanted.mark):
        steps.append(step("Set-VMSwitch", Name=name, Notes=notes))
    if steps:
        link.write("act", request(steps))


def undefine_switch(link: Link, name: str) -> None:
    """Removes a switch to which no machine is connected."""
    seen = look(link, machines=True, switches=True)
    the_switch(seen, name)
    users = sorted(m.itself.name for m in seen.machines if any(nic.switch == name for nic in m.nics))
    if users:
        raise Refused(f"machines are connected to switch '{name}': {', '.join(users)}")
    link.write("act", request([step("Remove-VMSwitch", Name=name, Force=True)]))


def mark_switch(link: Link, name: str, mark: str) -> None:
    """Puts our mark below the user's words in a switch's notes."""
    current = read_switch(the_switch(look(link, switches=True), name))
    if current.mark != mark:
        notes = with_mark(current.description or "", mark)
        link.write("act", request([step("Set-VMSwitch", Name=name, Notes=notes)]))


def define_pool(link: Link, name: str, document: str) -> None:
    """Makes a storage resource pool over a folder, which is made if it is not there."""
    wanted = wanted_holding(name, document, NativePool)
    if wanted.type != "dir" or not wanted.path:
        raise Refused("a pool of Hyper-V is a folder", "type: dir, target: 'D:\\Disks'")
    seen = look(link, pools=True)
    found = next((each for each in seen.pools if each.name == name), None)
    if found is None:
        link.write(
            "act",
            request(
                [
                    step("New-Item", ItemType="Directory", Path=wanted.path, Force=True),
                    step("New-VMResourcePool", Name=name, ResourcePoolType="VHD", Paths=[wanted.path]),
                ]
            ),
        )
        return
    current = read_pool(found)
    if wanted.uuid != current.uuid:
        raise Refused(f"a pool '{name}' is there already, with UUID {current.uuid}")
    if not same_path(wanted.path, current.path or ""):
        raise Refused(f"the folder of pool '{name}' stays {current.path}", "make another pool")


def undefine_pool(link: Link, name: str) -> None:
    """Removes a pool; its folder and all files in it stay."""
    the_pool(look(link, pools=True), name)
    link.write("act", request([step("Remove-VMResourcePool", Name=name, ResourcePoolType="VHD")]))


def build_pool(link: Link, name: str) -> None:
    """Makes the folder of a pool, if it is not there."""
    pool = the_pool(look(link, pools=True), name)
    if not pool.there and len(pool.paths) == 1:
        link.write("act", request([step("New-Item", ItemType="Directory", Path=pool.paths[0], Force=True)]))


def create_disk(link: Link, name: str, document: str) -> None:
    """Makes a disk: one that grows, one that has all of its size, or one that lies upon another."""
    pool_name, _, file = name.partition("/")
    wanted = wanted_holding(file, document, NativeVolume)
    if wanted.format not in (None, format_of_file(file)):
        raise Refused(f"'{file}' is of format {format_of_file(file)}, not {wanted.format}")
    if wanted.allocation and wanted.allocation < (wanted.capacity or 0):
        raise Refused("a disk has none of its size reserved, or all of it", "leave allocation out")
    pool = the_pool(look(link, images=True), pool_name)
    path = f"{folder_of(pool)}\\{file}"
    if any(image.name.lower() == file.lower() for image in pool.images) or file in pool.failures:
        raise Refused(f"there is a disk '{file}' in pool '{pool_name}' already")
    given: dict[str, Given] = {"Path": path, "SizeBytes": wanted.capacity or 0}
    if wanted.backing:
        given |= {"ParentPath": wanted.backing.replace("/", "\\"), "Differencing": True}
    elif wanted.allocation is not None and wanted.allocation >= (wanted.capacity or 0):
        given["Fixed"] = True
    else:
        given["Dynamic"] = True
    link.write("act", request([step("New-VHD", **given)]), _COPYING if "Fixed" in given else 120.0)


_COPYING = 3600.0
"""Seconds that a whole disk may take to be written."""


def delete_disk(link: Link, name: str) -> None:
    """Deletes a disk that no machine has, and upon which no other lies."""
    seen = look(link, machines=True, images=True)
    if seen.failures:
        raise Refused(f"machines cannot be read, and may have it: {', '.join(sorted(seen.failures))}")
    path = disk_path(seen, name)
    users = {m.itself.name for m in seen.machines if any(same_path(d.path or "", path) for d in m.disks)}
    upon = {i.name for pool in seen.pools for i in pool.images if i.parent and same_path(i.parent, path)}
    if users or upon:
        raise Refused(f"the disk '{name}' is used by {', '.join(sorted(users | upon))}", "detach it first")
    link.write("act", request([step("Remove-Item", LiteralPath=path)]))


def grow_disk(link: Link, name: str, capacity: int) -> None:
    """Grows a disk, also while the guest has it."""
    seen = look(link, images=True)
    path = disk_path(seen, name)
    pool, _, file = name.partition("/")
    size = next(image.size for image in the_pool(seen, pool).images if image.name == file)
    if capacity < size:
        raise Refused(f"the disk '{name}' has {size} bytes; it never shrinks")
    if capacity > size:
        link.write("act", request([step("Resize-VHD", Path=path, SizeBytes=capacity)]))


def copy_disk(link: Link, name: str, document: str, source: str) -> None:
    """Makes a disk as a whole copy of another, and grows it to its size."""
    pool_name, _, file = name.partition("/")
    wanted = wanted_holding(file, document, NativeVolume)
    seen = look(link, images=True)
    origin = disk_path(seen, source)
    path = f"{folder_of(the_pool(seen, pool_name))}\\{file}"
    if any(image.name.lower() == file.lower() for image in the_pool(seen, pool_name).images):
        raise Refused(f"there is a disk '{file}' in pool '{pool_name}' already")
    steps = [step("Convert-VHD", Path=origin, DestinationPath=path, VHDType="Dynamic")]
    if wanted.capacity:
        steps.append(step("Resize-VHD", Path=path, SizeBytes=wanted.capacity))
    link.write("act", request(steps), _COPYING)


def _uplinks(network: NativeNetwork) -> tuple[str, ...]:
    return network.uplinks or ((network.dev,) if network.dev else ())


def _kind(network: NativeNetwork) -> dict[str, Given]:
    uplinks = _uplinks(network)
    return {"NetAdapterName": uplinks[0]} if uplinks else {"SwitchType": "Internal"}

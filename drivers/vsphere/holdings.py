"""Port groups and datastores as documents, and back: pure."""

from __future__ import annotations

from drivers.base.errors import Refused
from drivers.native.devices import VlanTag
from drivers.native.holdings import (
    H,
    NativeNetwork,
    NativePool,
    NativeVolume,
    holding_document,
    read_holding,
)
from drivers.vsphere.estate import Datastore, EsxPortGroup
from drivers.vsphere.words import datastore_path, parted_path
from specs.xml import NotXml

TRUNK_OF_ALL = 4095
"""The VLAN by which a port group of a standard switch passes all of them (HostPortGroupSpec.vlanId)."""


def network_of(group: EsxPortGroup) -> str:
    """A port group as a network that is bridged to a switch. Where the hosts disagree about it, it is on no
    switch, so that whoever declares it sees a difference."""
    tags = (VlanTag(id=group.vlan),) if group.vlan else ()
    return holding_document(
        NativeNetwork(
            name=group.name, mode="bridge", bridge=group.switch if group.agreed else None, vlans=tags
        )
    )


def port_group_of(document: str, name: str) -> EsxPortGroup:
    """What a network's document asks for. Raises Refused for what no port group has."""
    network, unknown = _read(document, NativeNetwork, name)
    others = [
        part for part in ("addresses", "groups", "uplinks", "domain", "trunk") if getattr(network, part)
    ]
    if unknown or others or network.mode not in (None, "bridge"):
        told = ", ".join((*unknown, *others)) or f"forward mode '{network.mode}'"
        raise Refused(
            f"a port group has no {told}", "a network of vSphere has a bridge (its switch) and a vlan"
        )
    if not network.bridge:
        raise Refused(
            f"the network '{name}' names no switch", "set bridge: to a standard or distributed switch"
        )
    return EsxPortGroup(name, network.bridge, network.vlans[0].id or 0 if network.vlans else 0)


def pool_of(store: Datastore) -> str:
    """A datastore as a pool: a share of the network, or a folder of the host."""
    host, path = store.remote
    pool = NativePool(type="dir", name=store.name, path=f"/vmfs/volumes/{store.name}")
    if host:
        pool = NativePool(
            type="netfs", name=store.name, host=host, directory=path, path=f"/vmfs/volumes/{store.name}"
        )
    return holding_document(pool)


def pool_wanted(document: str, name: str) -> NativePool:
    """What a pool's document asks for. Raises Refused."""
    pool, unknown = _read(document, NativePool, name)
    if unknown or pool.type not in ("netfs", "dir"):
        raise Refused(f"a datastore has no {', '.join(unknown) or f'type {pool.type}'}")
    return pool


def volume_of(datastore: str, path: str, capacity: int) -> str:
    """A file of a datastore as a volume."""
    whole = datastore_path(datastore, path)
    format_ = "iso" if path.lower().endswith(".iso") else "vmdk"
    return holding_document(
        NativeVolume(name=path, identifier=whole, capacity=capacity, path=whole, format=format_)
    )


def volume_wanted(document: str, name: str) -> NativeVolume:
    """What a volume's document asks for. Raises Refused."""
    volume, unknown = _read(document, NativeVolume, name.partition("/")[2])
    if unknown:
        raise Refused(f"a volume of vSphere has no {', '.join(unknown)}")
    if volume.format not in (None, "vmdk") or not (volume.name or "").endswith(".vmdk"):
        raise Refused(
            f"the volume '{name}' is no .vmdk", "name it NAME.vmdk; vSphere makes no other kind of disk"
        )
    if not volume.capacity or volume.capacity % 1024:
        raise Refused(f"the capacity of '{name}' is no whole number of KiB")
    return volume


def parted_volume(name: str) -> tuple[str, str]:
    """The pool and the path in it, of a volume's name or of '[pool] path'."""
    if name.startswith("["):
        return parted_path(name)
    pool, _, path = name.partition("/")
    return pool, path


def _read(document: str, cls: type[H], name: str) -> tuple[H, tuple[str, ...]]:
    try:
        found, unknown = read_holding(document, cls)
    except NotXml as error:
        raise Refused(f"the document of '{name}' is no XML: {error}") from error
    if found.name != name:
        raise Refused(f"the document is of '{found.name}', and not of '{name}'")
    return found, tuple(str(each) for each in unknown)

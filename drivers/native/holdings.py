"""What a host holds beside machines: networks (bridges, switches, port groups), pools (folders, datastores)
and volumes, each a frozen value for one libvirt document, both ways."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, TypeVar

from lxml import etree

from drivers.native.codec import LOWER, take, write
from drivers.native.devices import VlanTag
from drivers.native.marking import put_mark_text, take_mark_text
from drivers.native.unknown import Unknown, unknown_in
from specs.places import At
from specs.xml import parse


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressRange:
    """Addresses that DHCP gives out."""

    start: Annotated[str | None, At("@start")] = None
    end: Annotated[str | None, At("@end")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservedAddress:
    """An address that DHCP gives to one guest."""

    mac: Annotated[str | None, At("@mac", form=LOWER)] = None
    name: Annotated[str | None, At("@name")] = None
    ip: Annotated[str | None, At("@ip")] = None

    @property
    def key(self) -> str:
        """Whose it is."""
        return self.mac or self.name or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostAddress:
    """An address of the host in a network, with what DHCP gives out beside it."""

    family: Annotated[str | None, At("@family")] = None
    address: Annotated[str | None, At("@address")] = None
    netmask: Annotated[str | None, At("@netmask")] = None
    prefix: Annotated[int | None, At("@prefix")] = None
    ranges: Annotated[tuple[AddressRange, ...], At("dhcp/range")] = ()
    reserved: Annotated[tuple[ReservedAddress, ...], At("dhcp/host")] = ()

    @property
    def key(self) -> str:
        """The address."""
        return self.address or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchGroup:
    """A port group: settings that network cards share by its name."""

    name: Annotated[str | None, At("@name")] = None
    default: Annotated[bool | None, At("@default")] = None
    trunk: Annotated[bool | None, At("vlan/@trunk")] = None
    vlans: Annotated[tuple[VlanTag, ...], At("vlan/tag")] = ()

    @property
    def key(self) -> str:
        """Its name."""
        return self.name or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NativeNetwork:
    """A network. `mode` is how it reaches the world (None: not at all), `uplinks` the host's devices that it
    does so by; `bridge` is what the hypervisor calls its switch."""

    name: Annotated[str | None, At("name")] = None
    uuid: Annotated[str | None, At("uuid", form=LOWER)] = None
    description: Annotated[str | None, At("description")] = None
    mark: str = ""
    mode: Annotated[str | None, At("forward/@mode")] = None
    dev: Annotated[str | None, At("forward/@dev")] = None
    uplinks: Annotated[tuple[str, ...], At("forward/interface/@dev")] = ()
    bridge: Annotated[str | None, At("bridge/@name")] = None
    mtu: Annotated[int | None, At("mtu/@size")] = None
    domain: Annotated[str | None, At("domain/@name")] = None
    trunk: Annotated[bool | None, At("vlan/@trunk")] = None
    vlans: Annotated[tuple[VlanTag, ...], At("vlan/tag")] = ()
    groups: Annotated[tuple[SwitchGroup, ...], At("portgroup")] = ()
    addresses: Annotated[tuple[HostAddress, ...], At("ip")] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NativePool:
    """A pool: a folder, a datastore. Sizes in bytes, as far as they are known."""

    type: Annotated[str, At("@type")] = "dir"
    name: Annotated[str | None, At("name")] = None
    uuid: Annotated[str | None, At("uuid", form=LOWER)] = None
    capacity: Annotated[int | None, At("capacity", unit="bytes")] = None
    allocation: Annotated[int | None, At("allocation", unit="bytes")] = None
    available: Annotated[int | None, At("available", unit="bytes")] = None
    host: Annotated[str | None, At("source/host/@name")] = None
    directory: Annotated[str | None, At("source/dir/@path")] = None
    device: Annotated[str | None, At("source/device/@path")] = None
    source: Annotated[str | None, At("source/name")] = None
    format: Annotated[str | None, At("source/format/@type")] = None
    path: Annotated[str | None, At("target/path")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NativeVolume:
    """A volume: a disk's image. Sizes in bytes; `backing` is the image that it lies over."""

    type: Annotated[str, At("@type")] = "file"
    name: Annotated[str | None, At("name")] = None
    identifier: Annotated[str | None, At("key")] = None
    capacity: Annotated[int | None, At("capacity", unit="bytes")] = None
    allocation: Annotated[int | None, At("allocation", unit="bytes")] = None
    path: Annotated[str | None, At("target/path")] = None
    format: Annotated[str | None, At("target/format/@type")] = None
    backing: Annotated[str | None, At("backingStore/path")] = None
    backing_format: Annotated[str | None, At("backingStore/format/@type")] = None


Holding = NativeNetwork | NativePool | NativeVolume
H = TypeVar("H", NativeNetwork, NativePool, NativeVolume)
_TAGS: dict[type, str] = {NativeNetwork: "network", NativePool: "pool", NativeVolume: "volume"}


def holding_document(holding: Holding) -> str:
    """A network, pool or volume as its document."""
    root = etree.Element(_TAGS[type(holding)])
    write(root, holding)
    if isinstance(holding, NativeNetwork):
        put_mark_text(root, holding.mark)
    return etree.tostring(root, encoding="unicode", pretty_print=True)


def read_holding(document: str, cls: type[H]) -> tuple[H, tuple[Unknown, ...]]:
    """What a document says as a network, pool or volume, and what it says beyond that. Raises NotXml."""
    root = parse(document, blanks=False)
    mark = take_mark_text(root)
    found = take(root, cls)
    if isinstance(found, NativeNetwork):
        found = replace(found, mark=mark)
    return found, tuple(unknown_in(root))

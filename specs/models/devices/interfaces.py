"""Network interfaces of a domain."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from specs.models.addressing import FixedIp
from specs.models.base import Bool, Count, Int, Mac, Model, Name, Text, as_list
from specs.models.devices.rom import Rom, rom_of
from specs.places import YES, At, Flag, Pairs


class Vlan(Model):
    """VLAN tags of a port."""

    tags: Annotated[list[Annotated[int, Field(strict=True, ge=0, le=4095)]], At("tag/@id")] = Field(
        min_length=1, description="The tags; several need trunk."
    )
    trunk: Annotated[Bool, At("@trunk", form=YES)] = Field(
        default=False, description="Whether the guest sees the tags."
    )


class Rate(Model):
    """A traffic limit, in kilobytes a second and kilobytes."""

    average: Annotated[Count, At("@average")] = Field(description="Average, KiB/s.")
    peak: Annotated[Count | None, At("@peak")] = Field(default=None, description="Peak, KiB/s.")
    burst: Annotated[Count | None, At("@burst")] = Field(default=None, description="Burst, KiB.")


class Bandwidth(Model):
    """Traffic limits, as the guest sees the directions."""

    inbound: Annotated[Rate | None, At("inbound")] = Field(default=None, description="To the guest.")
    outbound: Annotated[Rate | None, At("outbound")] = Field(default=None, description="From the guest.")


class Direct(Model):
    """A macvtap port on a device of the host."""

    dev: Annotated[Text, At("@dev")] = Field(description="The host's device.")
    mode: Annotated[Literal["vepa", "bridge", "private", "passthrough"], At("@mode")] = Field(
        default="bridge", description="How ports reach each other."
    )


def vlan_of(value: Any) -> Any:
    """`vlan: 42` is one tag."""
    return {"tags": [value]} if isinstance(value, int) and not isinstance(value, bool) else value


class Interface(Model):
    """One NIC: exactly one of network, bridge, direct, user."""

    network: Annotated[Name | None, At("source/@network", when="@type=network")] = Field(
        default=None, description="A libvirt network."
    )
    ip: Annotated[list[FixedIp], BeforeValidator(as_list)] = Field(
        default=[],
        description="The address that the network's DHCP server always gives it; one IPv4, one IPv6 at most.",
    )
    portgroup: Annotated[Name | None, At("source/@portgroup")] = Field(
        default=None, description="A port group of that network."
    )
    bridge: Annotated[Text | None, At("source/@bridge", when="@type=bridge")] = Field(
        default=None, description="A bridge of the host."
    )
    direct: Annotated[Direct | None, At("source", when="@type=direct")] = Field(
        default=None, description="A device of the host, through macvtap."
    )
    user: Annotated[Bool, Flag(".[@type=user]")] = Field(
        default=False, description="User-mode networking, without privileges."
    )
    mac: Annotated[Mac | None, At("mac/@address")] = Field(
        default=None, description="The MAC address; derived from fleet, domain and position by default."
    )
    model: Annotated[Text | None, At("model/@type")] = Field(
        default=None, description="The NIC's model; virtio by default on QEMU."
    )
    mtu: Annotated[Count | None, At("mtu/@size")] = Field(default=None, description="The MTU.")
    vlan: Annotated[Vlan | None, BeforeValidator(vlan_of), At("vlan")] = Field(
        default=None, description="VLAN tags."
    )
    openvswitch: Annotated[Bool, Flag("virtualport[@type=openvswitch]")] = Field(
        default=False, description="Whether the bridge is an Open vSwitch; its ports can have VLAN tags."
    )
    link: Annotated[Literal["up", "down"], At("link/@state")] = Field(
        default="up", description="Whether the cable is plugged in."
    )
    bandwidth: Annotated[Bandwidth | None, At("bandwidth")] = Field(
        default=None, description="Traffic limits."
    )
    filter: Annotated[Name | None, At("filterref/@filter")] = Field(
        default=None, description="A network filter."
    )
    filter_parameters: Annotated[dict[str, Text], Pairs("filterref/parameter")] = Field(
        default={}, description="Parameters of the filter."
    )
    boot: Annotated[Count | None, At("boot/@order")] = Field(
        default=None, description="Its place in the boot order, from 1."
    )
    rom: Annotated[Rom | None, BeforeValidator(rom_of), At("rom")] = Field(
        default=None, description="Its boot ROM: a file, or a mapping."
    )
    isolated: Annotated[Bool | None, At("port/@isolated")] = Field(
        default=None, description="Whether it cannot reach other isolated ports of its bridge."
    )
    tap: Annotated[Text | None, At("target/@dev")] = Field(
        default=None, description="What its device on the host is called; not vnet…, which libvirt gives."
    )
    name: Annotated[Text | None, At("guest/@dev")] = Field(
        default=None, description="Of a container: how it is called within; eth0, eth1 … by default."
    )
    queues: Annotated[Int | None, At("driver/@queues")] = Field(
        default=None, description="Queues of a virtio NIC."
    )

    @model_validator(mode="after")
    def _one_source(self) -> Interface:
        sources = [s for s in ("network", "bridge", "direct") if getattr(self, s) is not None]
        sources += ["user"] if self.user else []
        if len(sources) != 1:
            raise ValueError(
                "an interface needs exactly one of network, bridge, direct, user"
                + (f", not {' and '.join(sources)}" if sources else "")
            )
        if self.ip and not self.network:
            raise ValueError(
                "ip goes with network, whose DHCP server gives it out; elsewhere the address comes from"
                " that network's own server, or from within the guest (cloudInit: networkConfig)"
            )
        if len({ipaddress.ip_interface(ip).version for ip in self.ip}) < len(self.ip):
            raise ValueError("an interface has one fixed address of each family, IPv4 and IPv6")
        if self.portgroup and not self.network:
            raise ValueError("portgroup belongs to a network")
        if self.filter_parameters and not self.filter:
            raise ValueError("filterParameters belong to a filter")
        return self

"""Network: a virtual network of a host."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, Strict, model_validator

from specs.models.base import Bool, Count, Int, Mac, Model, Name, PciAddress, Resource, Text, Uuid
from specs.models.devices.interfaces import Bandwidth, Vlan, vlan_of
from specs.models.placement import Hosts, one_of_host_and_hosts
from specs.places import ON_OFF, PCI, YES, At, Flag, Spread


def _address(value: str) -> str:
    ipaddress.ip_address(value)
    return value


def _interface(value: str) -> str:
    if "/" not in value:
        raise ValueError(f"'{value}' lacks its prefix, such as {value}/24")
    ipaddress.ip_interface(value)
    return value


def _prefixed(address: str) -> Mapping[str, str | None]:
    given = ipaddress.ip_interface(address)
    family = "ipv6" if given.version == 6 else None
    return {"@family": family, "@address": str(given.ip), "@prefix": str(given.network.prefixlen)}


def _with_prefix(parts: Mapping[str, str]) -> str | None:
    if "@address" not in parts or "@prefix" not in parts or "@netmask" in parts:
        return None
    return f"{parts['@address']}/{parts['@prefix']}"


WITH_PREFIX = Spread(("@family", "@address", "@prefix", "@netmask"), _prefixed, _with_prefix)
Ip = Annotated[str, Strict(), AfterValidator(_address)]
IpWithPrefix = Annotated[str, Strict(), AfterValidator(_interface)]


class Forward(Model):
    """How the network reaches the world."""

    mode: Annotated[
        Literal["isolated", "nat", "route", "open", "bridge", "private", "vepa", "passthrough", "hostdev"],
        At("@mode"),
    ] = Field(description="isolated, nat, route, open; or a bridge, macvtap or PCI device of the host.")
    dev: Annotated[Text | None, At("@dev")] = Field(
        default=None, description="The host's device that traffic leaves by."
    )
    interfaces: Annotated[list[Text], At("interface/@dev")] = Field(
        default=[], description="The host's devices (macvtap modes)."
    )
    addresses: Annotated[list[PciAddress], At("address[@type=pci]", form=PCI)] = Field(
        default=[], description="The host's virtual functions (hostdev)."
    )
    managed: Annotated[Bool | None, At("@managed")] = Field(
        default=None, description="Whether libvirt rebinds their driver (hostdev)."
    )

    @model_validator(mode="after")
    def _fitting(self) -> Forward:
        if self.mode == "isolated" and (self.dev or self.interfaces or self.addresses):
            raise ValueError("an isolated network has no devices of the host")
        return self


class Bridge(Model):
    """The bridge of the host that the network is on."""

    name: Annotated[Text | None, At("@name")] = Field(
        default=None, description="Its name; the next virbrN by default."
    )
    stp: Annotated[Bool | None, At("@stp", form=ON_OFF)] = Field(default=None, description="Spanning tree.")
    delay: Annotated[Int | None, At("@delay")] = Field(default=None, description="Forward delay, in seconds.")


class DnsHost(Model):
    """Names of an address."""

    ip: Annotated[Ip, At("@ip")] = Field(description="The address.")
    names: Annotated[list[Text], At("hostname")] = Field(min_length=1, description="Its names.")


class DnsTxt(Model):
    """A TXT record."""

    name: Annotated[Text, At("@name")] = Field(description="The name.")
    value: Annotated[Text, At("@value")] = Field(description="The text.")


class DnsSrv(Model):
    """An SRV record."""

    service: Annotated[Text, At("@service")] = Field(description="The service.")
    protocol: Annotated[Text, At("@protocol")] = Field(description="The protocol.")
    domain: Annotated[Text | None, At("@domain")] = Field(default=None, description="The domain.")
    target: Annotated[Text | None, At("@target")] = Field(default=None, description="The server.")
    port: Annotated[Int | None, At("@port")] = Field(default=None, description="Its port.")
    priority: Annotated[Int | None, At("@priority")] = Field(default=None, description="Its priority.")
    weight: Annotated[Int | None, At("@weight")] = Field(default=None, description="Its weight.")


class Forwarder(Model):
    """Where names are asked for: an address, a domain, or both."""

    addr: Annotated[Ip | None, At("@addr")] = Field(default=None, description="The name server.")
    domain: Annotated[Text | None, At("@domain")] = Field(
        default=None, description="The domain it is asked about."
    )

    @model_validator(mode="after")
    def _something(self) -> Forwarder:
        if not self.addr and not self.domain:
            raise ValueError("a forwarder needs addr, domain or both")
        return self


class Dns(Model):
    """The network's name server."""

    enable: Annotated[Bool | None, At("@enable")] = Field(default=None, description="Whether there is one.")
    hosts: Annotated[list[DnsHost], At("host")] = Field(default=[], description="Names of addresses.")
    txt: Annotated[list[DnsTxt], At("txt")] = Field(default=[], description="TXT records.")
    srv: Annotated[list[DnsSrv], At("srv")] = Field(default=[], description="SRV records.")
    forwarders: Annotated[
        list[Annotated[Forwarder, BeforeValidator(lambda v: {"addr": v} if isinstance(v, str) else v)]],
        At("forwarder"),
    ] = Field(default=[], description="Other name servers.")


class DhcpRange(Model):
    """Addresses that are given out."""

    start: Annotated[Ip, At("@start")] = Field(description="The first.")
    end: Annotated[Ip, At("@end")] = Field(description="The last.")


class DhcpHost(Model):
    """A fixed address of a guest."""

    mac: Annotated[Mac | None, At("@mac")] = Field(default=None, description="Its MAC address (IPv4).")
    id: Annotated[Text | None, At("@id")] = Field(default=None, description="Its DUID (IPv6).")
    name: Annotated[Text | None, At("@name")] = Field(default=None, description="Its name.")
    ip: Annotated[Ip, At("@ip")] = Field(description="Its address.")

    @model_validator(mode="after")
    def _identified(self) -> DhcpHost:
        if not (self.mac or self.id or self.name):
            raise ValueError("a DHCP host needs mac, id or name")
        return self


class Dhcp(Model):
    """The network's DHCP server."""

    ranges: Annotated[list[DhcpRange], At("range")] = Field(
        default=[], description="Addresses that are given out."
    )
    hosts: Annotated[list[DhcpHost], At("host")] = Field(default=[], description="Fixed addresses.")


class NetworkIp(Model):
    """An address of the host on the network, IPv4 or IPv6."""

    address: Annotated[IpWithPrefix, At(".", form=WITH_PREFIX)] = Field(
        description="Address and prefix, such as 192.168.100.1/24."
    )
    dhcp: Annotated[Dhcp | None, At("dhcp")] = Field(default=None, description="The DHCP server on it.")

    @model_validator(mode="after")
    def _inside(self) -> NetworkIp:
        network = ipaddress.ip_interface(self.address).network
        for address in self._given_out():
            if ipaddress.ip_address(address) not in network:
                raise ValueError(f"{address} is not in {network}")
        for entry in self.dhcp.ranges if self.dhcp else []:
            start, end = ipaddress.ip_address(entry.start), ipaddress.ip_address(entry.end)
            if start.version != end.version or int(end) < int(start):
                raise ValueError(f"the range {entry.start} to {entry.end} is empty")
        return self

    def _given_out(self) -> list[str]:
        if self.dhcp is None:
            return []
        ends = [address for entry in self.dhcp.ranges for address in (entry.start, entry.end)]
        return ends + [host.ip for host in self.dhcp.hosts]


class PortGroup(Model):
    """Settings that NICs share by name."""

    name: Annotated[Name, At("@name")] = Field(description="The name.")
    default: Annotated[Bool, At("@default", form=YES)] = Field(
        default=False, description="Whether NICs without a group are in this one."
    )
    vlan: Annotated[Vlan | None, BeforeValidator(vlan_of), At("vlan")] = Field(
        default=None, description="VLAN tags."
    )
    bandwidth: Annotated[Bandwidth | None, At("bandwidth")] = Field(
        default=None, description="Traffic limits of each NIC."
    )


def _forward(value: Any) -> Any:
    return {"mode": value} if isinstance(value, str) else value


def _bridge(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


class NetworkSpec(Model):
    """What a network is."""

    host: Name | None = Field(default=None, description="The Host it is on; may be left out with one host.")
    hosts: Hosts | None = Field(
        default=None, description="In place of host: all, names or labels; the same network on each of them."
    )
    state: Literal["active", "inactive"] = Field(default="active", description="Whether it runs.")
    autostart: Bool | None = Field(default=True, description="Whether it starts with its host.")
    uuid: Annotated[Uuid | None, At("uuid")] = Field(
        default=None, description="Its UUID; derived by default."
    )
    forward: Annotated[Forward, BeforeValidator(_forward), At("forward")] = Field(
        default=Forward(mode="isolated"), description="A mode, or a mapping."
    )
    bridge: Annotated[Bridge | None, BeforeValidator(_bridge), At("bridge")] = Field(
        default=None, description="A bridge's name, or a mapping."
    )
    mtu: Annotated[Count | None, At("mtu/@size")] = Field(default=None, description="The MTU.")
    domain: Annotated[Text | None, At("domain/@name")] = Field(
        default=None, description="The DNS domain of its guests."
    )
    domain_local_only: Annotated[Bool | None, At("domain/@localOnly")] = Field(
        default=None, description="Whether names of that domain are never asked for elsewhere."
    )
    dns: Annotated[Dns | None, At("dns")] = Field(default=None, description="The name server.")
    ips: Annotated[list[NetworkIp], At("ip")] = Field(
        default=[], description="Addresses of the host, with DHCP."
    )
    portgroups: Annotated[list[PortGroup], At("portgroup")] = Field(default=[], description="Port groups.")
    vlan: Annotated[Vlan | None, BeforeValidator(vlan_of), At("vlan")] = Field(
        default=None, description="VLAN tags of every NIC (Open vSwitch, hostdev)."
    )
    openvswitch: Annotated[Bool, Flag("virtualport[@type=openvswitch]")] = Field(
        default=False, description="Whether the bridge is an Open vSwitch; its ports can have VLAN tags."
    )
    bandwidth: Annotated[Bandwidth | None, At("bandwidth")] = Field(
        default=None, description="Traffic limits of the whole network."
    )
    protect: Bool = Field(default=False, description="Whether it is never removed by prune or destroy.")
    restart: Literal["never", "if-needed"] = Field(
        default="never", description="Whether a change may stop and start it, which cuts its guests off."
    )
    xml: Text | None = Field(default=None, description="libvirt XML, <network>…</network>, merged in.")
    xml_file: Text | None = Field(default=None, description="A libvirt XML file of the tree to start from.")

    @model_validator(mode="after")
    def _one_place(self) -> NetworkSpec:
        one_of_host_and_hosts(self.host, self.hosts)
        return self

    @model_validator(mode="after")
    def _whole_domain(self) -> NetworkSpec:
        if self.domain_local_only is not None and not self.domain:
            raise ValueError("domainLocalOnly goes with domain")
        return self


class Network(Resource):
    """A virtual network."""

    kind: Literal["Network"] = Field(description="Network.")
    spec: NetworkSpec = Field(default=NetworkSpec(), description="What it is.")

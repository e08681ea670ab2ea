"""Network: a virtual network of a host."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, Strict, model_validator

from specs.models.base import Bool, Count, Int, Mac, Model, Name, PciAddress, Resource, Text, Uuid
from specs.models.devices.interfaces import Bandwidth, Vlan, vlan_of
from specs.models.placement import Hosts, one_of_host_and_hosts


def _address(value: str) -> str:
    ipaddress.ip_address(value)
    return value


def _interface(value: str) -> str:
    if "/" not in value:
        raise ValueError(f"'{value}' lacks its prefix, such as {value}/24")
    ipaddress.ip_interface(value)
    return value


Ip = Annotated[str, Strict(), AfterValidator(_address)]
IpWithPrefix = Annotated[str, Strict(), AfterValidator(_interface)]


class Forward(Model):
    """How the network reaches the world."""

    mode: Literal[
        "isolated", "nat", "route", "open", "bridge", "private", "vepa", "passthrough", "hostdev"
    ] = Field(description="isolated, nat, route, open; or a bridge, macvtap or PCI device of the host.")
    dev: Text | None = Field(default=None, description="The host's device that traffic leaves by.")
    interfaces: list[Text] = Field(default=[], description="The host's devices (macvtap modes).")
    addresses: list[PciAddress] = Field(default=[], description="The host's virtual functions (hostdev).")
    managed: Bool | None = Field(default=None, description="Whether libvirt rebinds their driver (hostdev).")

    @model_validator(mode="after")
    def _fitting(self) -> Forward:
        if self.mode == "isolated" and (self.dev or self.interfaces or self.addresses):
            raise ValueError("an isolated network has no devices of the host")
        return self


class Bridge(Model):
    """The bridge of the host that the network is on."""

    name: Text | None = Field(default=None, description="Its name; the next virbrN by default.")
    stp: Bool | None = Field(default=None, description="Spanning tree.")
    delay: Int | None = Field(default=None, description="Forward delay, in seconds.")


class DnsHost(Model):
    """Names of an address."""

    ip: Ip = Field(description="The address.")
    names: list[Text] = Field(min_length=1, description="Its names.")


class DnsTxt(Model):
    """A TXT record."""

    name: Text = Field(description="The name.")
    value: Text = Field(description="The text.")


class DnsSrv(Model):
    """An SRV record."""

    service: Text = Field(description="The service.")
    protocol: Text = Field(description="The protocol.")
    domain: Text | None = Field(default=None, description="The domain.")
    target: Text | None = Field(default=None, description="The server.")
    port: Int | None = Field(default=None, description="Its port.")
    priority: Int | None = Field(default=None, description="Its priority.")
    weight: Int | None = Field(default=None, description="Its weight.")


class Forwarder(Model):
    """Where names are asked for: an address, a domain, or both."""

    addr: Ip | None = Field(default=None, description="The name server.")
    domain: Text | None = Field(default=None, description="The domain it is asked about.")

    @model_validator(mode="after")
    def _something(self) -> Forwarder:
        if not self.addr and not self.domain:
            raise ValueError("a forwarder needs addr, domain or both")
        return self


class Dns(Model):
    """The network's name server."""

    enable: Bool | None = Field(default=None, description="Whether there is one.")
    hosts: list[DnsHost] = Field(default=[], description="Names of addresses.")
    txt: list[DnsTxt] = Field(default=[], description="TXT records.")
    srv: list[DnsSrv] = Field(default=[], description="SRV records.")
    forwarders: list[
        Annotated[Forwarder, BeforeValidator(lambda v: {"addr": v} if isinstance(v, str) else v)]
    ] = Field(default=[], description="Other name servers.")


class DhcpRange(Model):
    """Addresses that are given out."""

    start: Ip = Field(description="The first.")
    end: Ip = Field(description="The last.")


class DhcpHost(Model):
    """A fixed address of a guest."""

    mac: Mac | None = Field(default=None, description="Its MAC address (IPv4).")
    id: Text | None = Field(default=None, description="Its DUID (IPv6).")
    name: Text | None = Field(default=None, description="Its name.")
    ip: Ip = Field(description="Its address.")

    @model_validator(mode="after")
    def _identified(self) -> DhcpHost:
        if not (self.mac or self.id or self.name):
            raise ValueError("a DHCP host needs mac, id or name")
        return self


class Dhcp(Model):
    """The network's DHCP server."""

    ranges: list[DhcpRange] = Field(default=[], description="Addresses that are given out.")
    hosts: list[DhcpHost] = Field(default=[], description="Fixed addresses.")


class NetworkIp(Model):
    """An address of the host on the network, IPv4 or IPv6."""

    address: IpWithPrefix = Field(description="Address and prefix, such as 192.168.100.1/24.")
    dhcp: Dhcp | None = Field(default=None, description="The DHCP server on it.")

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

    name: Name = Field(description="The name.")
    default: Bool = Field(default=False, description="Whether NICs without a group are in this one.")
    vlan: Annotated[Vlan | None, BeforeValidator(vlan_of)] = Field(default=None, description="VLAN tags.")
    bandwidth: Bandwidth | None = Field(default=None, description="Traffic limits of each NIC.")


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
    uuid: Uuid | None = Field(default=None, description="Its UUID; derived by default.")
    forward: Annotated[Forward, BeforeValidator(_forward)] = Field(
        default=Forward(mode="isolated"), description="A mode, or a mapping."
    )
    bridge: Annotated[Bridge | None, BeforeValidator(_bridge)] = Field(
        default=None, description="A bridge's name, or a mapping."
    )
    mtu: Count | None = Field(default=None, description="The MTU.")
    domain: Text | None = Field(default=None, description="The DNS domain of its guests.")
    domain_local_only: Bool | None = Field(
        default=None, description="Whether names of that domain are never asked for elsewhere."
    )
    dns: Dns | None = Field(default=None, description="The name server.")
    ips: list[NetworkIp] = Field(default=[], description="Addresses of the host, with DHCP.")
    portgroups: list[PortGroup] = Field(default=[], description="Port groups.")
    vlan: Annotated[Vlan | None, BeforeValidator(vlan_of)] = Field(
        default=None, description="VLAN tags of every NIC (Open vSwitch, hostdev)."
    )
    openvswitch: Bool = Field(
        default=False, description="Whether the bridge is an Open vSwitch; its ports can have VLAN tags."
    )
    bandwidth: Bandwidth | None = Field(default=None, description="Traffic limits of the whole network.")
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

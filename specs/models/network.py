"""Network: a virtual network of a host."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from specs.models.addressing import Ip, NetworkIp, Route
from specs.models.base import Bool, Count, Int, Model, Name, PciAddress, Resource, Text, Uuid, as_list
from specs.models.devices.interfaces import Bandwidth, Vlan, vlan_of
from specs.models.placement import Hosts, one_of_host_and_hosts
from specs.models.policy import Governed
from specs.places import ON_OFF, PCI, YES, At, Flag


class NatAddresses(Model):
    """Addresses of the host that guests' traffic leaves by."""

    start: Annotated[Ip, At("@start")] = Field(description="The first.")
    end: Annotated[Ip, At("@end")] = Field(description="The last.")


Port = Annotated[int, Field(strict=True, ge=1, le=65535)]


class NatPorts(Model):
    """Ports of the host that guests' traffic leaves by."""

    start: Annotated[Port, At("@start")] = Field(description="The first.")
    end: Annotated[Port, At("@end")] = Field(description="The last.")

    @model_validator(mode="after")
    def _some(self) -> NatPorts:
        if self.end < self.start:
            raise ValueError(f"the ports {self.start} to {self.end} are none")
        return self


class Nat(Model):
    """What guests' traffic looks like outside."""

    addresses: Annotated[NatAddresses | None, At("address")] = Field(
        default=None, description="The addresses; those of the host's devices by default."
    )
    ports: Annotated[NatPorts | None, At("port")] = Field(
        default=None, description="The ports; 1024 to 65535 by default."
    )
    ipv6: Annotated[Bool | None, At("@ipv6")] = Field(
        default=None, description="Whether IPv6 is translated as well, and not only routed."
    )


class Forward(Model):
    """How the network reaches the world."""

    mode: Annotated[
        Literal["isolated", "nat", "route", "open", "bridge", "private", "vepa", "passthrough", "hostdev"],
        At("@mode"),
    ] = Field(description="isolated, nat, route, open; or a bridge, macvtap or PCI device of the host.")
    dev: Annotated[Text | None, At("@dev")] = Field(
        default=None, description="The host's device that traffic leaves by."
    )
    nat: Annotated[Nat | None, At("nat")] = Field(
        default=None, description="What guests' traffic looks like outside (nat)."
    )
    interfaces: Annotated[list[Text], At("interface/@dev")] = Field(
        default=[], description="The host's devices (macvtap modes)."
    )
    addresses: Annotated[list[PciAddress], At("address[@type=pci]", form=PCI)] = Field(
        default=[], description="The host's virtual functions (hostdev)."
    )
    function_of: Annotated[Text | None, At("pf/@dev")] = Field(
        default=None, description="In place of addresses: all functions of a device such as eth0 (hostdev)."
    )
    driver: Annotated[Literal["vfio", "kvm"] | None, At("driver/@name")] = Field(
        default=None, description="The host's driver of the functions (hostdev)."
    )
    managed: Annotated[Bool | None, At("@managed")] = Field(
        default=None, description="Whether libvirt rebinds their driver (hostdev)."
    )

    @model_validator(mode="after")
    def _fitting(self) -> Forward:
        if self.mode == "isolated" and (self.dev or self.interfaces or self.addresses):
            raise ValueError("an isolated network has no devices of the host")
        if self.nat and self.mode != "nat":
            raise ValueError("nat goes with mode: nat")
        return self


class Bridge(Model):
    """The bridge of the host that the network is on."""

    name: Annotated[Text | None, At("@name")] = Field(
        default=None, description="Its name; the next virbrN by default."
    )
    stp: Annotated[Bool | None, At("@stp", form=ON_OFF)] = Field(default=None, description="Spanning tree.")
    delay: Annotated[Int | None, At("@delay")] = Field(default=None, description="Forward delay, in seconds.")
    zone: Annotated[Text | None, At("@zone")] = Field(
        default=None, description="The zone of firewalld that it is in; libvirt's own by default."
    )


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
    forward_plain_names: Annotated[Bool | None, At("@forwardPlainNames")] = Field(
        default=None, description="Whether names without a domain are asked for elsewhere."
    )
    hosts: Annotated[list[DnsHost], At("host")] = Field(default=[], description="Names of addresses.")
    txt: Annotated[list[DnsTxt], At("txt")] = Field(default=[], description="TXT records.")
    srv: Annotated[list[DnsSrv], At("srv")] = Field(default=[], description="SRV records.")
    forwarders: Annotated[
        list[Annotated[Forwarder, BeforeValidator(lambda v: {"addr": v} if isinstance(v, str) else v)]],
        At("forwarder"),
    ] = Field(default=[], description="Other name servers.")


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


class NetworkSpec(Governed):
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
    routes: Annotated[list[Route], At("route")] = Field(
        default=[], description="Ways of the host to networks behind guests."
    )
    ipv6: Annotated[Bool | None, At("@ipv6")] = Field(
        default=None, description="Whether guests may talk IPv6 to each other where no address says so."
    )
    dnsmasq: Annotated[
        list[Text], BeforeValidator(as_list), At("dnsmasq:options/dnsmasq:option/@value", ordered=True)
    ] = Field(default=[], description="Lines for dnsmasq's own configuration, such as dhcp-option=3.")
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

"""Addresses of a network: those of the host, those that are given out, and the way to others."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, Strict, model_validator

from specs.models.base import AbsolutePath, Bool, Count, Mac, Model, Text
from specs.models.lease import LEASE, Lease
from specs.places import At, Spread


def _address(value: str) -> str:
    ipaddress.ip_address(value)
    return value


def _interface(value: str) -> str:
    if "/" not in value:
        raise ValueError(f"'{value}' lacks its prefix, such as {value}/24")
    try:
        ipaddress.ip_interface(value)
    except ValueError:
        raise ValueError(f"'{value}' is no IP address such as 192.168.100.10") from None
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


def _plain_or_interface(value: str) -> str:
    try:
        ipaddress.ip_interface(value)
    except ValueError:
        raise ValueError(f"'{value}' is no IP address such as 192.168.100.10") from None
    return value


Ip = Annotated[str, Strict(), AfterValidator(_address)]
FixedIp = Annotated[str, Strict(), AfterValidator(_plain_or_interface)]
"""An address, with or without the prefix of its network."""

IpWithPrefix = Annotated[str, Strict(), AfterValidator(_interface)]


class DhcpRange(Model):
    """Addresses that are given out."""

    start: Annotated[Ip, At("@start")] = Field(description="The first.")
    end: Annotated[Ip, At("@end")] = Field(description="The last.")
    lease: Annotated[Lease | None, At("lease", form=LEASE)] = Field(
        default=None, description="How long: such as 12h, or infinite."
    )


class DhcpHost(Model):
    """A fixed address of a guest."""

    mac: Annotated[Mac | None, At("@mac")] = Field(default=None, description="Its MAC address (IPv4).")
    id: Annotated[Text | None, At("@id")] = Field(default=None, description="Its DUID (IPv6).")
    name: Annotated[Text | None, At("@name")] = Field(default=None, description="Its name.")
    ip: Annotated[Ip, At("@ip")] = Field(description="Its address.")
    lease: Annotated[Lease | None, At("lease", form=LEASE)] = Field(
        default=None, description="For how long it has it: such as 12h, or infinite."
    )

    @model_validator(mode="after")
    def _identified(self) -> DhcpHost:
        if not (self.mac or self.id or self.name):
            raise ValueError("a DHCP host needs mac, id or name")
        return self


class Bootp(Model):
    """What guests boot over the network (PXE)."""

    file: Annotated[Text, At("@file")] = Field(description="The file, below tftp or on the server.")
    server: Annotated[Text | None, At("@server")] = Field(
        default=None, description="The server; the host itself by default."
    )


class Dhcp(Model):
    """The network's DHCP server."""

    ranges: Annotated[list[DhcpRange], At("range")] = Field(
        default=[], description="Addresses that are given out."
    )
    hosts: Annotated[list[DhcpHost], At("host")] = Field(default=[], description="Fixed addresses.")
    bootp: Annotated[
        Bootp | None, BeforeValidator(lambda v: {"file": v} if isinstance(v, str) else v), At("bootp")
    ] = Field(default=None, description="What guests boot over the network: a file, or a mapping.")


class NetworkIp(Model):
    """An address of the host on the network, IPv4 or IPv6."""

    address: Annotated[IpWithPrefix, At(".", form=WITH_PREFIX)] = Field(
        description="Address and prefix, such as 192.168.100.1/24."
    )
    tftp: Annotated[AbsolutePath | None, At("tftp/@root")] = Field(
        default=None, description="The host's folder that is served by TFTP, for booting (IPv4)."
    )
    local_ptr: Annotated[Bool | None, At("@localPtr")] = Field(
        default=None, description="Whether names of its addresses are never asked for elsewhere."
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


class Route(Model):
    """A way of the host to a network behind a guest."""

    to: Annotated[IpWithPrefix, At(".", form=WITH_PREFIX)] = Field(
        description="The network, such as 192.168.222.0/24."
    )
    gateway: Annotated[Ip, At("@gateway")] = Field(description="The address of the guest that leads there.")
    metric: Annotated[Count | None, At("@metric")] = Field(
        default=None, description="The lower is preferred."
    )

    @model_validator(mode="after")
    def _a_network(self) -> Route:
        network = ipaddress.ip_interface(self.to).network
        if str(network.network_address) != self.to.partition("/")[0]:
            raise ValueError(f"{self.to} is an address in {network}; write the network itself")
        if ipaddress.ip_address(self.gateway).version != network.version:
            raise ValueError(f"{self.gateway} and {self.to} are of two families")
        return self

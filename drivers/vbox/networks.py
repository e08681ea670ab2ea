"""Networks of a VirtualBox host: NAT networks of its own, and internal ones, which exist by their name alone.

A NAT network is on while it is enabled: VirtualBox then runs it with the first guest that needs it, and also
after the host was started anew. Of an internal one VirtualBox knows nothing before a guest is in it; that
there is one is kept in its global extra data, as are the UUID and the autostart of both.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from uuid import NAMESPACE_URL, uuid5

from drivers.base.errors import NotFound, Refused
from drivers.base.observation import Observation
from drivers.native.holdings import AddressRange, HostAddress, NativeNetwork, holding_document
from drivers.vbox.registry import NETWORK, DhcpServer, Registry, packed
from specs.desired import PowerState
from specs.identity import Kind

Words = tuple[str, ...]


def observed(registry: Registry) -> Iterator[Observation]:
    """All networks."""
    kept = registry.of_ours(NETWORK)
    for name in sorted(registry.nat.keys() | kept.keys()):
        document = holding_document(network_of(registry, name))
        power = power_of(registry, name)
        yield Observation(
            Kind.NETWORK,
            name,
            document,
            live=document if power is PowerState.ACTIVE else None,
            power=power,
            autostart=kept.get(name, {}).get("autostart") == "yes",
        )


def network_of(registry: Registry, name: str) -> NativeNetwork:
    """What a network is, by VirtualBox's word and ours."""
    nat, said = registry.nat.get(name), registry.of_ours(NETWORK).get(name, {})
    return NativeNetwork(
        name=name,
        uuid=said.get("uuid") or str(uuid5(NAMESPACE_URL, f"vbox:network:{name}")),
        description=said.get("description"),
        mode="nat" if nat else None,
        addresses=tuple(_addresses(nat.cidr if nat else said.get("cidr", ""), registry.dhcp.get(name))),
    )


def kept_of(registry: Registry, name: str) -> Mapping[str, str]:
    """What is kept of a network; NotFound where there is none."""
    if not is_there(registry, name):
        raise NotFound(f"there is no network '{name}' on the host")
    uuid = network_of(registry, name).uuid or ""
    return {"uuid": uuid, **registry.of_ours(NETWORK).get(name, {})}


def power_of(registry: Registry, name: str) -> PowerState:
    """Whether it is on."""
    nat = registry.nat.get(name)
    on = nat.enabled if nat else registry.of_ours(NETWORK).get(name, {}).get("active") == "yes"
    return PowerState.ACTIVE if on else PowerState.INACTIVE


def is_there(registry: Registry, name: str) -> bool:
    """Whether there is a network of that name."""
    return name in registry.nat or name in registry.of_ours(NETWORK)


def defining(registry: Registry, wanted: NativeNetwork) -> Iterator[Words]:
    """Makes a network, or makes one that is there what is wanted. Raises Refused."""
    name = wanted.name or ""
    before = network_of(registry, name) if is_there(registry, name) else None
    if before is not None and before.mode != wanted.mode:
        raise Refused(
            f"network '{name}' cannot become another kind of network in place", "declare one of another name"
        )
    cidr = _cidr(wanted)
    said = {
        "uuid": wanted.uuid or (before.uuid if before else "") or "",
        "description": wanted.description or "",
        "cidr": cidr,
        "active": "yes" if before and power_of(registry, name) is PowerState.ACTIVE else "",
        "autostart": registry.of_ours(NETWORK).get(name, {}).get("autostart", ""),
    }
    yield remembering(name, said)
    ranges = [each for address in wanted.addresses for each in address.ranges]
    if wanted.mode == "nat":
        nat = registry.nat.get(name)
        told = ("--netname", name, "--network", cidr, "--dhcp", "on" if ranges else "off")
        if nat is None:
            yield ("natnetwork", "add", *told, "--disable")
        elif (nat.cidr, nat.dhcp) != (cidr, bool(ranges)):
            yield ("natnetwork", "modify", *told)
    yield from _dhcp(registry.dhcp.get(name), name, cidr, ranges)


def removing(registry: Registry, name: str) -> Iterator[Words]:
    """Takes a network away, with what is kept of it."""
    if name in registry.nat:
        yield ("natnetwork", "remove", "--netname", name)
    if name in registry.dhcp:
        yield ("dhcpserver", "remove", f"--network={name}")
    if name in registry.of_ours(NETWORK):
        yield ("setextradata", "global", NETWORK + name)


def switching(registry: Registry, name: str, on: bool) -> Iterator[Words]:
    """Lets it be on or off."""
    if name in registry.nat:
        yield ("natnetwork", "modify", "--netname", name, "--enable" if on else "--disable")
        if not on:
            yield ("natnetwork", "stop", "--netname", name)
    else:
        yield remembering(name, {**kept_of(registry, name), "active": "yes" if on else ""})


def remembering(name: str, said: Mapping[str, str]) -> Words:
    """Keeps what VirtualBox does not."""
    return ("setextradata", "global", NETWORK + name, packed({"uuid": "", **said, "is": "network"}))


def _cidr(wanted: NativeNetwork) -> str:
    """The addresses of a network. Raises Refused for what VirtualBox's NAT cannot have."""
    name = wanted.name or ""
    if wanted.mode not in (None, "nat"):
        raise Refused(f"network '{name}': no forward mode '{wanted.mode}'", "allowed: nat, or none at all")
    if len(wanted.addresses) > 1 or (wanted.mode == "nat" and not wanted.addresses):
        raise Refused(f"network '{name}' needs exactly one IPv4 address")
    for address in wanted.addresses:
        try:
            said = ipaddress.IPv4Interface(f"{address.address}/{address.netmask or address.prefix or 24}")
        except ValueError as error:
            raise Refused(f"network '{name}': {error}") from error
        if wanted.mode == "nat" and said.ip != said.network.network_address + 1:
            raise Refused(
                f"network '{name}': VirtualBox's own address in a NAT network is the first one",
                f"write {said.network.network_address + 1}",
            )
        if len(address.ranges) > 1 or address.reserved:
            raise Refused(f"network '{name}': one DHCP range, and no reserved addresses")
        return str(said.network)
    return ""


def _dhcp(there: DhcpServer | None, name: str, cidr: str, ranges: list[AddressRange]) -> Iterator[Words]:
    if not ranges:
        if there is not None:
            yield ("dhcpserver", "remove", f"--network={name}")
        return
    network = ipaddress.IPv4Network(cidr)
    wanted = DhcpServer(
        str(network.network_address + 3), str(network.netmask), ranges[0].start or "", ranges[0].end or ""
    )
    if there == wanted:
        return
    yield (
        "dhcpserver",
        "add" if there is None else "modify",
        f"--network={name}",
        f"--server-ip={wanted.address}",
        f"--netmask={wanted.netmask}",
        f"--lower-ip={wanted.lower}",
        f"--upper-ip={wanted.upper}",
        "--enable",
    )


def _addresses(cidr: str, dhcp: DhcpServer | None) -> Iterator[HostAddress]:
    if cidr:
        network = ipaddress.IPv4Network(cidr, strict=False)
        ranges = (AddressRange(start=dhcp.lower, end=dhcp.upper),) if dhcp else ()
        address, netmask = str(network.network_address + 1), str(network.netmask)
        yield HostAddress(address=address, netmask=netmask, ranges=ranges)

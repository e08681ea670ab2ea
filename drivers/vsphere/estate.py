"""What a datacenter has beside machines: hosts, clusters, networks, datastores; all from one query."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from drivers.base.errors import NotFound, Refused
from drivers.vsphere.query import FoundObject, Wanted, below, refs_in
from drivers.vsphere.session import Ref, VsphereSession
from drivers.vsphere.soap import children, number, text, truth
from drivers.vsphere.uri import VsphereSettings
from drivers.vsphere.words import plain_name

ESTATE: Wanted = {
    "HostSystem": ("name", "parent", "configManager.networkSystem"),
    "ComputeResource": ("name", "resourcePool"),
    "ClusterComputeResource": ("name", "resourcePool"),
    "HostNetworkSystem": ("networkInfo.portgroup",),
    "Network": ("name",),
    "DistributedVirtualPortgroup": (
        "name",
        "key",
        "config.distributedVirtualSwitch",
        "config.defaultPortConfig",
        "config.uplink",
    ),
    "DistributedVirtualSwitch": ("name", "uuid"),
    "VmwareDistributedVirtualSwitch": ("name", "uuid"),
    "Datastore": ("name", "summary.type", "summary.accessible", "browser", "info"),
    "Folder": ("name", "parent"),
}
"""Types of objects, and what is asked of them."""


@dataclass(frozen=True, slots=True)
class EsxHost:
    """A host, the cluster or compute resource that it is in, and where its networks are kept."""

    ref: Ref
    name: str
    parent: Ref
    network_system: Ref


@dataclass(frozen=True, slots=True)
class EsxPortGroup:
    """A port group: of a standard switch, which each host has for itself, or a distributed one (`key`)."""

    name: str
    switch: str
    vlan: int = 0
    key: str = ""
    ref: Ref = ("", "")
    agreed: bool = True
    """Whether all hosts have it, and alike."""


@dataclass(frozen=True, slots=True)
class Datastore:
    """A datastore."""

    ref: Ref
    name: str
    type: str
    accessible: bool
    browser: Ref
    remote: tuple[str, str] = ("", "")
    """Host and path of one that is mounted from a network."""


@dataclass(frozen=True, slots=True)
class Estate:
    """A datacenter, as far as a host of the fleet means it."""

    datacenter: Ref
    hosts: Mapping[Ref, EsxHost]
    computes: Mapping[Ref, tuple[str, Ref]]
    """Clusters and compute resources: their names, and their root resource pools."""
    port_groups: Mapping[str, EsxPortGroup]
    switches: Mapping[str, tuple[Ref, str]]
    """Distributed switches by their names, with their UUIDs."""
    stores: Mapping[str, Datastore]
    folders: Mapping[str, Ref]
    narrowed: bool = False
    names_of_keys: Mapping[str, str] = field(default_factory=dict)
    """The names of distributed port groups, which documents show and machines know by keys."""
    digest: str = ""
    """Of these names."""

    def holds(self, host: Ref) -> bool:
        """Whether what is on that host belongs here."""
        return not self.narrowed or host in self.hosts

    def store(self, name: str) -> Datastore:
        """A datastore. Raises NotFound."""
        if name not in self.stores:
            raise NotFound(f"no datastore '{name}'", f"there are: {', '.join(sorted(self.stores)) or 'none'}")
        return self.stores[name]


def datacenter_of(session: VsphereSession, settings: VsphereSettings) -> Ref:
    """The datacenter that a URI means. Raises NotFound with those that there are."""
    root = session.service.manager("rootFolder")
    found = {
        plain_name(each.text("name")): each.ref
        for each in below(session, root, {"Datacenter": ("name",)})
        if each.ref[0] == "Datacenter"
    }
    if settings.datacenter in found:
        return found[settings.datacenter]
    if not settings.datacenter and len(found) == 1:
        return next(iter(found.values()))
    listed = ", ".join(sorted(found)) or "none"
    if settings.datacenter:
        raise NotFound(f"no datacenter '{settings.datacenter}'", f"there are: {listed}")
    raise Refused(f"{session.wire.called} has several datacenters", f"name one in the URI: {listed}")


def estate_of(datacenter: Ref, found: Iterable[FoundObject], settings: VsphereSettings) -> Estate:
    """The estate, narrowed to the cluster or the host that the URI names. Raises NotFound."""
    every = list(found)

    def of(*types: str) -> list[FoundObject]:
        return [each for each in every if each.ref[0] in types]

    computes = {
        each.ref: (plain_name(each.text("name")), each.ref_at("resourcePool"))
        for each in of("ComputeResource", "ClusterComputeResource")
    }
    hosts = _hosts(of("HostSystem"), computes, settings)
    switches = {
        plain_name(each.text("name")): (each.ref, each.text("uuid"))
        for each in of("DistributedVirtualSwitch", "VmwareDistributedVirtualSwitch")
    }
    names = {ref: name for name, (ref, _) in switches.items()}
    groups = of("DistributedVirtualPortgroup")
    systems = {each.ref: each for each in of("HostNetworkSystem")}
    standard = _standard(
        [systems[one.network_system] for one in hosts.values() if one.network_system in systems]
    )
    keys = {each.text("key"): plain_name(each.text("name")) for each in groups}
    return Estate(
        datacenter,
        hosts,
        computes,
        {**standard, **{group.name: group for each in groups if (group := _distributed(each, names))}},
        switches,
        {store.name: store for each in of("Datastore") if (store := _store(each))},
        _folders(of("Folder")),
        bool(settings.member or settings.cluster),
        keys,
        sha256(repr(sorted(keys.items())).encode()).hexdigest()[:8],
    )


def _hosts(
    found: list[FoundObject], computes: Mapping[Ref, tuple[str, Ref]], settings: VsphereSettings
) -> Mapping[Ref, EsxHost]:
    hosts = [
        EsxHost(
            each.ref,
            plain_name(each.text("name")),
            each.ref_at("parent"),
            each.ref_at("configManager.networkSystem"),
        )
        for each in found
    ]
    kept = [
        each
        for each in hosts
        if (not settings.member or each.name == settings.member)
        and (not settings.cluster or computes.get(each.parent, ("", ("", "")))[0] == settings.cluster)
    ]
    if not kept and settings.member:
        listed = ", ".join(sorted(each.name for each in hosts)) or "none"
        raise NotFound(f"no host '{settings.member}' in the datacenter", f"there are: {listed}")
    if not kept and settings.cluster:
        listed = ", ".join(sorted(name for name, _ in computes.values())) or "none"
        raise NotFound(f"no cluster '{settings.cluster}' in the datacenter", f"there are: {listed}")
    return {each.ref: each for each in sorted(kept, key=lambda one: one.name)}


def _standard(systems: list[FoundObject]) -> dict[str, EsxPortGroup]:
    """The port groups of standard switches: one object for us, one on each host for vSphere."""
    seen: dict[str, list[EsxPortGroup]] = {}
    for system in systems:
        for each in children(system.values.get("networkInfo.portgroup")):
            name = plain_name(text(each, "spec", "name"))
            vlan = number(each, "spec", "vlanId") or 0
            seen.setdefault(name, []).append(EsxPortGroup(name, text(each, "spec", "vswitchName"), vlan))
    return {
        name: groups[0]
        if len(groups) == len(systems) and len(set(groups)) == 1
        else EsxPortGroup(name, groups[0].switch, groups[0].vlan, agreed=False)
        for name, groups in seen.items()
    }


def _distributed(found: FoundObject, switches: Mapping[Ref, str]) -> EsxPortGroup | None:
    """A distributed port group; None for the uplinks of a switch, which no machine is plugged into."""
    name = plain_name(found.text("name"))
    if found.text("config.uplink") == "true" or "-DVUplinks-" in name:
        return None
    switch = switches.get(found.ref_at("config.distributedVirtualSwitch"), "")
    vlan = number(found.values.get("config.defaultPortConfig"), "vlan", "vlanId") or 0
    return EsxPortGroup(name, switch, vlan, found.text("key"), found.ref)


def _store(found: FoundObject) -> Datastore | None:
    nas = found.values.get("info")
    return Datastore(
        found.ref,
        plain_name(found.text("name")),
        found.text("summary.type"),
        truth(found.values.get("summary.accessible")),
        found.ref_at("browser"),
        (text(nas, "nas", "remoteHost"), text(nas, "nas", "remotePath")),
    )


def _folders(found: list[FoundObject]) -> Mapping[str, Ref]:
    """Folders by their paths below the datacenter's own four ('vm', 'vm/web')."""
    named = {each.ref: each for each in found}

    def path(each: FoundObject) -> str:
        above = named.get(each.ref_at("parent"))
        name = plain_name(each.text("name"))
        return f"{path(above)}/{name}" if above is not None else name

    return {path(each): each.ref for each in found}


def refs_of(found: FoundObject, name: str) -> list[Ref]:
    """The objects of a property that lists them."""
    return refs_in(found.values.get(name))

"""Making, changing and removing port groups and datastores."""

from __future__ import annotations

from typing import Any

from drivers.base.errors import DriverError, NotFound, Refused
from drivers.vsphere.estate import Estate, EsxPortGroup
from drivers.vsphere.holdings import pool_of, pool_wanted, port_group_of
from drivers.vsphere.session import Ref
from drivers.vsphere.site import VsphereSite
from drivers.vsphere.words import escaped_name


def define_network(site: VsphereSite, name: str, document: str) -> None:
    """A distributed port group where the bridge is a distributed switch, else one on each host."""
    wanted = port_group_of(document, name)
    estate = site.estate(anew=True)
    verbs = site.writable(f"define the network '{name}'")
    there = estate.port_groups.get(name)
    if there is not None and (there.switch, there.vlan, there.agreed) == (wanted.switch, wanted.vlan, True):
        return
    if (
        there is not None
        and (there.key or wanted.switch in estate.switches)
        and there.switch != wanted.switch
    ):
        raise Refused(
            f"the port group '{name}' is on {there.switch} and cannot move to {wanted.switch}",
            "declare it by another name, or remove it first",
        )
    if wanted.switch in estate.switches:
        _distributed(site, verbs.at(estate.switches[wanted.switch][0]), wanted, there, verbs)
    else:
        _standard(estate, wanted, there, verbs)
    site.estate(anew=True)


def undefine_network(site: VsphereSite, name: str) -> None:
    """Removes a port group; the server refuses while a machine is plugged into it."""
    estate = site.estate(anew=True)
    verbs = site.writable(f"remove the network '{name}'")
    group = estate.port_groups.get(name)
    if group is None:
        raise NotFound(f"no network '{name}'")
    if group.key:
        site.run(verbs.at(group.ref).Destroy_Task(), f"remove the port group '{name}'")
    else:
        for host in estate.hosts.values():
            _unless_gone(
                lambda system=host.network_system: verbs.at(system).RemovePortGroup(escaped_name(name))
            )
    site.estate(anew=True)


def define_pool(site: VsphereSite, name: str, document: str) -> None:
    """Mounts a share as a datastore on every host; one that is there already is left as it is."""
    wanted = pool_wanted(document, name)
    estate = site.estate(anew=True)
    verbs = site.writable(f"define the pool '{name}'")
    there = estate.stores.get(name)
    if there is not None:
        if (wanted.host or "", wanted.directory or "") != there.remote:
            raise Refused(
                f"the datastore '{name}' is there, and another one: {' '.join(pool_of(there).split())}"
            )
        return
    if wanted.type != "netfs" or not (wanted.host and wanted.directory):
        raise Refused(
            f"no datastore '{name}', and none of type '{wanted.type}' is made: it would format a disk",
            "mount a share (type netfs with source host and dir), or make the datastore by hand",
        )
    from pyVmomi import vim

    spec = vim.host.NasVolume.Specification(
        remoteHost=wanted.host,
        remotePath=wanted.directory,
        localPath=name,
        accessMode="readWrite",
        type="NFS",
    )
    for system in _datastore_systems(site, estate):
        verbs.at(system).CreateNasDatastore(spec)
    site.estate(anew=True)


def undefine_pool(site: VsphereSite, name: str) -> None:
    """Unmounts a share from the hosts; its files stay. A datastore on a disk is never removed."""
    estate = site.estate(anew=True)
    verbs = site.writable(f"remove the pool '{name}'")
    if name not in estate.stores:
        raise NotFound(f"no pool '{name}'")
    store = estate.stores[name]
    if not store.remote[0]:
        raise Refused(
            f"the datastore '{name}' is on a disk: removing it would destroy its data", "do it by hand"
        )
    for system in _datastore_systems(site, estate):
        _unless_gone(lambda system=system: verbs.at(system).RemoveDatastore(verbs.at(store.ref)))
    site.estate(anew=True)


def backing(site: VsphereSite, estate: Estate, name: str) -> Any:
    """What a network card is plugged into. Raises Refused where there is no such network."""
    from pyVmomi import vim

    group = estate.port_groups.get(name) or site.estate(anew=True).port_groups.get(name)
    if group is None:
        raise Refused(f"no network '{name}' on {site.settings.uri}", "declare it, or name one that is there")
    card = vim.vm.device.VirtualEthernetCard
    if not group.key:
        return card.NetworkBackingInfo(deviceName=escaped_name(name))
    uuid = site.estate().switches.get(group.switch, (None, ""))[1]
    port = vim.dvs.PortConnection(portgroupKey=group.key, switchUuid=uuid)
    return card.DistributedVirtualPortBackingInfo(port=port)


def _distributed(
    site: VsphereSite, switch: Any, wanted: EsxPortGroup, there: EsxPortGroup | None, verbs: Any
) -> None:
    from pyVmomi import vim

    vlan = vim.dvs.VmwareDistributedVirtualSwitch.VlanIdSpec(vlanId=wanted.vlan, inherited=False)
    spec = vim.dvs.DistributedVirtualPortgroup.ConfigSpec(
        name=escaped_name(wanted.name),
        type="earlyBinding",
        autoExpand=True,
        defaultPortConfig=vim.dvs.VmwareDistributedVirtualSwitch.VmwarePortConfigPolicy(vlan=vlan),
    )
    doing = f"define the port group '{wanted.name}'"
    if there is None:
        spec.numPorts = 8
        site.run(switch.AddDVPortgroup_Task([spec]), doing)
        return
    group = verbs.at(there.ref)
    site.run(group.ReconfigureDVPortgroup_Task(spec), doing)


def _standard(estate: Estate, wanted: EsxPortGroup, there: EsxPortGroup | None, verbs: Any) -> None:
    """On each host; one that has it already is changed, so that a definition that broke off is completed."""
    from pyVmomi import vim

    spec = vim.host.PortGroup.Specification(
        name=escaped_name(wanted.name),
        vlanId=wanted.vlan,
        vswitchName=wanted.switch,
        policy=vim.host.NetworkPolicy(),
    )
    for host in estate.hosts.values():
        system = verbs.at(host.network_system)
        if there is None:
            system.AddPortGroup(spec)
            continue
        try:
            system.UpdatePortGroup(escaped_name(wanted.name), spec)
        except NotFound:
            system.AddPortGroup(spec)


def _datastore_systems(site: VsphereSite, estate: Estate) -> list[Ref]:
    from drivers.vsphere import query

    wanted = {"HostSystem": ("configManager.datastoreSystem",)}
    return [
        each.ref_at("configManager.datastoreSystem")
        for each in query.these(site.session, estate.hosts, wanted)
    ]


def _unless_gone(call: Any) -> None:
    """What is gone already on one host may go on on the others."""
    try:
        call()
    except NotFound:
        return
    except DriverError:
        raise

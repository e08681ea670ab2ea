"""What is on a vCenter or an ESX."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from drivers.base import NOTHING_KNOWN, Belonging, Inventory, Knowledge, Observation
from drivers.base.errors import NotFound
from drivers.native.machine import machine_document
from drivers.vsphere import query, volumes
from drivers.vsphere.holdings import network_of, pool_of
from drivers.vsphere.query import FoundObject
from drivers.vsphere.site import VirtualMachine, VsphereSite, power_of
from drivers.vsphere.soap import Element, children, tag, text
from drivers.vsphere.words import plain_name
from specs.identity import Kind

_TWICE = "several machines have this name, in different folders: rename all but one"


class VsphereObserver:
    """drivers.base.Observer."""

    def __init__(self, site: VsphereSite, called: str) -> None:
        """`called` is what the fleet calls the host."""
        self._site, self._called = site, called

    def inventory(self, known: Knowledge = NOTHING_KNOWN) -> Inventory:
        """Everything for one request; in full only those machines whose stamp is not the known one."""
        site = self._site
        estate, machines = site.look()
        objects: dict[tuple[Kind, str], Observation] = {}
        failures: dict[tuple[Kind, str], str] = {}
        changed: list[FoundObject] = []
        for found in machines:
            key = Kind.DOMAIN, plain_name(found.text("name"))
            if key in objects or any(each.text("name") == found.text("name") for each in changed):
                failures[key] = _TWICE
                continue
            stamp, remembered = site.stamp(found, estate), known.get(key)
            if remembered is not None and remembered.stamp == stamp:
                objects[key] = Observation(*key, remembered.document, power=power_of(found), stamp=stamp)
            else:
                changed.append(found)
        for guest in site.described([each.ref for each in changed], estate):
            objects[Kind.DOMAIN, guest.name] = _observed(guest)
        for group in estate.port_groups.values():
            objects[Kind.NETWORK, group.name] = Observation(Kind.NETWORK, group.name, network_of(group))
        for store in estate.stores.values():
            objects[Kind.STORAGE_POOL, store.name] = Observation(
                Kind.STORAGE_POOL, store.name, pool_of(store)
            )
        seen, unread = volumes.listed(site, estate.stores.values())
        objects |= {
            (Kind.VOLUME, name): Observation(Kind.VOLUME, name, document) for name, document in seen.items()
        }
        failures |= {(Kind.VOLUME, name): why for name, why in unread.items()}
        for key in failures:
            objects.pop(key, None)
        service = site.session.service
        return Inventory(self._called, service.version, objects, failures, self._identity())

    def one(self, kind: Kind, name: str) -> Observation | None:
        """One object, read again."""
        if kind is Kind.DOMAIN:
            guest = self._site.find(name)
            return None if guest is None else _observed(guest)
        estate = self._site.estate(anew=True)
        if kind is Kind.NETWORK and name in estate.port_groups:
            return Observation(kind, name, network_of(estate.port_groups[name]))
        if kind is Kind.STORAGE_POOL and name in estate.stores:
            return Observation(kind, name, pool_of(estate.stores[name]))
        if kind is Kind.VOLUME:
            document = volumes.lookup(self._site, name)
            return None if document is None else Observation(kind, name, document)
        return None

    def lost_with(self, domain: str) -> Mapping[Belonging, str]:
        """Snapshots: what is beside a machine's disks and cannot stay without it."""
        try:
            guest = self._site.guest(domain)
        except NotFound:
            return {}
        names = tuple(_snapshots(query.one(self._site.session, guest.ref, "snapshot.rootSnapshotList")))
        return {Belonging.SNAPSHOTS: ", ".join(names)} if names else {}

    def jobs(self, domain: str) -> tuple[str, ...]:
        """Tasks that are under way with a machine."""
        guest = self._site.find(domain)
        if guest is None:
            return ()
        tasks = query.refs_in(query.one(self._site.session, guest.ref, "recentTask").values.get("recentTask"))
        running = query.these(self._site.session, tasks, {"Task": ("info.state", "info.descriptionId")})
        return tuple(
            f"the task {each.text('info.descriptionId')}"
            for each in running
            if each.text("info.state") in ("running", "queued")
        )

    def _identity(self) -> str:
        """The vCenter's own identity, and what of it the host means: another scope is another host."""
        settings, service = self._site.settings, self._site.session.service
        scope = "/".join(filter(None, (self._site.datacenter[1], settings.cluster, settings.member)))
        return f"vsphere {service.identity or settings.address} {scope}"


def _observed(guest: VirtualMachine) -> Observation:
    document = machine_document(guest.hardware.machine)
    return Observation(Kind.DOMAIN, guest.name, document, power=guest.power, stamp=guest.stamp)


def _snapshots(found: FoundObject) -> Iterator[str]:
    """The names of all snapshots, from the first on."""
    waiting: list[Element] = children(found.values.get("snapshot.rootSnapshotList"))
    while waiting:
        each = waiting.pop(0)
        yield text(each, "name")
        waiting.extend(below for below in each if tag(below) == "childSnapshotList")

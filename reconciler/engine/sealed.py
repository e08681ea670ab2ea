"""Hosts whose documents are sealed as they come, and opened as they go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar, cast

from drivers.base import (
    NOTHING_KNOWN,
    Belonging,
    Capabilities,
    Destination,
    Host,
    Inventory,
    Knowledge,
    Lifecycle,
    Live,
    MachineType,
    Move,
    Mover,
    Observation,
    Observer,
    Offer,
)
from drivers.base.sound import sound
from reconciler.engine.sealing import Sealer
from specs.identity import Kind
from specs.xml import NotXml

F = TypeVar("F", Lifecycle, Live, Mover)


class SealedHost:
    """A host that shows sealed documents, and takes them; everything else it leaves to the one within
    (drivers.base.Host)."""

    def __init__(self, within: Host, sealer: Sealer) -> None:
        """What the one within lacks, this one lacks."""
        self.within, self.uri = within, within.uri
        self.observe: Observer = _SealedObserver(within.observe, sealer)
        self.watch = within.watch
        self.lifecycle = _facet(_SealedLifecycle, within.lifecycle, sealer)
        self.live = _facet(_SealedLive, within.live, sealer)
        self.storage = within.storage
        self.guest = within.guest
        self.move = _facet(_SealedMover, within.move, sealer)
        self.snapshots = within.snapshots
        self.logs = within.logs

    def capabilities(self) -> Capabilities:
        """What the host within can do."""
        return self.within.capabilities()

    def offers(self, machine: MachineType) -> Offer:
        """What the host within can give a domain of a machine type."""
        return self.within.offers(machine)

    def close(self) -> None:
        """Closes the host within."""
        self.within.close()


def sealed(hosts: Mapping[str, Host], sealer: Sealer) -> dict[str, Host]:
    """The hosts, each of them sealed once."""
    within = {name: host.within if isinstance(host, SealedHost) else host for name, host in hosts.items()}
    return {name: SealedHost(host, sealer) for name, host in within.items()}


class _SealedFacet:
    """A facet that leaves to the one within what it does not say itself."""

    def __init__(self, within: Any, sealer: Sealer) -> None:
        self._within, self._sealer = within, sealer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._within, name)


def _facet(kind: type[_SealedFacet], within: F | None, sealer: Sealer) -> F | None:
    return None if within is None else cast(F, kind(within, sealer))


class _SealedObserver:
    def __init__(self, within: Observer, sealer: Sealer) -> None:
        self._within, self._sealer = within, sealer

    def lost_with(self, domain: str) -> Mapping[Belonging, str]:
        return self._within.lost_with(domain)

    def jobs(self, domain: str) -> tuple[str, ...]:
        return self._within.jobs(domain)

    def inventory(self, known: Knowledge = NOTHING_KNOWN) -> Inventory:
        inventory = sound(self._within.inventory(known))
        objects = {key: self._sealed(seen) for key, seen in inventory.objects.items()}
        return replace(inventory, objects=objects)

    def one(self, kind: Kind, name: str) -> Observation | None:
        seen = self._within.one(kind, name)
        return self._sealed(seen) if seen else None

    def _sealed(self, seen: Observation) -> Observation:
        try:
            document = self._sealer.seal(seen.document)
            live = self._sealer.seal(seen.live) if seen.live else seen.live
        except NotXml:
            return seen  # nobody can read it: it is left alone, and neither shown nor recorded
        if document is seen.document and live is seen.live:
            return seen
        return replace(seen, document=document, live=live)


class _SealedLifecycle(_SealedFacet):
    def define(self, kind: Kind, name: str, document: str) -> None:
        with self._sealer.quiet():
            self._within.define(kind, name, self._sealer.open(document))

    def start(self, kind: Kind, name: str, *, paused: bool = False) -> None:
        with self._sealer.quiet():  # QEMU's own words may repeat its command line
            self._within.start(kind, name, paused=paused)


class _SealedLive(_SealedFacet):
    def attach(self, name: str, device: str) -> None:
        with self._sealer.quiet():
            self._within.attach(name, self._sealer.open(device))

    def detach(self, name: str, device: str) -> None:
        with self._sealer.quiet():
            self._within.detach(name, self._sealer.open(device))

    def update(self, name: str, device: str) -> None:
        with self._sealer.quiet():
            self._within.update(name, self._sealer.open(device))


class _SealedMover(_SealedFacet):
    def move(self, name: str, destination: Destination, move: Move, *others: Any) -> None:
        there = destination.within if isinstance(destination, SealedHost) else destination
        document = self._sealer.open(move.document) if move.document else ""
        with self._sealer.quiet():
            self._within.move(name, there, replace(move, document=document), *others)

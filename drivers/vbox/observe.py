"""What is on a VirtualBox host (drivers.base.Observer)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from drivers.base import Belonging, Inventory, Observation
from drivers.base.errors import NotFound
from drivers.base.observation import NOTHING_KNOWN, Knowledge
from drivers.vbox import networks, pools, volumes
from drivers.vbox.dump import Dump, take_dump
from drivers.vbox.machines import MachineFile, images_of, machine_files, observed, power_of, running_states
from drivers.vbox.manage import VBoxManage
from drivers.vbox.registry import Registry
from specs.desired import PowerState
from specs.identity import Kind
from specs.xml import NotXml

_SHOW = 'for each; do VBoxManage showvminfo "$each" --machinereadable 2>/dev/null; echo; done'


class VBoxObserver:
    """Looks at all files with one command, and asks only for the state of what runs. May be shared by
    threads."""

    def __init__(self, manage: VBoxManage, called: str, identity: str) -> None:
        """`called` is what the fleet calls the host."""
        self._manage, self._called, self._identity = manage, called, identity
        self._version = ""

    def inventory(self, known: Knowledge = NOTHING_KNOWN) -> Inventory:
        """Everything."""
        dump = self._dump()
        registry, files, unreadable = machine_files(dump)
        failures = {(Kind.DOMAIN, uuid): why for uuid, why in unreadable.items()}
        states = self._powers(dump, files)
        seen: list[Observation] = []
        for uuid, file in files.items():
            try:
                seen.append(observed(file, states.get(uuid, PowerState.STOPPED), known))
            except (NotXml, ValueError) as error:
                failures[Kind.DOMAIN, uuid] = f"its settings file {file.path} makes no sense: {error}"
        seen.extend(networks.observed(registry))
        seen.extend(pools.observed(registry))
        active = pools.active_folders(registry)
        listed, unlisted = volumes.listed(self._manage, active)
        seen.extend(listed)
        failures |= {(Kind.VOLUME, f"{pool}/*"): why for pool, why in unlisted.items()}
        objects = {(each.kind, each.name): each for each in seen}
        return Inventory(self._called, self.version, objects, failures, self._identity)

    def one(self, kind: Kind, name: str) -> Observation | None:
        """One object."""
        if kind is Kind.DOMAIN:
            found = self.machine(name)
            if found is None:
                return None
            file, power, _ = found
            return observed(file, power)
        registry = self.registry()
        if kind is Kind.VOLUME:
            pool, _, file_name = name.partition("/")
            folder = pools.active_folders(registry).get(pool)
            listed, _ = volumes.listed(self._manage, {pool: folder} if folder else {}, file_name)
            return next(iter(listed), None)
        every: Iterable[Observation] = (*networks.observed(registry), *pools.observed(registry))
        return next((each for each in every if (each.kind, each.name) == (kind, name)), None)

    def lost_with(self, domain: str) -> Mapping[Belonging, str]:
        """Snapshots, and a state that was saved."""
        found = self.machine(domain)
        if found is None:
            return {}
        settings = found[0].settings()
        lost = {Belonging.SNAPSHOTS: ", ".join(settings.snapshots.values())}
        lost |= {Belonging.MANAGED_SAVE: "its memory" if settings.saved else ""}
        return {what: names for what, names in lost.items() if names}

    def jobs(self, domain: str) -> tuple[str, ...]:
        """VirtualBox does nothing with the disks of what runs beside what it was asked for and waits for."""
        return ()

    @property
    def version(self) -> str:
        """'VirtualBox 7.2.22_Debianr175245'."""
        if not self._version:
            self._version = f"VirtualBox {self._manage.look('--version').split()[-1]}"
        return self._version

    def registry(self) -> Registry:
        """What VirtualBox knows beside its machines."""
        return machine_files(self._dump("VirtualBox.xml"))[0]

    def machine(self, name: str) -> tuple[MachineFile, PowerState, Registry] | None:
        """A machine's file, by its name or UUID; None where there is none."""
        try:
            facts = self._manage.facts(name)
        except NotFound:
            return None
        uuid = facts.get("UUID", "").lower()
        dump = self._dump(facts.get("CfgFile", ""))
        registry, files, _ = machine_files(dump)
        if uuid not in files or _lacks_images(files[uuid]):
            registry, files, unreadable = machine_files(self._dump())
            if uuid in unreadable:
                raise NotFound(f"machine '{name}': {unreadable[uuid]}")
        if uuid not in files:
            return None
        return files[uuid], power_of(facts.get("VMState", "")), registry

    def _dump(self, *files: str) -> Dump:
        return self._manage.begun(lambda: take_dump(self._manage.commands, *files))

    def _powers(self, dump: Dump, files: Mapping[str, MachineFile]) -> dict[str, PowerState]:
        """The power of what runs: that it is paused stands in no file."""
        asked = sorted(dump.running & files.keys())
        said = self._manage.shell(_SHOW, *asked, changes=False) if asked else b""
        told = dict(running_states(said.decode(errors="replace")))
        return {uuid: told.get(uuid) or self._power(uuid) for uuid in asked}

    def _power(self, uuid: str) -> PowerState:
        return power_of(self._manage.facts(uuid).get("VMState", ""))


def _lacks_images(file: MachineFile) -> bool:
    """Whether another machine's file has to be read for the places of its images."""
    return any(image not in file.around.media for image in images_of(file))

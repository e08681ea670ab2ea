"""Answering the planner's questions: hosts, the state, secrets and images are asked, each once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from drivers.base import Belonging, MachineType, Offer, needed
from reconciler.engine.at_once import at_once
from reconciler.engine.hosts import Connections
from reconciler.engine.look import abilities
from reconciler.plan.questions import Questions
from reconciler.plan.world import World
from reconciler.underway import doing
from specs.desired import Declared, Desired
from specs.identity import Address
from state import OpenState


@dataclass
class Answerer:
    """Whom to ask, and what could not be answered, in words for people."""

    desired: Desired
    hosts: Connections
    store: OpenState
    warnings: list[str] = field(default_factory=list)

    def answer(self, questions: Questions, world: World) -> World:
        """The world with the answers; a host that cannot say what it can do counts as not reached."""
        world = with_capabilities(world, self.hosts, questions.capabilities)
        answers, recorded = world.answers, world.recorded
        if questions.begun:
            recorded = replace(recorded, begun=self.store.interrupted())
        if questions.secrets:
            changed = frozenset(self._changed(questions.secrets, world))
            answers = replace(answers, secrets_changed=answers.secrets_changed | changed)
        if questions.contents:
            answers = replace(answers, contents={**answers.contents, **self._contents(questions.contents)})
        if questions.cpus:
            answers = replace(answers, cpu_problems={**answers.cpu_problems, **self._cpus(questions.cpus)})
        if questions.offers:
            answers = replace(answers, offers={**answers.offers, **self._offers(questions.offers)})
        if questions.working:
            answers = replace(answers, jobs={**answers.jobs, **self._jobs(questions.working)})
        if questions.snapshots:
            from reconciler.engine.snapshots import held_of

            answers = replace(
                answers, snapshots={**answers.snapshots, **held_of(questions.snapshots, self.hosts.drivers)}
            )
        if questions.leaving:
            answers = replace(answers, lost={**answers.lost, **self._lost(questions.leaving)})
        if questions.compared is not None:
            documents = self.store.documents(questions.compared)
            answers = replace(answers, documents=documents, compared=questions.compared)
        return World(world.observed, recorded, answers)

    def _changed(self, secrets: Iterable[Declared], world: World) -> Iterable[Address]:
        """The secrets whose value is not the one that was set last; what was set before is left alone when
        the value cannot be read."""
        from reconciler.inputs.secrets import SecretError, matches, read_secret

        for declared in secrets:
            assert declared.secret is not None
            record = world.records.get(declared.address)
            try:
                with doing(f"reading the value of {declared.address}"):
                    value = read_secret(declared.secret, self.desired.root, self.desired.guard)
            except SecretError as error:
                self._warn(declared, error)
                if not record:
                    yield declared.address
                continue
            if not record or not matches(value, record.fingerprint):
                yield declared.address

    def _contents(self, volumes: Iterable[Declared]) -> dict[Address, str]:
        """The identities of the sources of these volumes; where one cannot be read, what is in the volume
        is left alone."""
        found = {}
        for declared in volumes:
            assert declared.source is not None
            if declared.source.identity:
                found[declared.address] = declared.source.identity
            elif declared.source.file and not self.desired.guard.untrusted:
                found |= self._read(declared)
        return found

    def _read(self, declared: Declared) -> dict[Address, str]:
        from reconciler.inputs.images import ImageError, default_cache, identity_of

        assert declared.source is not None
        folders, root = self.desired.guard.images.folders, Path(self.desired.root)
        try:
            with doing(f"reading the image of {declared.address}"):
                identity = identity_of(declared.source, root=root, cache=default_cache(), folders=folders)
        except ImageError as error:
            self._warn(declared, error)
            return {}
        return {declared.address: identity}

    def _cpus(self, cpus: Mapping[tuple[Address, str], str]) -> dict[tuple[Address, str], str]:
        """What the hosts that running domains are to move to say of their CPUs."""
        asked = {f"{host} {address.name}": (address, host) for address, host in cpus}

        def ask(host: str, live: str) -> Callable[[], str]:
            return lambda: needed.move(self.hosts.drivers[host]).cpu_problem(live)

        said, failed = at_once(
            {
                key: ask(host, cpus[address, host])
                for key, (address, host) in asked.items()
                if host in self.hosts.drivers
            },
            "comparing the processors of",
        )
        return {asked[key]: text for key, text in {**said, **failed}.items()}

    def _offers(self, wanted: Collection[tuple[str, MachineType]]) -> dict[tuple[str, MachineType], Offer]:
        """What hosts can give domains; one that does not say decides nothing."""
        asked = {
            f"{host} {machine}": (host, machine) for host, machine in wanted if host in self.hosts.drivers
        }

        def ask(host: str, machine: MachineType) -> Callable[[], Offer]:
            return lambda: self.hosts.drivers[host].offers(machine)

        said, _ = at_once({key: ask(*each) for key, each in asked.items()}, "asking for machine types of")
        return {asked[key]: offer for key, offer in said.items()}

    def _jobs(self, working: Collection[tuple[str, str]]) -> dict[tuple[str, str], tuple[str, ...]]:
        """What is being done with domains' disks, host by host; what cannot be told is found out when
        something is done to the domain."""

        def ask(host: str, names: Collection[str]) -> Callable[[], dict[tuple[str, str], tuple[str, ...]]]:
            return lambda: {(host, name): self.hosts.drivers[host].observe.jobs(name) for name in names}

        hosts = {host for host, _ in working} & self.hosts.drivers.keys()
        calls = {host: ask(host, [name for where, name in working if where == host]) for host in hosts}
        said, _ = at_once(calls, "asking for jobs of")
        return {key: jobs for found in said.values() for key, jobs in found.items() if jobs}

    def _lost(self, leaving: Collection[tuple[str, str]]) -> dict[tuple[str, str], Mapping[Belonging, str]]:
        """What would go with domains; where nobody can tell, a host refuses to let anything of it go."""
        asked = {f"{host} {name}": (host, name) for host, name in leaving if host in self.hosts.drivers}

        def ask(host: str, name: str) -> Callable[[], Mapping[Belonging, str]]:
            return lambda: self.hosts.drivers[host].observe.lost_with(name)

        said, _ = at_once({key: ask(*each) for key, each in asked.items()}, "asking for belongings on")
        return {asked[key]: lost for key, lost in said.items()}

    def _warn(self, declared: Declared, error: Exception) -> None:
        self.warnings.append(f"{declared.origin}: {declared.address}: {error}")


def with_capabilities(world: World, hosts: Connections, names: Collection[str]) -> World:
    """The world with what these hosts can do; one that cannot say is not reached. None is asked twice."""
    asked = {
        host: driver
        for host, driver in hosts.drivers.items()
        if host in names and host not in world.answers.capabilities
    }
    if not asked:
        return world
    known, failed = abilities(asked)
    answers = replace(world.answers, capabilities={**world.answers.capabilities, **known})
    return World(world.observed.without(failed), world.recorded, answers)

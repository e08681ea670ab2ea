"""snapshot and revert: what is kept of a guest, what going back costs, and why it cannot be done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from drivers.base import Observation, Snapshot
from drivers.base.snapshots import disks_in
from reconciler.compare.model import Cause, Difference
from reconciler.operations import DropSnapshot, Revert
from reconciler.plan import safety
from reconciler.plan.asked import drafts_of, guests_meant, make_asked_plan
from reconciler.plan.draft import Draft, Target, verdict
from reconciler.plan.held import UNKNOWN, SnapshotsHeld
from reconciler.plan.model import Action, Plan, Status
from reconciler.plan.select import Selector
from reconciler.plan.world import World
from specs.desired import ON, Declared, Desired
from specs.diagnostics import did_you_mean
from specs.effect import Effect


class SnapshotVerb(StrEnum):
    """What may be asked."""

    TAKE = "snapshot"
    REVERT = "revert"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class SnapshotAsked:
    """What a person wants: of which guests, the snapshot's name ('' for one of its moment, or to go back to
    the latest), and whether another is taken before going back (`safely`)."""

    verb: SnapshotVerb
    only: tuple[Selector, ...]
    name: str = ""
    description: str = ""
    safely: bool = True
    commit: str = ""


def plan_snapshots(desired: Desired, world: World, asked: SnapshotAsked) -> Plan:
    """The plan that does it, and nothing else."""

    def draft(declared: Declared, target: Target, seen: Observation) -> Draft:
        held = world.answers.snapshots.get((target.host, target.native), UNKNOWN)
        drafter = _Drafter(declared, target, seen, held, world.now, asked)
        match asked.verb:
            case SnapshotVerb.TAKE:
                return drafter.taken()
            case SnapshotVerb.REVERT:
                return drafter.reverted()
            case SnapshotVerb.DROP:
                return drafter.dropped()

    drafts = drafts_of(guests_meant(desired, asked.only), desired, world, draft)
    return make_asked_plan(drafts, desired, world, asked.commit)


@dataclass(frozen=True, slots=True)
class _Drafter:
    declared: Declared
    target: Target
    seen: Observation
    held: SnapshotsHeld
    now: float
    asked: SnapshotAsked

    def taken(self) -> Draft:
        name = self.asked.name or f"vr-{safety.stamp(self.now)}"
        if self.held.obstacle:
            return self._blocked(f"no snapshot can be taken: {self.held.obstacle}")
        if known := self.held.named(name):
            since = _clock(known.created)
            return self._blocked(f"it has a snapshot '{name}' already ({since}): --name another")
        action = safety.take(self.target, self.seen, name, self.asked.description, Cause.ASKED)
        note = "it is paused while its memory is written" if self.seen.power in ON else ""
        return self._drafted((action,), (note,))

    def dropped(self) -> Draft:
        known = self.held.named(self.asked.name)
        if known is None:
            return self._blocked(self._none(self.asked.name))
        reason = Difference("snapshot", None, known.name, Cause.ASKED)
        action = self.target.act(DropSnapshot(known.name), (reason,), part=known.name)
        return self._drafted((action,), (f"nobody can go back to {_clock(known.created)} any more",))

    def reverted(self) -> Draft:
        known = self._meant()
        if known is None:
            return self._blocked(self._none(self.asked.name))
        if problem := self._unbearable(known):
            return self._blocked(problem)
        before: tuple[Action, ...] = ()
        if self.asked.safely:
            if self.held.obstacle:
                return self._blocked(
                    f"no snapshot can be taken before it: {self.held.obstacle}; --no-safety-snapshot goes"
                    " without"
                )
            before = safety.safety(self.target, self.seen, self.held, self.now, f"revert to {known.name}")
            before = tuple(each for each in before if each.part != known.name)
        reason = Difference("snapshot", known.name, "now", Cause.ASKED, Effect.DESTROYS_DATA)
        action = self.target.act(Revert(known.name), (reason,), after=before)
        return self._drafted((*before, action), tuple(self._told(known)))

    def _meant(self) -> Snapshot | None:
        """The one that is named; without a name the latest that was not taken for safety, else the latest."""
        if self.asked.name:
            return self.held.named(self.asked.name)
        taken = sorted(self.held.all, key=lambda each: each.created)
        by_people = [each for each in taken if not each.name.startswith(safety.OURS)] or taken
        return by_people[-1] if by_people else None

    def _none(self, name: str) -> str:
        names = [each.name for each in self.held.all]
        if not names:
            why = f" ({self.held.obstacle})" if self.held.obstacle else ""
            return f"it has no snapshot{why}; snapshot {self.declared.address.name} takes one"
        return f"it has no snapshot '{name}'{did_you_mean(name, names)}"

    def _unbearable(self, known: Snapshot) -> str:
        """Why it cannot go back to what a snapshot holds; '' when it can."""
        if known.external:
            return (
                f"the snapshot {known.name} lies in files of its own (external): libvirt before 9.9 cannot go"
                " back to it; with virsh and qemu-img a person can"
            )
        now = disks_in(self.seen.document)
        for target, source in known.disks.items():
            if target not in now:
                return (
                    f"disk {target} ({source}) was there then and is not now: going back would need it as it"
                    " was; attach it again (apply), or go to another snapshot"
                )
            if now[target] != source:
                return (
                    f"disk {target} was {source} then and is {now[target]} now: the snapshot is in the"
                    " former; give it back, or go to another snapshot"
                )
        return ""

    def _told(self, known: Snapshot) -> Iterator[str]:
        disks = ", ".join(known.disks) or "its disks"
        since = f"{_clock(known.created)} ({_ago(self.now - known.created)})"
        yield f"LOST: all that was written to {disks} since {since}"
        added = sorted(disks_in(self.seen.document).keys() - known.disks.keys())
        if added:
            yield f"added since, and not in it: {', '.join(added)}: detached by it, with all that is on them"
        how = "goes on where it was, with its memory" if known.memory else "is stopped after it"
        yield f"the guest {how}"
        yield (
            "the definition of then comes back: the next plan shows what differs from the files, and apply"
            " heals it"
        )

    def _blocked(self, problem: str) -> Draft:
        return Draft(verdict(self.declared, Status.BLOCKED, host=self.target.host, problem=problem))

    def _drafted(self, actions: tuple[Action, ...], notes: tuple[str, ...]) -> Draft:
        found = verdict(
            self.declared,
            Status.CHANGE,
            host=self.target.host,
            observed_power=str(self.seen.power or ""),
            differences=tuple(reason for action in actions for reason in action.reasons),
            notes=tuple(filter(None, notes)),
        )
        return Draft(found, actions)


def _clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _ago(seconds: float) -> str:
    hours, minutes = divmod(max(0, int(seconds)) // 60, 60)
    if hours >= 48:
        return f"{hours // 24} days ago"
    return f"{hours} h {minutes} min ago" if hours else f"{minutes} min ago"

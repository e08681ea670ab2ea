"""docs/safety.md as properties: whatever the tree, the hosts and the state hold, no plan breaks them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.base import Observation
from reconciler.operations import Define, Effect, Fill, Migrate, Restart, Start, Stop, Undefine
from reconciler.plan import Options, Plan, make_plan
from reconciler.plan.guard import destructive, without_data_loss
from reconciler.plan.model import Status
from reconciler.plan.users import users_of
from specs.desired import ON, Declared, Desired, OnDelete, Policy, PowerState, RestartPolicy
from specs.identity import Kind
from state.records import Record
from tests.reconciler.plan.facts import HOST, declare, domain_xml, observe, record
from tests.reconciler.plan.scenes import (
    DISK,
    LAN,
    NIC,
    OTHER,
    UUID,
    bytes_of,
    guest,
    recorded,
    spread,
    there,
    tree,
    volume,
)

NAMES = ("web", "db")
DISKS = ("a.img", "b.img")
HOSTS = (HOST, "hv2")
UUIDS = (UUID, OTHER)
YES_OR_NO = st.booleans()
POWERS = st.sampled_from([PowerState.RUNNING, PowerState.PAUSED, PowerState.STOPPED])


@dataclass(frozen=True)
class Scene:
    """A tree and what there is."""

    desired: Desired
    held: dict[str, tuple[Observation, ...]]
    known: dict[Record, tuple[str, str]]
    options: Options

    def plan(self) -> Plan:
        hv1, hv2 = (self.held[name] for name in HOSTS)
        return make_plan(self.desired, spread(hv1, hv2, self.known), self.options)


@st.composite
def guests(draw: st.DrawFn, name: str) -> tuple[Declared | None, dict[str, Observation], Declared]:
    """A guest: how it is declared, if at all, and its copies on the hosts."""
    uses = draw(st.sampled_from(["", *DISKS]))
    extra = DISK.format(uses, "vda", "virtio") if uses else ""
    extra += NIC if draw(YES_OR_NO) else ""
    memory = draw(st.sampled_from([524288, 1048576]))
    machine = draw(st.sampled_from(["pc-i440fx-7.2", "pc-q35-7.2"]))
    policy = Policy(
        restart=draw(st.sampled_from([RestartPolicy.NEVER, RestartPolicy.IF_NEEDED])),
        protect=draw(YES_OR_NO),
    )
    document = domain_xml(name, memory, extra).replace("pc-i440fx-7.2", machine)
    declared = declare(document, name=name, policy=policy, power=draw(st.none() | POWERS))
    copies: dict[str, Observation] = {}
    for host in HOSTS:
        whose = draw(st.sampled_from(["", "", "ours", "theirs", "nobodys"]))
        if not whose:
            continue
        used = draw(st.sampled_from(["", extra]))
        seen = there(
            guest(name), draw(POWERS), f"1111111{len(copies)}-2222-3333-4444-555555555555", extra=used
        )
        if whose == "theirs":
            seen = replace(seen, document=seen.document.replace('fleet="default"', 'fleet="theirs"'))
        elif whose == "nobodys":
            plain = domain_xml(name, extra=used, uuid=seen.uuid)
            seen = replace(seen, document=plain, live=plain if seen.live else None)
        copies[host] = seen
    return (declared if draw(YES_OR_NO) else None), copies, declared


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    declared: list[Declared] = []
    held: dict[str, list[Observation]] = {name: [] for name in HOSTS}
    known: dict[Record, tuple[str, str]] = {}
    for name in NAMES:
        wanted, copies, was = draw(guests(name))
        declared += [wanted] if wanted else []
        for host, seen in copies.items():
            held[host].append(seen)
        if draw(YES_OR_NO) and copies:
            host = draw(st.sampled_from(sorted(copies)))
            known[record(was, copies[host], host=host, uuid=copies[host].uuid)] = ("", "")
    for name in DISKS:
        policy = Policy(on_delete=draw(st.sampled_from(list(OnDelete))), protect=draw(YES_OR_NO))
        disk = volume(name, draw(st.sampled_from([1 << 29, 1 << 30, 1 << 31])), policy=policy)
        seen = bytes_of(name, backing=draw(st.sampled_from(["", "a.img"])) if name != "a.img" else "")
        if draw(YES_OR_NO):
            held[HOST].append(seen)
            known |= recorded((disk, seen)) if draw(YES_OR_NO) else {}
        declared += [disk] if draw(YES_OR_NO) else []
    if draw(YES_OR_NO):
        power = draw(st.sampled_from([PowerState.ACTIVE, PowerState.INACTIVE]))
        net = declare(LAN, Kind.NETWORK, "lan", power=power)
        seen = observe(LAN, Kind.NETWORK, "lan", power=PowerState.ACTIVE)
        held[HOST].append(seen)
        known |= recorded((net, seen))
        declared += [net] if draw(YES_OR_NO) else []
    options = Options(
        prune=draw(YES_OR_NO),
        max_deletions=draw(st.integers(0, 4)),
        destroy=draw(st.integers(0, 4)) == 0,
        allow_shrink=draw(YES_OR_NO),
    )
    return Scene(tree(*declared), {name: tuple(seen) for name, seen in held.items()}, known, options)


def of_scene(test: Callable[[Scene], None]) -> Callable[[], None]:
    """The test, of fifty scenes."""
    quiet = [HealthCheck.too_slow, HealthCheck.data_too_large]
    return settings(max_examples=50, deadline=None, suppress_health_check=quiet)(given(scenes())(test))


def seen_of(scene: Scene, host: str, kind: Kind, native: str) -> Observation | None:
    return next((o for o in scene.held[host] if (o.kind, o.name) == (kind, native)), None)


@of_scene
def test_what_is_not_ours_is_left_alone(scene: Scene) -> None:
    """Nobody's and undeclared, or another fleet's: no action is about it."""
    for action in scene.plan().actions:
        seen = seen_of(scene, action.found_on, action.address.kind, action.native)
        if seen is None or action.address.kind is not Kind.DOMAIN:
            continue
        assert 'fleet="theirs"' not in seen.document
        assert 'fleet="default"' in seen.document or action.address in scene.desired.resources


@of_scene
def test_what_is_taken_away_was_asked_for(scene: Scene) -> None:
    removals = [action for action in scene.plan().actions if isinstance(action.operation, Undefine)]
    protected = {(record.address, record.host) for record in scene.known if record.policy.protect}
    leaving = {action.address: action for action in removals if not action.operation.arguments()}
    for address, action in leaving.items():
        assert scene.options.prune or scene.options.destroy
        assert (address in scene.desired.resources) is scene.options.destroy
        assert (address, action.host) not in protected or scene.options.destroy
    assert len(leaving) <= (scene.options.max_deletions or 0)


@of_scene
def test_data_go_only_by_their_own_word(scene: Scene) -> None:
    plan = scene.plan()
    policies = {record.address: record.policy for record in scene.known}
    policies |= {a: d.policy for a, d in scene.desired.resources.items()}
    for action in destructive(plan):
        assert isinstance(action.operation, Undefine)
        assert policies[action.address].on_delete is OnDelete.DELETE
        assert not policies[action.address].protect
    assert destructive(without_data_loss(plan, "no")) == ()
    for action in plan.actions:
        seen = seen_of(scene, action.host, Kind.VOLUME, action.native)
        assert not (isinstance(action.operation, Define | Fill) and seen is not None)


@of_scene
def test_what_somebody_goes_on_using_stays(scene: Scene) -> None:
    """Whoever uses what is removed leaves before it, or lets go of it before it."""
    plan = scene.plan()
    hv1, hv2 = (scene.held[name] for name in HOSTS)
    inventories = spread(hv1, hv2).inventories
    ids = {action.id: action for action in plan.actions}
    for action in plan.actions:
        if (
            not isinstance(action.operation, Undefine)
            or action.address.kind is Kind.DOMAIN
            or action.deferred
        ):
            continue
        before = [ids[other] for other in action.after]
        for user in users_of(action.address, action.native, action.host, inventories):
            ways = [one.operation for one in before if one.native == user.name]
            assert any(way.lets_go or isinstance(way, Undefine | Migrate) for way in ways)


@of_scene
def test_a_running_guest_goes_on_unless_its_files_say_otherwise(scene: Scene) -> None:
    for action in scene.plan().actions:
        declared = scene.desired.resources.get(action.address)
        if action.deferred or declared is None or scene.options.destroy or declared.power not in ON:
            continue
        assert not isinstance(action.operation, Stop)
        if isinstance(action.operation, Restart):
            assert declared.policy.restart is RestartPolicy.IF_NEEDED


@of_scene
def test_no_guest_is_started_a_second_time(scene: Scene) -> None:
    for action in scene.plan().actions:
        if (
            not isinstance(action.operation, Start)
            or action.address.kind is not Kind.DOMAIN
            or action.deferred
        ):
            continue
        for host in HOSTS:
            seen = seen_of(scene, host, Kind.DOMAIN, action.native)
            ours = seen is not None and 'fleet="default"' in seen.document
            assert not (seen is not None and ours and seen.power in ON)


@of_scene
def test_every_action_stands_behind_what_it_waits_for_and_names_what_it_is_about(scene: Scene) -> None:
    plan = scene.plan()
    done: set[str] = set()
    for action in plan.actions:
        assert set(action.after) <= done
        assert action.id not in done
        done.add(action.id)
        seen = seen_of(scene, action.found_on, action.address.kind, action.native)
        assert action.uuid == (seen.uuid if seen else "")
        assert bool(action.expects) <= (seen is not None)
        if seen is not None and action.operation.harms and action.operation.ends:
            assert action.expects


@of_scene
def test_a_record_says_what_was_declared_and_never_more_than_is_done(scene: Scene) -> None:
    for plan in (made := scene.plan(), without_data_loss(made, "no")):
        waiting = {action.address for action in plan.actions if action.deferred}
        undone = {a.address for a in plan.actions if a.deferred and a.operation.stands}
        for each in plan.refreshes:
            declared = scene.desired.resources[each.address]
            assert (each.host, each.native, each.policy) == (declared.host, declared.native, declared.policy)
            assert (each.declared, each.declared_digest) == (declared.document, declared.digest)
            assert each.address not in undone
            assert not (each.live_ok and each.address in waiting)


@of_scene
def test_a_second_look_at_the_same_gives_the_same_plan(scene: Scene) -> None:
    plan = scene.plan()
    assert scene.plan() == plan
    origins = {address: declared.origin for address, declared in scene.desired.resources.items()}
    assert all(v.origin == origins.get(v.address) for v in plan.verdicts)
    blocked = {v.address for v in plan.verdicts if v.status in (Status.BLOCKED, Status.KEPT)}
    assert not blocked & {a.address for a in plan.actions}
    assert all(v.problem for v in plan.verdicts if v.address in blocked)
    assert all(a.effect is not Effect.DESTROYS_DATA or a.address.kind is Kind.VOLUME for a in plan.actions)

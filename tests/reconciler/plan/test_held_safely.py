"""Whatever is held back, by modes, windows or a roll-out: what is done all the same does no harm."""

from __future__ import annotations

from dataclasses import dataclass, replace
from graphlib import TopologicalSorter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.operations import Stop, Undefine
from reconciler.plan import Options, Plan, make_plan
from reconciler.plan.world import World
from specs.desired import ON, Desired
from specs.effect import Effect
from specs.identity import Address, Kind
from specs.modes import Mode
from specs.rollouts import Amount, RolloutPolicy
from specs.windows import Window
from state.decisions import Decision, Verb
from tests.reconciler.plan.facts import NOW, changed
from tests.reconciler.plan.scenes import spread
from tests.reconciler.plan.test_safety import HOSTS, NAMES, Scene, scenes

_SHUT = "30 16 * * *"
"""It is 15:06 UTC."""

MODES = st.sampled_from([Mode.ENFORCE] * 6 + [Mode.OBSERVE, Mode.SUSPENDED])
WINDOWS = st.sampled_from([(), (Effect.RESTART,), (Effect.LIVE, Effect.NEXT_BOOT), tuple(Effect)]).map(
    lambda effects: (Window(effects, _SHUT, 60.0),) if effects else ()
)
ROLLOUTS = st.none() | st.builds(
    RolloutPolicy,
    max_unavailable=st.none() | st.just(Amount(1)),
    pause=st.sampled_from([0.0, 60.0]),
    canaries=st.sampled_from([(), (Address(Kind.DOMAIN, NAMES[0]),)]),
    groups=st.just((("", 2),)),
)


@dataclass(frozen=True)
class Held:
    """A scene under rules, and what it may not touch."""

    desired: Desired
    world: World
    options: Options

    def plan(self) -> Plan:
        return make_plan(self.desired, self.world, self.options)

    def restrained(self, address: Address) -> bool:
        declared = self.desired.resources.get(address)
        decided = any(decision.subject == str(address) for decision in self.world.recorded.decisions)
        return decided or (declared is not None and declared.mode is not Mode.ENFORCE)


@st.composite
def rules(draw: st.DrawFn) -> Held:
    scene: Scene = draw(scenes())
    desired = scene.desired
    resources = {
        address: replace(declared, mode=draw(MODES), policy=replace(declared.policy, windows=draw(WINDOWS)))
        for address, declared in desired.resources.items()
    }
    hosts = {
        name: replace(host, mode=draw(MODES), windows=draw(WINDOWS)) for name, host in desired.hosts.items()
    }
    subjects = draw(st.lists(st.sampled_from(["Domain/web", "Volume/p/a.img@hv1", "no sense"]), max_size=2))
    decisions = tuple(
        Decision(number, NOW - 9, Verb.SUSPEND, subject, "ann") for number, subject in enumerate(subjects)
    )
    fleet = replace(desired.fleet, windows=draw(WINDOWS), rollout=draw(ROLLOUTS))
    hv1, hv2 = (scene.held[name] for name in HOSTS)
    seen = spread(hv1, hv2, scene.known)
    return Held(
        replace(desired, resources=resources, hosts=hosts, fleet=fleet),
        changed(seen, decisions=decisions),
        replace(scene.options, prune=True, allow_shrink=True, max_deletions=9),
    )


@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(rules())
def test_what_is_done_all_the_same_does_no_harm(held: Held) -> None:
    plan = held.plan()
    done = [action for action in plan.actions if not action.deferred]
    for action in done:
        assert not held.restrained(action.address), "somebody said that it is left alone"
        assert all(held.desired.hosts[host].mode is Mode.ENFORCE for host in action.hosts)
    ids = {action.id for action in done}
    for action in done:
        if isinstance(action.operation, Undefine) and action.address.kind is Kind.DOMAIN:
            seen = held.world.observation(action.host, Kind.DOMAIN, action.native)
            stops = [
                other
                for other in plan.actions
                if isinstance(other.operation, Stop)
                and (other.address, other.host) == (action.address, action.host)
            ]
            runs = seen is not None and seen.power in ON
            assert not runs or (stops and all(stop.id in ids for stop in stops))
            assert {stop.id for stop in stops} <= set(action.after)
    # Raises CycleError where an action waits for itself in the end.
    order = TopologicalSorter({action.id: action.after for action in plan.actions})
    assert len(list(order.static_order())) == len(plan.actions)
    recorded = {refresh.address for refresh in plan.refreshes}
    undone = {action.address for action in plan.actions if action.deferred and action.operation.stands}
    assert not recorded & undone

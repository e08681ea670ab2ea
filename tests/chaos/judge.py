"""What must hold, whatever befell the service: judged by the hosts' calls and the journal together."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from specs.identity import Address, Kind
from tests.chaos.calls import Call
from tests.chaos.witness import Act

SLACK = 0.25
"""Seconds by which a loaded machine tells of things late."""

_STARTS = frozenset({"virDomainCreate", "virDomainCreateWithFlags"})
_ENDS = frozenset(
    {"virDomainDestroy", "virDomainDestroyFlags", "virDomainShutdown", "virDomainShutdownFlags"}
)
_AS_CALLED = {Kind.VOLUME: "StorageVol", Kind.NETWORK_FILTER: "NWFilter"}
"""Where libvirt's functions have another word for a kind."""

Thing = tuple[str, str]
"""Kind and name."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """A controller (by the address of its calls) did not run from one moment to the other: what it had begun
    just before may still reach a host when it wakes."""

    client: str
    since: float
    until: float

    def spans(self, call: Call) -> bool:
        """Whether a call is of this controller, and was made about then."""
        return self.client == call.client and self.since - SLACK <= call.at <= self.until + 2 * SLACK


@dataclass(frozen=True)
class Case:
    """What is judged: the controllers by the addresses of their calls, what was ever declared (kind and name
    → its power states; of what has none, any word), the hosts' calls, the journal as it was seen."""

    controllers: Collection[str]
    declared: Mapping[Thing, Collection[str]]
    calls: Sequence[Call]
    acts: Sequence[Act]
    frozen: Sequence[Frozen] = ()

    @cached_property
    def theirs(self) -> list[Call]:
        """The calls of controllers."""
        return [call for call in self.calls if call.client in self.controllers]

    @cached_property
    def acts_on(self) -> Mapping[Thing, Sequence[Act]]:
        """The actions upon each thing, and upon each kind with the name '': some calls tell none. One that
        was never seen to end has ended when the next one on the same thing was begun."""
        by_address: defaultdict[str, list[Act]] = defaultdict(list)
        for act in sorted(self.acts, key=lambda act: act.by):
            by_address[act.address].append(act)
        grouped: defaultdict[Thing, list[Act]] = defaultdict(list)
        for acts in by_address.values():
            for act, following in zip(acts, [*acts[1:], None], strict=True):
                for thing in _things(act):
                    grouped[thing].append(_ended_by(act, following))
        return grouped

    def covering(self, call: Call) -> list[Act]:
        """The actions that were under way at a call, upon what it changes."""
        acts = self.acts_on.get((call.kind, call.name), ())
        return [act for act in acts if self._covers(act, call)]

    def in_flight(self, call: Call) -> bool:
        """Whether its caller was frozen just then: what it had sent, or begun, arrives as it wakes."""
        return any(one.spans(call) for one in self.frozen)

    @cached_property
    def owners(self) -> Mapping[int, str]:
        """Who had which token: where a call is of one action alone, its client has that action's token."""
        seen: defaultdict[int, Counter[str]] = defaultdict(Counter)
        for call in self.theirs:
            covering = self.covering(call)
            if len(covering) == 1 and covering[0].token:
                seen[covering[0].token][call.client] += 1
        return {token: clients.most_common(1)[0][0] for token, clients in seen.items()}

    def _covers(self, act: Act, call: Call) -> bool:
        if act.host not in ("", call.host) and act.verb != "migrate":
            return False
        if call.at < act.after - SLACK:
            return False
        return act.ended is None or call.at <= act.ended + SLACK or self.in_flight(call)


def judged(case: Case) -> list[str]:
    """All that does not hold."""
    return [*undeclared(case), *unannounced(case), *unfenced(case)]


def undeclared(case: Case) -> Iterator[str]:
    """Changes of what nobody ever declared, or into a state that nobody ever declared."""
    for call in case.theirs:
        states = case.declared.get((call.kind, call.name))
        if not call.name:
            continue
        if states is None:
            yield f"{told(call)}: nobody ever declared that"
        elif call.function in _STARTS and "running" not in states:
            yield f"{told(call)}: nobody ever declared it running"
        elif call.function in _ENDS and not {"stopped", "absent"} & set(states):
            yield f"{told(call)}: nobody ever declared it stopped, or took it out"


def unannounced(case: Case) -> Iterator[str]:
    """Changes that stand in no journal while they are made."""
    for call in case.theirs:
        if not case.covering(call):
            yield f"{told(call)}: the journal has no such action at that time"


def unfenced(case: Case) -> Iterator[str]:
    """Changes by a controller that no longer had the host: only another's action was under way, or another
    had begun one there under a newer token. What was in flight when it was frozen is no fault."""
    began = _began(case)
    for call in case.theirs:
        acts = [act for act in case.covering(call) if act.token]
        own = [act for act in acts if case.owners.get(act.token, call.client) == call.client]
        if not acts or case.in_flight(call):
            continue
        if not own:
            yield f"{told(call)}: only {case.owners[acts[-1].token]} had a token for that"
        elif all(_is_overtaken(act, call, began[act.host]) for act in own):
            yield f"{told(call)}: its token was no longer the newest of that host"


def _is_overtaken(act: Act, call: Call, began: Mapping[int, float]) -> bool:
    """Whether something was begun on an action's host under a newer token, before the call."""
    return any(token > act.token and call.at > by + SLACK for token, by in began.items())


def _began(case: Case) -> Mapping[str, Mapping[int, float]]:
    """For each host, its tokens and by when an action was begun under each."""
    began: defaultdict[str, dict[int, float]] = defaultdict(dict)
    for act in case.acts:
        if act.token:
            began[act.host][act.token] = min(act.by, began[act.host].get(act.token, act.by))
    return began


def _ended_by(act: Act, following: Act | None) -> Act:
    return replace(act, ended=following.by) if following and act.ended is None else act


def _things(act: Act) -> Iterator[Thing]:
    address = Address.parse(act.address)
    kind = _AS_CALLED.get(address.kind, str(address.kind))
    yield kind, address.name
    yield kind, ""


def told(call: Call) -> str:
    """A call, for people."""
    name = f" {call.name}" if call.name else ""
    return f"{call.at:.3f} {call.client} called {call.function} of {call.kind}{name} on {call.host}"

"""What is said of many resources alike is said once."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from reconciler.compare.model import Effect
from reconciler.plan.model import Action, Plan, Status, Verdict
from reconciler.report.paint import Paint
from reconciler.report.resource import SIGNS, body, head
from reconciler.report.words import counted, kind_word, name_told
from specs.listing import listed

_FEWEST = 4
"""So many alike are told together."""
_NAMED = 3
_TOGETHER = frozenset(
    {Status.CREATE, Status.CHANGE, Status.ADOPT, Status.RELEASE, Status.CONVERGED, Status.KEPT}
)
"""What may be told together: what is removed, or what is wrong, is told one by one."""
_MAC = re.compile(r"\b[0-9a-f]{2}(?::[0-9a-f]{2}){5}\b")


@dataclass(frozen=True, slots=True)
class Block:
    """What is said of a resource, or of several of which the same is said."""

    verdicts: tuple[Verdict, ...]
    lines: tuple[str, ...]

    def told(self, paint: Paint) -> Iterator[str]:
        """Its lines, with its head first."""
        yield _heads(self.verdicts, paint) if len(self.verdicts) > 1 else head(self.verdicts[0], paint)
        yield from self.lines


def blocks(plan: Plan, paint: Paint, *, verbose: bool = False) -> Iterator[Block]:
    """What a plan says of its resources, in its order, as far as there is anything to say; each by itself
    where it is `verbose`."""
    actions: defaultdict[object, list[Action]] = defaultdict(list)
    for action in plan.actions:
        actions[action.address].append(action)
    alike: dict[object, list[Block]] = {}
    for verdict in plan.verdicts:
        own = actions[verdict.address]
        if _worth_showing(verdict, own, verbose=verbose):
            block = Block((verdict,), tuple(body(verdict, own, plan.created, paint, verbose=verbose)))
            together = not verbose and _may_join(verdict, own)
            key = (verdict.address.kind, verdict.status, _common(block)) if together else verdict.address
            alike.setdefault(key, []).append(block)
    yield from _in_order(alike.values())


def _in_order(alike: Iterable[Sequence[Block]]) -> Iterator[Block]:
    for found in alike:
        if len(found) < _FEWEST:
            yield from found
        else:
            same = all(block.lines == found[0].lines for block in found)
            lines = found[0].lines if same else _common(found[0])
            yield Block(tuple(block.verdicts[0] for block in found), lines)


def _worth_showing(verdict: Verdict, actions: Sequence[Action], *, verbose: bool) -> bool:
    if verdict.status is Status.UNREACHABLE:
        return verbose
    return bool(
        verbose
        or actions
        or verdict.pending
        or verdict.status is not Status.CONVERGED
        or verdict.problem
        or verdict.notes
    )


def _may_join(verdict: Verdict, actions: Iterable[Action]) -> bool:
    return (
        verdict.status in _TOGETHER
        and (not verdict.problem or verdict.status is Status.KEPT)
        and not verdict.notes
        and not verdict.privileged
        and not any(action.effect is Effect.DESTROYS_DATA for action in actions)
    )


def _common(block: Block) -> tuple[str, ...]:
    """What may be said of others too: without the resource's own name and MAC addresses."""
    name = block.verdicts[0].address.name
    return tuple(_MAC.sub("*", _without(name, line) if name in line else line) for line in block.lines)


def _without(name: str, line: str) -> str:
    own = rf"(?<![\w./:-]){re.escape(name)}(?![\w/])"  # a colon is before the number of a colour
    return re.sub(own, "*", line)


def many_told(verdicts: Sequence[Verdict]) -> tuple[str, str, str]:
    """Several of a kind: '200 domains', '4 hosts', 'g1, g2, g3 and 197 more'."""
    many = counted(len(verdicts), *kind_word(verdicts[0].address.kind))
    hosts = list(dict.fromkeys(verdict.host for verdict in verdicts))
    names = [name_told(verdict.address) for verdict in verdicts]
    where = hosts[0] if len(hosts) == 1 else f"{len(hosts)} hosts"
    return many, where, listed(names, _NAMED)


def _heads(verdicts: Sequence[Verdict], paint: Paint) -> str:
    """'~ 200 domains on 4 hosts: g1, g2, g3 and 197 more  (-v lists them)'."""
    sign, colour = SIGNS[verdicts[0].status]
    many, where, names = many_told(verdicts)
    return paint(colour, f"{sign} {many} on {where}") + f": {names}" + paint("dim", "  (-v lists them)")

"""Whether a plan that is made now is the one that was made then: all of it, or what it is that differs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from reconciler.plan.model import Action, Plan
from specs.identity import Address

_MAY_DIFFER = ("created", "rolling")
"""A plan's own time; and how far a roll-out is, which shows in what is held back."""

_WORDS = {
    "commit": "the commit",
    "fleet": "the fleet's name",
    "root": "the tree's folder",
    "warnings": "what was warned of",
}
_ASPECTS = {
    "after": "what it waits for",
    "content": "its content",
    "deferred": "what holds it back",
    "until": "until when it is held back",
    "documents": "its document",
    "operation": "what it does",
    "expects": "what it was planned upon",
    "pending": "what waits for a restart",
    "reasons": "its reasons",
}


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One thing that differs: a resource's address or what else it is of (`subject`), and in what."""

    subject: str
    what: str
    general: bool = False
    """Of the whole plan, and only to be named first when nothing nearer differs."""
    whole: bool = False
    """What else differs of the subject follows from this."""


def differing(then: Plan, now: Plan) -> Iterator[Mismatch]:
    """What differs between two plans; nothing when executing either is the same."""
    yield from _actions(then, now)
    for field in fields(Plan):
        if field.name in (*_MAY_DIFFER, "actions"):
            continue
        before, after = getattr(then, field.name), getattr(now, field.name)
        if before == after:
            continue
        if field.name == "hosts":
            yield from _of_each("host ", before, after, "its URI")
        elif field.name == "unreachable":
            yield from _of_each("host ", before, after, "whether it can be reached")
        elif isinstance(before, Mapping):
            yield from _of_each("", before, after, "what was declared or seen of it")
        elif field.name == "forget":
            for address in sorted({*before} ^ {*after}):
                yield Mismatch(str(address), "whether its record is dropped")
        elif _addressed((*before, *after)):
            yield from _of_resources(before, after)
        else:
            yield Mismatch(_WORDS.get(field.name, f"the plan's {field.name}"), "", general=True)


def changed(subject: str, then: Mapping[str, str], now: Mapping[str, str]) -> Iterator[Mismatch]:
    """What differs of one thing's aspects, each told by its name."""
    for name in sorted(then.keys() | now.keys()):
        if then.get(name) != now.get(name):
            yield Mismatch(subject, name)


def _actions(then: Plan, now: Plan) -> Iterator[Mismatch]:
    before, after = ({action.id: action for action in plan.actions} for plan in (then, now))
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if old is None or new is None:
            present = old or new
            assert present is not None
            what = "is planned now" if new else "is planned no more"
            yield Mismatch(str(present.address), f"'{name}' {what}", whole=True)
        else:
            yield from _of_action(old, new)
    orders = [[name for name in plan if name in before.keys() & after.keys()] for plan in (before, after)]
    if orders[0] != orders[1] or len(then.actions) != len(before) or len(now.actions) != len(after):
        yield Mismatch("the order of the actions", "", general=True)


def _of_action(old: Action, new: Action) -> Iterator[Mismatch]:
    for name, before, after in _aspects(old, new):
        if before == after:
            continue
        what = f"'{old.id}': {_ASPECTS.get(name, f'its {name}')}"
        if name == "deferred":
            what += f" (then: {before or 'nothing'}; now: {after or 'nothing'})"
        yield Mismatch(str(old.address), what)


def _aspects(old: Action, new: Action) -> Iterator[tuple[str, object, object]]:
    """An action's fields, and those of its operation by the names that people see."""
    for field in fields(Action):
        if field.name != "operation":
            yield field.name, getattr(old, field.name), getattr(new, field.name)
    one, other = old.operation, new.operation
    if type(one) is not type(other):
        yield "operation", one, other
        return
    yield "effect", one.effect, other.effect
    yield "document", one.document, other.document
    yield "arguments", one.arguments(), other.arguments()


def _addressed(things: Iterable[Any]) -> bool:
    return all(isinstance(getattr(thing, "address", None), Address) for thing in things)


def _of_resources(then: Iterable[Any], now: Iterable[Any]) -> Iterator[Mismatch]:
    before, after = ({thing.address: thing for thing in things} for things in (then, now))
    for address in sorted(before.keys() | after.keys()):
        old, new = before.get(address), after.get(address)
        if old is None or new is None:
            yield Mismatch(str(address), "whether it is looked after")
            continue
        for field in fields(old):
            if getattr(old, field.name) != getattr(new, field.name):
                yield Mismatch(str(address), _ASPECTS.get(field.name, f"its {field.name.replace('_', ' ')}"))
    if list(before) != list(after) and before.keys() == after.keys():
        yield Mismatch("the order of the resources", "", general=True)


def _of_each(prefix: str, then: Mapping[str, str], now: Mapping[str, str], what: str) -> Iterator[Mismatch]:
    for name in sorted(then.keys() | now.keys()):
        if then.get(name) != now.get(name):
            yield Mismatch(f"{prefix}{name}", what)

"""What differs of a resource, in the words of its files, each thing once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from reconciler.compare.model import Cause, Difference, Effect, Note
from reconciler.plan.model import Verdict
from reconciler.report.entries import described, entry_name
from reconciler.report.places import NOTHING, OUTSIDE, name_of, value_of
from reconciler.report.words import shortened
from specs.documents.said import said
from specs.documents.wording import Said
from specs.identity import Kind
from specs.tokens import shown


@dataclass(frozen=True, slots=True)
class ToldChange:
    """One thing that is to be otherwise: a field from one value to another, or with a `sign` an entry that
    comes (+) or goes (-), and then `before` or `after` is what it is. `waits`: what runs has it at its next
    start only. `path` is the place in the document; `gone` are settings of the same element that go with it
    and have no field."""

    what: str
    before: str
    after: str
    cause: Cause
    effect: Effect
    path: str
    sign: str = ""
    waits: bool = False
    gone: tuple[str, ...] = ()

    def __str__(self) -> str:
        """'memory: 1 GiB → 2 GiB', '+ disk vdb: pool guests, data.qcow2, virtio'."""
        if self.sign:
            is_ = self.after or self.before
            between = " " if is_.startswith("(") else ": "
            return f"{self.sign} {self.what}{between}{is_}" if is_ else f"{self.sign} {self.what}"
        after = self.after
        if after == self.before:
            after = after.replace("(secret)", "(another secret)")
        gone = f" ({', '.join(self.gone)} {'go' if len(self.gone) > 1 else 'goes'} with it)"
        return f"{self.what}: {self.before} → {after}{gone if self.gone else ''}"


def changes_of(verdict: Verdict) -> tuple[ToldChange, ...]:
    """All that differs of a resource and all that waits for its next start."""
    return _changes(verdict.address.kind, verdict.differences, verdict.pending, raw=written_as_xml(verdict))


@lru_cache(maxsize=1024)
def _changes(
    kind: Kind, differences: tuple[Difference, ...], pending: tuple[Difference, ...], *, raw: bool
) -> tuple[ToldChange, ...]:
    """The same of many resources is read once."""
    found = _told(kind, differences, raw=raw)
    waiting = [replace(each, waits=True) for each in _told(kind, pending, raw=raw)]
    return tuple(_with_gone(_once(_joined([*_known(found, waiting), *_beyond(found, waiting)]))))


def written_as_xml(verdict: Verdict) -> bool:
    """Whether the author of a resource wrote libvirt's XML: its words are his."""
    return verdict.origin is not None and verdict.origin.file.endswith(".xml")


def _told(kind: Kind, differences: Iterable[Difference], *, raw: bool) -> list[ToldChange]:
    """The changes that differences are; what follows from others is told only where it would stand alone."""
    told = [(each, list(_of(kind, each, raw=raw))) for each in differences if each.path]
    if any(changes for _, changes in told):
        return [change for _, changes in told for change in changes]
    return [_as_libvirt_has_it(each) for each, _ in told]


def _of(kind: Kind, found: Difference, *, raw: bool) -> Iterator[ToldChange]:
    if found.path in OUTSIDE:
        name = name_of(kind, found.path)
        yield _change(found, name, _plain(found.observed), _plain(found.declared))
        return
    before, after = (_said(kind, found.path, value) for value in (found.observed, found.declared))
    if not (before or after) or (raw and not any(each.noun for each in (*before, *after))):
        yield _as_libvirt_has_it(found)
        return
    were, are = ({each.field: each for each in side if each.field} for side in (before, after))
    fields = dict.fromkeys([*were, *are])
    changes = [_field(found, field, were.get(field), are.get(field)) for field in fields]
    news = [change for field, change in zip(fields, changes, strict=True) if not _is_usual(field, were, are)]
    yield from (each for each in news or changes if each.sign or each.before != each.after or _hidden(found))


def _said(kind: Kind, path: str, value: str | None) -> tuple[Said, ...]:
    return () if value is None else said(kind, path, value)


def _is_usual(field: str, were: dict[str, Said], are: dict[str, Said]) -> bool:
    """Whether nothing comes of it that is not so anyway."""
    sides = [side[field] for side in (were, are) if field in side]
    return len(sides) == 1 and sides[0].usual


def _field(found: Difference, field: str, was: Said | None, is_: Said | None) -> ToldChange:
    one = is_ or was
    assert one is not None
    if one.noun and (was is None or is_ is None):
        before, after = ("" if side is None else described(side) for side in (was, is_))
        return replace(_change(found, entry_name(one), before, after), sign="-" if is_ is None else "+")
    if one.noun:
        assert was is not None
        assert is_ is not None
        return _change(found, entry_name(one), described(was), described(is_))
    nothing = NOTHING if one.missing is None else one.missing
    before, after = (nothing if side is None else shortened(side.value) for side in (was, is_))
    return _change(found, field, before, after)


def _change(found: Difference, what: str, before: str, after: str) -> ToldChange:
    return ToldChange(what, before, after, found.cause, found.effect, found.path)


def _as_libvirt_has_it(found: Difference) -> ToldChange:
    """A place that the files have no word for, unless as XML."""
    change = _change(found, found.path, _plain(found.observed), _plain(found.declared))
    whole = [value for value in (found.observed, found.declared) if value is not None]
    if len(whole) == 1 and whole[0].startswith("<"):
        is_ = shortened(whole[0])
        if change.what.endswith("]") and not is_.endswith(">"):
            is_ = "(diff shows it)"  # what it is has been said
        if found.declared is None:
            return replace(change, sign="-", before=is_, after="")
        return replace(change, sign="+", before="", after=is_)
    return change


def _plain(value: str | None) -> str:
    return NOTHING if value is None else shortened(value)


def _hidden(found: Difference) -> bool:
    """Whether two values that look alike are not: secrets are not shown."""
    values = (found.declared or "", found.observed or "")
    return any(shown(value) != value for value in values)


def _known(found: list[ToldChange], waiting: list[ToldChange]) -> Iterator[ToldChange]:
    """What differs, and whether what runs has it at its next start only."""
    keys = {(each.what, each.sign) for each in waiting}
    yield from (replace(each, waits=(each.what, each.sign) in keys) for each in found)


def _beyond(found: list[ToldChange], waiting: list[ToldChange]) -> Iterator[ToldChange]:
    """What waits and is no difference of the definition, or runs with another value than it is defined."""
    known = {(each.what, each.sign) for each in found}
    said = {(each.what, each.sign, each.before, each.after) for each in found}
    for each in waiting:
        if (each.what, each.sign) not in known:
            yield each
        elif not each.sign and (each.what, each.sign, each.before, each.after) not in said:
            yield replace(each, what=f"{each.what} as it runs")


def _joined(changes: Iterable[ToldChange]) -> list[ToldChange]:
    """The values of a list as one change: `boot: hd → network, hd`."""
    joined: dict[object, ToldChange] = {}
    for each in changes:
        key = each if each.sign else (each.what, each.cause, each.effect, each.waits)
        known = joined.get(key, each)
        if known != each:
            before, after = _together(known.before, each.before), _together(known.after, each.after)
            known = replace(known, before=before, after=after)
        joined[key] = known
    return list(joined.values())


def _together(one: str, other: str) -> str:
    return ", ".join(value for value in (one, other) if value != NOTHING) or NOTHING


def _once(changes: list[ToldChange]) -> list[ToldChange]:
    """Without a maximum that is what the value itself is: who wrote one number meant both."""
    known = {(each.what, each.before, each.after, each.waits) for each in changes}
    return [
        each
        for each in changes
        if (each.what.removesuffix(".max"), each.before, each.after, each.waits) not in known
        or not each.what.endswith(".max")
    ]


def _with_gone(changes: list[ToldChange]) -> Iterator[ToldChange]:
    """Settings without a field that only go are told with the field of the same element, in its line."""
    gone: dict[int, list[str]] = {}
    left = []
    for each in changes:
        around, _, name = each.path.rpartition("/@")
        owner = next((other for other in changes if _owns(other, around)), None) if name else None
        if owner is not None and each.what == each.path and each.after == NOTHING:
            gone.setdefault(id(owner), []).append(name)
        else:
            left.append(each)
    yield from (replace(each, gone=tuple(gone.get(id(each), ()))) for each in left)


def _owns(change: ToldChange, around: str) -> bool:
    """Whether a change is one of a field that stands in an element."""
    return change.what != change.path and change.path in (
        around,
        f"{around}/@{change.path.rpartition('/@')[2]}",
    )


def not_kept(kind: Kind, note: Note) -> str:
    """A setting that the host drops, and what would keep it."""
    keeper = f" (libvirt {note.keeper} keeps it)" if note.keeper else ""
    told = f"{name_of(kind, note.path)}: {value_of(kind, note.path, note.declared)}"
    return f"not kept by the hypervisor: {told}{keeper}"

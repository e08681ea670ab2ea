"""Deciding at every node: declared, last declared, last read back, observed.

With a record the comparison is exact without knowing any hypervisor's habits; without one, what is
declared must be a part of what is observed, and devices that no hypervisor adds by itself must be
declared. `docs/comparison.md` tells the rules.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from drivers.dialects import Dialect
from drivers.dialects.choices.model import Choice
from reconciler.compare.align import Sides, aligned, kin_of, named, present
from reconciler.compare.model import Cause, Difference, Effect, Note
from reconciler.compare.switching import Leaving, Left
from specs.documents.edits import detach, insert, put, unset
from specs.documents.tree import Node, as_shown, is_unwritten, plain, says_nothing, spelled
from specs.tokens import holds_token


@dataclass(frozen=True, slots=True)
class Finding:
    """A difference before its effect is known, with the edit of the observed document that heals it;
    `device` is the device that it is a part of."""

    path: str
    declared: str | None
    observed: str | None
    cause: Cause
    heal: Callable[[], None]
    device: Node | None = None

    def told(self, effect: Effect) -> Difference:
        """As a difference, with what it costs."""
        return Difference(self.path, self.declared, self.observed, self.cause, effect)


@dataclass(slots=True)
class Decider:
    """Walks the four trees at once and collects what it finds.

    `dialect` is that of the hypervisor. `recorded` says that there is a record; `same_version` that the
    hypervisor is the one that wrote it; `unrecorded` is the cause of differences without a record; `exact`
    are paths of elements of which an extra one is a difference without a record too. `unkept` are the paths
    that the hypervisor's release does not know, with one that does; `choices` are those of the kind. `untold`
    is what is healed with the findings and that nobody has to be told.
    """

    dialect: Dialect
    recorded: bool
    same_version: bool
    unrecorded: Cause
    exact: frozenset[str] = frozenset()
    unkept: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, tuple[Choice, ...]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    untold: list[Callable[[], None]] = field(default_factory=list)
    _leaving: Leaving = field(default_factory=Leaving)
    _device: Node | None = None

    def decide(self, sides: Sides, path: str = "", schema: str = "") -> None:
        """Compares one element that the observed document has: attributes, text, then children."""
        observed = sides.observed
        if observed is None:
            return
        self._leaving.switch(self.choices.get(schema, ()), sides, nested=bool(schema))
        names = dict.fromkeys(name for side in present(sides) for name in side.attrs)
        owned = self.dialect.ownership.is_hypervisors(schema)
        for name in names:
            self._value(sides, f"{path}/@{name}".lstrip("/"), name, owned)
        if not observed.children or any(s.text for s in present(sides)):
            self._value(sides, path, "", owned)
        if not self.recorded and schema in self.dialect.ownership.complete:
            self._unasked(sides, path)
        kin = kin_of(sides)
        for tag in dict.fromkeys(tag for of_one in kin for tag in of_one):
            self._children(sides, tuple(of_one.get(tag, []) for of_one in kin), tag, path, schema)

    def _value(self, sides: Sides, path: str, name: str, owned: bool) -> None:
        """One attribute, or the element's text (name '')."""
        declared = _get(sides.declared, name)
        if sides.observed is None or declared == _get(sides.observed, name):
            return
        was = _get(sides.was_declared, name)
        if declared is not None:
            unchanged = was == declared and sides.declared not in self._leaving.anew
            self._declared_value(sides, path, name, declared, unchanged=unchanged)
        elif was is not None:
            self._undeclared_value(sides, path, name)
        elif left := self._leaving.value(sides.observed, name):
            self._left_value(sides, path, name, left)
        elif self.recorded and not owned:
            self._foreign_value(sides, path, name)

    def _declared_value(self, sides: Sides, path: str, name: str, declared: str, *, unchanged: bool) -> None:
        """A value that the files have: as it is on the host, kept there in another form, or different."""
        source, element = sides.declared, sides.observed
        assert source is not None
        assert element is not None
        observed = _get(element, name)
        kept = unchanged and self.recorded and _get(sides.read_back, name) == observed
        if kept or self._settled(path, unchanged=unchanged, silent=observed is None):
            self.notes.append(Note(path, declared, observed))
            return
        silent = observed is None or name in element.implied
        if silent and self._unkept(source, name, path, declared):
            return
        self._found(
            path,
            as_shown(source, name, declared),
            as_shown(element, name, observed),
            self._cause(unchanged),
            partial(put, element, source, name, declared),
        )

    def _settled(self, path: str, *, unchanged: bool, silent: bool) -> bool:
        """Whether a declared value was used when the object was made, and says nothing about it now."""
        ownership = self.dialect.ownership
        if silent and path.startswith(ownership.forgotten):
            return unchanged or not self.recorded
        return not self.recorded and path.startswith(ownership.built)

    def _undeclared_value(self, sides: Sides, path: str, name: str) -> None:
        """A value that was taken out of the files."""
        element = sides.observed
        assert element is not None
        if name not in element.implied:
            told = as_shown(element, name, _get(element, name))
            self._found(path, None, told, Cause.EDITED, partial(unset, element, name))

    def _left_value(self, sides: Sides, path: str, name: str, left: Left) -> None:
        """A value of an alternative that the files have left, unless it was read back of theirs."""
        element = sides.observed
        assert element is not None
        observed = _get(element, name)
        if observed == _get(sides.read_back, name) or name in element.implied:
            return
        heal = partial(unset, element, name)
        if left.told:
            self._found(
                path, None, as_shown(element, name, observed), self._cause(unchanged=not left.edited), heal
            )
        else:
            self.untold.append(heal)

    def _foreign_value(self, sides: Sides, path: str, name: str) -> None:
        """A value that the files never had: the hypervisor's own, unless it was changed since. Another
        version adds values by itself, and changes none."""
        source, element = sides.read_back, sides.observed
        assert element is not None
        read_back, observed = _get(source, name), _get(element, name)
        if observed == read_back:
            return
        # A read-back that is not there at all belongs to an element that is judged as a whole.
        if source is None or holds_token(read_back):
            return  # a secret that nobody declared is the host's own
        told = as_shown(element, name, observed)
        if read_back is None:
            if self.same_version:
                self._found(path, None, told, Cause.DRIFTED, partial(unset, element, name))
            return
        wanted = as_shown(source, name, read_back)
        self._found(path, wanted, told, Cause.DRIFTED, partial(put, element, source, name, read_back))

    def _unasked(self, sides: Sides, path: str) -> None:
        """Values that were never declared, of an element to which no hypervisor adds any by itself."""
        declared, element = sides.declared, sides.observed
        assert element is not None
        if declared is None:
            return
        for name in sorted(element.attrs.keys() - declared.attrs.keys() - element.implied):
            told = as_shown(element, name, element.attrs[name])
            self._found(f"{path}/@{name}", None, told, self.unrecorded, partial(unset, element, name))

    def _children(self, sides: Sides, kin: tuple[list[Node], ...], tag: str, path: str, schema: str) -> None:
        ownership = self.dialect.ownership
        groups = aligned(self.dialect.identities, kin, schema)
        child_schema = f"{schema}/{tag}".lstrip("/")
        for group in groups:
            where = named(self.dialect.identities, group, tag, path, schema)
            if schema == "devices":
                self._device = group.declared or group.observed or group.read_back
            if group.observed is not None:
                if self._extra(group, child_schema):
                    self._remove(group, where)
                else:
                    self.decide(group, where, child_schema)
            elif group.declared is not None and child_schema in ownership.groups:
                assert sides.observed is not None
                empty = sides.observed.add(tag)
                filled = Sides(group.declared, group.was_declared, group.read_back, empty)
                self.decide(filled, where, child_schema)
            elif group.declared is not None:
                self._missing(sides, group, where)
            elif group.read_back is not None and group.was_declared is None:
                self._lost(sides, group, where, child_schema)
        if schema == "devices":
            self._device = None

    def _extra(self, group: Sides, schema: str) -> bool:
        """Whether an observed element that is not declared has to go."""
        if group.declared is not None or group.observed is None or is_unwritten(group.observed):
            return False
        if group.was_declared is not None:
            return True
        if group.read_back is not None:
            return False
        if schema in self.exact:
            return True
        if self._leaving.element(group.observed):
            return not says_nothing(group.observed)
        if self.dialect.ownership.is_hypervisors(schema):
            return False
        if self.recorded and self.same_version:
            return True
        return schema in self.dialect.ownership.declarable and not group.observed.own

    def _remove(self, group: Sides, path: str) -> None:
        element = group.observed
        assert element is not None
        left = self._leaving.element(element)
        if group.was_declared is None and left is not None and not left.told:
            self.untold.append(partial(detach, element))
            return
        edited = group.was_declared is not None or (left is not None and left.edited)
        cause = Cause.EDITED if group.was_declared is not None else self._cause(unchanged=not edited)
        self._found(path, None, spelled(element), cause, partial(detach, element))

    def _missing(self, sides: Sides, group: Sides, path: str) -> None:
        """A declared element that the hypervisor does not have."""
        declared, parent = group.declared, sides.observed
        assert declared is not None
        assert parent is not None
        unchanged = (
            group.was_declared is not None
            and declared.same(group.was_declared)
            and declared not in self._leaving.anew
        )
        dropped = unchanged and _kept_nothing(group) and self.recorded
        if dropped or self._settled(path, unchanged=unchanged, silent=True):
            self.notes.append(Note(path, spelled(declared), None))
            return
        if says_nothing(declared) or self._unkept(declared, "", path, spelled(declared)):
            return
        # What the hypervisor added to it before (its address, its MAC) comes back with it.
        source = group.read_back if unchanged and group.read_back is not None else declared
        self._found(path, spelled(declared), None, self._cause(unchanged), partial(insert, parent, source))

    def _unkept(self, source: Node, name: str, path: str, declared: str) -> bool:
        """Whether a setting that is not there is one that no definition would bring: nothing comes of it, or
        the release does not know it."""
        keeper = self._keeper(source, path) if self.unkept else ""
        unkept = bool(keeper) or name in source.inert
        if unkept:
            self.notes.append(Note(path, declared, None, keeper))
        return unkept

    def _keeper(self, source: Node, path: str) -> str:
        """A release that knows the setting at a path, or all that an element is made of."""
        known = self.unkept.get(_known_as(path), "")
        if known or "/@" in path or source.text:
            return known
        parts = [f"{path}/@{name}" for name in source.attrs]
        keepers = [self.unkept.get(_known_as(part), "") for part in parts]
        keepers += [self._keeper(child, f"{path}/{child.tag}") for child in source.children]
        return keepers[0] if keepers and all(keepers) else ""

    def _lost(self, sides: Sides, group: Sides, path: str, schema: str) -> None:
        """An undeclared element that was there when we last looked."""
        read_back, parent = group.read_back, sides.observed
        assert read_back is not None
        assert parent is not None
        if not self.recorded or self.dialect.ownership.is_hypervisors(schema):
            return
        if says_nothing(read_back) or holds_token(spelled(read_back)):
            return  # what held a secret that nobody declared cannot be made again
        self._found(path, spelled(read_back), None, Cause.DRIFTED, partial(insert, parent, read_back))

    def _cause(self, unchanged: bool) -> Cause:
        if not self.recorded:
            return self.unrecorded
        return Cause.DRIFTED if unchanged else Cause.EDITED

    def _found(
        self, path: str, declared: str | None, observed: str | None, cause: Cause, heal: Callable[[], None]
    ) -> None:
        self.findings.append(Finding(path, declared, observed, cause, heal, self._device))


def _kept_nothing(group: Sides) -> bool:
    """Whether the hypervisor dropped what was declared: all of it, or all but the bare element."""
    declared, read_back = group.declared, group.read_back
    return read_back is None or (_is_bare(read_back) and declared is not None and not _is_bare(declared))


def _is_bare(node: Node) -> bool:
    return not (node.attrs or node.text or node.children)


_AGAIN = re.compile(r"(backingStore/)+")
_NAMESPACE = re.compile(r"\{[^}]*\}")


def _known_as(path: str) -> str:
    """A path as a table has it: without labels and namespaces, a chain of backing files as its first."""
    return _NAMESPACE.sub("", _AGAIN.sub("backingStore/", plain(path)))


def _get(node: Node | None, name: str) -> str | None:
    if node is None:
        return None
    return node.attrs.get(name) if name else node.text or None

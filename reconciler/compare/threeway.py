"""Deciding at every node: declared, last declared, last read back, observed.

With a record the comparison is exact without knowing any hypervisor's habits; without one, what is
declared must be a part of what is observed, and devices that no hypervisor adds by itself must be
declared. `docs/comparison.md` tells the rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial

from reconciler.compare.heal import detach, insert, put, unseat, unset
from reconciler.compare.match import label, pair
from reconciler.compare.model import Cause, Note
from reconciler.compare.tree import Node, to_text
from specs.tokens import holds_token

DECLARABLE = frozenset(
    {f"devices/{tag}" for tag in (
        "disk", "interface", "hostdev", "filesystem", "channel", "graphics", "sound", "tpm", "rng",
        "redirdev", "smartcard", "shmem", "memory", "iommu", "vsock", "lease", "parallel")}
    | {"ip", "ip/dhcp", "ip/dhcp/host", "ip/dhcp/range", "dns/host", "dns/txt", "dns/srv",
       "dns/forwarder", "portgroup", "route"}
)  # fmt: skip
"""Elements that libvirt never adds by itself: an extra one was put there by somebody."""

GROUPS = frozenset({"cputune", "memtune", "blkiotune", "devices/disk/iotune"})
"""Elements that mean nothing by themselves: a missing one is judged value by value."""

OWNED = frozenset(
    {"address", "alias", "seclabel", "backingStore", "mirror", "controller", "metadata", "audio",
     "nvram", "loader", "uuid", "mac", "genid", "firmware", "hub", "permissions"}
)  # fmt: skip
"""Elements whose undeclared values are the hypervisor's own business."""

PLUGS = {"disk": "target/@bus", "watchdog": "@model", "sound": "@model", "tpm": "@model"}
"""What decides the bus that a device is plugged into; with another one its address means nothing."""

BUILT = ("target/permissions/", "backingStore/permissions/")
"""Paths of what is used when a pool or volume is built; what it has then is what it has."""


@dataclass(frozen=True, slots=True)
class Sides:
    """One node as the four documents have it; None where a document has none."""

    declared: Node | None
    was_declared: Node | None
    read_back: Node | None
    observed: Node | None


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


@dataclass(slots=True)
class Decider:
    """Walks the four trees at once and collects what it finds.

    `recorded` says that there is a record; `same_version` that the hypervisor is the one that wrote it;
    `unrecorded` is the cause of differences without a record; `exact` are paths of elements of which an
    extra one is a difference without a record too.
    """

    recorded: bool
    same_version: bool
    unrecorded: Cause
    exact: frozenset[str] = frozenset()
    findings: list[Finding] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    _device: Node | None = None

    def decide(self, sides: Sides, path: str = "", schema: str = "") -> None:
        """Compares one element that the observed document has: attributes, text, then children."""
        observed = sides.observed
        if observed is None:
            return
        names = dict.fromkeys(name for side in _present(sides) for name in side.attrs)
        owned = _owned(schema)
        for name in names:
            self._value(sides, f"{path}/@{name}".lstrip("/"), name, owned)
        if not observed.children or any(s.text for s in _present(sides)):
            self._value(sides, path, "", owned)
        kin = _kin(sides)
        for tag in dict.fromkeys(tag for of_one in kin for tag in of_one):
            self._children(sides, tuple(of_one.get(tag, []) for of_one in kin), tag, path, schema)

    def _value(self, sides: Sides, path: str, name: str, owned: bool) -> None:
        """One attribute, or the element's text (name '')."""
        declared, was = _get(sides.declared, name), _get(sides.was_declared, name)
        read_back, observed = _get(sides.read_back, name), _get(sides.observed, name)
        if declared == observed:
            return
        element = sides.observed
        assert element is not None
        if declared is not None:
            kept = was == declared and read_back == observed if self.recorded else path.startswith(BUILT)
            if kept:
                self.notes.append(Note(path, declared, observed))
                return
            source = sides.declared
            assert source is not None
            cause = self._cause(was == declared)
            shown = _shown(source, name, declared)
            self._found(
                path,
                shown,
                _shown(element, name, observed),
                cause,
                partial(put, element, source, name, declared),
            )
        elif was is not None:
            if name in element.implied:
                return
            self._found(
                path, None, _shown(element, name, observed), Cause.EDITED, partial(unset, element, name)
            )
        elif self.recorded and self.same_version and not owned and observed != read_back:
            # A read-back that is not there at all belongs to an element that is judged as a whole.
            source = sides.read_back
            if source is None or holds_token(read_back):
                return  # a secret that nobody declared is the host's own
            if read_back is None:
                self._found(
                    path, None, _shown(element, name, observed), Cause.DRIFTED, partial(unset, element, name)
                )
            else:
                self._found(
                    path,
                    _shown(source, name, read_back),
                    _shown(element, name, observed),
                    Cause.DRIFTED,
                    partial(put, element, source, name, read_back),
                )

    def _children(self, sides: Sides, kin: tuple[list[Node], ...], tag: str, path: str, schema: str) -> None:
        groups = _aligned(kin, schema)
        child_schema = f"{schema}/{tag}".lstrip("/")
        for group in groups:
            named = _named(group, tag, path, schema)
            if schema == "devices":
                self._device = group.declared or group.observed or group.read_back
            if group.observed is not None:
                if self._extra(group, child_schema):
                    self._remove(group, named)
                else:
                    before = len(self.findings)
                    self.decide(group, named, child_schema)
                    if schema == "devices":
                        self._replug(group, f"{named}/{PLUGS.get(tag, '')}", before)
            elif group.declared is not None and child_schema in GROUPS:
                assert sides.observed is not None
                empty = sides.observed.add(tag)
                filled = Sides(group.declared, group.was_declared, group.read_back, empty)
                self.decide(filled, named, child_schema)
            elif group.declared is not None:
                self._missing(sides, group, named)
            elif group.read_back is not None and group.was_declared is None:
                self._lost(sides, group, named, child_schema)
        if schema == "devices":
            self._device = None

    def _replug(self, group: Sides, path: str, since: int) -> None:
        """A device on another bus gets a new address, unless one is declared."""
        declared, observed = group.declared, group.observed
        if declared is None or observed is None or declared.all("address"):
            return
        for index, finding in enumerate(self.findings[since:], since):
            if finding.path == path:
                self.findings[index] = replace(finding, heal=partial(unseat, observed, finding.heal))

    def _extra(self, group: Sides, schema: str) -> bool:
        """Whether an observed element that is not declared has to go."""
        if group.declared is not None or _unwritten(group.observed):
            return False
        if group.was_declared is not None:
            return True
        if group.read_back is not None:
            return False
        if _owned(schema):
            return False
        if self.recorded and self.same_version:
            return True
        return schema in DECLARABLE or schema in self.exact

    def _remove(self, group: Sides, path: str) -> None:
        element = group.observed
        assert element is not None
        if group.was_declared is not None:
            cause = Cause.EDITED
        else:
            cause = Cause.DRIFTED if self.recorded else self.unrecorded
        self._found(path, None, _spelled(element), cause, partial(detach, element))

    def _missing(self, sides: Sides, group: Sides, path: str) -> None:
        """A declared element that the hypervisor does not have."""
        declared, parent = group.declared, sides.observed
        assert declared is not None
        assert parent is not None
        unchanged = group.was_declared is not None and declared.same(group.was_declared)
        if unchanged and group.read_back is None and self.recorded:
            self.notes.append(Note(path, _spelled(declared), None))
            return
        if _says_nothing(declared):
            return
        # What the hypervisor added to it before (its address, its MAC) comes back with it.
        source = group.read_back if unchanged and group.read_back is not None else declared
        self._found(path, _spelled(declared), None, self._cause(unchanged), partial(insert, parent, source))

    def _lost(self, sides: Sides, group: Sides, path: str, schema: str) -> None:
        """An undeclared element that was there when we last looked."""
        read_back, parent = group.read_back, sides.observed
        assert read_back is not None
        assert parent is not None
        if not self.recorded or not self.same_version or _owned(schema):
            return
        if _says_nothing(read_back) or holds_token(_spelled(read_back)):
            return  # what held a secret that nobody declared cannot be made again
        self._found(path, _spelled(read_back), None, Cause.DRIFTED, partial(insert, parent, read_back))

    def _cause(self, unchanged: bool) -> Cause:
        if not self.recorded:
            return self.unrecorded
        return Cause.DRIFTED if unchanged else Cause.EDITED

    def _found(
        self, path: str, declared: str | None, observed: str | None, cause: Cause, heal: Callable[[], None]
    ) -> None:
        self.findings.append(Finding(path, declared, observed, cause, heal, self._device))


def _owned(schema: str) -> bool:
    """Whether an element, or one around it, is the hypervisor's own business."""
    return not OWNED.isdisjoint(schema.split("/"))


def _present(sides: Sides) -> Iterable[Node]:
    return (
        side
        for side in (sides.declared, sides.was_declared, sides.read_back, sides.observed)
        if side is not None
    )


def _get(node: Node | None, name: str) -> str | None:
    if node is None:
        return None
    return node.attrs.get(name) if name else node.text or None


def _kin(sides: Sides) -> tuple[dict[str, list[Node]], ...]:
    """The children by their tags, of every document (none of one that is not there)."""
    return tuple(
        side.by_tag() if side is not None else {}
        for side in (sides.declared, sides.was_declared, sides.read_back, sides.observed)
    )


def _aligned(kin: tuple[list[Node], ...], schema: str) -> list[Sides]:
    """The children of one tag in the four documents, each with its counterparts in the others.

    What the hypervisor named itself (a NIC without a declared MAC) is found again through the record:
    declared ↔ last declared ↔ last read back ↔ observed; directly where that leads nowhere.
    """
    declared, was, read_back, observed = kin
    d_was = pair(schema, declared, was)
    was_read = pair(schema, was, read_back)
    read_obs = pair(schema, read_back, observed)
    d_obs: dict[Node, Node] = {}
    for node in declared:
        old = d_was.get(node)
        back = was_read.get(old) if old is not None else None
        found = read_obs.get(back) if back is not None else None
        if found is not None and _compatible(node, found, schema):
            d_obs[node] = found
    taken = set(map(id, d_obs.values()))
    d_obs.update(
        pair(
            schema,
            [node for node in declared if node not in d_obs],
            [node for node in observed if id(node) not in taken],
        )
    )
    was_of = {id(node): old for node, old in d_was.items()}
    back_of_was = {id(old): back for old, back in was_read.items()}
    groups: list[Sides] = []
    used: set[int] = set()

    def add(d: Node | None, w: Node | None, r: Node | None, o: Node | None) -> None:
        used.update(id(node) for node in (d, w, r, o) if node is not None)
        groups.append(Sides(d, w, r, o))

    obs_read = {id(o): r for r, o in read_obs.items()}
    for node in declared:
        old = was_of.get(id(node))
        found = d_obs.get(node)
        back = obs_read.get(id(found)) if found is not None else None
        if back is None and old is not None:
            back = back_of_was.get(id(old))
        add(node, old, back, found)
    for old in was:
        if id(old) not in used:
            back = back_of_was.get(id(old))
            free = back is not None and id(back) not in used
            found = read_obs.get(back) if back is not None and free else None
            add(None, old, back if free else None, found if found is None or id(found) not in used else None)
    for found in observed:
        if id(found) not in used:
            back = obs_read.get(id(found))
            add(None, None, back if back is not None and id(back) not in used else None, found)
    for back in read_back:
        if id(back) not in used:
            add(None, None, back, None)
    return groups


def _compatible(declared: Node, observed: Node, schema: str) -> bool:
    """Whether a pair found through the record does not contradict an identity that is declared."""
    given, actual = label(declared, schema), label(observed, schema)
    return not given or not actual or given == actual


def _named(group: Sides, tag: str, path: str, schema: str) -> str:
    name = f"{path}/{tag}".lstrip("/")
    for side in (group.observed, group.declared, group.read_back, group.was_declared):
        told = label(side, schema) if side is not None else ""
        if told:
            return f"{name}[{told}]"
    return name


def _unwritten(node: Node | None) -> bool:
    """Whether an element is meant by its document but not written in it."""
    return node is not None and node.home is not None and node.source.getparent() is None


def _says_nothing(node: Node) -> bool:
    return (
        not node.attrs
        and not node.text
        and all(map(_says_nothing, node.children))
        and (bool(node.children) or node.tag in ("source", "metadata", "devices"))
    )


def _spelled(node: Node) -> str:
    return to_text(node.source) if node.children or node.attrs else node.text or to_text(node.source)


def _shown(node: Node, name: str, value: str | None) -> str | None:
    """A value as its document spells it, with its unit."""
    if value is None:
        return None
    if name:
        return node.source.get(name, value)
    spelled = (node.source.text or "").strip() or value
    unit = node.source.get("unit", "")
    return f"{spelled} {unit}".strip()

"""What an active network lacks: entries of its sections, each added, deleted or modified as a whole.

What libvirt would refuse (virNetworkDefUpdate* of src/conf/network_conf.c) waits for the next start instead.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from drivers.base import NetworkSection, SectionCommand
from drivers.dialects import Dialect
from reconciler.compare.model import Cause, Difference, Effect, LiveChange
from reconciler.compare.threeway import Finding
from reconciler.operations import UpdateNetwork
from specs.documents.tree import Node, plain, spelled, to_text, whole

_KEYS: Mapping[NetworkSection, tuple[str, ...]] = {
    NetworkSection.DHCP_HOST: ("mac", "name", "ip"),
    NetworkSection.DHCP_RANGE: ("start", "end"),
    NetworkSection.FORWARD_INTERFACE: ("dev",),
    NetworkSection.PORTGROUP: ("name",),
    NetworkSection.DNS_HOST: ("ip",),
    NetworkSection.DNS_TXT: ("name",),
    NetworkSection.DNS_SRV: ("service", "protocol", "domain", "target"),
}
"""What an entry to add, or to delete, is looked up by."""
_MODIFIABLE = frozenset({NetworkSection.DHCP_HOST, NetworkSection.PORTGROUP})
_OF_A_MODE = frozenset(
    {
        NetworkSection.FORWARD_INTERFACE,
        NetworkSection.DNS_HOST,
        NetworkSection.DNS_TXT,
        NetworkSection.DNS_SRV,
    }
)
"""Entries that not every forward mode has (networkValidate)."""
_CONTAINERS = ("dns", "forward", "ip", "dhcp")


@dataclass(frozen=True, slots=True)
class SectionEntry:
    """One entry of a section, and in which of the network's <ip> elements it stands, if in any."""

    section: NetworkSection
    node: Node
    ip: str

    @property
    def says(self) -> str:
        """All of it; of a forward interface a start counts the guests."""
        if self.section is NetworkSection.FORWARD_INTERFACE:
            return self.node.attrs.get("dev", "")
        return whole(self.node)

    def finds(self, other: SectionEntry) -> bool:
        """Whether libvirt takes an entry for one that it knows: a DHCP host by anything that they share,
        others by all that is said."""
        names = _KEYS[self.section]
        pairs = [(self.node.attrs.get(name), other.node.attrs.get(name)) for name in names]
        if self.section is not other.section:
            return False
        if self.section is NetworkSection.DHCP_HOST:
            return any(one and one == two for one, two in pairs)
        return all(one is None or one == two for one, two in pairs)

    def becomes(self, other: SectionEntry, known: Iterable[SectionEntry]) -> bool:
        """Whether it can be modified into another one, and no other would be taken for it."""
        shared = {"mac", "name"} & self.node.attrs.keys() & other.node.attrs.keys()
        return (
            self.section in _MODIFIABLE
            and any(self.node.attrs[name] == other.node.attrs[name] for name in shared)
            and [each for each in known if other.finds(each)] == [self]
        )


@dataclass(slots=True)
class SectionEntries:
    """The entries of a network by their paths, its <ip> elements in order, and the elements that hold nothing
    but entries."""

    by_path: dict[str, list[SectionEntry]] = field(default_factory=dict)
    ips: list[str] = field(default_factory=list)
    containers: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, root: Node, dialect: Dialect) -> SectionEntries:
        """Those of a normalised document."""
        entries = cls()
        entries._collect(root, "", "", "", dialect)
        return entries

    def _collect(self, parent: Node, path: str, schema: str, ip: str, dialect: Dialect) -> bool:
        """Whether there is nothing else in an element."""
        nothing_else = not parent.attrs
        for child in parent.children:
            label = dialect.identities.label(child, schema)
            name = f"{schema}/{child.tag}".lstrip("/")
            where = f"{path}/{child.tag}".lstrip("/") + (f"[{label}]" if label else "")
            section = dialect.effects.section(name)
            if section and parent.first("pf") is not None:
                nothing_else = False  # a start finds the interfaces (networkCreateInterfacePool)
            elif section:
                self.by_path.setdefault(where, []).append(SectionEntry(NetworkSection(section), child, ip))
            elif child.tag in _CONTAINERS:
                if child.tag == "ip":
                    self.ips.append(where)
                if self._collect(child, where, name, where if child.tag == "ip" else ip, dialect):
                    self.containers.add(where)
                nothing_else = False
            else:
                nothing_else = False
        return nothing_else


def network_changes(
    findings: list[Finding], wanted: Node, actual: Node, dialect: Dialect
) -> Iterator[LiveChange | Difference]:
    """What is deleted, modified and added. Ranges and DNS entries cannot be modified, and an entry that
    changes its key is another one: it goes, and comes as it should be. What another forward mode is to have
    comes with it, at the next start."""
    mode_waits = any(plain(finding.path) in ("forward", "forward/@mode") for finding in findings)
    news, olds = SectionEntries.of(wanted, dialect), SectionEntries.of(actual, dialect)

    def steps_of(path: str) -> tuple[UpdateNetwork, ...]:
        steps = _steps(path, news, olds)
        return () if mode_waits and any(each.section in _OF_A_MODE for each in steps) else steps

    told: set[str] = set()
    for finding in findings:
        paths = _entries_of(finding.path, news, olds)
        if paths and told.issuperset(paths):
            continue
        steps = {path: steps_of(path) for path in paths}
        if paths and all(steps.values()):
            told.update(paths)
            for path, operations in steps.items():
                yield from (LiveChange(each, _told(finding, path, news, olds)) for each in operations)
        else:
            told.update(paths or [finding.path])
            yield finding.told(Effect.NEXT_BOOT)
    for difference in _more(news, olds, told):
        calls = steps_of(difference.path)
        yield from (LiveChange(each, difference) for each in calls)
        if not calls:
            yield replace(difference, effect=Effect.NEXT_BOOT)


def _more(news: SectionEntries, olds: SectionEntries, told: Container[str]) -> Iterator[Difference]:
    """Entries of which the running network has more, for a start adds nothing to them; not those of an
    element that was told as a whole."""
    for path, old in olds.by_path.items():
        new = news.by_path.get(path, [])
        alike = [each.says for each in new] == [each.says for each in old]
        if not alike and not any(around in told for around in _around(path)):
            wanted, actual = ("".join(spelled(each.node) for each in side) or None for side in (new, old))
            yield Difference(path, wanted, actual, Cause.DRIFTED, Effect.LIVE)


def _around(path: str) -> Iterator[str]:
    """A path, and those of the elements around it."""
    steps = _split(path)
    return ("/".join(steps[:depth]) for depth in range(1, len(steps) + 1))


def _entries_of(path: str, news: SectionEntries, olds: SectionEntries) -> list[str]:
    """The entry that a path lies in, or all entries of a container that comes or goes as a whole."""
    every = {**olds.by_path, **news.by_path}
    around = [known for known in every if path == known or path.startswith(f"{known}/")]
    if around:
        return [max(around, key=len)]
    if path in news.containers | olds.containers:
        return [known for known in every if known.startswith(f"{path}/")]
    return []


def _steps(path: str, news: SectionEntries, olds: SectionEntries) -> tuple[UpdateNetwork, ...]:
    """The calls that make the entry at a path as it should be; none where libvirt would refuse one."""
    new, old = news.by_path.get(path, []), olds.by_path.get(path, [])
    if len(new) > 1 or len(old) > 1:
        return ()
    known = [entry for entries in olds.by_path.values() for entry in entries]
    if new and old and old[0].becomes(new[0], known):
        return _call(new[0], SectionCommand.MODIFY, olds)
    steps: tuple[UpdateNetwork, ...] = ()
    if old:
        if _is_ambiguous(old[0], known):
            return ()
        steps += _call(old[0], SectionCommand.DELETE, olds)
    if new:
        staying = (e for where, entries in news.by_path.items() if where != path for e in entries)
        if any(new[0].finds(each) for each in staying):
            return ()
        added = _call(new[0], SectionCommand.ADD, olds)
        steps = steps + added if added else ()
    return steps


def _is_ambiguous(entry: SectionEntry, known: Iterable[SectionEntry]) -> bool:
    """Whether what is to be deleted is found twice; of DHCP hosts all that is said has to fit."""
    return entry.section is not NetworkSection.DHCP_HOST and [e for e in known if entry.finds(e)] != [entry]


def _call(entry: SectionEntry, command: SectionCommand, olds: SectionEntries) -> tuple[UpdateNetwork, ...]:
    """None for an entry of an <ip> that the running network does not have."""
    if entry.ip and entry.ip not in olds.ips:
        return ()
    document = to_text(entry.node.source)
    if command is SectionCommand.DELETE and entry.section is NetworkSection.DNS_HOST:
        # By its address alone: a name may be that of others too.
        document = f'<host ip="{entry.node.attrs["ip"]}"/>'
    index = olds.ips.index(entry.ip) if entry.ip else -1
    return (UpdateNetwork(document, entry.section, command, index),)


def _told(finding: Finding, path: str, news: SectionEntries, olds: SectionEntries) -> Difference:
    """The finding, or of a container that comes or goes as a whole each entry by itself."""
    told = finding.told(Effect.LIVE)
    if not path.startswith(f"{finding.path}/"):
        return told
    new, old = news.by_path.get(path), olds.by_path.get(path)
    return replace(
        told,
        path=path,
        declared=spelled(new[0].node) if new else None,
        observed=spelled(old[0].node) if old else None,
    )


def entry_path(path: str, section: str) -> str:
    """The path up to the entry of a section that it lies in, labels kept."""
    depth = {"portgroup": 1, "ip-dhcp-host": 3, "ip-dhcp-range": 3}.get(section, 2)
    return "/".join(_split(path)[:depth])


def _split(path: str) -> list[str]:
    """The steps of a path; a label may itself hold slashes."""
    steps: list[str] = [""]
    nested = 0
    for character in path:
        nested += {"[": 1, "]": -1}.get(character, 0)
        if character == "/" and nested == 0:
            steps.append("")
        else:
            steps[-1] += character
    return steps

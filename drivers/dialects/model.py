"""What a dialect is made of: data and pure functions of a document's tree."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field

from drivers.dialects.choices.model import Choices
from drivers.dialects.effects import Effects
from drivers.dialects.settings import UnknownSettings
from specs.documents.identities import Identities
from specs.documents.tree import Node
from specs.identity import Kind
from specs.matrix.model import Release


@dataclass(frozen=True, slots=True)
class Platform:
    """What a host's own release decides: `machines` maps '<arch>/<alias>' to the canonical machine type,
    `libvirt` is the release of its libvirt; None where nobody can tell, or where there is none."""

    arch: str = "x86_64"
    machines: Mapping[str, str] = field(default_factory=dict)
    libvirt: Release | None = None


Rule = Callable[[Node, Platform], None]
"""One thing that the hypervisor rewrites: brings a tree to the one spelling, in place."""

Inheritance = Callable[[Node, Node], None]
"""One thing that a declaration leaves to the hypervisor, which decides it once: brings a declared tree to
what was decided for the object as it was found (declared tree, found tree)."""


Move = Callable[[Node, Node, Node, Node], None]
"""One thing that the guest itself changes: lets the observed tree have it as it was read back, where the
files did not change it (declared, last declared, last read back, observed)."""


@dataclass(frozen=True, slots=True)
class Ownership:
    """Whose business it is what the files do not declare; all paths are schema paths, without labels.

    `hypervisor`: tags of elements whose undeclared values are the hypervisor's own. `declarable`: elements
    that it never adds by itself, so that an extra one was put there by somebody; `complete`: elements to
    which it adds no attribute either. `groups`: elements that mean nothing by themselves, so that a missing
    one is judged value by value. `built`: beginnings of paths of what is used when a pool or volume is
    built; what it has then is what it has. `forgotten`: likewise of what a refresh does not find out again.
    """

    hypervisor: frozenset[str]
    declarable: frozenset[str]
    complete: frozenset[str]
    groups: frozenset[str]
    built: tuple[str, ...]
    forgotten: tuple[str, ...]

    def is_hypervisors(self, path: str) -> bool:
        """Whether an element, or one around it, is the hypervisor's own business."""
        return path.startswith(self.forgotten) or not self.hypervisor.isdisjoint(path.split("/"))


@dataclass(frozen=True, slots=True)
class Running:
    """What a start adds or chooses, so that a live document can be compared with the persistent one.

    `rules` take it away, `alike` makes alike what the start fills in (persistent tree, live tree). `unsaid`
    are tags, below a domain or one of its devices, of what counts only where the files say it. `kept` are
    paths that a start never adds: where only the live document has one, it was taken away. `untold` are those
    of which a live document does not tell what the start was asked for.
    """

    rules: Mapping[Kind, tuple[Callable[[Node], None], ...]]
    alike: Callable[[Node, Node], None]
    unsaid: frozenset[str]
    kept: frozenset[str]
    untold: frozenset[str]


@dataclass(frozen=True, slots=True)
class Merging:
    """What a merged document needs beyond the differences themselves.

    `twice`: element, its older attribute, the child that says the same and with which it could contradict.
    `spell_out` writes, of a domain, what was only meant and would come to mean something else (the observed
    tree, the paths that change); `make_way` frees an address that another device was given.
    """

    twice: tuple[tuple[str, str, str], ...]
    spell_out: Callable[[Node, Container[str]], None]
    make_way: Callable[[Node], None]


@dataclass(frozen=True, slots=True)
class DialectDefaults:
    """What a document is given where it says nothing: the first bytes of MAC addresses; and its UUID, unless
    the hypervisor chooses that itself."""

    mac_prefix: str = "52:54:00"
    uuid: bool = True


@dataclass(frozen=True, slots=True)
class Dialect:
    """What is known of the hypervisor that wrote a document, composed from parts that families share.

    `rules` normalise the documents of a kind, in their order; `inherited` is what an object once got for what
    its declaration leaves open, `at_first_sight` what it was found with where no record says that it was
    declared otherwise. `marked` are the kinds whose documents keep the ownership mark in their <metadata>; of
    the others the state knows whose they are. `settings` are those that its release does not know yet.
    """

    family: str
    platform: Platform
    rules: Mapping[Kind, tuple[Rule, ...]]
    inherited: Mapping[Kind, tuple[Inheritance, ...]]
    at_first_sight: Mapping[Kind, tuple[Inheritance, ...]]
    moved: Mapping[Kind, tuple[Move, ...]]
    identities: Identities
    effects: Effects
    ownership: Ownership
    running: Running
    merging: Merging
    choices: Choices
    defaults: DialectDefaults
    marked: frozenset[Kind]
    settings: UnknownSettings = field(default_factory=UnknownSettings)

    def normalise(self, kind: Kind, root: Node) -> Node:
        """Brings a tree to the one spelling for each value, in place, and returns it."""
        for rule in self.rules.get(kind, ()):
            rule(root, self.platform)
        return root

    def inherit(self, kind: Kind, declared: Node, found: Node, *, recorded: bool) -> None:
        """Brings a normalised declaration to what was once decided for the object as it was found."""
        unrecorded = () if recorded else self.at_first_sight.get(kind, ())
        for rule in (*self.inherited.get(kind, ()), *unrecorded):
            rule(declared, found)

    def leave_moved(
        self, kind: Kind, declared: Node, was_declared: Node, read_back: Node, found: Node
    ) -> None:
        """Lets what the guest moved count as it was read back, unless the files changed it."""
        for rule in self.moved.get(kind, ()):
            rule(declared, was_declared, read_back, found)

    def quiet(self, kind: Kind, root: Node) -> Node:
        """Takes out of a normalised tree what a start adds or chooses, and returns it."""
        for rule in self.running.rules.get(kind, ()):
            rule(root)
        return root

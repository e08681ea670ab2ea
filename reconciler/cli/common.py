"""What all commands share: options, the tree, the state, exit codes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from reconciler.cli import out
from reconciler.plan import Options, Selector
from reconciler.report.paint import Paint, paint_for
from specs import load_cached
from specs.compiling.kept import cache_of
from specs.desired import Desired
from specs.guard.guard import Guard
from specs.guard.reading import PolicyError, read_guard
from state import OpenState, file_of, open_state
from state.place import VARIABLE, bring_out, find, leave_word, unused

OK, FAILED, CHANGES, INVALID, INTERRUPTED = 0, 1, 2, 3, 130

Tree = Annotated[Path, typer.Argument(metavar="TREE", help="The folder of desired-state files.")]
State = Annotated[str, typer.Option("--state", help="Where the state is: sqlite:///PATH.")]
Hosts = Annotated[
    list[str] | None,
    typer.Option("--host", metavar="[NAME=]URI", help="Adds a host, or overrides one's URI."),
]
Only = Annotated[
    list[str] | None,
    typer.Option("--only", metavar="SELECTOR", help="KIND/NAME (with *) or LABEL=VALUE; repeatable."),
]
Output = Annotated[str, typer.Option("--output", "-o", help="text or json.")]
Color = Annotated[str, typer.Option("--color", help="auto, always or never.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Shows more.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Shows only what went wrong.")]
Prune = Annotated[
    bool | None,
    typer.Option("--prune/--no-prune", help="Removes what we own and the tree declares no more."),
]
Shrink = Annotated[
    bool,
    typer.Option("--allow-shrink", help="Prunes although much has vanished from the tree, or a folder has."),
]
DataLoss = Annotated[
    bool, typer.Option("--allow-data-loss", help="Lets the plan destroy data without asking by name.")
]
Deletions = Annotated[
    int | None,
    typer.Option("--max-deletions", min=0, help="How many removals and replacements are allowed at once."),
]
Accepted = Annotated[
    list[str] | None,
    typer.Option("--accept-host", metavar="NAME", help="Takes a host that is another machine than before."),
]
Policy = Annotated[
    Path | None,
    typer.Option(
        "--policy",
        metavar="FILE",
        help="What a tree may say; /etc/virt-reconcile/policy.yaml by default.",
    ),
]
Untrusted = Annotated[
    bool,
    typer.Option(
        "--untrusted",
        help="For anybody's tree: runs nothing, reads no secret and nothing outside of it.",
    ),
]
Parallel = Annotated[int | None, typer.Option("--parallel", min=1, help="How many actions run at once.")]


class Fault(Exception):
    """Something that a person has to mend; its message is all that is shown."""


@dataclass(frozen=True, slots=True)
class Common:
    """The common options of one call."""

    tree: Path
    state: str = ""
    hosts: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    output: str = "text"
    color: str = "auto"
    verbose: bool = False
    quiet: bool = False
    policy: Path | None = None
    untrusted: bool = False
    keeper: bool = False
    """Whether this is `run`, which keeps its state outside the tree."""

    def __post_init__(self) -> None:
        one_of("--output", self.output, ("text", "json"))
        one_of("--color", self.color, ("auto", "always", "never"))

    @property
    def json(self) -> bool:
        return self.output == "json"

    def paint(self) -> Paint:
        return paint_for(self.color)

    def host_uris(self) -> dict[str, str]:
        """`--host` as name → URI; '' is the only host's name."""
        given = {}
        for text in self.hosts:
            name, separator, uri = text.partition("=")
            if not separator or not name.replace("-", "").replace("_", "").replace(".", "").isalnum():
                name, uri = "", text
            if ":" not in uri:
                raise Fault(f"--host {text}: '{uri}' is no URI; write [NAME=]URI, such as qemu:///system")
            given[name] = uri
        return given

    def desired(self) -> Desired:
        """The tree, from its compiled form where nothing has changed. Raises InvalidTree."""
        cache = None if self.untrusted else cache_of(self.tree)
        return load_cached(self.tree, self.host_uris(), cache, self.guard())

    def guard(self) -> Guard:
        """The controller's policy, read anew each time."""
        try:
            return replace(read_guard(self.policy, self.tree), untrusted=self.untrusted)
        except PolicyError as error:
            raise Fault(str(error)) from None

    def unsigned(self, desired: Desired) -> str:
        """Why the tree is not signed as the policy wants it; '' when it is."""
        if not desired.guard.signed:
            return ""
        from reconciler.inputs.signatures import unsigned

        return unsigned(self.tree, desired.fleet.name, desired.guard)

    def require_signed(self, desired: Desired) -> None:
        """Raises Fault for a tree that is not signed as the policy wants it."""
        wrong = self.unsigned(desired)
        if wrong:
            raise Fault(f"{wrong}; nothing was done")

    def selectors(self) -> tuple[Selector, ...]:
        try:
            return tuple(map(Selector.parse, self.only))
        except ValueError as error:
            raise Fault(f"--only: {error}") from None

    def options(
        self,
        *,
        prune: bool | None = None,
        max_deletions: int | None = None,
        allow_shrink: bool = False,
        destroy: bool = False,
        accepted: Sequence[str] | None = None,
    ) -> Options:
        from reconciler.inputs.sources import commit_of

        return Options(
            prune,
            max_deletions,
            self.selectors(),
            destroy,
            commit_of(self.tree),
            tuple(accepted or ()),
            allow_shrink,
        )

    @contextmanager
    def store(self, desired: Desired, *, readonly: bool) -> Iterator[OpenState]:
        """The state of a tree's fleet, in its place (state.place)."""
        if self.untrusted and not (self.state or os.environ.get(VARIABLE)):
            # A stranger's tree does not say what was done: nothing is remembered.
            with (
                TemporaryDirectory() as nowhere,
                closing(open_state(f"{nowhere}/state.db", readonly=True, fleet=desired.fleet.name)) as store,
            ):
                yield store
            return
        keeper = self.keeper and not readonly
        place = find(self.tree, self.state, keeper=keeper)
        if bring_out(place, f"run {self.tree}"):
            self.tell(f"the state was moved from {place.inside} to {place.url}, where all commands find it")
        fleet, declares = desired.fleet, {str(address) for address in desired.resources}
        store = open_state(place.url, readonly=readonly, fleet=fleet.name, uuid=fleet.uuid, declares=declares)
        file = file_of(place.url)
        if keeper and file:
            leave_word(self.tree, file)
        try:
            yield store
        finally:
            store.close()

    def state_url(self) -> str:
        """Where the state is, or will be."""
        return find(self.tree, self.state).url

    def state_told(self) -> str:
        """As a person is told of it; the URL of a state that is in no file may hold a password."""
        url = self.state_url()
        return str(file_of(url) or url.partition("://")[0])

    def say(self, text: str = "") -> None:
        """A line of the result, on standard output."""
        out.say(text)

    def say_json(self, document: str) -> None:
        """A result as JSON, on standard output."""
        out.say_json(document)

    def tell(self, text: str) -> None:
        """Progress or a message, on standard error."""
        if not self.quiet:
            out.tell(text)


def one_of(option: str, value: str, allowed: tuple[str, ...]) -> None:
    """Raises Fault when an option has a value that is not allowed."""
    if value not in allowed:
        raise Fault(f"{option}: '{value}' is not allowed; allowed: {', '.join(allowed)}")


def gather(
    tree: Path,
    state: str,
    host: list[str] | None,
    only: list[str] | None,
    output: str,
    color: str,
    verbose: bool,
    quiet: bool,
    policy: Path | None = None,
    *,
    untrusted: bool = False,
) -> Common:
    """A call's options as one value."""
    common = Common(
        tree, state, tuple(host or ()), tuple(only or ()), output, color, verbose, quiet, policy, untrusted
    )
    beside = unused(tree, state)
    if beside:
        common.tell(f"note: {beside}")
    return common

"""What a command does with the options that all share: the tree, the policy, the state, the texts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Self

from reconciler.cli import out
from reconciler.cli.options import FORMS, CommandOptions, Function, declare, one_of
from reconciler.cli.showing import showing
from reconciler.faults import Fault
from reconciler.underway import doing

if TYPE_CHECKING:
    from reconciler.plan import Options, Selector
    from reconciler.report.paint import Paint
    from specs.desired import Desired
    from specs.guard.guard import Guard
    from state import OpenState
    from state.location import StateLocation


@dataclass(frozen=True, slots=True)
class Common(CommandOptions):
    """The common options of one call, and what they lead to."""

    def at(self, tree: Path) -> Self:
        """The same over another tree; of a state that lies in it and does not count, a person is told."""
        from state.location import unused

        beside = unused(tree, self.state)
        if beside:
            self.tell(f"note: {beside}")
        return replace(self, tree=tree)

    def paint(self) -> Paint:
        """How results are coloured."""
        from reconciler.report.paint import paint_for

        return paint_for("never" if self.json or self.markdown else self.color)

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
        from specs.compiling.kept import cache_of, load_cached

        cache = None if self.untrusted else cache_of(self.tree)
        with doing(f"reading the files in {self.tree.resolve().name or self.tree}"):
            return load_cached(self.tree, self.host_uris(), cache, self.guard())

    def known(self, *, whole: bool = False) -> Desired:
        """The tree. While its files are invalid, the last good one; where that is not kept, and it need not
        be `whole`, its Fleet and Hosts alone. A person is told. Raises InvalidTree."""
        from specs.diagnostics import InvalidTree

        try:
            return self.desired()
        except InvalidTree as error:
            if self.untrusted or any(problem.origin.line == 0 for problem in error.problems):
                raise
            found = self._last_good()
            if found is None and whole:
                raise
            found = found or self._basis()
            self.tell(f"note: {_INVALID.format(count=len(error.problems), tree=self.tree)}")
            return found

    def _last_good(self) -> Desired | None:
        from specs.compiling.kept import cache_of, last_good

        return last_good(self.tree, self.host_uris(), cache_of(self.tree), self.guard())

    def guard(self) -> Guard:
        """The controller's policy, read anew each time."""
        from specs.guard.reading import PolicyError, read_guard

        try:
            return replace(read_guard(self.policy, self.tree), untrusted=self.untrusted)
        except PolicyError as error:
            raise Fault(str(error)) from None

    def unsigned(self, desired: Desired) -> str:
        """Why the tree is not signed as the policy wants it; '' when it is."""
        if not desired.guard.signed or self.repository:  # whose commits are looked at when they are fetched
            return ""
        from reconciler.inputs.signatures import unsigned

        return unsigned(self.tree, desired.fleet.name, desired.guard)

    def require_signed(self, desired: Desired) -> None:
        """Raises Fault for a tree that is not signed as the policy wants it."""
        wrong = self.unsigned(desired)
        if wrong:
            raise Fault(f"{wrong}; nothing was done")

    def selectors(self) -> tuple[Selector, ...]:
        """What `--only` selects. Raises Fault."""
        from reconciler.plan.select import Selector

        try:
            return tuple(map(Selector.parse, self.only))
        except ValueError as error:
            raise Fault(f"--only: {error}") from None

    def options(self, *, destroy: bool = False) -> Options:
        """What the plan is asked for, at the commit that the tree has now."""
        from reconciler.inputs.sources import commit_of
        from reconciler.plan import Options

        return Options(
            self.prune,
            self.max_deletions,
            self.selectors(),
            destroy,
            commit_of(self.tree),
            self.accepted,
            self.allow_shrink,
        )

    @contextmanager
    def store(self, desired: Desired, *, readonly: bool) -> Iterator[OpenState]:
        """The state of a tree's fleet, in its place (state.location)."""
        from state import file_of, open_state
        from state.location import VARIABLE, bring_out, leave_word, outside_of
        from state.owning import begun_by_sudo

        if self.untrusted and not (self.state or os.environ.get(VARIABLE)):
            # A stranger's tree does not say what was done: nothing is remembered.
            with _no_state(desired) as nothing:
                yield nothing
            return
        keeper = self.keeper and not readonly
        place = self.place(desired, keeper=keeper)
        if not readonly and (own := begun_by_sudo(Path(file_of(place.url) or ""), self.tree)):
            self.tell(f"note: {own}")
        if bring_out(place, f"run {self.tree}"):
            self.tell(f"the state was moved from {place.inside} to {place.url}, where all commands find it")
        fleet, declares = desired.fleet, {str(address) for address in desired.resources}
        with doing("opening the state"):
            store = open_state(
                place.url, readonly=readonly, fleet=fleet.name, uuid=fleet.uuid, declares=declares
            )
        file = file_of(place.url)
        found = place.fleets or place.url in (str(outside_of(self.tree)), fleet.state)
        if not self.repository and ((keeper and file) or (found and not readonly)):
            leave_word(self.tree, str(file or place.url))
        try:
            yield store
        finally:
            store.close()

    @contextmanager
    def store_to_look(self, desired: Desired, *, told: bool = False) -> Iterator[tuple[OpenState, str]]:
        """The state, to be read; where that cannot be, an empty one, and what a person should know then,
        who is told of it unless that was done."""
        from state.errors import NoSuchBackend, StateError

        why = ""
        with ExitStack() as stack:
            try:
                store = stack.enter_context(self.store(desired, readonly=True))
            except NoSuchBackend:
                raise
            except StateError as error:
                why = f"{error}; {_WITHOUT_STATE}"
                store = stack.enter_context(_no_state(desired))
            if why and not told:
                self.tell(f"note: {why}")
            yield store, why

    def place(self, desired: Desired, *, keeper: bool = False) -> StateLocation:
        """Where the state is, or will be, and who says so. What a repository's files say of a file of theirs
        does not count: they lie in a folder that goes with its commit."""
        from state.location import VARIABLE, StateLocation, StateSaid, find

        fleet = "" if self.untrusted else desired.fleet.state
        if self.repository and "://" not in fleet and not fleet.startswith("/"):
            fleet = ""
        said = StateSaid(self.state, desired.guard.state.url, fleet, desired.fleet.origin)
        if self.repository and not (self.state or os.environ.get(VARIABLE) or said.policy or fleet):
            return StateLocation(self.kept, by="a repository's is kept with it")
        return find(self.tree, said, keeper=keeper)

    def basis(self) -> Desired:
        """The tree, or its Fleet and Hosts alone while its files are invalid, or lack what the command line
        would say. Raises InvalidTree."""
        from specs.diagnostics import InvalidTree

        try:
            return self.desired()
        except InvalidTree:
            return self._basis()

    def _basis(self) -> Desired:
        from specs.compiling.basis import load_basis

        return load_basis(self.tree, self.host_uris(), self.guard())

    def state_told(self, desired: Desired) -> str:
        """Where it is and who says so; what was given for a state that is in no file may hold a password."""
        from state import file_of

        place = self.place(desired)
        told = place.url if place.fleets else str(file_of(place.url) or place.url.partition("://")[0])
        return f"{told}, as {place.by} says" if place.by else told

    def say(self, text: str = "") -> None:
        """A line of the result, on standard output."""
        out.say(text)

    def say_json(self, document: str) -> None:
        """A result as data, on standard output: JSON, or the same as YAML."""
        if self.output != "yaml":
            out.say_json(document)
            return
        from reconciler.report.forms import yaml_of

        out.say_lines(yaml_of(document))

    def say_table(
        self,
        header: Sequence[str],
        rows: Sequence[Sequence[str]],
        beneath: Sequence[Iterable[str]] = (),
        *,
        fitted: bool = False,
    ) -> None:
        """Columns, on standard output; `beneath` are the lines that belong to each row. What is `fitted` to
        the terminal loses no more than one would do without: never a name, nor a sentence."""
        from reconciler.report.forms import markdown_table
        from reconciler.report.glance import COLOURS
        from reconciler.report.table import table
        from reconciler.report.wrap import terminal_width

        notes_of = beneath or [()] * len(rows)
        room = terminal_width() if fitted else 0
        lines = (
            markdown_table(header, rows)
            if self.markdown
            else table(header, rows, columns=room, paint=self.paint(), colours=COLOURS)
        )
        if self.markdown:
            for line in lines:
                out.say(line)
            self.say_notes(
                f"{row[0]}: {note}" for row, notes in zip(rows, notes_of, strict=True) for note in notes
            )
            return
        out.say(next(lines))
        for line, notes in zip(lines, notes_of, strict=True):
            out.say(line)
            for note in notes:
                out.say(f"    {note}")

    def say_notes(self, notes: Iterable[str]) -> None:
        """Lines that belong to a table, on standard output."""
        from reconciler.report.forms import item

        for number, note in enumerate(notes):
            if self.markdown and not number:
                out.say()  # a line right after a table would be one of its rows
            out.say(item(note) if self.markdown else note)

    def say_block(self, lines: Iterable[str], language: str = "text") -> None:
        """Lines that stand as they are, on standard output; in Markdown in a fence."""
        from reconciler.report.forms import fenced

        for line in fenced(lines, language) if self.markdown else lines:
            out.say(line)

    def tell_others(self, desired: Desired) -> None:
        """That other tools' files lie in the tree, in one line."""
        if desired.foreign:
            from reconciler.report.others import others_note

            self.tell(f"note: {others_note(desired.foreign)}")

    def tell(self, text: str) -> None:
        """Progress or a message, on standard error."""
        if not self.quiet:
            out.tell(text)


_INVALID = (
    "the files are invalid (problems: {count}; virt-reconcile validate {tree} says which): this goes by what"
    " they last were, or by the state"
)
_WITHOUT_STATE = (
    "looked at without it: what was removed from the files, and what people decided, is not known; apply"
    " changes nothing until it can be used"
)


@contextmanager
def _no_state(desired: Desired) -> Iterator[OpenState]:
    """A state in which nothing is."""
    from state import open_state

    with (
        TemporaryDirectory() as nowhere,
        closing(open_state(f"{nowhere}/state.db", readonly=True, fleet=desired.fleet.name)) as store,
    ):
        yield store


def takes(*names: str, wide: bool = False, forms: tuple[str, ...] = ()) -> Callable[[Function], Function]:
    """For a command's function: its first argument is what was given, with these fields as options. With
    `wide`, its tables have more columns to show; `forms` of its results are its own."""
    allowed = (*(form for form in FORMS if wide or form != "wide"), *forms)

    def declared(function: Function) -> Function:
        @wraps(function)
        def called(**given: Any) -> Any:
            common = Common(**{name: given.pop(name) for name in names})
            one_of("--output", common.output, allowed)
            with showing(quiet=common.quiet):
                return function(common.at(common.tree) if "tree" in names else common, **given)

        return declare(called, names)

    return declared

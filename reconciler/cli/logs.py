"""logs: what was logged of a guest, and what virt-reconcile did to it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import click

from drivers.base import Host, LogPlace, needed
from drivers.base.errors import DriverError, NotFound
from reconciler.cli import out
from reconciler.cli.common import Common, takes
from reconciler.cli.deciding import since_of
from reconciler.cli.ends import OK
from reconciler.cli.named import guests_of, selectors_of
from reconciler.cli.options import REMOTE
from reconciler.cli.source import located
from reconciler.cli.words import named
from reconciler.engine.hosts import connect
from reconciler.faults import Fault
from reconciler.report.guestlog import GuestLogLine, in_order, line_of, lines_of, shown
from specs.desired import Declared
from state import OpenState
from state.journal import ActionEntry

_MOST = 1 << 20
"""Bytes of a log that are read at once."""

_LOOK_AGAIN = 1.0


@click.command()
@takes("state", "hosts", "policy", *REMOTE, "quiet")
@named("name", "NAME", "The guest.", urls=True)
@click.option("--follow", "-f", is_flag=True, help="Shows what comes, until Ctrl-C.")
@click.option(
    "--lines", "-n", type=click.IntRange(min=0), default=50, show_default=True, help="How many at most."
)
@click.option("--since", default="", metavar="TIME", help="None before: 2h, or 2026-11-28T06:00.")
@click.option("--events", is_flag=True, help="Only what virt-reconcile did to it.")
def command(
    common: Common, name: str, source: str, *, follow: bool, lines: int, since: str, events: bool
) -> int:
    """Shows what was logged of a guest, and what was done to it, in one order.

    Its hypervisor's log is read where the host's URI leads, here or by the same ssh, with the rights that one
    has; so are consoles that are kept in files.
    """
    begin = since_of(since)
    common, desired = located(common, source, whole=True)
    (declared, *more) = guests_of((name,), selectors_of((name,)), desired)
    if more:
        raise Fault(f"'{name}' means several guests; logs shows one at a time")
    with common.store(desired, readonly=True) as store:
        record = store.records().get(declared.address)
        where = record.host if record and record.host in desired.hosts else declared.host
        here = {} if events or not where else {where: desired.hosts[where]}
        hosts = connect(here, desired.root, readonly=True, guard=desired.guard)
        try:
            for host, why in hosts.unreachable.items():
                common.tell(f"host {host} cannot be reached: {why}")
            sources = _sources(common, declared, hosts.drivers.get(where))
            tail = _Tail(store, declared, sources, begin)
            for line in in_order(tail.first(common), begin, lines):
                out.say(shown(line, tail.writers))
            while follow:
                out.flush()
                time.sleep(_LOOK_AGAIN)
                for line in tail.more():
                    out.say(shown(line, tail.writers))
        finally:
            hosts.close()
    return OK


def _sources(common: Common, declared: Declared, host: Host | None) -> list[tuple[Host, LogPlace]]:
    """The logs that can be had; what cannot is said."""
    if host is None:
        return []
    try:
        return [(host, place) for place in needed.logs(host).places(declared.native)]
    except DriverError as error:
        common.tell(f"note: {error}; what virt-reconcile did is shown")
        return []


@dataclass
class _Tail:
    """How far each log, and the history, was shown."""

    store: OpenState
    declared: Declared
    sources: list[tuple[Host, LogPlace]]
    since: float
    ends: dict[LogPlace, int] = field(default_factory=dict)
    number: int = 0

    @property
    def writers(self) -> int:
        """How many write: the history is one."""
        return len(self.sources) + 1

    def first(self, common: Common) -> Iterator[GuestLogLine]:
        """What there is, log by log."""
        self.number = self.store.last_number()
        for entry in self.store.actions_on(str(self.declared.address), 1000):
            yield line_of(entry)
        for host, place in self.sources:
            try:
                piece = needed.logs(host).read(place, None, _MOST)
            except NotFound as error:
                common.tell(f"note: {error}")
            except DriverError as error:
                common.tell(f"warning: {error}")
            else:
                self.ends[place] = piece.end
                yield from lines_of(place.writer, piece.data.decode(errors="backslashreplace"))

    def more(self) -> Iterable[GuestLogLine]:
        """What has come since; a line that is still being written is shown with the rest of it."""
        found = [
            line_of(entry)
            for entry in self._entries()
            if entry.address == str(self.declared.address) and entry.outcome
        ]
        now = time.time()
        for host, place in self.sources:
            try:
                piece = needed.logs(host).read(place, self.ends.get(place, 0), _MOST)
            except DriverError:
                continue  # it is not there yet, or its host does not answer now
            whole = piece.data[: piece.data.rfind(b"\n") + 1]
            self.ends[place] = piece.end - len(piece.data) + len(whole)
            found += lines_of(place.writer, whole.decode(errors="backslashreplace"), now)
        return sorted(found, key=lambda line: line.at)

    def _entries(self) -> Sequence[ActionEntry]:
        entries = self.store.changes_after(self.number)
        self.number = max((entry.number for entry in entries), default=self.number)
        return entries

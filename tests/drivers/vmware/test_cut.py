"""A connection that is cut at any command, before or after it took effect: nothing is doubled, nothing lost,
and whoever asks again gets what was asked for."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from drivers.base.errors import DriverError, NotFound, Unreachable
from drivers.contract.complete import CompleteHost
from drivers.native.commands import CommandResult
from drivers.native.local import LocalCommands
from drivers.vmware.host import DesktopEndpoint
from drivers.vmware.uri import parse_uri
from specs.desired import PowerState, StopPolicy
from specs.identity import Kind
from tests.drivers.vmware.test_power import WEB
from tests.support.vmware import DesktopStandIn

FORCE = StopPolicy(methods=(), deadline=0, force=True)
MARK = '<vr:owner xmlns:vr="urn:virt-reconcile:1" fleet="acme" digest="0123"/>'


class CutCommands(LocalCommands):
    """Commands over a connection that is cut once, at one of them."""

    def __init__(self) -> None:
        super().__init__()
        self.at, self.after, self.done = -1, False, 0

    def run(self, command: Any, **said: Any) -> CommandResult:
        self.done += 1
        if self.done - 1 != self.at:
            return super().run(command, **said)
        if self.after:
            super().run(command, **said)
        raise Unreachable("the connection was cut")


def state(host: CompleteHost) -> tuple[str, PowerState | None]:
    seen = host.observe.one(Kind.DOMAIN, "web")
    return ("", None) if seen is None else (seen.document, seen.power)


def define(host: CompleteHost) -> None:
    seen = host.observe.one(Kind.DOMAIN, "web")
    wanted = WEB.format("") if seen is None else seen.document
    host.lifecycle.define(Kind.DOMAIN, "web", wanted.replace(">64<", ">128<").replace("65536", "131072"))


def undefine(host: CompleteHost) -> None:
    try:
        host.lifecycle.undefine(Kind.DOMAIN, "web")
    except NotFound:
        return


def prepare(host: CompleteHost, steps: str) -> None:
    for step in steps.split():
        {
            "defined": lambda: host.lifecycle.define(Kind.DOMAIN, "web", WEB.format("")),
            "running": lambda: host.lifecycle.start(Kind.DOMAIN, "web"),
            "paused": lambda: host.lifecycle.suspend("web"),
        }[step]()


def keep(desk: DesktopStandIn, place: Path) -> Callable[[], None]:
    """What brings the desk back to what it is now."""
    shutil.copytree(desk.machines, place)
    running = (desk.folder / "running").read_text()

    def restore() -> None:
        shutil.rmtree(desk.machines)
        shutil.copytree(place, desk.machines)
        (desk.folder / "running").write_text(running)

    return restore


VERBS: dict[str, tuple[str, Callable[[CompleteHost], None]]] = {
    "create": ("", define),
    "change": ("defined", define),
    "undefine": ("defined", undefine),
    "start": ("defined", lambda host: host.lifecycle.start(Kind.DOMAIN, "web")),
    "stop": ("defined running paused", lambda host: host.lifecycle.stop(Kind.DOMAIN, "web", FORCE)),
    "suspend": ("defined running", lambda host: host.lifecycle.suspend("web")),
    "resume": ("defined running paused", lambda host: host.lifecycle.resume("web")),
    "rename": ("defined", lambda host: host.lifecycle.rename("web", "other")),
    "mark": ("defined", lambda host: host.lifecycle.set_mark(Kind.DOMAIN, "web", MARK)),
}


@pytest.fixture
def commands() -> CutCommands:
    return CutCommands()


@pytest.fixture
def cut_host(desk: DesktopStandIn, commands: CutCommands) -> Iterator[Any]:
    host = DesktopEndpoint(parse_uri(f"vmware://{desk.machines}"), lambda: commands).host("desk")
    yield host
    host.close()


@pytest.mark.parametrize("verb", VERBS)
def test_whoever_asks_again_after_a_cut_gets_it_once(
    cut_host: CompleteHost, commands: CutCommands, desk: DesktopStandIn, tmp_path: Path, verb: str
) -> None:
    steps, call = VERBS[verb]
    prepare(cut_host, steps)
    restore = keep(desk, tmp_path / "kept")
    call(cut_host)
    wanted = state(cut_host)
    for number, after in ((n, a) for n in count() for a in (False, True)):
        restore()
        commands.done, commands.at, commands.after = 0, number, after
        cut = False
        try:
            call(cut_host)
        except DriverError:
            cut = True
        commands.at = -1
        if commands.done <= number:
            break
        if cut:
            call(cut_host)
        assert state(cut_host) == wanted, f"cut {'after' if after else 'before'} command {number}"
        found = list(desk.machines.glob("*/*.vmx"))
        assert len(found) == (0 if verb == "undefine" else 1)
        assert not list(desk.machines.glob("*/*.vmx.*"))

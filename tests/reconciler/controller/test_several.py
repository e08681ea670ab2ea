"""Several services share a fleet: what concerns hosts of both is done by one of them, with both hosts."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from state import OpenState, open_state
from state.claims import FLEET
from tests.reconciler.cli.lab import UUID, Lab
from tests.reconciler.controller.serving import Fleet
from tests.support.postgres import session_postgres


class SharedFleet(Fleet):
    """A service whose state is in PostgreSQL."""

    url = ""

    def state(self) -> OpenState:
        return open_state(self._url(), fleet="shop", uuid=UUID)

    def _url(self) -> str:
        return self.url


def test_guests_move_between_hosts_of_different_controllers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All at once, in a circle: whoever has some of the hosts asks for the others, and nobody waits for
    ever."""
    url = session_postgres().database()
    lab = Lab(tmp_path, capsys)
    hosts = ("a", "b", "c")
    lab.fleet(a=lab.uri("a"), b=lab.uri("b"), c=lab.uri("c"))
    for host in hosts:
        lab.guest(f"web-{host}", host=host)
    one, other = SharedFleet(lab), SharedFleet(lab)
    one.url = other.url = url
    with one.running(), other.running():
        one.until(lambda: all(lab.domains(host) for host in hosts))
        with closing(one.state()) as state:
            one.until(lambda: sorted(len({*each.hosts} - {FLEET}) for each in state.controllers()) == [1, 2])
        one.settles()
        for host, goal in zip(hosts, ("b", "c", "a"), strict=True):
            lab.guest(f"web-{host}", host=goal)
        one.edited()
        other.edited()
        one.until(lambda: [list(lab.domains(host)) for host in hosts] == [["web-c"], ["web-a"], ["web-b"]])
        one.settles()

"""Several `run` share a fleet over one database: one that dies or stands still is no loss, does no harm."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from specs.desired import StopPolicy
from specs.identity import Kind
from state import OpenState, open_state
from tests.reconciler.cli.lab import UUID, Lab, wait_until
from tests.support.postgres import empty_state

HOSTS = ("hv1", "hv2")


@contextmanager
def controllers(lab: Lab, url: str, number: int) -> Iterator[list[subprocess.Popen[str]]]:
    """So many processes over the lab's tree."""
    options = ("--state", url, "--ttl", "2s", "--interval", "1s")
    with ExitStack() as stack:
        started = []
        for index in range(number):
            log = stack.enter_context((lab.path / f"log{index}").open("w"))
            process = stack.enter_context(lab.popen("run", "TREE", *options, stdout=log, stderr=log))
            stack.callback(process.kill)
            started.append(process)
        yield started


def owners(state: OpenState) -> dict[str, int]:
    """Host → the process that works it."""
    return {host: one.pid for one in state.controllers() for host in one.hosts if host in HOSTS}


def drift(lab: Lab) -> None:
    """Somebody stops every guest behind their back."""
    for host in HOSTS:
        driver = lab.driver(host)
        driver.lifecycle.stop(Kind.DOMAIN, f"on-{host}", StopPolicy())
        driver.close()


def all_run(lab: Lab) -> bool:
    return all(lab.domains(host) == {f"on-{host}": "running"} for host in HOSTS)


def test_one_goes_on_where_another_ended_or_stands_still(lab: Lab) -> None:
    lab.fleet(hv1=lab.uri("hv1"), hv2=lab.uri("hv2"))
    for host in HOSTS:
        lab.guest(f"on-{host}", host=host)
    url = empty_state()
    state = open_state(url, fleet="shop", uuid=UUID)
    with controllers(lab, url, 2) as (first, second):
        wait_until(lambda: all_run(lab))
        wait_until(lambda: set(owners(state).values()) == {first.pid, second.pid})
        second.send_signal(signal.SIGSTOP)
        drift(lab)
        wait_until(lambda: all_run(lab))
        wait_until(lambda: set(owners(state).values()) == {first.pid})
        second.send_signal(signal.SIGCONT)
        wait_until(lambda: set(owners(state).values()) == {first.pid, second.pid})
        first.kill()
        first.wait()
        drift(lab)
        wait_until(lambda: all_run(lab))
        assert set(owners(state).values()) == {second.pid}
        said = lab("apply", "TREE", "--state", url, "--yes")
        assert said.code == 1
        assert f"process {second.pid} of" in said.err
        second.terminate()
        assert second.wait(timeout=60) == 0
    assert owners(state) == {}
    entries = sorted(
        (entry for run in state.runs(100) for entry in state.actions(run.id)), key=lambda e: e.started
    )
    for host in HOSTS:
        tokens = [entry.token for entry in entries if entry.host == host]
        assert tokens == sorted(tokens) != []  # who had it before does nothing any more
        assert tokens[0] > 0
    state.close()

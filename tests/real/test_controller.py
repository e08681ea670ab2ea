"""The service on real hosts: from commits to guests, what people do behind its back, and hosts that hang."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import libvirt
import pytest

from drivers.contract.complete import CompleteHost, open_complete
from specs.identity import Kind
from tests.support.daemons import LibvirtHost
from tests.support.guests import boot, wait_for
from tests.support.meddling import HEAD, WAYS, connected, stopped, tree
from tests.support.repositories import Upstream
from tests.support.service import RunningService

pytestmark = pytest.mark.real
TOGETHER = (
    ("a running guest is undefined", "a stopped guest is undefined", "a network is stopped"),
    ("a NIC is detached live", "memory is taken in the definition"),
    ("autostart is taken away", "a guest is destroyed"),
)
"""All other ways, and how long each takes: `python -m tests.benchmarks heal`."""

_SPEC = "{hosts: all, state: inactive, ips: [{address: 10.77.0.1/24}]}"
NETWORK = f"{HEAD}kind: Network\nmetadata: {{name: lan}}\nspec: {_SPEC}\n"


@pytest.fixture
def handle(empty_host: LibvirtHost) -> Iterator[libvirt.virConnect]:
    boot()
    with connected(empty_host.qemu) as handle:
        yield handle


def test_from_commits_to_guests_and_back_again(
    empty_host: LibvirtHost, handle: libvirt.virConnect, tmp_path: Path
) -> None:
    ways = {way.name: way for way in WAYS}
    upstream = Upstream(tmp_path / "upstream")
    upstream.commit({"all.yaml": tree(empty_host.qemu, 1, empty_host.images)})
    with RunningService(tmp_path, upstream.url, "--interval", "3s", "--fetch-interval", "1s") as service:
        service.wait((empty_host.images / "guest0.console").exists)
        wait_for(empty_host.images / "guest0.console")
        for names in TOGETHER:
            for name in names:
                ways[name].do(handle, "0")
            for name in names:
                service.wait(lambda healed=ways[name].healed: healed(handle, "0"))  # type: ignore[misc]
        upstream.commit({"more.yaml": stopped("committed")})
        service.wait(lambda: "committed" in handle.listDefinedDomains())
        assert service.stop() == 0


def test_a_host_that_hangs_delays_no_other(
    empty_host: LibvirtHost, handle: libvirt.virConnect, tmp_path: Path
) -> None:
    """With no more workers than there are other hosts: less than it takes to give up the one that hangs."""
    upstream = Upstream(tmp_path / "upstream")
    uris = {name: f"sim://{tmp_path}/{name}.db" for name in ("a", "b")}
    hosts = [
        f'{HEAD}kind: Host\nmetadata: {{name: {name}}}\nspec: {{uri: "{uri}"}}\n'
        for name, uri in {**uris, "hv1": empty_host.qemu}.items()
    ]
    upstream.commit({"all.yaml": "---\n".join([*hosts, NETWORK])})
    options = ("--interval", "1s", "--workers", "2")
    with ExitStack() as opened:
        others = [opened.enter_context(closing(open_complete(uri, host=n))) for n, uri in uris.items()]
        service = opened.enter_context(RunningService(tmp_path, upstream.url, *options))
        service.wait(lambda: "lan" in handle.listDefinedNetworks())
        for other in others:
            service.wait(lambda other=other: has_network(other))  # type: ignore[misc]
        empty_host.freeze()
        try:
            until = time.monotonic() + 5
            while time.monotonic() < until:
                for other in others:
                    other.lifecycle.undefine(Kind.NETWORK, "lan")
                    service.wait(lambda other=other: has_network(other), seconds=15)  # type: ignore[misc]
        finally:
            empty_host.thaw()
        handle.networkLookupByName("lan").undefine()
        service.wait(lambda: "lan" in handle.listDefinedNetworks())


def has_network(host: CompleteHost) -> bool:
    return host.observe.one(Kind.NETWORK, "lan") is not None

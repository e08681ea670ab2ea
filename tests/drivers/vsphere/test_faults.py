"""What breaks: nothing is doubled, nothing is lost, and doing it again brings it about."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from drivers.base import Move
from drivers.base.errors import DriverError, Refused, Transient, Unreachable
from drivers.contract.complete import CompleteHost
from specs.desired import PowerState, StopPolicy
from specs.identity import Kind
from tests.drivers.vsphere.documents import EDITED, disk, machine, nic
from tests.support.vsphere import CREDENTIALS, VsphereServer
from tests.support.vsphere_faults import VsphereProxy

pytestmark = pytest.mark.real

FORCE = StopPolicy(methods=(), deadline=5, force=True)
VOLUME = "<volume><name>v1.vmdk</name><capacity unit='MiB'>8</capacity></volume>"
NETWORK = """<network><name>front</name><forward mode='bridge'/><bridge name='vSwitch0'/>
<vlan><tag id='7'/></vlan></network>"""
SCOPE = "?host=DC0_C0_H0&datastore=LocalDS_0"


@pytest.fixture(scope="module")
def proxy(server: VsphereServer) -> Iterator[VsphereProxy]:
    with VsphereProxy(server.address) as running:
        yield running


@pytest.fixture
def through(server: VsphereServer, proxy: VsphereProxy) -> Iterator[CompleteHost]:
    host = server.open(SCOPE, address=proxy.address)
    yield host  # type: ignore[misc]
    host.close()


def define(host: CompleteHost) -> None:
    host.lifecycle.define(Kind.DOMAIN, "m90", EDITED)


def edit(host: CompleteHost) -> None:
    host.lifecycle.define(Kind.DOMAIN, "m90", EDITED.replace(">256<", ">512<"))


def volume(host: CompleteHost) -> None:
    with suppress(Refused):  # it is there already
        host.lifecycle.define(Kind.VOLUME, "LocalDS_0/v1.vmdk", VOLUME)


STEPS: tuple[tuple[str, Callable[[CompleteHost], object]], ...] = (
    ("CreateVirtualDisk_Task", volume),
    ("AddPortGroup", lambda host: host.lifecycle.define(Kind.NETWORK, "front", NETWORK)),
    ("CreateVM_Task", define),
    ("ReconfigVM_Task", edit),
    ("PowerOnVM_Task", lambda host: host.lifecycle.start(Kind.DOMAIN, "m90")),
    ("SuspendVM_Task", lambda host: host.lifecycle.suspend("m90")),
    ("PowerOnVM_Task", lambda host: host.lifecycle.resume("m90")),
    ("PowerOffVM_Task", lambda host: host.lifecycle.stop(Kind.DOMAIN, "m90", FORCE)),
    ("Rename_Task", lambda host: host.lifecycle.rename("m90", "m91")),
    ("Rename_Task", lambda host: host.lifecycle.rename("m91", "m90")),
    ("ExtendVirtualDisk_Task", lambda host: host.storage.resize("LocalDS_0/v1.vmdk", 16 << 20)),
    ("RemovePortGroup", lambda host: host.lifecycle.undefine(Kind.NETWORK, "front")),
)
"""The call that is cut, and what is done by it, in an order that makes a life of a machine."""


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_call_that_is_cut_is_done_once(through: CompleteHost, proxy: VsphereProxy, when: str) -> None:
    for call, do in STEPS:
        if call == "ExtendVirtualDisk_Task":  # through a machine that has it, it is another call
            through.lifecycle.undefine(Kind.DOMAIN, "m90")
        proxy.calls.clear()
        proxy.cut(call, when)
        with suppress(Unreachable):  # but where it can be seen that it was done
            do(through)
        assert proxy.calls.count(call) == 1, call
        with suppress(DriverError):  # what is gone already is NotFound
            do(through)
        names = [name for kind, name in through.observe.inventory().objects if kind is Kind.DOMAIN]
        assert len(names) <= 1, (call, names)
    seen = through.observe.inventory().objects
    assert f">{16 << 20}<" in seen[Kind.VOLUME, "LocalDS_0/v1.vmdk"].document
    assert (Kind.NETWORK, "front") not in seen
    through.lifecycle.undefine(Kind.VOLUME, "LocalDS_0/v1.vmdk")


def test_a_machine_that_is_removed_half_is_removed_and_its_disk_stays(
    through: CompleteHost, proxy: VsphereProxy
) -> None:
    volume(through)
    for call in ("ReconfigVM_Task", "Destroy_Task"):
        for when in ("before", "after"):
            define(through)
            proxy.cut(call, when)
            with pytest.raises(Unreachable):
                through.lifecycle.undefine(Kind.DOMAIN, "m90")
            with suppress(DriverError):
                through.lifecycle.undefine(Kind.DOMAIN, "m90")
            assert through.observe.one(Kind.DOMAIN, "m90") is None
            assert through.observe.one(Kind.VOLUME, "LocalDS_0/v1.vmdk") is not None
    through.lifecycle.undefine(Kind.VOLUME, "LocalDS_0/v1.vmdk")


def test_questions_that_are_cut_are_asked_again(through: CompleteHost, proxy: VsphereProxy) -> None:
    before = through.observe.inventory()
    for when in ("before", "after"):
        proxy.cut("RetrievePropertiesEx", when)
        assert through.observe.inventory() == before


def test_a_session_that_is_lost_is_opened_again_once(through: CompleteHost, proxy: VsphereProxy) -> None:
    before = through.observe.inventory()
    proxy.calls.clear()
    proxy.faults["RetrievePropertiesEx"] = "NotAuthenticated"
    assert through.observe.inventory() == before
    proxy.faults["CreateVM_Task"] = "NotAuthenticated"
    through.lifecycle.define(Kind.DOMAIN, "m5", machine(5))
    assert proxy.calls.count("Login") == 2
    through.lifecycle.undefine(Kind.DOMAIN, "m5")


@pytest.mark.parametrize(
    ("fault", "error"),
    [("TaskInProgress", Transient), ("NoPermission", Refused), ("InvalidState", Refused)],
)
def test_what_the_server_will_not_do_leaves_nothing(
    through: CompleteHost, proxy: VsphereProxy, fault: str, error: type[DriverError]
) -> None:
    proxy.faults["CreateVM_Task"] = fault
    with pytest.raises(error):
        through.lifecycle.define(Kind.DOMAIN, "m5", machine(5))
    assert through.observe.one(Kind.DOMAIN, "m5") is None


def test_a_task_that_fails_leaves_nothing_half_done(through: CompleteHost) -> None:
    """The disk does not exist."""
    absent = machine(6, devices=nic(6) + disk("absent.vmdk"))
    with pytest.raises(DriverError, match="create 'm6'"):
        through.lifecycle.define(Kind.DOMAIN, "m6", absent)
    assert through.observe.one(Kind.DOMAIN, "m6") is None
    through.lifecycle.define(Kind.DOMAIN, "m6", machine(6))
    through.lifecycle.undefine(Kind.DOMAIN, "m6")


@pytest.mark.parametrize(
    "lie",
    [b"", b"<", b"<html/>", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", b"\xff\xfe"],
    ids=["nothing", "broken", "a page", "entities", "no text"],
)
def test_a_server_that_answers_nonsense_is_told(
    through: CompleteHost, proxy: VsphereProxy, lie: bytes
) -> None:
    proxy.replaced["RetrievePropertiesEx"] = lambda _: lie
    try:
        with pytest.raises(DriverError):
            through.observe.inventory()
    finally:
        proxy.replaced.clear()
    through.observe.inventory()


def test_pages_are_put_together(through: CompleteHost, proxy: VsphereProxy, server: VsphereServer) -> None:
    """The simulator gives everything at once: the proxy makes two pages of it."""
    before = through.observe.inventory()
    kept: list[bytes] = []

    def first(answer: bytes) -> bytes:
        head, objects, tail = answer.partition(b"<objects>")
        if not kept and tail.count(b"<objects>") > 3:
            one, end, rest = tail.partition(b"</objects>")
            kept.append(head + objects + rest.partition(b"<objects>")[2])
            return head + b"<token>more</token>" + objects + one + end + b"</returnval>" + _close(answer)
        return answer

    def _close(answer: bytes) -> bytes:
        return answer[answer.rindex(b"</returnval>") + len(b"</returnval>") :]

    proxy.replaced["RetrievePropertiesEx"] = first
    proxy.replaced["ContinueRetrievePropertiesEx"] = lambda _: kept[0].replace(
        b"RetrievePropertiesExResponse", b"ContinueRetrievePropertiesExResponse"
    )
    try:
        assert through.observe.inventory() == before
    finally:
        proxy.replaced.clear()
    assert kept
    assert "ContinueRetrievePropertiesEx" in proxy.calls


def test_whom_it_does_not_know_and_what_does_not_answer_is_told_in_words(server: VsphereServer) -> None:
    from drivers.base.registry import open_host

    wrong = {**CREDENTIALS, "passphrase": "wrong"}
    with pytest.raises(Unreachable, match="the name or the password is wrong") as told:
        open_host(server.uri(), host="vc", credentials=wrong)
    assert "wrong horse" not in str(told.value)
    with pytest.raises(Unreachable, match="certificate that is not trusted"):
        open_host(f"vsphere://{server.address}/", host="vc", credentials=CREDENTIALS)
    open_host(f"vsphere://{server.address}/?no_verify=1", host="vc", credentials=CREDENTIALS).close()
    with pytest.raises(Unreachable, match="cannot connect"):
        open_host("vsphere://127.0.0.1:1/", host="vc", credentials=CREDENTIALS)
    with pytest.raises(DriverError, match="there are: DC0"):
        open_host(server.uri().replace("/?", "/DC9?"), host="vc", credentials=CREDENTIALS)


def test_a_machine_that_somebody_moved_is_not_made_twice(server: VsphereServer) -> None:
    """A Host that means one ESX pins its machines; DRS moving one away is no reason for another."""
    here, there = server.open("?host=DC0_C0_H0&datastore=LocalDS_0"), server.open("?host=DC0_C0_H1")
    whole = server.open("?cluster=DC0_C0")
    assert here.lifecycle is not None
    assert here.move is not None
    here.lifecycle.define(Kind.DOMAIN, "m7", machine(7))
    before = whole.observe.one(Kind.DOMAIN, "m7")
    here.move.move("m7", there, Move(live=False), lambda _: None, threading.Event())
    with pytest.raises(Refused, match="'m7' is on DC0_C0_H1"):
        here.lifecycle.define(Kind.DOMAIN, "m7", machine(7))
    after = whole.observe.one(Kind.DOMAIN, "m7")
    assert before is not None
    assert after is not None
    assert (before.document, after.power) == (after.document, PowerState.STOPPED)
    assert there.lifecycle is not None
    there.lifecycle.undefine(Kind.DOMAIN, "m7")
    for host in (here, there, whole):
        host.close()

"""What vmrun refuses is told in words, and what it did without saying so is done."""

from __future__ import annotations

import pytest

from drivers.base import AddressSource, GuestAddress
from drivers.base.errors import DriverError, NotFound, Refused, Transient, Unreachable, Unsupported
from drivers.base.registry import open_host
from drivers.contract.complete import CompleteHost
from specs.desired import PowerState, StopPolicy
from specs.identity import Kind
from tests.support.vmware import DesktopStandIn

WEB = """<domain type='vmware'><name>web</name><uuid>564d9bef-acd9-b4e0-c8f0-aea8b9103515</uuid>
  <memory unit='MiB'>64</memory><vcpu>1</vcpu><os><type>hvm</type></os><devices>{}</devices></domain>"""
DISK = "<disk type='file'><source file='/missing/web.vmdk'/><target dev='sda' bus='scsi'/></disk>"
NIC = "<interface type='user'><mac address='00:50:56:00:00:01'/></interface>"
SOFT = StopPolicy(methods=("agent", "acpi"), deadline=1)


def define(host: CompleteHost, devices: str = "") -> None:
    host.lifecycle.define(Kind.DOMAIN, "web", WEB.format(devices))


def power(host: CompleteHost) -> PowerState | None:
    seen = host.observe.one(Kind.DOMAIN, "web")
    assert seen is not None
    return seen.power


def running(host: CompleteHost, devices: str = "") -> None:
    define(host, devices)
    host.lifecycle.start(Kind.DOMAIN, "web")


def test_a_start_that_vmrun_refuses_says_why(host: CompleteHost) -> None:
    define(host, DISK)
    with pytest.raises(Refused, match="Cannot open the disk"):
        host.lifecycle.start(Kind.DOMAIN, "web")
    assert power(host) is PowerState.STOPPED


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("The virtual machine is busy", Transient),
        ("The operation is not supported", Unsupported),
        ("Unable to connect to host", Unreachable),
        ("Insufficient permissions", Refused),
        ("Something new", Refused),
    ],
)
def test_errors_are_told_apart(
    host: CompleteHost, desk: DesktopStandIn, said: str, error: type[DriverError]
) -> None:
    define(host)
    desk.fault("start", f"before:{said}")
    with pytest.raises(error, match=said):
        host.lifecycle.start(Kind.DOMAIN, "web")
    host.lifecycle.start(Kind.DOMAIN, "web")
    assert power(host) is PowerState.RUNNING


def test_a_start_or_stop_whose_answer_was_lost_is_done(host: CompleteHost, desk: DesktopStandIn) -> None:
    define(host)
    desk.fault("start", "after:The operation timed out")
    host.lifecycle.start(Kind.DOMAIN, "web")
    assert power(host) is PowerState.RUNNING
    desk.fault("stop", "after:The operation timed out")
    host.lifecycle.stop(Kind.DOMAIN, "web", SOFT)
    assert power(host) is PowerState.STOPPED


def test_a_guest_without_tools_is_stopped_by_force_alone(host: CompleteHost, desk: DesktopStandIn) -> None:
    desk.without_tools()
    running(host)
    with pytest.raises(Refused, match="Tools are not running"):
        host.lifecycle.stop(Kind.DOMAIN, "web", SOFT)
    assert power(host) is PowerState.RUNNING
    host.lifecycle.stop(Kind.DOMAIN, "web", StopPolicy(methods=("agent",), deadline=0, force=True))
    assert power(host) is PowerState.STOPPED


def test_a_paused_guest_goes_on_in_order_to_stop(host: CompleteHost) -> None:
    running(host)
    host.lifecycle.suspend("web")
    assert power(host) is PowerState.PAUSED
    host.lifecycle.stop(Kind.DOMAIN, "web", SOFT)
    host.lifecycle.start(Kind.DOMAIN, "web")
    assert power(host) is PowerState.RUNNING


def test_no_machine_starts_paused_and_none_with_its_host(host: CompleteHost) -> None:
    define(host)
    with pytest.raises(Unsupported):
        host.lifecycle.start(Kind.DOMAIN, "web", paused=True)
    with pytest.raises(Unsupported):
        host.lifecycle.set_autostart(Kind.DOMAIN, "web", True)
    assert power(host) is PowerState.STOPPED


def test_tools_tell_the_address(host: CompleteHost) -> None:
    running(host, NIC)
    assert host.guest.addresses("web", AddressSource.AGENT) == (
        GuestAddress("00:50:56:00:00:01", "192.168.213.7", AddressSource.AGENT),
    )
    assert host.guest.agent_answers("web")
    with pytest.raises(Unsupported):
        host.guest.addresses("web", AddressSource.LEASE)


def test_a_host_without_vmrun_or_folder_is_unreachable(desk: DesktopStandIn, host: CompleteHost) -> None:
    with pytest.raises(Unreachable, match="no folder"):
        open_host(f"vmware://{desk.folder}/nowhere", host="desk")
    desk.without("vmrun")
    with pytest.raises(Unreachable, match="no vmrun"):
        open_host(f"vmware://{desk.machines}", host="desk")


@pytest.mark.parametrize(
    "uri",
    [
        "vmware:///",
        "vmware://host/folder",
        "vmware+ssh:///folder",
        "vmware+tcp://host/folder",
        "vmware:///x?product=server",
        "vmware:///x?user=me",
        "vmware+ssh://host:many/x",
    ],
)
def test_a_uri_that_makes_no_sense_is_refused(uri: str) -> None:
    with pytest.raises(Unsupported):
        open_host(uri, host="desk")


def test_another_member_is_not_found(desk: DesktopStandIn) -> None:
    from drivers.base.registry import open_endpoint

    endpoint = open_endpoint(f"vmware://{desk.machines}")
    assert endpoint.hosts() == ("localhost",)
    with pytest.raises(NotFound):
        endpoint.host("desk", "other")
    endpoint.close()

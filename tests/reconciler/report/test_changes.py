"""What differs, in the words of the files, each thing once."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.compare.model import Cause, Difference, Effect, Note
from reconciler.plan.model import Action, Plan, Status, Verdict
from reconciler.report.changes import changes_of, not_kept
from reconciler.report.paint import Paint
from reconciler.report.places import field_of
from reconciler.report.text import plan_lines
from specs.diagnostics import Origin
from specs.identity import Address, Kind
from tests.support.operations import operation

WEB = Address(Kind.DOMAIN, "web")
MAC = "52:54:00:00:00:01"
DISK = (
    "<disk type='volume' device='disk'><driver name='qemu' type='qcow2'/><source pool='p' volume='d.qcow2'/>"
    "<target dev='vdb' bus='virtio'/><iotune><total_iops_sec>100</total_iops_sec></iotune></disk>"
)
NIC = (
    f"<interface type='network'><mac address='{MAC}'/><source network='lan'/>"
    "<model type='virtio'/></interface>"
)
FOLDER = "<filesystem type='mount'><source dir='/srv'/><target dir='/data'/><readonly/></filesystem>"
HOST = f"<host mac='{MAC}' name='web' ip='10.0.0.3'/>"
LONG = f"<redirdev bus='usb' type='spicevmc'><address type='usb' bus='0' port='{'1.' * 60}'/></redirdev>"


def found(path: str, declared: str | None, observed: str | None, **how: object) -> Difference:
    difference = Difference(path, declared, observed, Cause.EDITED, Effect.LIVE)
    return replace(difference, **how)  # type: ignore[arg-type]


def told(
    *differences: Difference,
    kind: Kind = Kind.DOMAIN,
    file: str = "web.yaml",
    pending: tuple[Difference, ...] = (),
) -> list[str]:
    address, origin = Address(kind, "web"), Origin(file, 1, 1)
    verdict = Verdict(address, "hv1", Status.CHANGE, origin, differences, pending)
    return [str(change) for change in changes_of(verdict)]


@pytest.mark.parametrize(
    ("path", "declared", "observed", "line"),
    [
        ("currentMemory", "1572864 KiB", "524288 KiB", "memory: 512 MiB → 1.5 GiB"),
        ("power", "running", "stopped", "state: stopped → running"),
        ("devices/disk[vdb]", DISK, None, "+ disk vdb: pool p, d.qcow2, iops 100, virtio"),
        (f"devices/interface[{MAC}]", None, NIC, f"- interface {MAC}: network lan, virtio"),
        ("devices/filesystem[/data]", FOLDER, None, "+ filesystem /data: source /srv, readonly"),
        ("devices/disk[vda]/readonly", "<readonly/>", None, "disks[vda].readonly: false → true"),
        ("devices/watchdog", "<watchdog model='itco' action='reset'/>", None, "watchdog: (none) → itco"),
        ("devices/redirdev", LONG, None, "+ devices/redirdev: <redirdev> of 204 characters (diff shows it)"),
        ("devices/lease[a]", LONG, None, "+ devices/lease[a] (diff shows it)"),
        ("devices/redirdev", "<redirdev bus='usb'/>", None, "+ devices/redirdev: <redirdev bus='usb'/>"),
        ("metadata/{u}a", None, f"<a xmlns='u'>{'x' * 90}</a>", "userMetadata: <a> of 107 characters"),
    ],
)
def test_each_is_told_as_what_it_is(path: str, declared: str | None, observed: str | None, line: str) -> None:
    (said,) = told(found(path, declared, observed))
    assert said.startswith(line), said


def test_entries_of_networks_are_told_too() -> None:
    path = f"ip[10.0.0.1]/dhcp/host[{MAC}]"
    assert told(found(path, HOST, None), kind=Kind.NETWORK) == [f"+ dhcp host {MAC}: web, ip 10.0.0.3"]
    both = found("ip[10.0.0.1]/dhcp", f"<dhcp><range start='10.0.0.4' end='10.0.0.9'/>{HOST}</dhcp>", None)
    assert [line.split(":")[0] for line in told(both, kind=Kind.NETWORK)] == [
        "+ dhcp range 10.0.0.4", "+ dhcp host 52",
    ]  # fmt: skip


def test_each_thing_is_said_once() -> None:
    memory = [found(path, "2097152 KiB", "1048576 KiB") for path in ("memory", "currentMemory")]
    assert told(*memory, pending=tuple(memory)) == ["memory: 1 GiB → 2 GiB"]
    assert told(*memory[1:], found("memory", "4194304 KiB", "1048576 KiB")) == [
        "memory: 1 GiB → 2 GiB", "memory.max: 1 GiB → 4 GiB",
    ]  # fmt: skip
    running = replace(memory[1], observed="524288 KiB")
    assert told(memory[1], pending=(running,)) == [
        "memory: 1 GiB → 2 GiB", "memory as it runs: 512 MiB → 2 GiB",
    ]  # fmt: skip
    disk, network = "<boot dev='hd'/>", "<boot dev='network'/>"
    boot = [found("os/boot", network, disk), found("os/boot", disk, None)]
    assert told(*boot, pending=(boot[0],)) == ["boot: hd → network, hd"]
    gone = [found(f"cpu/@{name}", None, "x") for name in ("match", "check")]
    assert told(found("cpu/@mode", "host-model", "custom"), *gone) == [
        "cpu: custom → host-model (match, check go with it)"
    ]


def test_what_follows_from_another_change_is_told_only_where_nothing_else_is() -> None:
    kind = found("devices/disk[vda]/@type", "block", "file")
    source = found("devices/disk[vda]/source/@dev", "/dev/sda", None)
    assert told(kind, source) == ["disks[vda].block: (none) → /dev/sda"]
    assert told(kind) == ["devices/disk[vda]/@type: file → block"]


def test_who_wrote_xml_reads_xml() -> None:
    assert told(found("currentMemory", "2097152 KiB", "1048576 KiB"), file="hv1/web.xml") == [
        "currentMemory: 1 GiB → 2 GiB"
    ]


def test_what_is_not_kept_and_what_json_says() -> None:
    note = Note("devices/disk[vda]/driver/@queue_size", "256", None, "7.8.0")
    assert not_kept(Kind.DOMAIN, note) == (
        "not kept by the hypervisor: devices/disk[vda]/driver/@queue_size: 256 (libvirt 7.8.0 keeps it)"
    )
    assert field_of(Kind.DOMAIN, "devices/disk[vda]/driver/@queue_size") == "disks[vda]"
    assert field_of(Kind.DOMAIN, "power") == "state"
    assert field_of(Kind.DOMAIN, "persistent") == ""


TAGS = st.sampled_from(["disk", "interface", "redirdev", "hostdev", "iothreads", "channel", "controller"])
TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters="<>&'\""), max_size=300)


@given(tag=TAGS, name=TEXT, inner=TEXT, taken=st.booleans(), label=TEXT)
def test_no_line_holds_xml_that_was_cut(tag: str, name: str, inner: str, taken: bool, label: str) -> None:
    xml = f"<{tag} type='file' name='{name}'><source file='{name}'>{inner}</source></{tag}>"
    path = f"devices/{tag}[{label}]" if label.strip() else f"devices/{tag}"
    difference = found(path, None if taken else xml, xml if taken else None)
    verdict = Verdict(WEB, "hv1", Status.CHANGE, differences=(difference,), pending=(difference,))
    action = Action("define", operation("define"), WEB, "hv1", "web", (difference,), part=path)
    made = Plan("f", "t", 0.0, {}, (verdict,), (action,))
    for line in plan_lines(made, Paint(), verbose=True):
        assert not re.search(r"<[^<>]*…", line), line

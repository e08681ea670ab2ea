"""Answers of a host, its errors, and what is kept of networks and pools."""

from __future__ import annotations

import io
import struct
import tarfile
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.base import Knowledge
from drivers.base.errors import DriverError, NotFound, Refused, Transient, Unreachable, Unsupported
from drivers.base.observation import KnownDocument
from drivers.native.commands import CommandResult
from drivers.native.holdings import AddressRange, HostAddress, NativeNetwork
from drivers.vbox import networks
from drivers.vbox.documents import read_domain
from drivers.vbox.dump import read_dump
from drivers.vbox.errors import failure, is_locked
from drivers.vbox.machines import machine_files, observed
from drivers.vbox.registry import Registry, packed, read_registry, unpacked
from drivers.vbox.uri import commands_of
from drivers.vbox.volumes import format_of
from specs.desired import PowerState
from specs.identity import Kind
from tests.drivers.vbox.test_reading import recorded

LIVE = "11111111-2222-3333-4444-555555555551"
RICH = "ff60700a-9678-4fd1-92d4-53224bca36a7"


def answer(files: dict[str, str], running: str = "") -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            tar.addfile(entry, io.BytesIO(text.encode()))
    return f"WARNING: no module\n\n{running}---virt-reconcile---\n17\n/home\n".encode() + archive.getvalue()


def whole() -> bytes:
    files = {
        "VirtualBox.xml": recorded("VirtualBox.xml"),
        "/srv/h1/machines/m1/m1.vbox": recorded("live.vbox"),
    }
    return answer(files, f'"m1" {{{LIVE}}}\n')


def test_one_answer_tells_all_and_a_file_that_is_missing_is_no_absence() -> None:
    dump = read_dump(whole())
    assert (dump.now, dump.home, dump.running) == (17, "/home", frozenset({LIVE}))
    _, files, failures = machine_files(dump)
    assert files.keys() == {LIVE}
    assert failures == {RICH: "its settings file /srv/h1/machines/rich/rich.vbox cannot be read"}
    broken = replace(dump, files={**dump.files, "/srv/h1/machines/rich/rich.vbox": b"<"})
    assert "makes no sense" in machine_files(broken)[2][RICH]
    with pytest.raises(Refused):
        read_dump(b"command not found")


def test_what_a_stamp_vouches_for_is_not_written_again() -> None:
    file = machine_files(read_dump(whole()))[1][LIVE]
    seen = observed(file, PowerState.RUNNING)
    later = replace(
        file, text=file.text.replace(b"ResumeCounter", b"Other").replace(b"00:05:29Z", b"01:05:29Z")
    )
    assert observed(later, PowerState.RUNNING) == seen
    known: Knowledge = {(Kind.DOMAIN, "m1"): KnownDocument(seen.stamp, "kept")}
    assert observed(later, PowerState.RUNNING, known).document == "kept"
    edited = replace(file, text=file.text.replace(b'RAMSize="32"', b'RAMSize="33"'))
    assert observed(edited, PowerState.RUNNING, known).document != "kept"


SAID = "VBoxManage: error: {}\nVBoxManage: error: Details: code {} (0x80bb0001), component X, interface Y"


@pytest.mark.parametrize(
    ("message", "code", "kind"),
    [
        ("Could not find a registered machine named 'x'", "VBOX_E_OBJECT_NOT_FOUND", NotFound),
        ("The machine 'x' is already locked for a session", "VBOX_E_INVALID_OBJECT_STATE", Transient),
        ("The machine is not mutable (state is Running)", "VBOX_E_INVALID_VM_STATE", Refused),
        ("Failed to create the VirtualBox object!", "NS_ERROR_ABORT", Unreachable),
        (
            "Code NS_ERROR_CALL_FAILED (0x800706be) (extended info not available)",
            "NS_ERROR_CALL_FAILED",
            Unreachable,
        ),
        ("Anything else", "E_INVALIDARG", Refused),
    ],
)
def test_errors_are_told_apart(message: str, code: str, kind: type[DriverError]) -> None:
    error = failure(CommandResult(1, b"", SAID.format(message, code).encode()), "modifyvm")
    assert type(error) is kind
    assert message in error.message
    assert is_locked(error) == ("already locked" in message)


@pytest.mark.parametrize("status", [-9, 137, 255])
def test_nobody_knows_how_far_one_came_that_was_killed(status: int) -> None:
    assert type(failure(CommandResult(status, b"", b""), "modifyvm")) is Unreachable


@given(st.dictionaries(st.from_regex(r"[a-z]+", fullmatch=True), st.text(min_size=1).map(lambda t: f"x{t}")))
def test_what_is_kept_is_given_back(said: dict[str, str]) -> None:
    assert unpacked(packed(said)) == said


def network(**said: object) -> NativeNetwork:
    ranges = (AddressRange(start="10.1.0.9", end="10.1.0.19"),)
    address = HostAddress(address="10.1.0.1", netmask="255.255.255.0", ranges=ranges)
    return replace(NativeNetwork(name="lan", uuid="u", mode="nat", addresses=(address,)), **said)  # type: ignore[arg-type]


def test_a_nat_network_is_made_switched_and_removed() -> None:
    told = [" ".join(words) for words in networks.defining(Registry(), network())]
    assert told[0].startswith("setextradata global virt-reconcile/network/lan uuid=u")
    assert told[1] == "natnetwork add --netname lan --network 10.1.0.0/24 --dhcp on --disable"
    assert told[2].startswith("dhcpserver add --network=lan --server-ip=10.1.0.3 --netmask=255.255.255.0")
    there = read_registry(recorded("VirtualBox.xml"))
    assert [seen.name for seen in networks.observed(there)] == []
    for wrong in (network(mode="route"), network(addresses=())):
        with pytest.raises(Refused):
            list(networks.defining(Registry(), wrong))


def test_images_tell_their_size() -> None:
    vdi = bytearray(512)
    vdi[64:68] = b"\x7f\x10\xda\xbe"
    struct.pack_into("<Q", vdi, 368, 8 << 20)
    assert format_of(bytes(vdi), 4096) == ("vdi", 8 << 20)
    assert format_of(b"KDMV" + bytes(8) + struct.pack("<Q", 16), 99) == ("vmdk", 8192)
    assert format_of(b"conectix" + bytes(40) + struct.pack(">Q", 512), 99) == ("vpc", 512)
    assert format_of(b"", 0) == ("raw", 0)


def test_uris_say_here_or_by_ssh() -> None:
    assert commands_of("vbox:///", {}).place == "this machine"
    assert commands_of("vbox+ssh://me@box:22/", {}).place == "box"
    for wrong in ("vbox://box/", "vbox+tcp://box/", "vbox:///session", "vbox+ssh:///", "vbox:///?x=1"):
        with pytest.raises(Unsupported, match="vbox"):
            commands_of(wrong, {})


def test_a_document_that_says_more_than_virtualbox_can_is_refused_whole() -> None:
    given = "<domain type='vbox'><name>a</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>%s</domain>"
    assert read_domain(given % "", "a").memory_max == 65536
    for more, said in (
        ("<devices><rng model='virtio'/></devices>", "rng"),
        ("<cputune><shares>5</shares></cputune>", "shares"),
        ("<memory unit='KiB'>100</memory>", "memory"),
    ):
        with pytest.raises(Refused, match=said):
            read_domain(given % more, "a")

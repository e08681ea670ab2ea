"""The document of a running guest as a file: what its start chose is no wish, what somebody edits is one."""

from __future__ import annotations

import pytest

from reconciler.compare import Base
from tests.reconciler.compare.support import disk, domain, judged, paths

CPU = "<topology sockets='1' dies='1' cores='2' threads='1'/>"
EXPANDED = (
    "<cpu mode='custom' match='exact' check='full'><model fallback='forbid'>EPYC</model><vendor>AMD</vendor>"
    f"{CPU}<feature policy='require' name='erms'/></cpu>"
)
NIC = "<interface type='network'><mac address='52:54:00:00:00:01'/><source network='lan' {}/>{}</interface>"
CHAIN = "<backingStore type='file'><format type='raw'/><source file='/base'/><backingStore/></backingStore>"
ISO = (
    "<disk type='file' device='cdrom'><source file='/i' startupPolicy='{}'/><target dev='sda' bus='sata'/>"
    "<readonly/></disk>"
)


def _running(document: str) -> str:
    return document.replace("<domain ", "<domain id='3' ")


def _plain(model: str, check: str, fallback: str = "allow") -> str:
    named = f"<model fallback='{fallback}'>{model}</model>"
    return f"<cpu mode='custom' match='exact' check='{check}'>{named}</cpu>"


def _efi(inner: str) -> str:
    return domain().replace("<os>", "<os firmware='efi'>").replace("</os>", f"{inner}</os>")


CASES = {
    "a CPU that follows the host": (
        domain(EXPANDED),
        domain(f"<cpu mode='host-model' check='partial'>{CPU}</cpu>"),
        domain(f"<cpu mode='host-model'>{CPU.replace('2', '4')}</cpu>"),
    ),
    "a CPU that is the least": (
        domain(EXPANDED),
        domain(f"<cpu match='minimum'><model>Penryn</model>{CPU}</cpu>"),
        domain(f"<cpu match='minimum'><model>Penryn</model>{CPU.replace('2', '4')}</cpu>"),
    ),
    "a CPU of a model": (
        domain(_plain("qemu64", "full", "forbid")),
        domain(_plain("qemu64", "none")),
        domain(_plain("EPYC", "none")),
    ),
    "where its clock has come to": (
        domain("<clock offset='variable' adjustment='77' basis='utc'/>"),
        domain("<clock offset='variable' adjustment='0' basis='localtime'/>"),
        domain("<clock offset='localtime'/>"),
    ),
    "what its balloon has come to": (
        domain("<currentMemory unit='MiB'>512</currentMemory>"),
        domain("<currentMemory unit='MiB'>256</currentMemory>"),
        domain("<currentMemory unit='MiB'>256</currentMemory>", memory="<memory unit='MiB'>256</memory>"),
    ),
    "firmware that was found": (
        _efi("<loader readonly='yes' type='pflash'>/f</loader><nvram template='/t'>/v</nvram>"),
        _efi(""),
        _efi("<loader readonly='yes' type='pflash'>/g</loader>"),
    ),
    "what a NIC is plugged into": (
        domain(devices=NIC.format("portid='x' bridge='virbr0'", "<target dev='vnet3'/>")),
        domain(devices=NIC.format("", "")),
        domain(devices=NIC.format("", "").replace("lan", "wan")),
    ),
    "where a display listens": (
        domain(
            devices="<graphics type='vnc' port='5900' autoport='yes' listen='127.0.0.1'>"
            "<listen type='address' address='127.0.0.1'/></graphics>"
        ),
        domain(devices="<graphics type='vnc' port='-1' autoport='yes'><listen type='address'/></graphics>"),
        domain(devices="<graphics type='vnc'><listen type='address' address='10.0.0.1'/></graphics>"),
    ),
    "what a disk lies upon": (
        domain(devices=disk("vda", "/a", CHAIN)),
        domain(devices=disk("vda", "/a")),
        domain(devices=disk("vda", "/a", CHAIN.replace("/base", "/other"))),
    ),
    "a medium that may be missing": (
        domain(),
        domain(devices=ISO.format("optional")),
        domain(devices=ISO.format("mandatory")),
    ),
    "where a host's device is plugged in": (
        domain(
            devices="<hostdev mode='subsystem' type='usb'><source><vendor id='0x1'/><product id='0x2'/>"
            "<address bus='1' device='7'/></source></hostdev>"
        ),
        domain(
            devices="<hostdev mode='subsystem' type='usb'><source><vendor id='0x1'/><product id='0x2'/>"
            "</source></hostdev>"
        ),
        domain(
            devices="<hostdev mode='subsystem' type='usb'><source><vendor id='0x1'/><product id='0x3'/>"
            "</source></hostdev>"
        ),
    ),
    "a confinement that there is none of": (
        domain("<seclabel type='none' model='none'/>"),
        domain(),
        domain("<seclabel type='static' model='none'/>"),
    ),
}


@pytest.mark.parametrize(("dump", "defined", "other"), CASES.values(), ids=CASES)
def test_what_a_start_chose_is_no_wish(dump: str, defined: str, other: str) -> None:
    assert paths(judged(_running(dump), defined)) == []
    assert paths(judged(_running(dump), other))


@pytest.mark.parametrize("case", [name for name in CASES if name != "what a NIC is plugged into"])
def test_the_same_in_a_document_that_runs_nowhere_is_one(case: str) -> None:
    dump, defined, _ = CASES[case]
    assert paths(judged(dump, defined))


@pytest.mark.parametrize(("dump", "defined"), [case[:2] for case in CASES.values()], ids=CASES)
def test_once_it_was_taken_over_it_is_what_it_was(dump: str, defined: str) -> None:
    record = Base(_running(dump), defined)
    assert paths(judged(_running(dump), defined, record)) == []


def test_what_somebody_edits_in_it_later_is_a_wish() -> None:
    dump, defined, _ = CASES["what its balloon has come to"]
    edited = dump.replace("'MiB'>512</current", "'MiB'>128</current")
    found = judged(_running(edited), defined, Base(_running(dump), defined))
    assert paths(found) == ["currentMemory"]


def test_a_cpu_that_somebody_wrote_is_a_wish_all_the_same() -> None:
    """A start checks in full."""
    wanted = EXPANDED.replace("check='full'", "check='partial'")
    assert paths(judged(_running(domain(wanted)), domain(f"<cpu mode='host-model'>{CPU}</cpu>")))

"""What a host drops as nothing comes of it is told and no difference; what it has there instead is one."""

from __future__ import annotations

import pytest

from reconciler.compare import Base
from tests.reconciler.compare.support import domain, judged

MAC = "<mac address='52:54:00:00:00:01'/>"


def _nic(inner: str, kind: str = "network", model: str = "e1000") -> str:
    return f"<interface type='{kind}'>{MAC}<model type='{model}'/>{inner}</interface>"


def _disk(driver: str = "", target: str = "") -> str:
    target = f"<target dev='sda' bus='scsi' {target}/>"
    return f"<disk><driver name='qemu' {driver}/><source file='/a'/>{target}</disk>"


def _egd(inner: str) -> str:
    return f"<rng model='virtio'><backend model='egd' type='unix'>{inner}</backend></rng>"


def _cpu(attrs: str, inner: str = "") -> str:
    return f"<cpu {attrs}>{inner}<topology sockets='1' cores='2' threads='1'/></cpu>"


def _pages(attrs: str) -> str:
    return f"<memoryBacking><hugepages><page size='2048' {attrs}/></hugepages></memoryBacking>"


def _tune(attrs: str) -> str:
    return f"<numatune><memory mode='strict' {attrs}/></numatune>"


DEVICES = {
    "a filter of a NIC that takes none": (
        _nic("<filterref filter='f'/>", "hostdev"),
        _nic("", "hostdev"),
        _nic("<filterref filter='g'/>", "hostdev"),
    ),
    "virtio's settings of another model": (
        _nic("<driver name='vhost' queues='4'/>"),
        _nic(""),
        _nic("<driver name='qemu'/>"),
    ),
    "its backend": (
        _nic("<backend vhost='/a'/>"),
        _nic(""),
        _nic("<backend vhost='/b'/>"),
    ),
    "the protocol of a socket": (
        "<parallel type='unix'><source mode='bind' path='/s'/><protocol type='raw'/></parallel>",
        "<parallel type='unix'><source mode='bind' path='/s'/></parallel>",
        "<parallel type='unix'><source mode='bind' path='/s'/><protocol type='telnet'/></parallel>",
    ),
    "the protocol of a socket that gives random numbers": (
        _egd("<source path='/s'/><protocol type='raw'/>"),
        _egd("<source path='/s'/>"),
        _egd("<source path='/t'/>"),
    ),
    "the usual cache": (_disk("cache='default'"), _disk(), _disk("cache='none'")),
    "a disk on SCSI is not removable": (
        _disk(target="removable='on'"),
        _disk(),
        _disk(target="removable='off'"),
    ),
}
OUTSIDE = {
    "a match of no model": (
        _cpu("mode='host-model' match='exact'"),
        _cpu("mode='host-model'"),
        _cpu("mode='host-passthrough'"),
    ),
    "a fallback of no model": (
        _cpu("mode='host-model'", "<model fallback='forbid'/>"),
        _cpu("mode='host-model'"),
        _cpu("mode='host-model'", "<model fallback='allow'>EPYC</model>"),
    ),
    "a mode without a model": (
        _cpu("mode='custom' match='exact'"),
        _cpu(""),
        _cpu("mode='host-model'"),
    ),
    "a vendor of whatever the host has": (
        _cpu("mode='host-passthrough'", "<vendor>AMD</vendor>"),
        _cpu("mode='host-passthrough'"),
        _cpu("mode='host-passthrough'", "<vendor>Intel</vendor>"),
    ),
    "nodes where placement is automatic": (
        _tune("placement='auto' nodeset='0-5'"),
        _tune("placement='auto'"),
        _tune("placement='auto' nodeset='1'"),
    ),
    "the only node of a guest without nodes": (_pages("nodeset='0'"), _pages(""), _pages("nodeset='1'")),
}
CASES = {
    **{name: tuple(domain(devices=each) for each in case) for name, case in DEVICES.items()},
    **{name: tuple(domain(config=each) for each in case) for name, case in OUTSIDE.items()},
}


@pytest.mark.parametrize(("given", "kept", "other"), CASES.values(), ids=CASES)
def test_what_is_inert_is_told_and_no_difference(given: str, kept: str, other: str) -> None:
    assert judged(given, kept).differences == ()
    assert judged(given, kept).rewritten
    assert judged(given, other).differences


@pytest.mark.parametrize(("given", "kept", "other"), CASES.values(), ids=CASES)
def test_an_edit_that_a_host_does_not_keep_changes_nothing(given: str, kept: str, other: str) -> None:
    assert judged(given, kept, Base(kept, kept)).differences == ()
    assert judged(given, other, Base(given, kept)).differences


def test_what_a_host_could_keep_is_a_difference() -> None:
    """The same words where they mean something."""
    for given, kept in (
        (_nic("<filterref filter='f'/>"), _nic("")),
        (_nic("<driver name='vhost' queues='4'/>", model="virtio"), _nic("", model="virtio")),
        (_disk("cache='none'"), _disk()),
        ("<parallel type='tcp'><protocol type='telnet'/></parallel>", "<parallel type='tcp'/>"),
    ):
        assert judged(domain(devices=given), domain(devices=kept)).differences
    cells = "<cpu><numa><cell id='0' cpus='0-1' memory='512' unit='MiB'/></numa></cpu>"
    for given, kept in (
        (_cpu("match='exact'", "<model>EPYC</model>"), _cpu("", "<model>EPYC</model>")),
        (cells + _pages("nodeset='0'"), cells + _pages("")),
        (_tune("placement='static' nodeset='0-5'"), _tune("placement='static'")),
    ):
        assert judged(domain(config=given), domain(config=kept)).differences

"""Adoption of a host that somebody filled with virsh: its files plan empty, and nothing is touched."""

from __future__ import annotations

import re
import time

import libvirt
import pytest

from tests.real import corpus
from tests.real.conftest import Shell
from tests.support.daemons import LibvirtHost
from tests.support.guests import qemu_domain

pytestmark = pytest.mark.real

IDLE = "<domain type='qemu'><name>{}</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>" \
    "<os><type arch='x86_64'>hvm</type></os>{}</domain>"  # fmt: skip
DISK = "<devices><disk type='volume' device='disk'><driver name='qemu' type='qcow2'/>" \
    "<source pool='used' volume='old.qcow2'/><target dev='vda' bus='virtio'/></disk>" \
    "<interface type='network'><mac address='52:54:00:0a:0b:0c'/><source network='busy'/>" \
    "<filterref filter='own'><parameter name='IP' value='10.72.0.9'/></filterref>" \
    "</interface></devices>"  # fmt: skip
SECRET = "<secret ephemeral='no' private='yes'>" \
    "<uuid>5d3b1f5e-9c35-4d7a-8d0e-1b2f6a3c4d5e</uuid>" \
    "<description>of a disk</description><usage type='volume'><volume>{}</volume>" \
    "</usage></secret>"  # fmt: skip
FILTER = "<filter name='own' chain='root'><rule action='drop' direction='in' priority='400'>" \
    "<tcp dstportstart='23'/></rule><filterref filter='clean-traffic'/></filter>"  # fmt: skip
NETWORKS = {
    "busy": "<forward mode='nat'/><ip address='10.72.0.1' prefix='24'><dhcp>"
    "<range start='10.72.0.10' end='10.72.0.20'/><host mac='52:54:00:0a:0b:0c' ip='10.72.0.9'/></dhcp></ip>",
    "quiet": "<bridge name='vr-quiet'/>",
}


class Filled:
    """A host on which somebody has worked with virsh."""

    def __init__(self, host: LibvirtHost) -> None:
        self.host = host

    def give(self, verb: str, name: str, document: str, *options: str) -> None:
        path = self.host.root / f"{re.sub('[^a-z0-9.-]', '_', name)}.given.xml"
        path.write_text(document)
        self.host.virsh(verb, str(path), *options)
        path.unlink()

    def fill(self) -> None:
        virsh, images = self.host.virsh, self.host.images
        for name, inside in NETWORKS.items():
            self.give("net-define", name, f"<network><name>{name}</name>{inside}</network>")
        virsh("net-start", "busy")
        virsh("net-autostart", "busy")
        for name in ("used", "unused"):
            virsh("pool-define-as", name, "dir", "--target", str(images / name))
        virsh("pool-build", "used")
        virsh("pool-start", "used")
        virsh("vol-create-as", "used", "old.qcow2", "8M", "--format", "qcow2")
        virsh("vol-create-as", "used", "plain.img", "3M", "--format", "raw")
        virsh("vol-create-as", "used", "top.qcow2", "8M", "--format", "qcow2", "--backing-vol", "old.qcow2",
              "--backing-vol-format", "qcow2")  # fmt: skip
        self.give("nwfilter-define", "own", FILTER)
        self.give("secret-define", "secret", SECRET.format(images / "used" / "old.qcow2"))
        for name in ("runs", "passes"):
            document = qemu_domain(name, images / f"{name}.console")
            self.give("define" if name == "runs" else "create", name, document)
        virsh("start", "runs")
        self.give("define", "stands", IDLE.format("stands", DISK))
        self.give(
            "define", "odd name", IDLE.format("odd name", "<description>é &amp; &lt;more&gt;</description>")
        )
        self.give("define", "paused", IDLE.format("paused", "<on_crash>destroy</on_crash>"))
        virsh("start", "paused", "--paused")
        virsh("autostart", "stands")

    def everything(self) -> str:
        """All that virsh shows, but for our mark."""
        virsh = self.host.virsh
        shown = [virsh(f"{kind}list", "--all") for kind in ("", "net-", "pool-")]
        shown += [virsh("secret-list"), virsh("nwfilter-list"), virsh("vol-list", "used")]
        shown += [virsh("dumpxml", "--inactive", name) for name in ("runs", "stands", "odd name", "paused")]
        shown += [virsh("net-dumpxml", name) for name in NETWORKS]
        return re.sub(r"\s*<metadata>.*?</metadata>", "", "\n".join(shown), flags=re.S)


def test_a_host_that_somebody_filled(empty_host: LibvirtHost, shell: Shell) -> None:
    filled = Filled(empty_host)
    filled.fill()
    before, process = filled.everything(), empty_host.qemu_process("runs")

    assert adopt(shell, empty_host) == 0, shell.err
    assert "passes" in shell.err
    assert "transient" in shell.err
    assert filled.everything() == before
    shell.expect_nothing_to_do()
    shell.apply()
    shell.expect_nothing_to_do()
    settled(empty_host)
    shell.lose_state()
    shell.expect_nothing_to_do("--prune")
    assert filled.everything() == before
    assert empty_host.qemu_process("runs") == process
    assert "passes" in empty_host.virsh("list", "--name").split()

    assert adopt(shell, empty_host, "--only", "Domain/passes") == 0, shell.err
    written = "".join(path.read_text() for path in shell.tree.rglob("passes.*"))
    assert "passes" in written
    assert not re.search(r"alias|vnet|/dev/pts|backingStore|seclabel", written)
    shell.apply()
    shell.expect_nothing_to_do()
    assert "passes" in empty_host.virsh("list", "--persistent", "--name").split()


def test_the_corpus_defined_by_virsh(empty_host: LibvirtHost, shell: Shell) -> None:
    connection = libvirt.open(empty_host.qemu)
    try:
        for _, document in corpus.domains():
            connection.defineXML(document)
        for _, document in corpus.networks():
            connection.networkDefineXML(document)
        for _, document in corpus.pools(str(empty_host.images / "pools")):
            connection.storagePoolDefineXML(document)
    finally:
        connection.close()
    assert adopt(shell, empty_host) == 0, shell.err
    shell.expect_nothing_to_do()


def settled(host: LibvirtHost) -> None:
    """Waits until the guest has given back the memory that it starts with."""
    until = time.monotonic() + 60
    while "<currentMemory unit='KiB'>196608<" not in host.virsh("dumpxml", "runs"):
        assert time.monotonic() < until
        time.sleep(0.2)


def adopt(shell: Shell, host: LibvirtHost, *options: str) -> int:
    """Adopts a host into the shell's tree."""
    return shell.run("adopt", "--host", f"hv1={host.qemu}", "--to", str(shell.tree), *options)

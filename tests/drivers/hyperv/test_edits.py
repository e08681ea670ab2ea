"""Every edit of what is supported is seen, and converged: while the guest runs where the rows of effects say
so, refused until it is stopped where they say that."""

from __future__ import annotations

import pytest

from drivers.base import Host
from drivers.base.errors import Refused
from drivers.base.needed import lifecycle
from drivers.dialects.families import dialect
from drivers.hyperv.wanted import wanted_machine
from drivers.native import machine_document, read_machine
from reconciler.compare import Comparison, compare
from specs.desired import PowerState, StopPolicy
from specs.effect import Effect
from specs.identity import Kind
from tests.support.hyperv.model import HyperVModel
from tests.support.hyperv.shell import open_model
from tests.support.hyperv.specimens import documents

HYPERV = dialect("hyperv")
FORCE = StopPolicy(methods=(), deadline=1, force=True)
DISK = (
    "<disk type='file' device='disk'><source file='E:\\Loose\\disk{}.vhdx'/>"
    "<target dev='{}' bus='{}'/></disk>"
)
NIC = "<interface type='network'><mac address='00:15:5d:00:09:0{}'/><source network='{}'/>{}</interface>"
CD = "<disk type='file' device='cdrom'>{}<target dev='{}' bus='{}'/><readonly/></disk>"
ISO = "<source file='C:\\ISO\\debian.iso'/>"
BASE = {
    "efi": "<domain type='hyperv'><name>web</name><memory unit='MiB'>64</memory><vcpu>2</vcpu>"
    "<os firmware='efi'><type>hvm</type></os><devices>"
    + DISK.format(0, "sda", "scsi") + CD.format("", "sdb", "scsi")
    + NIC.format(1, "lan", "<vlan><tag id='7'/></vlan>")
    + "</devices></domain>",
    "bios": "<domain type='hyperv'><name>web</name><memory unit='MiB'>64</memory><vcpu>2</vcpu>"
    "<os><type>hvm</type><boot dev='hd'/></os><devices>"
    + DISK.format(0, "hda", "ide") + CD.format("", "hdc", "ide") + NIC.format(1, "lan", "")
    + "<serial type='pipe'><source path='\\\\.\\pipe\\a'/><target port='0'/></serial></devices></domain>",
}  # fmt: skip
EDITS = [
    ("efi", "<memory unit='MiB'>64<", "<memory unit='MiB'>128<", True),
    ("efi", "<memory unit='MiB'>64</memory>",
     "<memory unit='MiB'>64</memory><currentMemory unit='MiB'>32</currentMemory>"
     "<memtune><min_guarantee unit='MiB'>32</min_guarantee></memtune>", False),
    ("efi", "<vcpu>2", "<vcpu>3", False),
    ("efi", "<memory", "<description>told</description><memory", True),
    ("efi", "<type>hvm</type>",
     "<type>hvm</type><firmware><feature enabled='no' name='secure-boot'/></firmware>", False),
    ("efi", "</devices>", DISK.format(1, "sdd", "scsi") + "</devices>", True),
    ("efi", DISK.format(0, "sda", "scsi"), "", True),
    ("efi", "disk0.vhdx", "disk2.vhdx", False),
    ("efi", CD.format("", "sdb", "scsi"), CD.format(ISO, "sdb", "scsi"), True),
    ("efi", CD.format("", "sdb", "scsi"), "", False),
    ("efi", "</devices>", NIC.format(2, "wan", "") + "</devices>", True),
    ("efi", NIC.format(1, "lan", "<vlan><tag id='7'/></vlan>"), "", True),
    ("efi", "network='lan'", "network='wan'", True),
    ("efi", "<tag id='7'/>", "<tag id='8'/>", True),
    ("efi", "<vlan><tag", "<vlan trunk='yes'><tag id='9'/><tag", True),
    ("efi", "<target dev='sda' bus='scsi'/>", "<target dev='sda' bus='scsi'/><boot order='1'/>", False),
    ("bios", "<boot dev='hd'/>", "<boot dev='network'/><boot dev='hd'/>", False),
    ("bios", "</devices>", NIC.format(2, "wan", "") + "</devices>", False),
    ("bios", "network='lan'", "network='wan'", True),
    ("bios", "pipe\\a", "pipe\\b", False),
    ("bios", "</devices>", DISK.format(1, "hdb", "ide") + "</devices>", False),
    ("bios", "</devices>", DISK.format(1, "sda", "scsi") + "</devices>", True),
    ("bios", CD.format("", "hdc", "ide"), CD.format(ISO, "hdc", "ide"), True),
]  # fmt: skip


def differences(host: Host, declared: str) -> Comparison:
    """What is still to be done."""
    seen = host.observe.one(Kind.DOMAIN, "web")
    assert seen is not None
    return compare(Kind.DOMAIN, declared, seen.document, None, HYPERV)


@pytest.mark.parametrize(("base", "before", "after", "live"), EDITS)
def test_an_edit_is_seen_and_converged(
    model: HyperVModel, base: str, before: str, after: str, live: bool
) -> None:
    host = open_model(model)
    calls = lifecycle(host)
    calls.define(Kind.DOMAIN, "web", BASE[base])
    calls.start(Kind.DOMAIN, "web")
    assert before in BASE[base]
    declared = BASE[base].replace(before, after)
    found = differences(host, declared)
    assert found.differences
    assert all(each.effect in (Effect.LIVE, Effect.NONE) for each in found.differences) is live
    if not live:
        was = repr(model.machines)
        with pytest.raises(Refused, match="stopped"):
            calls.define(Kind.DOMAIN, "web", found.merged)
        assert repr(model.machines) == was
        calls.stop(Kind.DOMAIN, "web", FORCE)
    calls.define(Kind.DOMAIN, "web", found.merged)
    assert differences(host, declared).differences == ()
    seen = host.observe.one(Kind.DOMAIN, "web")
    assert seen is not None
    assert seen.power is (PowerState.RUNNING if live else PowerState.STOPPED)


def test_the_generation_is_fixed(model: HyperVModel) -> None:
    host = open_model(model)
    lifecycle(host).define(Kind.DOMAIN, "web", BASE["efi"])
    seen = host.observe.one(Kind.DOMAIN, "web")
    assert seen is not None
    bios = f"<os><type>hvm</type></os><uuid>{seen.uuid}</uuid>"
    other = (
        f"<domain type='hyperv'><name>web</name>{bios}<memory unit='MiB'>64</memory><vcpu>2</vcpu></domain>"
    )
    with pytest.raises(Refused, match="fixed when it is made"):
        lifecycle(host).define(Kind.DOMAIN, "web", other)


def test_a_machine_is_one_document() -> None:
    """What is wanted of a document is the same once it was written out and read again."""
    for name, document in documents():
        wanted = wanted_machine(name, document)
        assert read_machine(machine_document(wanted)) == (wanted, ())

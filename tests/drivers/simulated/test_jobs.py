"""What is being done with disks: a simulated host shows it as libvirt does, in the live document."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from drivers.contract.complete import open_complete
from drivers.simulated.store import Store
from specs.identity import Kind

GUEST = (
    "<domain type='kvm'><name>web</name><memory unit='MiB'>64</memory><os><type>hvm</type></os><devices>"
    "<disk type='file'><source file='/a.img'/><target dev='vda' bus='virtio'/></disk></devices></domain>"
)


def test_a_mirror_is_a_copy_of_a_disk(tmp_path: Path) -> None:
    host = open_complete(f"sim://{tmp_path}/host.db?boot=0s", host="default")
    assert host.observe.jobs("web") == ()
    host.lifecycle.define(Kind.DOMAIN, "web", GUEST)
    assert host.observe.jobs("web") == ()
    with Store(tmp_path / "host.db", "default").write() as rows:
        entry = rows.entry(Kind.DOMAIN, "web")
        assert entry is not None
        mirrored = entry.document.replace("<target", "<mirror type='file' job='copy'/><target", 1)
        rows.save(replace(entry, live=mirrored, power="running"))
    assert host.observe.jobs("web") == ("a copy of disk vda",)
    host.close()

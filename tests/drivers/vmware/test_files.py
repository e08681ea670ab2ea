"""Nobody's work is written over, no disk is lost, and what cannot be read is not taken for absent."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from drivers.base import Belonging, KnownDocument
from drivers.base.errors import Refused, Transient, Unsupported
from drivers.contract.complete import CompleteHost
from drivers.vmware.beside import OwnFile, read_beside
from specs.desired import PowerState
from specs.identity import Kind
from tests.drivers.vmware.test_power import DISK, WEB, define, power, running
from tests.support.vmware import DesktopStandIn

MARK = '<vr:owner xmlns:vr="urn:virt-reconcile:1" fleet="acme" digest="0123"/>'


def vmx(desk: DesktopStandIn, name: str = "web") -> Path:
    return desk.machines / name / f"{name}.vmx"


def document(host: CompleteHost) -> str:
    seen = host.observe.one(Kind.DOMAIN, "web")
    assert seen is not None
    return seen.document


def test_what_is_open_in_a_window_is_left_alone(host: CompleteHost, desk: DesktopStandIn) -> None:
    define(host)
    before = vmx(desk).read_bytes()
    vmx(desk).with_suffix(".vmx.lck").mkdir()
    changed = document(host).replace("65536", "131072")
    calls: tuple[Callable[[], None], ...] = (
        lambda: host.lifecycle.define(Kind.DOMAIN, "web", changed),
        lambda: host.lifecycle.undefine(Kind.DOMAIN, "web"),
        lambda: host.lifecycle.rename("web", "other"),
    )
    for call in calls:
        with pytest.raises(Refused, match="open in VMware"):
            call()
    assert vmx(desk).read_bytes() == before


def test_a_running_machine_is_not_changed_but_for_its_mark(host: CompleteHost, desk: DesktopStandIn) -> None:
    running(host)
    before = vmx(desk).read_bytes()
    with pytest.raises(Refused, match="before it is stopped"):
        host.lifecycle.define(Kind.DOMAIN, "web", document(host).replace("65536", "131072"))
    host.lifecycle.define(Kind.DOMAIN, "web", document(host))
    host.lifecycle.set_mark(Kind.DOMAIN, "web", MARK)
    assert MARK in document(host)
    assert vmx(desk).read_bytes() == before


def test_a_saved_memory_goes_on_and_is_lost_only_if_that_is_said(
    host: CompleteHost, desk: DesktopStandIn
) -> None:
    define(host)
    with vmx(desk).open("a") as file:
        file.write('checkpoint.vmState = "web.vmss"\n')
    seen = host.observe.one(Kind.DOMAIN, "web")
    assert seen is not None
    assert (seen.power, seen.saved) == (PowerState.STOPPED, "")
    assert host.observe.lost_with("web") == {Belonging.MANAGED_SAVE: "web.vmss"}
    with pytest.raises(Refused, match="suspended"):
        host.lifecycle.define(Kind.DOMAIN, "web", seen.document.replace("65536", "131072"))
    with pytest.raises(Refused, match="managed save"):
        host.lifecycle.undefine(Kind.DOMAIN, "web")
    host.lifecycle.start(Kind.DOMAIN, "web")
    assert host.observe.lost_with("web") == {}


def test_disks_and_uefi_data_stay_when_a_machine_goes(host: CompleteHost, desk: DesktopStandIn) -> None:
    define(host)
    for name in ("web.vmdk", "web.nvram", "vmware.log"):
        (vmx(desk).parent / name).touch()
    host.lifecycle.set_mark(Kind.DOMAIN, "web", MARK)
    host.lifecycle.undefine(Kind.DOMAIN, "web")
    assert {each.name for each in vmx(desk).parent.iterdir()} == {"web.vmdk", "web.nvram"}
    define(host)
    assert "owner" not in document(host)


def test_what_cannot_be_read_is_a_failure_and_no_absence(host: CompleteHost, desk: DesktopStandIn) -> None:
    define(host)
    shutil.copytree(vmx(desk).parent, desk.machines / "copy")
    (desk.machines / "broken").mkdir()
    vmx(desk, "broken").write_text("what is this\n")
    inventory = host.observe.inventory()
    assert "several machines" in inventory.failures[Kind.DOMAIN, "web"]
    assert "line 1" in inventory.failures[Kind.DOMAIN, "broken"]
    for name in ("web", "broken"):
        with pytest.raises(Refused):
            host.lifecycle.start(Kind.DOMAIN, name)
    tar = desk.programs / "tar"
    tar.write_text("#!/bin/sh\nexit 2\n")
    tar.chmod(0o755)
    with pytest.raises(Transient, match="not all"):
        host.observe.inventory()


def test_a_machine_whose_files_are_as_they_were_is_not_read_again(host: CompleteHost) -> None:
    define(host)
    key = (Kind.DOMAIN, "web")
    seen = host.observe.inventory().objects[key]
    known = KnownDocument(seen.stamp, "<domain><name>web</name></domain>")
    assert host.observe.inventory({key: known}).objects[key].document == known.document
    host.lifecycle.set_mark(Kind.DOMAIN, "web", MARK)
    assert host.observe.inventory({key: known}).objects[key].document != known.document


def test_a_file_keeps_its_encoding_and_its_permissions(host: CompleteHost, desk: DesktopStandIn) -> None:
    define(host)
    text = vmx(desk).read_text().replace("UTF-8", "windows-1252") + 'annotation = "café"\n'
    vmx(desk).write_bytes(text.encode("cp1252"))
    vmx(desk).chmod(0o755)
    host.lifecycle.define(Kind.DOMAIN, "web", document(host).replace("café", "crème"))
    assert 'annotation = "crème"'.encode("cp1252") in vmx(desk).read_bytes()
    assert vmx(desk).stat().st_mode & 0o777 == 0o755
    with pytest.raises(Refused, match="cp1252"):
        host.lifecycle.define(Kind.DOMAIN, "web", document(host).replace("crème", "日本"))


def test_what_vmware_has_not_is_refused_in_the_words_of_the_matrix(host: CompleteHost) -> None:
    for devices, why in (
        ("<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>", "rng"),
        ("<interface type='bridge'><source bridge='br0'/></interface>", "vmnet0"),
        (DISK.replace("vmdk", "qcow2"), "vmdk"),
        (DISK.replace("scsi", "virtio").replace("sda", "vda"), "scsi, sata"),
    ):
        with pytest.raises(Refused, match=why):
            define(host, devices)
    assert host.observe.one(Kind.DOMAIN, "web") is None


def test_names_become_folders_and_stay_names(host: CompleteHost, desk: DesktopStandIn) -> None:
    for name in ("a/b", "../up", "100%"):
        one = WEB.format("").replace(">web<", f">{name}<").replace("3515", f"35{len(name):02}")
        host.lifecycle.define(Kind.DOMAIN, name, one)
        assert host.observe.one(Kind.DOMAIN, name) is not None
    assert all(each.parent == desk.machines for each in desk.machines.iterdir())
    assert not (desk.folder / "up").exists()


def test_our_own_file_says_nothing_where_it_cannot_be_read() -> None:
    own = OwnFile(MARK, True, {"sda": ("pool/web.vmdk", "/pool/web.vmdk")})
    assert read_beside(own.text) == own
    assert read_beside("<beside") == read_beside("") == OwnFile()


def test_images_are_made_by_whichever_program_is_there(host: CompleteHost, desk: DesktopStandIn) -> None:
    pool = f"<pool type='dir'><name>p</name><target><path>{desk.folder}/p</path></target></pool>"
    host.lifecycle.define(Kind.STORAGE_POOL, "p", pool)

    def image(name: str) -> str:
        return f"<volume><name>{name}</name><capacity unit='MiB'>8</capacity></volume>"

    def capacity(name: str) -> str:
        seen = host.observe.one(Kind.VOLUME, name)
        assert seen is not None
        assert 'type="vmdk"' in seen.document
        return seen.document.partition('"bytes">')[2].partition("<")[0]

    host.lifecycle.define(Kind.VOLUME, "p/a.vmdk", image("a.vmdk"))
    host.storage.resize("p/a.vmdk", 16 << 20)
    host.storage.clone("p/b.vmdk", image("b.vmdk"), "p/a.vmdk")
    assert capacity("p/a.vmdk") == capacity("p/b.vmdk") == str(16 << 20)
    disk = "<disk type='volume'><source pool='p' volume='a.vmdk'/><target dev='sda' bus='scsi'/></disk>"
    running(host, disk)
    assert '<source pool="p" volume="a.vmdk"/>' in document(host)
    with pytest.raises(Refused, match="runs with"):
        host.storage.resize("p/a.vmdk", 32 << 20)
    desk.without("vmware-vdiskmanager")
    host.lifecycle.define(Kind.VOLUME, "p/c.vmdk", image("c.vmdk"))  # by qemu-img
    assert capacity("p/c.vmdk") == str(8 << 20)
    with pytest.raises(Unsupported, match="vdiskmanager"):
        host.storage.resize("p/c.vmdk", 16 << 20)
    assert power(host) is PowerState.RUNNING

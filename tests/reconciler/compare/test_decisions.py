"""The rules of the three-way decision, one by one."""

from __future__ import annotations

from reconciler.compare import Base, compare
from reconciler.compare.model import Cause, Note
from specs.identity import Kind
from tests.reconciler.compare.support import QEMU, disk, domain, facts, judged, nic, paths

MAC = "52:54:00:00:00:01"


def test_the_same_document_has_no_difference() -> None:
    found = judged(domain(), domain(), Base(domain(), domain()))
    assert found.differences == ()
    assert found.rewritten == ()
    assert found.merged == domain()


def test_a_changed_file_is_edited() -> None:
    old, new = domain("<title>old</title>"), domain("<title>new</title>")
    assert facts(judged(new, old, Base(old, old))) == [("title", "new", "old", Cause.EDITED)]


def test_a_changed_host_is_drifted() -> None:
    ours, theirs = domain("<title>ours</title>"), domain("<title>theirs</title>")
    assert facts(judged(ours, theirs, Base(ours, ours))) == [("title", "ours", "theirs", Cause.DRIFTED)]


def test_a_file_and_a_host_that_both_changed_are_edited() -> None:
    new, old, theirs = (domain(f"<title>{title}</title>") for title in ("new", "old", "theirs"))
    assert facts(judged(new, theirs, Base(old, old))) == [("title", "new", "theirs", Cause.EDITED)]


def test_a_file_that_follows_the_host_is_no_difference() -> None:
    old, new = domain("<title>old</title>"), domain("<title>new</title>")
    assert judged(new, new, Base(old, old)).differences == ()


def test_a_value_that_the_hypervisor_keeps_in_another_form_is_a_note() -> None:
    given, kept = domain("<on_crash>preserve</on_crash>"), domain("<on_crash>destroy</on_crash>")
    found = judged(given, kept, Base(given, kept))
    assert found.differences == ()
    assert found.rewritten == (Note("on_crash", "preserve", "destroy"),)


def test_an_element_that_the_hypervisor_drops_is_a_note() -> None:
    given = domain("<bootloader_args>-v</bootloader_args>")
    found = judged(given, domain(), Base(given, domain()))
    assert found.differences == ()
    assert found.rewritten == (Note("bootloader_args", "-v", None),)


def test_a_rewritten_value_that_changes_again_is_drift() -> None:
    given, kept = domain("<on_crash>preserve</on_crash>"), domain("<on_crash>destroy</on_crash>")
    found = judged(given, domain("<on_crash>restart</on_crash>"), Base(given, kept))
    assert facts(found) == [("on_crash", "preserve", "restart", Cause.DRIFTED)]


def test_a_rewritten_value_that_is_edited_is_a_difference() -> None:
    given, kept = domain("<on_crash>preserve</on_crash>"), domain("<on_crash>destroy</on_crash>")
    found = judged(domain("<on_crash>restart</on_crash>"), kept, Base(given, kept))
    assert facts(found) == [("on_crash", "restart", "destroy", Cause.EDITED)]


def test_an_element_that_is_no_longer_declared_is_removed() -> None:
    old = domain("<title>shop</title>")
    found = judged(domain(), old, Base(old, old))
    assert facts(found) == [("title", None, "shop", Cause.EDITED)]
    assert "title" not in found.merged


def test_an_attribute_that_is_no_longer_declared_is_removed() -> None:
    before = domain(devices=disk("vda", "/a", "<driver name='qemu' cache='none'/>"))
    after = domain(devices=disk("vda", "/a", "<driver name='qemu'/>"))
    found = judged(after, before, Base(before, before))
    assert facts(found) == [("devices/disk[vda]/driver/@cache", None, "none", Cause.EDITED)]
    assert "cache" not in found.merged


def test_a_device_that_is_no_longer_declared_is_removed() -> None:
    old = domain(devices=disk("vda", "/a") + disk("vdb", "/b"))
    new = domain(devices=disk("vda", "/a"))
    found = judged(new, old, Base(old, old))
    assert [(d.path, d.cause) for d in found.differences] == [("devices/disk[vdb]", Cause.EDITED)]
    assert "/b" not in found.merged
    assert "/a" in found.merged


def test_a_default_of_the_hypervisor_is_no_difference() -> None:
    kept = domain("<on_crash>destroy</on_crash>", "<memballoon model='virtio'/>")
    assert judged(domain(), kept, Base(domain(), kept)).differences == ()
    assert judged(domain(), kept).differences == ()


def test_a_default_that_somebody_changed_is_drift() -> None:
    kept, theirs = domain("<on_crash>destroy</on_crash>"), domain("<on_crash>restart</on_crash>")
    found = judged(domain(), theirs, Base(domain(), kept))
    assert facts(found) == [("on_crash", "destroy", "restart", Cause.DRIFTED)]
    assert "<on_crash>destroy" in found.merged


def test_something_that_somebody_added_is_drift() -> None:
    theirs = domain("<description>mine</description>", disk("vdb", "/b"))
    found = judged(domain(), theirs, Base(domain(), domain()))
    assert {(d.path, d.cause) for d in found.differences} == {
        ("description", Cause.DRIFTED),
        ("devices/disk[vdb]", Cause.DRIFTED),
    }
    assert "/b" not in found.merged


def test_a_default_device_that_somebody_removed_is_drift() -> None:
    kept = domain(devices="<memballoon model='virtio'/>")
    found = judged(domain(), domain(), Base(domain(), kept))
    assert [(d.path, d.cause) for d in found.differences] == [("devices/memballoon", Cause.DRIFTED)]
    assert "memballoon" in found.merged


def test_a_declared_device_that_somebody_removed_is_drift_and_comes_back_as_it_was() -> None:
    given = domain(devices=nic("lan"))
    kept = domain(devices=nic("lan", MAC, "<address type='pci' slot='0x03'/>"))
    found = judged(given, domain(), Base(given, kept))
    assert [d.cause for d in found.differences] == [Cause.DRIFTED]
    assert MAC in found.merged
    assert "0x03" in found.merged


def test_after_an_upgrade_new_defaults_are_no_drift() -> None:
    kept = domain("<on_crash>destroy</on_crash>")
    upgraded = domain(
        "<on_crash k='new'>destroy</on_crash><on_reboot>restart</on_reboot>", "<watchdog model='itco'/>"
    )
    assert judged(domain(), upgraded, Base(domain(), kept, same_version=False)).differences == ()


def test_an_upgrade_changes_and_removes_nothing_so_that_is_drift() -> None:
    kept = domain("<on_crash>destroy</on_crash>", "<memballoon model='virtio'/>")
    seen = domain("<on_crash>restart</on_crash>")
    found = judged(domain(), seen, Base(domain(), kept, same_version=False))
    assert {(d.path, d.cause) for d in found.differences} == {
        ("on_crash", Cause.DRIFTED),
        ("devices/memballoon", Cause.DRIFTED),
    }


def test_what_was_dropped_but_for_a_bare_element_is_kept_in_no_form() -> None:
    given, kept = domain("<idmap><uid start='0'/></idmap>"), domain("<idmap/>")
    found = judged(given, domain(), Base(given, kept))
    assert (found.differences, [note.path for note in found.rewritten]) == ((), ["idmap"])


def test_after_an_upgrade_a_declared_value_that_differs_is_a_difference() -> None:
    given, upgraded = domain("<on_crash>destroy</on_crash>"), domain("<on_crash>restart</on_crash>")
    assert paths(judged(given, upgraded, Base(given, given, same_version=False))) == ["on_crash"]


def test_after_an_upgrade_a_foreign_disk_is_drift() -> None:
    upgraded = domain(devices=disk("vdb", "/b"))
    found = judged(domain(), upgraded, Base(domain(), domain(), same_version=False))
    assert paths(found) == ["devices/disk[vdb]"]


def test_without_a_record_devices_that_only_people_add_are_differences() -> None:
    found = judged(domain(), domain(devices=disk("vdb", "/b") + nic("lan", MAC)))
    assert {(d.path, d.cause) for d in found.differences} == {
        ("devices/disk[vdb]", Cause.ADOPTED),
        (f"devices/interface[{MAC}]", Cause.ADOPTED),
    }


def test_without_a_record_implicit_devices_are_no_differences() -> None:
    implicit = "<controller type='usb' index='0'/><input type='mouse' bus='ps2'/><console type='pty'/>"
    assert judged(domain(), domain(devices=implicit)).differences == ()


def test_without_a_record_the_caller_names_the_cause() -> None:
    found = compare(
        Kind.DOMAIN, domain("<title>a</title>"), domain("<title>b</title>"), None, QEMU, unrecorded=Cause.NEW
    )
    assert [d.cause for d in found.differences] == [Cause.NEW]


def test_the_default_of_an_attribute_that_is_declared_is_seen_without_a_record() -> None:
    down = nic("lan", MAC, "<link state='down'/>")
    found = judged(domain(devices=nic("lan", MAC, "<link state='up'/>")), domain(devices=down))
    assert facts(found) == [(f"devices/interface[{MAC}]/link/@state", "up", "down", Cause.ADOPTED)]


def test_a_default_that_is_declared_and_left_unsaid_is_no_difference() -> None:
    given = domain(devices=nic("lan", MAC, "<link state='up'/>"))
    assert judged(given, domain(devices=nic("lan", MAC))).differences == ()


def test_a_default_that_is_no_longer_declared_is_no_difference() -> None:
    given, now = domain(devices=nic("lan", MAC, "<link state='up'/>")), domain(devices=nic("lan", MAC))
    assert judged(now, now, Base(given, now)).differences == ()


def test_the_ownership_mark_is_no_difference() -> None:
    mark = "<metadata><m:owner xmlns:m='urn:virt-reconcile:1' fleet='a' digest='b'/></metadata>"
    assert judged(domain(), domain(mark), Base(domain(), domain())).differences == ()
    assert judged(domain(), domain(), Base(domain(), domain(mark))).differences == ()


def test_metadata_of_others_is_left_alone_and_ours_is_seen() -> None:
    theirs = "<metadata><o:x xmlns:o='urn:other'>1</o:x></metadata>"
    assert judged(domain(), domain(theirs), Base(domain(), domain())).differences == ()
    assert paths(judged(domain(theirs), domain())) != []

"""No machine changes for ever: what was defined is read back so, and every edit is seen and made."""

from __future__ import annotations

import pytest

from drivers.base.errors import Refused
from drivers.contract.complete import CompleteHost
from drivers.dialects import dialect
from drivers.native.machine import machine_document, read_machine
from reconciler.compare import compare
from reconciler.compare.model import Base, Effect
from specs.desired import PowerState, StopPolicy
from specs.identity import Kind
from tests.drivers.vsphere.documents import EDITED, EDITS, LIVE, VARIED, VOLUMES, machine
from tests.support.vsphere import VsphereServer

pytestmark = pytest.mark.real

DIALECT = dialect("vsphere")
FORCE = StopPolicy(methods=(), deadline=5, force=True)
VOLUME = "<volume><name>{}</name><capacity unit='MiB'>8</capacity></volume>"


@pytest.fixture(scope="module", autouse=True)
def stored(server: VsphereServer) -> None:
    host = server.open("?cluster=DC0_C0&datastore=LocalDS_0")
    assert host.lifecycle is not None
    for name in VOLUMES:
        host.lifecycle.define(Kind.VOLUME, f"LocalDS_0/{name}", VOLUME.format(name))
    host.close()


def read(host: CompleteHost, name: str) -> str:
    seen = host.observe.one(Kind.DOMAIN, name)
    assert seen is not None
    return seen.document


def test_what_was_defined_needs_nothing_more(host: CompleteHost) -> None:
    assert len(VARIED) >= 40
    documents = {f"m{at}": machine(at, **parts) for at, parts in enumerate(VARIED)}
    for name, document in documents.items():
        if "cd.iso" in document:
            document = document.replace(" volume='cd.iso'", " volume='v1.vmdk'")
            documents[name] = document
        host.lifecycle.define(Kind.DOMAIN, name, document)
    seen = host.observe.inventory()
    for name, document in documents.items():
        observed = seen.objects[Kind.DOMAIN, name]
        found = compare(Kind.DOMAIN, document, observed.document, None, DIALECT).differences
        assert not found, (name, found, observed.document)
        assert host.observe.one(Kind.DOMAIN, name) == observed
        again, unknown = read_machine(observed.document)
        assert (machine_document(again), unknown) == (observed.document, ())
        host.lifecycle.define(Kind.DOMAIN, name, observed.document)
    assert host.observe.inventory() == seen  # nothing was changed by defining it again
    for name in documents:
        host.lifecycle.undefine(Kind.DOMAIN, name)
    assert not [key for key in host.observe.inventory().objects if key[0] is Kind.DOMAIN]
    left = {name for kind, name in host.observe.inventory().objects if kind is Kind.VOLUME}
    assert {f"LocalDS_0/{name}" for name in VOLUMES} <= left, "a disk went with its machine"


def test_every_edit_is_seen_and_made(host: CompleteHost) -> None:
    host.lifecycle.define(Kind.DOMAIN, "m90", EDITED)
    for running in (False, True):
        for field, old, new in EDITS:
            edited = EDITED.replace(old, new, 1)
            assert edited != EDITED, field
            before = read(host, "m90")
            change = compare(Kind.DOMAIN, edited, before, Base(EDITED, before), DIALECT)
            assert change.differences, field
            live = all(each.effect in (Effect.LIVE, Effect.NONE) for each in change.differences)
            assert live is (field in LIVE), (field, change.differences)
            if running and not live:
                with pytest.raises(Refused, match="has to be off"):
                    host.lifecycle.define(Kind.DOMAIN, "m90", change.merged)
                assert read(host, "m90") == before
                continue
            host.lifecycle.define(Kind.DOMAIN, "m90", change.merged)
            after = read(host, "m90")
            assert not compare(Kind.DOMAIN, edited, after, None, DIALECT).differences, field
            back = compare(Kind.DOMAIN, EDITED, after, Base(edited, after), DIALECT)
            host.lifecycle.define(Kind.DOMAIN, "m90", back.merged)
            assert not compare(Kind.DOMAIN, EDITED, read(host, "m90"), None, DIALECT).differences, field
        if not running:
            host.lifecycle.start(Kind.DOMAIN, "m90")
    seen = host.observe.one(Kind.DOMAIN, "m90")
    assert seen is not None
    assert seen.power is PowerState.RUNNING
    host.lifecycle.stop(Kind.DOMAIN, "m90", FORCE)
    host.lifecycle.undefine(Kind.DOMAIN, "m90")


def test_volumes_grow_are_copied_and_go_only_while_nobody_has_them(host: CompleteHost) -> None:
    host.lifecycle.define(Kind.DOMAIN, "m91", EDITED.replace("m90", "m91"))
    disk = "LocalDS_0/v1.vmdk"
    with pytest.raises(Refused, match="m91"):
        host.lifecycle.undefine(Kind.VOLUME, disk)
    host.lifecycle.undefine(Kind.DOMAIN, "m91")
    host.storage.resize(disk, 16 << 20)
    host.storage.clone("LocalDS_1/copy.vmdk", VOLUME.format("copy.vmdk").replace(">8<", ">32<"), disk)
    seen = host.observe.inventory().objects
    assert f">{16 << 20}<" in seen[Kind.VOLUME, disk].document
    assert f">{32 << 20}<" in seen[Kind.VOLUME, "LocalDS_1/copy.vmdk"].document
    with pytest.raises(Refused):
        host.storage.resize(disk, 8 << 20)
    host.lifecycle.undefine(Kind.VOLUME, "LocalDS_1/copy.vmdk")

"""A mark belongs to one domain: copies have none, and what was renamed is told."""

from __future__ import annotations

import re

from specs.identity import Kind
from tests.reconciler.cli.lab import Lab


def _dump(lab: Lab, name: str) -> str:
    driver = lab.driver()
    seen = driver.observe.one(Kind.DOMAIN, name)
    driver.close()
    assert seen is not None
    return seen.document


def _define(lab: Lab, name: str, document: str) -> None:
    driver = lab.driver()
    driver.lifecycle.define(Kind.DOMAIN, name, document)
    driver.close()


def _copied(document: str, name: str) -> str:
    """As `virsh dumpxml`, another name, no UUID, `virsh define` make it."""
    other = re.sub(r"<uuid>.*?</uuid>", "<uuid>99999999-0000-4000-8000-000000000009</uuid>", document)
    return re.sub(r"<mac address=.*?/>", "", other).replace("<name>web</name>", f"<name>{name}</name>", 1)


def test_a_copy_is_never_pruned(shop: Lab) -> None:
    shop.applied()
    _define(shop, "copy", _copied(_dump(shop, "web"), "copy"))
    said = shop("apply", "TREE", "--yes", "--prune")
    assert said.code == 0, said.err
    assert "copy" in shop.domains()
    said = shop("destroy", "TREE", "--yes")
    assert said.code == 0, said.err
    assert shop.domains() == {"copy": "stopped"}


def test_a_copy_that_is_declared_is_adopted(shop: Lab) -> None:
    shop.applied()
    _define(shop, "copy", _copied(_dump(shop, "web"), "copy"))
    shop.guest("copy", state="stopped")
    said = shop("plan", "TREE")
    assert "Domain/copy" in said.out
    assert "adopt" in said.out
    shop.applied()
    shop.assert_converged()
    assert 'name="copy"' in _dump(shop, "copy")
    assert (
        "99999999-0000-4000-8000-000000000009"
        in re.findall(r'<vr:owner[^>]*uuid="([^"]*)"', _dump(shop, "copy"))[-1]
    )


def test_a_renamed_guest_is_told_and_neither_made_anew_nor_pruned(shop: Lab) -> None:
    shop.guest("db", state="stopped")
    shop.applied()
    document = _dump(shop, "db")
    driver = shop.driver()
    driver.lifecycle.undefine(Kind.DOMAIN, "db")
    driver.lifecycle.define(
        Kind.DOMAIN, "renamed", document.replace("<name>db</name>", "<name>renamed</name>", 1)
    )
    driver.close()
    for options in ((), ("--prune",)):
        said = shop("apply", "TREE", "--yes", *options)
        assert said.code == 1
        assert "it was renamed on hv1 and is called 'renamed' there" in said.out + said.err
        assert shop.domains() == {"web": "running", "renamed": "stopped"}
    (shop.tree / "db.yaml").unlink()
    said = shop("apply", "TREE", "--yes", "--prune")
    assert "it was called 'db' when it was last applied" in said.out
    assert shop.domains() == {"web": "running", "renamed": "stopped"}
    shop.guest("renamed", state="stopped")
    shop.applied()
    shop.assert_converged()
    assert 'name="renamed"' in _dump(shop, "renamed")


def test_another_guest_of_the_same_name_without_a_mark_is_left_alone(shop: Lab) -> None:
    """Ours was removed by somebody who then made one of their own."""
    shop.guest("db", state="stopped")
    shop.applied()
    driver = shop.driver()
    driver.lifecycle.undefine(Kind.DOMAIN, "db")
    driver.lifecycle.define(
        Kind.DOMAIN,
        "db",
        "<domain type='kvm'><name>db</name><uuid>99999999-0000-4000-8000-000000000009</uuid>"
        "<memory>65536</memory><os><type>hvm</type></os></domain>",
    )
    driver.close()
    before = _dump(shop, "db")
    said = shop("apply", "TREE", "--yes")
    assert said.code == 1
    assert "another guest of this name stands in the place of ours" in said.out
    assert _dump(shop, "db") == before
    text = (shop.tree / "db.yaml").read_text().rstrip()
    uuid = "<domain><uuid>99999999-0000-4000-8000-000000000009</uuid></domain>"
    shop.write("db.yaml", text.removesuffix("}") + f', xml: "{uuid}"}}\n')
    shop.applied()
    shop.assert_converged()


def test_a_fleet_of_the_same_name_is_another_by_its_uuid(lab: Lab) -> None:
    lab.guest("web")
    lab.fleet(uuid="11111111-1111-4111-8111-111111111111")
    lab.applied()
    lab.fleet(uuid="22222222-2222-4222-8222-222222222222")
    for file in (lab.tree / ".virt-reconcile").iterdir():
        file.unlink()
    said = lab("apply", "TREE", "--yes")
    assert said.code == 1
    assert "belongs to the fleet 'shop' of the same name and another UUID" in said.out
    (lab.tree / "web.yaml").unlink()
    lab.guest("other")
    assert lab("apply", "TREE", "--yes", "--prune").code == 0
    assert lab.domains() == {"web": "running", "other": "running"}


def test_an_older_mark_is_brought_up_to_date(shop: Lab) -> None:
    shop.applied()
    driver = shop.driver()
    driver.lifecycle.set_mark(
        Kind.DOMAIN, "web", "<vr:owner xmlns:vr='urn:virt-reconcile:1' fleet='shop' digest='d'/>"
    )
    driver.close()
    shop.applied()
    shop.assert_converged()
    assert 'name="web"' in _dump(shop, "web")

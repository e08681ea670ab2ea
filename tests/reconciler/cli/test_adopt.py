"""adopt: planning what it wrote is empty."""

from __future__ import annotations

import pytest
import yaml

from specs.identity import Kind
from tests.reconciler.cli.lab import GUEST, UUID, Lab

EVERYTHING = """
apiVersion: virt-reconcile/v1
kind: StoragePool
metadata: {name: images}
spec: {target: /srv/images}
---
apiVersion: virt-reconcile/v1
kind: StoragePool
metadata: {name: idle}
spec: {target: /srv/idle, state: inactive, autostart: false}
---
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {name: web.qcow2}
spec: {pool: images, capacity: 5GiB}
---
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {name: data.img}
spec: {pool: images, capacity: 3GiB, format: raw}
---
apiVersion: virt-reconcile/v1
kind: Network
metadata: {name: lan}
spec: {forward: nat, ips: [{address: 10.1.0.1/24, dhcp: {ranges: [{start: 10.1.0.10, end: 10.1.0.99}]}}]}
---
apiVersion: virt-reconcile/v1
kind: Network
metadata: {name: dark}
spec: {state: inactive, autostart: false, ips: [{address: 10.2.0.1/24}]}
---
apiVersion: virt-reconcile/v1
kind: NetworkFilter
metadata: {name: quiet}
spec: {rules: [{action: drop, direction: in}]}
---
apiVersion: virt-reconcile/v1
kind: Secret
metadata: {name: key}
spec: {usage: {type: ceph}, value: {env: VR_SHOP_KEY}}
---
apiVersion: virt-reconcile/v1
kind: Secret
metadata: {name: disk}
spec: {usage: {type: volume, id: /srv/images/web.qcow2}, private: true}
---
apiVersion: virt-reconcile/v1
kind: Secret
metadata: {name: second}
spec: {usage: {type: iscsi, id: key}}
---
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {name: web}
spec:
  memory: 1GiB
  autostart: true
  description: the shop's face
  disks: [{volume: {pool: images, name: web.qcow2}}, {volume: {pool: images, name: data.img}}]
  interfaces: [{network: lan, filter: quiet}]
---
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {name: db}
spec: {memory: 2GiB, vcpus: 2, state: paused}
---
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {name: spare}
spec: {memory: 512MiB, state: stopped, firmware: uefi}
"""


@pytest.fixture
def full(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A host with something of every kind, in every power state."""
    monkeypatch.setenv("VR_SHOP_KEY", "value")
    lab.write("all.yaml", EVERYTHING)
    lab.applied()
    return lab


def test_planning_what_was_adopted_is_empty(full: Lab) -> None:
    folder = str(full.path / "adopted")
    said = full("adopt", "--host", f"lab={full.uri()}", "--to", folder)
    assert said.code == 0, said.err
    assert full("validate", folder).code == 0
    planned = full("plan", folder, "--detailed-exitcode")
    assert planned.code == 0, planned.out
    before = full.driver().observe.inventory().objects
    applied = full("apply", folder, "--yes")
    assert applied.code == 0, applied.err
    after = full.driver().observe.inventory().objects
    assert {k: (o.power, o.autostart) for k, o in before.items()} == {
        k: (o.power, o.autostart) for k, o in after.items()
    }
    assert full("plan", folder, "--detailed-exitcode").code == 0


def test_a_host_of_nobody_is_adopted_and_marked(full: Lab) -> None:
    """Defined by hand, so without a mark."""
    for kind, name in [(Kind.DOMAIN, "hand made"), (Kind.DOMAIN, "hand_made"), (Kind.DOMAIN, "grün")]:
        driver = full.driver()
        driver.lifecycle.define(
            kind,
            name,
            f"<domain type='kvm'><name>{name}</name><memory>1024</memory><os><type>hvm</type></os></domain>",
        )
        driver.close()
    folder = str(full.path / "adopted")
    assert full("adopt", "--host", full.uri(), "--to", folder).code == 0
    planned = full("plan", folder, "--detailed-exitcode")
    assert planned.code == 0, planned.out + planned.err
    assert "3 to adopt" in planned.out
    assert full("apply", folder, "--yes").code == 0
    assert full("status", folder, "-o", "json").code == 0


def test_adopt_changes_nothing_on_the_host(full: Lab) -> None:
    before = (full.path / "sim.db").read_bytes()
    assert full("adopt", "--host", full.uri(), "--to", str(full.path / "adopted")).code == 0
    assert (full.path / "sim.db").read_bytes() == before


def test_what_is_declared_already_is_left_as_it_is(full: Lab) -> None:
    folder = full.path / "adopted"
    full("adopt", "--host", full.uri(), "--to", str(folder))
    before = {p: p.stat().st_mtime_ns for p in folder.rglob("*")}
    said = full("adopt", "--host", full.uri(), "--to", str(folder))
    assert said.code == 0
    assert "Domain/web: it is declared already (sim/domains/web.yaml:2:1)" in said.err
    assert said.out == "nothing to write\n"
    assert {p: p.stat().st_mtime_ns for p in folder.rglob("*")} == before


def test_what_was_added_since_joins_the_files(full: Lab) -> None:
    folder = full.path / "adopted"
    full("adopt", "--host", f"lab={full.uri()}", "--to", str(folder))
    (folder / "lab" / "domains" / "new.yaml").write_text("# somebody's notes\n")
    define(full, "new", "<interface type='network'><source network='lan'/></interface>")
    said = full("adopt", "--host", full.uri(), "--to", str(folder))
    assert said.out.startswith("wrote 1 file")
    (written,) = (folder / "lab" / "domains").glob("new-*.yaml")
    assert yaml.safe_load(written.read_text())["spec"]["interfaces"][0]["network"] == "lan"
    assert "1 to adopt" in full("plan", str(folder)).out


def test_one_guest_only_and_the_rest_is_external(full: Lab) -> None:
    folder = full.path / "adopted"
    said = full("adopt", "--host", f"lab={full.uri()}", "--to", str(folder), "--only", "Domain/web")
    assert said.code == 0, said.err
    assert "external in fleet.yaml" in said.err
    written = {str(p.relative_to(folder)) for p in folder.rglob("*.*ml") if p.is_file()}
    assert written == {"fleet.yaml", "lab/host.yaml", "lab/domains/web.yaml"}
    fleet = yaml.safe_load((folder / "fleet.yaml").read_text())["spec"]
    assert fleet["external"] == {"filters": ["quiet"], "networks": ["lan"], "pools": ["images"]}
    assert full("plan", str(folder), "--detailed-exitcode").code == 0
    assert full("adopt", "--host", full.uri(), "--to", str(folder)).code == 0
    assert not (folder / "lab" / "networks" / "lan.yaml").exists()
    assert (folder / "lab" / "networks" / "dark.yaml").exists()


def test_only_what_is_there_can_be_selected(full: Lab) -> None:
    folder = full.path / "adopted"
    said = full("adopt", "--host", full.uri(), "--to", str(folder), "--only", "Domain/wbe")
    assert said.code == 1
    assert "nothing that --only Domain/wbe selects" in said.err
    assert not folder.exists()


def test_into_a_tree_whose_fleet_does_not_know_what_a_guest_refers_to(lab: Lab) -> None:
    lab.applied()
    define(lab, "new", "<interface type='network'><source network='lan'/></interface>")
    driver = lab.driver()
    driver.lifecycle.define(Kind.NETWORK, "lan", "<network><name>lan</name></network>")
    driver.close()
    said = lab("adopt", "--host", lab.uri(), "--to", str(lab.tree), "--only", "Domain/new")
    assert said.code == 0, said.err
    assert "Domain/new is written as XML" in said.err
    assert "1 to adopt" in lab("plan", "TREE").out


def test_files_that_would_make_a_tree_invalid_are_taken_back(lab: Lab) -> None:
    """With a second host, every document has to say which one it means."""
    lab.write("web.yaml", GUEST.format(name="web", memory="1GiB", state="running", host="hv1"))
    lab.write("db.yaml", (lab.tree / "web.yaml").read_text().replace("web", "db").replace(", host: hv1", ""))
    before = {p: p.read_text() for p in lab.tree.rglob("*.yaml")}
    said = lab("adopt", "--host", f"two={lab.uri('two')}", "--to", str(lab.tree))
    assert said.code == 1
    assert "nothing was written" in said.err
    assert "'host' is missing" in said.err
    assert {p: p.read_text() for p in lab.tree.rglob("*.yaml")} == before
    assert not (lab.tree / "two").exists()


def test_a_host_goes_by_the_name_that_the_tree_has_for_it(lab: Lab) -> None:
    define(lab, "new")
    assert lab("adopt", "--host", lab.uri(), "--to", str(lab.tree)).code == 0
    assert (lab.tree / "hv1" / "domains" / "new.yaml").exists()
    other = lab("adopt", "--host", f"mine={lab.uri()}", "--to", str(lab.tree))
    assert "the tree calls that host 'hv1'" in other.err
    taken = lab("adopt", "--host", f"hv1={lab.uri('two')}", "--to", str(lab.tree))
    assert "the tree's Host 'hv1' is another" in taken.err


def test_a_guest_of_another_fleet_is_taken_over_by_name(full: Lab) -> None:
    folder = full.path / "taken"
    given = (
        "adopt",
        "--host",
        f"lab={full.uri()}",
        "--to",
        str(folder),
        "--take-over",
        "--only",
        "Domain/d*",
    )
    asked = full(*given)
    assert asked.code == 1
    assert f"takes from the fleet 'shop' ({UUID}) into 'taken': db" in asked.err
    assert not folder.exists()
    said = full(*given, "--yes")
    assert said.code == 0, said.err
    assert "taken over: Domain/db" in said.err
    assert full("plan", str(folder), "--detailed-exitcode").out.count("No changes") == 1
    assert "belongs to the fleet 'taken'" in full("plan", "TREE").out


def test_a_guest_that_is_declared_is_taken_over_without_a_file(full: Lab) -> None:
    tree = full.path / "rival"
    full("adopt", "--host", f"lab={full.uri()}", "--to", str(tree), "--only", "Domain/db")
    fleet = (tree / "fleet.yaml").read_text()
    (tree / "fleet.yaml").write_text(fleet.replace("shop", "rival").replace(UUID, UUID.replace("5c", "6d")))
    assert "belongs to the fleet 'shop'" in full("plan", str(tree)).out
    said = full(
        "adopt", "--host", full.uri(), "--to", str(tree), "--take-over", "--only", "Domain/db", "--yes"
    )
    assert said.out == "nothing to write\n"
    assert "taken over: Domain/db" in said.err
    assert full("plan", str(tree), "--detailed-exitcode").code == 0


def define(lab: Lab, name: str, devices: str = "") -> None:
    driver = lab.driver()
    document = (
        f"<domain type='kvm'><name>{name}</name><memory>1024</memory><os><type>hvm</type></os>"
        f"<devices>{devices}</devices></domain>"
    )
    driver.lifecycle.define(Kind.DOMAIN, name, document)
    driver.close()


def test_two_hosts_are_adopted_into_one_tree(full: Lab) -> None:
    full.guest("other")
    assert (
        full(
            "apply",
            "TREE",
            "--yes",
            "--only",
            "Domain/other",
            "--host",
            f"hv1={full.uri('two')}",
            "--accept-host",
            "hv1",
        ).code
        == 0
    )
    folder = str(full.path / "adopted")
    assert full("adopt", "--host", f"one={full.uri()}", "--to", folder).code == 0
    said = full("adopt", "--host", f"two={full.uri('two')}", "--to", folder)
    assert said.code == 0, said.err
    planned = full("plan", folder, "--detailed-exitcode")
    assert planned.code == 0, planned.out + planned.err


def test_json_lists_the_files(full: Lab) -> None:
    said = full("adopt", "--host", f"lab={full.uri()}", "--to", str(full.path / "adopted"), "-o", "json")
    assert said.json["format_version"] == 1
    written = {
        str(p.relative_to(full.path / "adopted"))
        for p in (full.path / "adopted").rglob("*.*ml")
        if p.is_file()
    }
    assert set(said.json["files"]) == written


def test_an_unreachable_host_is_told(lab: Lab) -> None:
    said = lab("adopt", "--host", "sim:///nowhere/sim.db", "--to", str(lab.path / "adopted"))
    assert said.code == 1
    assert "cannot open /nowhere/sim.db" in said.err
    assert not (lab.path / "adopted").exists()


def test_another_fleets_guests_are_left_out(full: Lab) -> None:
    """What two fleets own is no one tree's; the tree that the files join says which fleet it is."""
    folder = full.path / "adopted"
    folder.mkdir()
    (folder / "fleet.yaml").write_text(
        "apiVersion: virt-reconcile/v1\nkind: Fleet\nmetadata: {name: rival}\n"
    )
    said = full("adopt", "--host", f"lab={full.uri()}", "--to", str(folder))
    assert said.code == 0
    assert "left out: Domain/web: it belongs to the fleet 'shop'" in said.err
    assert not list(folder.rglob("web.yaml"))
    assert full("plan", str(folder), "--detailed-exitcode").code == 0


def test_what_libvirt_ships_is_left_out_and_what_only_sounds_like_it_is_not(lab: Lab) -> None:
    driver = lab.driver()
    driver.lifecycle.define(Kind.NETWORK_FILTER, "no-smoking", "<filter name='no-smoking' chain='root'/>")
    driver.close()
    folder = lab.path / "adopted"
    assert lab("adopt", "--host", f"lab={lab.uri()}", "--to", str(folder)).code == 0
    assert [p.name for p in (folder / "lab" / "filters").glob("*.yaml")] == ["no-smoking.yaml"]


def test_a_half_filled_volume_is_left_out_and_so_is_what_marks_it(lab: Lab) -> None:
    driver = lab.driver()
    driver.lifecycle.define(
        Kind.STORAGE_POOL,
        "images",
        "<pool type='dir'><name>images</name><target><path>/srv/images</path></target></pool>",
    )
    driver.lifecycle.build_pool("images")
    driver.lifecycle.start(Kind.STORAGE_POOL, "images")
    for name in (
        "base.img",
        "base.img.0123456789abcdef.filling",
        "gone.img.filling",
        "filling",
        "whole.img",
        "whole.img.filling",
    ):
        document = f"<volume><name>{name}</name><capacity>1024</capacity></volume>"
        driver.lifecycle.define(Kind.VOLUME, f"images/{name}", document)
    driver.close()
    folder = lab.path / "adopted"
    assert lab("adopt", "--host", f"lab={lab.uri()}", "--to", str(folder)).code == 0
    written = {p.name for p in (folder / "lab" / "volumes").glob("*.yaml")}
    assert written == {"images_filling.yaml", "images_whole.img.yaml"}
    assert lab("plan", str(folder), "--detailed-exitcode").code == 0


def test_what_fields_can_say_is_typed_and_the_rest_is_an_overlay(full: Lab) -> None:
    folder = full.path / "adopted"
    assert full("adopt", "--host", f"lab={full.uri()}", "--to", str(folder)).code == 0
    assert not list(folder.rglob("*.xml"))
    spec = yaml.safe_load((folder / "lab" / "domains" / "web.yaml").read_text())["spec"]
    assert spec["memory"] == "1GiB"
    assert [disk["volume"]["name"] for disk in spec["disks"]] == ["web.qcow2", "data.img"]
    assert spec["interfaces"][0]["filter"] == "quiet"
    assert spec["xml"].startswith("<domain>\n")
    assert "web.qcow2" not in spec["xml"]
    volume = yaml.safe_load((folder / "lab" / "volumes" / "images_web.qcow2.yaml").read_text())
    assert volume["spec"]["capacity"] == "5GiB"


def test_what_fields_and_overlay_cannot_say_is_its_document(lab: Lab) -> None:
    """An overlay takes nothing away: ACPI comes with an APIC. What is referred to and is not there, a
    document may refer to, and a spec may not."""
    driver = lab.driver()
    document = (
        "<domain type='kvm'><name>{}</name><memory>1024</memory><os><type>hvm</type></os>{}"
        "<devices>{}</devices></domain>"
    )
    nic = "<interface type='network'><source network='gone'/></interface>"
    driver.lifecycle.define(Kind.DOMAIN, "odd", document.format("odd", "<features><acpi/></features>", ""))
    driver.lifecycle.define(Kind.DOMAIN, "torn", document.format("torn", "", nic))
    driver.lifecycle.define(Kind.DOMAIN, "plain", document.format("plain", "", ""))
    driver.close()
    folder = lab.path / "adopted"
    assert lab("adopt", "--host", f"lab={lab.uri()}", "--to", str(folder)).code == 0
    assert sorted(path.name for path in folder.rglob("*.xml")) == ["odd.xml", "torn.xml"]
    spec = yaml.safe_load((folder / "lab" / "domains" / "odd.yaml").read_text())["spec"]
    assert spec["xmlFile"] == "odd.xml"
    assert lab("plan", str(folder), "--detailed-exitcode").code == 0

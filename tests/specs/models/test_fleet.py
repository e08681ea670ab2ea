"""Trees of several hosts: what stands on many of them, and what goes from one to another."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from specs.compiling.kept import load_cached
from specs.compiling.loader import load
from specs.desired import Declared, Desired
from specs.diagnostics import InvalidTree
from specs.guests import Demand, HostCapacity, HostMigration, HostSelector, MigrationPolicy, Placement
from specs.identity import Address, Kind
from specs.secret_source import SecretSource
from specs.selection import chosen, rehome
from tests.specs.tree import THREE, document, domain, host, many, write

LAN = document("Network", "lan", "{hosts: all}")
SHARED = document("StoragePool", "nfs", "{hosts: '*', shared: true, target: /nfs}")
LOCAL = document("StoragePool", "local", "{hosts: '*', target: /local}")
NIC = "interfaces: [{network: lan}]"


def tree(root: Path, *documents: str) -> Desired:
    return load(write(root, {"a.yaml": many(THREE, *documents)}))


def volume(name: str, pool: str, more: str = "") -> str:
    return document("Volume", name, f"{{pool: {pool}, capacity: 1GiB{more}}}")


def disk(pool: str, name: str) -> str:
    return f"disks: [{{volume: {{pool: {pool}, name: {name}}}}}]"


def hosts_of(desired: Desired, kind: Kind, name: str) -> set[str]:
    return {a.host for a in desired.resources if a.kind is kind and a.name == name}


def the(desired: Desired, name: str, kind: Kind = Kind.DOMAIN) -> Declared:
    """The only resource of a kind and name."""
    (found,) = (d for a, d in desired.resources.items() if a.kind is kind and a.name == name)
    return found


WEB = Address(Kind.DOMAIN, "web")


def test_what_a_host_says(tmp_path: Path) -> None:
    more = (
        "maintenance: true, schedulable: false, fenced: true,"
        " capacity: {cpus: 8, memory: 64GiB, overcommit: {cpus: 2.5, memory: 1.2}, reserved: 2GiB},"
        " migration: {address: 10.0.0.1, bandwidth: 100MiB, parallel: 4},"
        " credentials: {username: me, password: {command: [pass, show, hv]}}"
    )
    desired = load(write(tmp_path, {"a.yaml": host("h", more, "rack: a")}))
    known = desired.hosts["h"]
    assert (known.labels, known.maintenance, known.schedulable, known.fenced) == (
        (("rack", "a"),),
        True,
        False,
        True,
    )
    assert known.capacity == HostCapacity(8, 64 * 1024**2, 2.5, 1.2, 2 * 1024**2)
    assert known.migration == HostMigration("10.0.0.1", 100, 4)
    assert known.credentials == (
        ("authname", SecretSource(text="me")),
        ("passphrase", SecretSource(command=("pass", "show", "hv"))),
    )


def test_another_uri_leaves_the_rest_of_a_host(tmp_path: Path) -> None:
    root = write(tmp_path, {"a.yaml": many(host("h", "maintenance: true", "rack: a"), domain())})
    before, after = load(root).hosts["h"], load(root, {"h": "sim:///elsewhere"}).hosts["h"]
    assert after == replace(before, uri="sim:///elsewhere", given=True)


def test_a_password_on_the_command_line_is_refused_and_not_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidTree) as caught:
        load(write(tmp_path, {"a.yaml": domain()}), {"": "qemu+tcp://me:hunter2@there/system"})
    assert "credentials" in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("selector", "names"),
    [
        ("all", "hv1 hv2 hv3"),
        ("'*'", "hv1 hv2 hv3"),
        ("hv2", "hv2"),
        ("[hv3, hv1]", "hv1 hv3"),
        ("['hv[12]']", "hv1 hv2"),
        ("[hv3, '*2']", "hv2 hv3"),
        ("{rack: a}", "hv1 hv2"),
    ],
)
def test_selectors(tmp_path: Path, selector: str, names: str) -> None:
    for kind, rest in (
        ("Network", ""),
        ("StoragePool", ", target: /p"),
        ("NetworkFilter", ""),
        ("Secret", ""),
    ):
        desired = tree(tmp_path, document(kind, "x", f"{{hosts: {selector}{rest}}}"))
        assert hosts_of(desired, Kind(kind), "x") == set(names.split())


def test_labels_must_all_match(tmp_path: Path) -> None:
    hosts = tree(tmp_path, LAN).hosts
    assert chosen(HostSelector(labels=(("rack", "a"), ("disk", "ssd"))), hosts) == ()


def test_one_document_for_many_hosts(tmp_path: Path) -> None:
    desired = tree(tmp_path, LAN)
    networks = [d for a, d in desired.resources.items() if a.kind is Kind.NETWORK]
    assert len({id(d.document) for d in networks}) == 1
    assert len({d.uuid for d in networks}) == 3
    assert {d.host for d in networks} == set(desired.hosts) == {d.address.host for d in networks}


def test_a_secret_of_many_hosts_has_one_uuid(tmp_path: Path) -> None:
    key = document("Secret", "k", "{hosts: all}")
    box = volume("v", "local", ", encryption: {secret: k}")
    desired = tree(tmp_path, key, LOCAL, box, domain("web", f"placement: {{}}, {disk('local', 'v')}"))
    secrets = [d for a, d in desired.resources.items() if a.kind is Kind.SECRET]
    (uuid,) = {d.uuid for d in secrets} | {d.native for d in secrets}
    assert uuid in the(desired, "v", Kind.VOLUME).document
    moved = rehome(desired, {WEB: "hv3"})
    assert Address(Kind.SECRET, "k", "hv3") in the(moved, "v", Kind.VOLUME).requires


def test_a_volume_of_a_shared_pool_is_there_once(tmp_path: Path) -> None:
    desired = tree(
        tmp_path, SHARED, LAN, volume("v", "nfs"), domain("web", f"host: hv3, {NIC}, {disk('nfs', 'v')}")
    )
    found = the(desired, "v", Kind.VOLUME)
    assert (found.address.host, found.host, found.shared, found.follows) == ("", "hv1", True, None)
    assert found.requires == (Address(Kind.STORAGE_POOL, "nfs", "hv1"),)
    assert set(desired.resources[WEB].requires) == {
        found.address,
        Address(Kind.STORAGE_POOL, "nfs", "hv3"),
        Address(Kind.NETWORK, "lan", "hv3"),
    }


def test_the_host_that_is_asked_is_in_use_and_no_part_of_the_identity(tmp_path: Path) -> None:
    documents = (SHARED, volume("v", "nfs"))
    before = the(tree(tmp_path, *documents), "v", Kind.VOLUME)
    drained = THREE.replace('host=hv1"', 'host=hv1", maintenance: true')
    after = the(load(write(tmp_path, {"a.yaml": many(drained, *documents)})), "v", Kind.VOLUME)
    assert (before.host, after.host) == ("hv1", "hv2")
    assert (before.address, before.digest, before.uuid) == (after.address, after.digest, after.uuid)


def test_a_volume_goes_where_its_user_is(tmp_path: Path) -> None:
    web = domain("web", f"host: hv2, {disk('local', 'v')}")
    desired = tree(tmp_path, LOCAL, volume("v", "local", ", backing: base"), volume("base", "local"), web)
    for name in ("v", "base"):
        found = the(desired, name, Kind.VOLUME)
        assert (found.host, found.address.host, found.follows) == ("hv2", "hv2", WEB)


def test_a_volume_is_where_its_only_pool_is(tmp_path: Path) -> None:
    pool = document("StoragePool", "p", "{host: hv3, target: /p}")
    assert the(tree(tmp_path, pool, volume("v", "p")), "v", Kind.VOLUME).host == "hv3"


def test_raw_xml_and_overlays_are_users_too(tmp_path: Path) -> None:
    disks = (
        "<devices><disk type='volume'><source pool='local' volume='%s'/><target dev='vdb'/></disk></devices>"
    )
    raw = f"<domain><name>raw</name><memory>1024</memory><os><type>hvm</type></os>{disks % 'r'}</domain>"
    overlay = domain("web", f'host: hv2, xml: "<domain>{disks % "o"}</domain>"')
    files = {"a.yaml": many(THREE, LOCAL, volume("r", "local"), volume("o", "local"), overlay)}
    desired = load(write(tmp_path, {**files, "hv3/raw.xml": raw}))
    assert the(desired, "r", Kind.VOLUME).host == "hv3"
    assert the(desired, "o", Kind.VOLUME).host == "hv2"


def test_placement(tmp_path: Path) -> None:
    spec = "placement: {hosts: {rack: a}, spread: rack, affinity: db, antiAffinity: [app=web], priority: 5}"
    text = domain("web", spec).replace("{name: web}", "{name: web, labels: {app: web}}")
    found = tree(tmp_path, text).resources[WEB]
    assert found.host == ""
    assert found.placement == Placement(
        HostSelector(labels=(("rack", "a"),)), "rack", (("app", "web"),), ("db",), ("app=web",), 5
    )


def test_demand(tmp_path: Path) -> None:
    files = {
        "a.yaml": many(
            host("hv1"),
            document("Domain", "web", "{memory: {size: 1GiB, max: 4GiB}, vcpus: {count: 2, max: 4}}"),
        ),
        "raw.xml": "<domain type='kvm'><name>raw</name><memory unit='GiB'>2</memory><vcpu>3</vcpu>"
        "<os><type>hvm</type></os></domain>",
    }
    desired = load(write(tmp_path, files))
    assert the(desired, "web").demand == Demand(2, 1024**2)
    assert the(desired, "raw").demand == Demand(3, 2 * 1024**2)


def test_migration_falls_back_field_by_field(tmp_path: Path) -> None:
    fleet = document(
        "Fleet",
        "f",
        "{migrations: 5, defaults: {migration: {mode: peer-to-peer, timeout: 5m, autoConverge: true}}}",
    )
    own = (
        "migration: {autoConverge: false, downtime: 300ms, bandwidth: 1GiB, parallel: 2,"
        " onTimeout: post-copy}"
    )
    desired = tree(tmp_path, fleet, domain("web", f"host: hv1, {own}"), domain("db", "host: hv1"))
    assert desired.fleet.migrations == 5
    assert the(desired, "db").migration == MigrationPolicy("peer-to-peer", timeout=300.0, auto_converge=True)
    assert the(desired, "web").migration == MigrationPolicy(
        mode="peer-to-peer",
        post_copy=True,
        parallel=2,
        bandwidth=1024,
        downtime=300,
        timeout=300.0,
        on_timeout="post-copy",
    )


@pytest.mark.parametrize(
    ("spec", "storage"),
    [
        ("{volume: {pool: nfs, name: s}}", "shared"),
        ("{volume: {pool: local, name: l}}", "copy"),
        ("{file: /local/l}", "copy"),
        ("{file: /nfs/s}", "shared"),
        ("{file: /elsewhere}", ""),  # nobody can tell who sees it
        ("{volume: {pool: local, name: l}, readonly: true}", "shared"),
    ],
)
def test_what_is_copied_is_seen_by_its_own_host_alone(tmp_path: Path, spec: str, storage: str) -> None:
    volumes = (volume("s", "nfs"), volume("l", "local", ", host: hv1"))
    web = f"host: hv1, disks: [{spec}]"
    assert (
        the(tree(tmp_path, SHARED, LOCAL, *volumes, domain("web", web)), "web").migration.storage == storage
    )
    said = domain("web", f"{web}, migration: {{storage: copy}}")
    assert the(tree(tmp_path, SHARED, LOCAL, *volumes, said), "web").migration.storage == "copy"


PLACED = (
    LAN,
    SHARED,
    LOCAL,
    volume("base", "local", ", hosts: all"),
    volume("v", "local", ", backing: base"),
    volume("s", "nfs"),
    domain(
        "web",
        f"placement: {{}}, {NIC}, cloudInit: {{pool: local, userData: {{hostname: w}}}},"
        " disks: [{volume: {pool: local, name: v}}, {volume: {pool: nfs, name: s}}]",
    ),
    volume("p", "local"),
    domain("pin", f"host: hv1, placement: {{hosts: {{rack: a}}}}, {NIC}, {disk('local', 'p')}, after: web"),
    domain("fixed", f"host: hv3, {NIC}"),
)
PIN = Address(Kind.DOMAIN, "pin")


def test_rehome(tmp_path: Path) -> None:
    before = tree(tmp_path, *PLACED)
    after = rehome(before, {WEB: "hv3", PIN: "hv2"})
    web = after.resources[WEB]
    (seed,) = (a for a in after.resources if a.name.startswith("web-seed-"))
    assert web.host == seed.host == the(after, "v", Kind.VOLUME).host == "hv3"
    assert set(web.requires) == {
        seed,
        Address(Kind.VOLUME, "v", "hv3", "local"),
        Address(Kind.VOLUME, "s", "", "nfs"),
        Address(Kind.STORAGE_POOL, "local", "hv3"),
        Address(Kind.STORAGE_POOL, "nfs", "hv3"),
        Address(Kind.NETWORK, "lan", "hv3"),
    }
    assert set(the(after, "v", Kind.VOLUME).requires) == {
        Address(Kind.STORAGE_POOL, "local", "hv3"),
        Address(Kind.VOLUME, "base", "hv3", "local"),
    }
    assert the(after, "p", Kind.VOLUME).address == Address(Kind.VOLUME, "p", "hv2", "local")
    assert after.resources[PIN].after == (WEB,)
    assert the(after, "fixed") is the(before, "fixed")


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    first=st.fixed_dictionaries(
        {WEB: st.sampled_from(["hv1", "hv2", "hv3"]), PIN: st.sampled_from(["hv1", "hv2"])}
    ),
    then=st.dictionaries(st.sampled_from([WEB, PIN]), st.sampled_from(["hv1", "hv2"])),
)
def test_rehoming(tmp_path: Path, first: dict[Address, str], then: dict[Address, str]) -> None:
    before = tree(tmp_path, *PLACED)
    after = rehome(before, first)
    assert all(declared.address == address for address, declared in after.resources.items())
    assert all(need in after.resources for declared in after.resources.values() for need in declared.requires)
    assert all(declared.host for declared in after.resources.values())
    assert [(d.digest, d.document, d.uuid, d.native) for d in after.resources.values()] == [
        (d.digest, d.document, d.uuid, d.native) for d in before.resources.values()
    ]
    assert rehome(rehome(before, first), then) == rehome(before, {**first, **then})
    assert rehome(after, {WEB: "", PIN: "hv1"}) == before
    assert rehome(after, first) is after


def test_where_a_domain_runs_is_no_edit_of_it(tmp_path: Path) -> None:
    here, there = (tree(tmp_path, LAN, domain("web", f"host: {name}, {NIC}")) for name in ("hv1", "hv2"))
    assert replace(here.resources[WEB], host="hv2", requires=()) == replace(there.resources[WEB], requires=())


def test_a_kept_tree_is_the_tree(tmp_path: Path) -> None:
    root = write(tmp_path / "tree", {"a.yaml": many(THREE, *PLACED, volume("a@b", "nfs"))})
    cache = tmp_path / "kept" / "tree.json"
    assert load_cached(root, {}, cache) == load_cached(root, {}, cache) == load(root)


@pytest.mark.parametrize("name", ["v", "a@b", "@"])
@pytest.mark.parametrize("where", ["", "hv1"])
def test_addresses_are_read_back(name: str, where: str) -> None:
    for address in (Address(Kind.VOLUME, name, where, "p"), Address(Kind.NETWORK, name, where)):
        assert Address.parse(str(address)) == address

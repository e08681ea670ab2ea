"""Seeds: what a guest is configured by, and how it is given that."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from specs.compiling.loader import load
from specs.content import OnSeedChange, Seed, Source, domain_of_seed
from specs.desired import Declared, Desired, OnDelete, Policy
from specs.diagnostics import InvalidTree
from specs.documents.seed import no_cloud
from specs.identity import Address, Kind
from tests.specs.tree import HOST, document, domain, loaded, many, refused, write

POOL = document("StoragePool", "p", "{target: /p}")
VOLUME = document("Volume", "v.qcow2", "{pool: p, capacity: 1GiB}")
DISK = "disks: [{volume: {pool: p, name: v.qcow2}}]"


def _tree(seed: str, more: str = DISK, name: str = "web") -> dict[str, str | bytes]:
    return {"d/a.yaml": many(POOL, VOLUME, domain(name, f"{more}, {seed}" if more else seed))}


def _seeded(desired: Desired, name: str = "web") -> tuple[Declared, Declared]:
    """The domain and the volume of its seed."""
    found = desired.resources[Address(Kind.DOMAIN, name)]
    assert found.seed
    volume = Address(Kind.VOLUME, found.seed.volume, found.host, found.seed.pool)
    assert volume in found.requires
    return found, desired.resources[volume]


def _content(desired: Desired) -> Source:
    source = _seeded(desired)[1].source
    assert source
    return source


def _files(desired: Desired) -> dict[str, str]:
    return dict(_content(desired).files)


def _drive(found: Declared) -> etree._Element:
    (drive,) = etree.fromstring(found.document).iterfind("devices/disk[@device='cdrom']")
    return drive


def test_a_seed_is_a_volume_that_the_domain_requires(tmp_path: Path) -> None:
    found, volume = _seeded(loaded(tmp_path, _tree("cloudInit: {userData: '#!/bin/sh'}, protect: true")))
    assert found.seed == Seed("p", volume.address.name)
    assert re.fullmatch(r"web-seed-[0-9a-f]{16}\.iso", volume.address.name)
    assert domain_of_seed(volume.address.name) == "web"
    assert volume.native == f"p/{volume.address.name}"
    assert volume.policy == Policy(protect=True, on_delete=OnDelete.DELETE, generated=True)
    assert volume.origin == found.origin
    assert [str(address) for address in volume.requires] == ["StoragePool/p@h1"]
    assert volume.document == (
        f'<volume><name>{volume.address.name}</name><target><format type="raw"/></target></volume>'
    )
    source = volume.source
    assert source
    assert (source.label, source.text, source.format, source.exact) == ("cidata", "", "raw", True)
    assert source.identity.startswith(f"seed:{volume.address.name[9:25]}")


def test_it_can_be_selected_as_its_domain(tmp_path: Path) -> None:
    tree = many(
        POOL, domain(more="cloudInit: {pool: p}").replace("{name: web}", "{name: web, labels: {a: b}}")
    )
    found, volume = _seeded(loaded(tmp_path, {"a.yaml": tree}))
    assert found.labels == volume.labels == (("a", "b"),)


def test_the_files_of_cloud_init(tmp_path: Path) -> None:
    spec = (
        "cloudInit: {userData: {packages: [nginx], ssh_pwauth: false}, vendorData: {timezone: UTC},"
        " networkConfig: {version: 2, ethernets: {}}}"
    )
    files = _files(loaded(tmp_path, _tree(spec)))
    assert files.keys() == {"user-data", "meta-data", "network-config", "vendor-data"}
    assert files["user-data"].startswith("#cloud-config\n")
    assert yaml.safe_load(files["user-data"]) == {"packages": ["nginx"], "ssh_pwauth": False}
    assert files["vendor-data"] == "#cloud-config\ntimezone: UTC\n"
    assert yaml.safe_load(files["network-config"]) == {"version": 2, "ethernets": {}}


def test_without_any_data_there_are_still_the_files_that_cloud_init_wants(tmp_path: Path) -> None:
    files = _files(loaded(tmp_path, _tree("cloudInit: {}")))
    assert files["user-data"] == "#cloud-config\n{}\n"
    meta = yaml.safe_load(files["meta-data"])
    assert meta["local-hostname"] == "web"
    assert re.fullmatch("web-[0-9a-f]{16}", meta["instance-id"])


def test_text_stays_as_it_is_written(tmp_path: Path) -> None:
    text = "#!/bin/sh\necho 'ü'  # no\n"
    spec = f"cloudInit: {{userData: {json.dumps(text)}, networkConfig: {json.dumps(text)}}}"
    files = _files(loaded(tmp_path, _tree(spec)))
    assert files["user-data"] == files["network-config"] == text


def test_a_mapping_says_what_it_looks_like(tmp_path: Path) -> None:
    spec = (
        "cloudInit: {userData: {mac: 52:54:00:12:34:56, mode: 0644, on: no, n: 5, none: ~, text: 'a: b',"
        ' lines: "a\\nb\\n", version: 1.10}}'
    )
    assert yaml.safe_load(_files(loaded(tmp_path, _tree(spec)))["user-data"]) == {
        "mac": "52:54:00:12:34:56",
        "mode": "0644",
        "on": "no",
        "n": 5,
        "none": None,
        "text": "a: b",
        "lines": "a\nb\n",
        "version": "1.10",
    }


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), VALUES, max_size=4))
def test_a_guest_reads_what_the_tree_says(mapping: dict[str, Any]) -> None:
    files = dict(no_cloud("web", {"userData": mapping, "metaData": {"own": mapping}}).files)
    assert yaml.safe_load(files["user-data"]) == mapping
    assert yaml.safe_load(files["meta-data"])["own"] == mapping


@pytest.mark.parametrize(
    "metadata",
    [
        "{instance-id: i-1, local-hostname: a.b, x: 1}",
        '\'{"instance-id": "i-1", "local-hostname": "a.b", "x": 1}\'',
    ],
)
def test_own_metadata_wins(tmp_path: Path, metadata: str) -> None:
    files = _files(loaded(tmp_path, _tree(f"cloudInit: {{metaData: {metadata}}}")))
    assert yaml.safe_load(files["meta-data"]) == {"instance-id": "i-1", "local-hostname": "a.b", "x": 1}


def test_metadata_is_completed(tmp_path: Path) -> None:
    files = _files(loaded(tmp_path, _tree("cloudInit: {metaData: 'x: 2020-01-01'}")))
    meta = yaml.safe_load(files["meta-data"])
    assert (meta["x"], meta["local-hostname"]) == ("2020-01-01", "web")
    assert meta["instance-id"].startswith("web-")


def test_a_name_that_is_no_hostname(tmp_path: Path) -> None:
    files = _files(loaded(tmp_path / "a", _tree("cloudInit: {}", name="web")))
    assert "local-hostname: web\n" in files["meta-data"]
    desired = loaded(tmp_path / "b", _tree("cloudInit: {}", name="my web_1 ü"))
    found = _seeded(desired, "my web_1 ü")[1].source
    assert found
    assert "local-hostname: my-web-1\n" in dict(found.files)["meta-data"]


@pytest.mark.parametrize(
    "other",
    [
        "cloudInit: {userData: b}",
        "cloudInit: {userData: a, vendorData: a}",
        "cloudInit: {userData: a, networkConfig: {}}",
        "cloudInit: {userData: a, metaData: {x: 1}}",
        "cloudInit: {userData: a, metaData: {instance-id: x}}",
    ],
)
def test_other_content_is_another_volume_and_another_instance(tmp_path: Path, other: str) -> None:
    first = loaded(tmp_path / "a", _tree("cloudInit: {userData: a}"))
    second = loaded(tmp_path / "b", _tree(other))
    assert _seeded(first)[1].address != _seeded(second)[1].address
    assert _content(first).identity != _content(second).identity
    assert _instance(first) != _instance(second)


def _instance(desired: Desired) -> str:
    return str(yaml.safe_load(_files(desired)["meta-data"])["instance-id"])


@pytest.mark.parametrize(
    "other", ["cloudInit: {userData: a, onSeedChange: reseed}", "cloudInit: {userData: a, target: sdz}"]
)
def test_the_same_content_is_the_same_volume(tmp_path: Path, other: str) -> None:
    first = loaded(tmp_path / "a", _tree("cloudInit: {userData: a}"))
    second = loaded(tmp_path / "b", _tree(other))
    assert _seeded(first)[1].address == _seeded(second)[1].address


def test_contents_from_files(tmp_path: Path) -> None:
    """Relative to the file that names them, of any name, and even if they are YAML or XML themselves."""
    spec = (
        "cloudInit: {userData: {file: user-data}, metaData: {file: meta.yaml}, vendorData: {file: ../v.xml},"
        " networkConfig: {file: sub/net.yml}}"
    )
    others: dict[str, str | bytes] = {
        "d/user-data": "## template: jinja\n{{ v1 }}\n",
        "d/meta.yaml": "role: web\n",
        "v.xml": "<script/>",
        "d/sub/net.yml": "{% not yaml\n",
    }
    desired = loaded(tmp_path, _tree(spec) | others)
    files = _files(desired)
    assert files["user-data"] == others["d/user-data"]
    assert yaml.safe_load(files["meta-data"])["role"] == "web"
    assert files["vendor-data"] == others["v.xml"]
    assert files["network-config"] == others["d/sub/net.yml"]
    assert [path for path, _ in desired.inputs] == ["d/meta.yaml", "d/sub/net.yml", "d/user-data", "v.xml"]


def test_a_template_reads_files_beside_itself(tmp_path: Path) -> None:
    template = document(
        "DomainTemplate", "t", "{memory: 1GiB, cloudInit: {pool: p, userData: {file: u.yaml}}}"
    )
    tree: dict[str, str | bytes] = {
        "t/a.yaml": template,
        "t/u.yaml": "#cloud-config\n{}\n",
        "d/e/a.yaml": many(POOL, document("Domain", "web", "{template: t}")),
    }
    assert _files(loaded(tmp_path, tree))["user-data"] == tree["t/u.yaml"]


def test_a_template_cannot_read_outside_of_the_tree_either(tmp_path: Path) -> None:
    template = document("DomainTemplate", "t", "{memory: 1GiB, ignition: {pool: p, config: {file: ../../x}}}")
    tree: dict[str, str | bytes] = {
        "t/a.yaml": template,
        "d/e/a.yaml": many(POOL, document("Domain", "web", "{template: t}")),
    }
    (problem,) = refused(tmp_path, tree)
    assert "leads out of the tree" in problem


@pytest.mark.parametrize(
    ("template", "spec", "expected"),
    [
        ("userData: {a: 1, b: {c: 1}}", "userData: {b: {d: 2}}", {"a": 1, "b": {"c": 1, "d": 2}}),
        ("userData: {a: [1, 2]}", "userData: {a: [3]}", {"a": [3]}),
        ("userData: {file: u}", "userData: {a: 1}", {"a": 1}),
        ("userData: '#'", "userData: {a: 1}", {"a": 1}),
        ("userData: {a: 1}", "metaData: {b: 1}", {"a": 1}),
    ],
)
def test_a_domain_refines_its_templates_seed(
    tmp_path: Path, template: str, spec: str, expected: dict[str, Any]
) -> None:
    tree = many(
        POOL,
        document("DomainTemplate", "t", f"{{memory: 1GiB, cloudInit: {{pool: p, {template}}}}}"),
        document("Domain", "web", f"{{template: t, cloudInit: {{{spec}}}}}"),
    )
    user_data = _files(loaded(tmp_path, {"a.yaml": tree}))["user-data"]
    assert yaml.safe_load(user_data) == expected


def test_a_domain_can_do_without_its_templates_seed(tmp_path: Path) -> None:
    tree = many(
        POOL,
        document("DomainTemplate", "t", "{memory: 1GiB, cloudInit: {pool: p}}"),
        document("Domain", "web", "{template: t, cloudInit: ~, ignition: {pool: p, config: {ignition: {}}}}"),
    )
    assert _seeded(loaded(tmp_path, {"a.yaml": tree}))[1].address.name.endswith(".ign")


@pytest.mark.parametrize(
    ("more", "target", "bus"),
    [
        ("machine: q35", "sda", "sata"),
        ("machine: pc-q35-7.2", "sda", "sata"),
        ("machine: pc", "hda", "ide"),
        ("machine: pc-i440fx-7.2", "hda", "ide"),
        ("arch: aarch64", "sda", "scsi"),
        ("memory: 2GiB", "hda", "ide"),
    ],
)
def test_the_drive_suits_the_machine(tmp_path: Path, more: str, target: str, bus: str) -> None:
    tree = many(POOL, VOLUME, document("Domain", "web", f"{{{more}, {DISK}, cloudInit: {{}}}}"))
    if "memory" not in more:
        tree = tree.replace("{machine", "{memory: 1GiB, machine").replace("{arch", "{memory: 1GiB, arch")
    found, volume = _seeded(loaded(tmp_path, {"a.yaml": tree}))
    assert etree.tostring(_drive(found), encoding="unicode") == (
        '<disk type="volume" device="cdrom">'
        f'<source pool="p" volume="{volume.address.name}"/><target dev="{target}" bus="{bus}"/>'
        "<readonly/></disk>"
    )


@pytest.mark.parametrize(
    ("disks", "seed", "target", "bus"),
    [
        ("[{file: /a, target: hda}, {device: cdrom, target: hdb}]", "{pool: p}", "hdc", "ide"),
        (f"[{', '.join(f'{{file: /{n}, target: hd{n}}}' for n in 'abcd')}]", "{pool: p}", "sda", "sata"),
        ("[{file: /a, target: sda}, {device: cdrom}]", "{pool: p, bus: sata}", "sdc", "sata"),
        ("[{file: /a, target: sda}]", "{pool: p, bus: scsi}", "sdb", "scsi"),
        ("[]", "{pool: p, bus: usb, target: sdx}", "sdx", "usb"),
        ("[]", "{pool: p, target: hdc}", "hdc", "ide"),
        ("[]", "{pool: p, target: sdb}", "sdb", "sata"),
    ],
)
def test_the_drive_takes_a_free_target(tmp_path: Path, disks: str, seed: str, target: str, bus: str) -> None:
    desired = loaded(tmp_path, _tree(f"cloudInit: {seed}", f"disks: {disks}"))
    found = _seeded(desired)[0]
    place = next(
        node
        for node in etree.fromstring(found.document).iterfind("devices/disk/target")
        if (disk := node.getparent()) is not None and disk.find("source[@volume]") is not None
    )
    assert dict(place.items()) == {"dev": target, "bus": bus}


def test_disks_of_the_overlay_count(tmp_path: Path) -> None:
    xml = (
        "<domain><devices><disk type='volume' device='disk'><source pool='p' volume='v.qcow2'/>"
        "<target dev='hda' bus='ide'/></disk></devices></domain>"
    )
    found = _seeded(loaded(tmp_path, _tree("cloudInit: {}", f'xml: "{xml}"')))[0]
    assert _drive(found).find("target[@dev='hdb']") is not None


def test_a_domain_from_an_xml_file_has_a_seed_too(tmp_path: Path) -> None:
    tree: dict[str, str | bytes] = {
        "a.yaml": many(POOL, document("Domain", "raw", "{xmlFile: raw.xml, cloudInit: {pool: p}}")),
        "raw.xml": "<domain type='kvm'><name>raw</name><memory>1</memory></domain>",
    }
    assert _drive(_seeded(loaded(tmp_path, tree), "raw")[0]) is not None


def _on(root: Path, uri: str, tree: dict[str, str | bytes]) -> Desired:
    return load(write(root, {"host.yaml": HOST.replace("sim:///nowhere/sim.db", uri), **tree}))


@pytest.mark.parametrize(("more", "target", "bus"), [("", "hdc", "ide"), ("osType: linux", "xvdb", "xen")])
def test_xen_is_given_a_path(tmp_path: Path, more: str, target: str, bus: str) -> None:
    disks = "disks: [{target: xvda, file: /a}]"
    tree = _tree("cloudInit: {pool: p}", f"{disks}, {more}" if more else disks)
    found, volume = _seeded(_on(tmp_path, "xen:///", tree))
    drive = _drive(found)
    assert drive.get("type") == "file"
    assert drive.find(f"source[@file='/p/{volume.address.name}']") is not None
    assert drive.find(f"target[@dev='{target}'][@bus='{bus}']") is not None


@pytest.mark.parametrize(
    ("uri", "seed", "words"),
    [
        ("lxc:///", "cloudInit: {}", "(LXC) cannot give a domain cloudInit"),
        (
            "esx://h/",
            "configDrive: {}",
            "(ESX and vCenter, through libvirt) cannot give a domain configDrive",
        ),
        ("xen:///", "ignition: '{}'", "only QEMU has fw_cfg"),
        ("lxc:///", "ignition: '{}'", "(LXC) cannot give a domain ignition"),
    ],
)
def test_what_a_hypervisor_cannot_do(tmp_path: Path, uri: str, seed: str, words: str) -> None:
    with pytest.raises(InvalidTree) as caught:
        _on(tmp_path, uri, _tree(seed, ""))
    assert [problem for problem in map(str, caught.value.problems) if words in problem]


def test_ignition(tmp_path: Path) -> None:
    for number, said in enumerate(("'{\"ignition\": {}}'", "{config: {ignition: {version: 3.4.0}}}")):
        found, volume = _seeded(loaded(tmp_path / str(number), _tree(f"ignition: {said}")))
        assert volume.address.name.endswith(".ign")
        assert volume.source
        assert json.loads(volume.source.text)["ignition"] in ({}, {"version": "3.4.0"})
        (entry,) = etree.fromstring(found.document).iterfind("sysinfo[@type='fwcfg']/entry")
        assert dict(entry.items()) == {
            "name": "opt/com.coreos/config",
            "file": f"/p/{volume.address.name}",
        }


def test_ignition_beside_what_else_is_in_sysinfo(tmp_path: Path) -> None:
    fwcfg = "<sysinfo type='fwcfg'><entry name='opt/x' file='/y'/></sysinfo>"
    xml = f"<domain><sysinfo type='smbios'/>{fwcfg}</domain>"
    found = _seeded(loaded(tmp_path, _tree(f'ignition: "{{\\"ignition\\": {{}}}}", xml: "{xml}"')))[0]
    made = etree.fromstring(found.document)
    assert [node.get("name") for node in made.iterfind("sysinfo[@type='fwcfg']/entry")] == [
        "opt/x",
        "opt/com.coreos/config",
    ]


def test_ignition_needs_the_folder_of_its_pool(tmp_path: Path) -> None:
    fleet = document("Fleet", "f", "{external: {pools: [p]}}")
    tree = many(fleet, domain(more="ignition: {pool: p, config: {ignition: {}}}"))
    (problem,) = refused(tmp_path, {"a.yaml": tree})
    assert problem.startswith("a.yaml:9:")
    assert "folder of pool 'p' must be known" in problem


def test_a_config_drive_of_openstack(tmp_path: Path) -> None:
    spec = (
        "configDrive: {userData: {a: 1}, metaData: {role: web}, networkConfig: {links: []},"
        " files: {openstack/content/0000: hello, etc/x: {file: x}}}"
    )
    desired = loaded(tmp_path, _tree(spec) | {"d/x": "from a file"})
    files = _files(desired)
    meta = json.loads(files.pop("openstack/latest/meta_data.json"))
    assert files == {
        "openstack/latest/user_data": "#cloud-config\na: 1\n",
        "openstack/latest/network_data.json": '{\n "links": []\n}',
        "openstack/content/0000": "hello",
        "etc/x": "from a file",
    }
    assert meta.pop("uuid")
    assert meta == {"role": "web", "name": "web", "hostname": "web"}
    assert _content(desired).label == "config-2"


def test_a_config_drives_uuid_goes_with_its_content(tmp_path: Path) -> None:
    def uuid(number: int, text: str) -> str:
        files = _files(loaded(tmp_path / str(number), _tree(f"configDrive: {{userData: '{text}'}}")))
        return str(json.loads(files["openstack/latest/meta_data.json"])["uuid"])

    assert uuid(0, "#a") == uuid(1, "#a") != uuid(2, "#b")


def test_a_plain_drive_holds_its_files_alone(tmp_path: Path) -> None:
    desired = loaded(tmp_path, _tree("configDrive: {label: OEMDRV, files: {ks.cfg: text}}"))
    assert (_content(desired).label, _files(desired)) == ("OEMDRV", {"ks.cfg": "text"})


SECRET = "hunter2"


@pytest.mark.parametrize(
    ("spec", "place", "words"),
    [
        ("cloudInit: {userData: [hunter2]}", "[hunter2]", ("write text, a mapping, or {file: PATH}",)),
        ("cloudInit: {userData: 5}", "5}", ("write text",)),
        ("cloudInit: {userData: {file: u}}", "u}}", ("'u'", "No such file")),
        ("cloudInit: {userData: {file: ../../u}}", "../../u", ("leads out of the tree",)),
        ("cloudInit: {userData: {file: /etc/passwd}}", "/etc", ("leads out of the tree",)),
        ("cloudInit: {userData: {file: .}}", ".}}", ("this is a folder",)),
        ("cloudInit: {userData: {file: link}}", "link", ("leads out of the tree",)),
        ("cloudInit: {userData: {file: binary}}", "binary", ("binary file",)),
        ("cloudInit: {metaData: '[hunter2]'}", "'[hunter2]'", ("no YAML with a mapping",)),
        ("cloudInit: {metaData: 'hunter2: ['}", "'hunter2: ['", ("no YAML with a mapping",)),
        ("cloudInit: {metaData: '{hunter2: !!binary aGk=}'}", "'{hunter2", ("no YAML with a mapping",)),
        ("cloudInit: {userdata: x}", "userdata", ("did you mean 'userData'",)),
        ("cloudInit: {onSeedChange: always}", "always", ("'always' is not allowed", "reseed")),
        ("cloudInit: {bus: virtio}", "virtio", ("'virtio' is not allowed", "sata")),
        ("cloudInit: {pool: q}", "q}", ("no StoragePool 'q' on h1",)),
        ("cloudInit: {onSeedChange: rebuild}", "rebuild", ("onSourceChange: replace",)),
        ("cloudInit: {}, ignition: '{}'", "", ("one of cloudInit, ignition and configDrive",)),
        ("ignition: hunter2", "hunter2", ("no JSON", "butane")),
        ("ignition: '{\"hunter2\": 1}'", "'{", ("no Ignition configuration",)),
        ("ignition: {config: [1]}", "[1]", ("write text, a mapping",)),
        ("ignition: {}", "{}", ("'config' is missing",)),
        (f"ignition: '{'[' * 100_000}'", "'[", ("no JSON",)),
        ("configDrive: {networkConfig: hunter2}", "hunter2", ("no JSON",)),
        ("configDrive: {label: a, userData: hunter2}", "{label", ("go with label: config-2",)),
        ("configDrive: {label: a}", "{label", ("needs files",)),
        ("configDrive: {label: 'a b'}", "'a b'", ("no volume label",)),
        ("configDrive: {files: {../x: hunter2}}", "{files", ("'../x' is no path on the drive",)),
        ("configDrive: {files: {/x: hunter2}}", "{files", ("'/x' is no path on the drive",)),
        ("configDrive: {files: {a//x: hunter2}}", "{files", ("'a//x' is no path on the drive",)),
        ("configDrive: {files: {'a:b': hunter2}}", "{files", ("'a:b' is no path on the drive",)),
        ("configDrive: {files: {a: hunter2, a/b: x}}", "{files", ("'a' is a file and a folder",)),
        ("configDrive: {files: {x: {hunter2: 1}}}", "{hunter2", ("write text, or {file: PATH}",)),
        ("configDrive: {files: {x: {file: y}}}", "y}}}", ("No such file",)),
    ],
)
def test_what_is_wrong_is_said_at_its_place(
    tmp_path: Path, spec: str, place: str, words: tuple[str, ...]
) -> None:
    write(tmp_path, {"d/binary": b"\0"})
    (tmp_path / "d" / "link").symlink_to("/etc/passwd")
    tree = _tree(spec)
    problems = refused(tmp_path, tree)
    assert len(problems) == 1, problems
    line = str(tree["d/a.yaml"]).splitlines()[13]
    column = line.index(place, line.index(spec)) + 1 if place else len("spec: ") + 1
    assert problems[0].startswith(f"d/a.yaml:14:{column}: "), problems
    assert all(word in problems[0] for word in words), problems
    assert SECRET not in problems[0].replace("'hunter2' ", "")


def test_a_file_that_declares_something_is_no_content(tmp_path: Path) -> None:
    tree = _tree("cloudInit: {userData: {file: b.yaml}}") | {"d/b.yaml": domain("b")}
    (problem,) = refused(tmp_path, tree)
    assert problem.startswith("d/b.yaml:1:1: this declares something")


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (problem,) = refused(tmp_path, _tree("cloudInit: {userData: {file: u}}") | {"d/u": b"a\n\xff"})
    assert problem.startswith("d/u:2:1: this is not UTF-8 text")


def test_a_seed_without_a_pool(tmp_path: Path) -> None:
    (problem,) = refused(tmp_path, _tree("cloudInit: {}", "disks: [{file: /a}]"))
    assert "in which pool?" in problem
    assert problem.startswith("d/a.yaml:14:54: ")


@pytest.mark.parametrize(
    ("text", "warned"),
    [("packages: [nginx]", True), ("#cloud-config", False), ("#!/bin/sh", False), ("", False),
     ("Content-Type: multipart/mixed", False), ("<powershell>", False)],
)  # fmt: skip
def test_user_data_that_nothing_is_done_with(tmp_path: Path, text: str, warned: bool) -> None:
    warnings = loaded(tmp_path, _tree(f"cloudInit: {{userData: '{text}'}}")).warnings
    assert [str(warning).startswith("d/a.yaml:14:") for warning in warnings] == [True] * warned
    assert "nginx" not in "".join(map(str, warnings))


@pytest.mark.parametrize("policy", OnSeedChange)
def test_the_policy(tmp_path: Path, policy: OnSeedChange) -> None:
    overlay = "{pool: p, capacity: 1GiB, backing: {path: /b}, onSourceChange: replace}"
    tree = many(
        POOL,
        document("Volume", "v.qcow2", overlay),
        domain(more=f"{DISK}, cloudInit: {{onSeedChange: {policy}}}"),
    )
    seed = _seeded(loaded(tmp_path, {"a.yaml": tree}))[0].seed
    assert seed
    assert seed.policy is policy


def test_nothing_prints_what_a_seed_holds(tmp_path: Path) -> None:
    for seed in ("cloudInit: {userData: '#hunter2'}", 'ignition: \'{"ignition": {"hunter2": 1}}\''):
        desired = loaded(tmp_path, _tree(seed))
        assert SECRET not in repr(desired)
        assert SECRET in str((_content(desired).files, _content(desired).text))

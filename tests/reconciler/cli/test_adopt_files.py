"""adopt FILES: what other tools wrote becomes a tree that is valid; no host is asked, no secret written."""

from __future__ import annotations

import io
import json
import os
import tarfile
from pathlib import Path

import pytest
import yaml

from tests.reconciler.cli.lab import Lab
from tests.reconciler.inputs.foreign.test_readers import BHYVE, LXC, OVF, VBOX, VMX, XL

FILES = {"web.vmx": VMX, "guest.cfg": XL, "lxc.conf": LXC, "run.sh": BHYVE, "shop.ovf": OVF, "web.vbox": VBOX}
POOL = "<pool type='dir'><name>images</name><target><path>/srv/images</path></target></pool>"
GUEST = """<domain type='kvm'><name>db</name><memory unit='MiB'>512</memory><vcpu>1</vcpu>
 <os><type arch='x86_64'>hvm</type></os><devices><graphics type='vnc' autoport='yes'
 passwd='hunter2'/></devices></domain>"""


def new(lab: Lab) -> Path:
    """A folder in which there is no tree yet."""
    return lab.path / "found"


def put(lab: Lab, name: str, text: str | bytes) -> str:
    path = lab.path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


@pytest.mark.parametrize("name", FILES)
def test_each_kind_becomes_a_valid_tree(lab: Lab, name: str) -> None:
    said = lab("adopt", put(lab, name, FILES[name]), "--to", str(new(lab)))
    assert said.code == 0, said.err
    assert lab("validate", str(new(lab))).code == 0
    (text,) = (p.read_text() for p in new(lab).rglob("domains/*.yaml"))
    assert text.startswith(f"# From {name} (")
    assert yaml.safe_load(text)["spec"]["state"] == "stopped"
    assert "xmlFile" not in text
    lost = [line.removeprefix("#   ") for line in text.splitlines() if line.startswith("#   ")]
    assert lost
    assert all(what in said.err for what in lost)
    assert not any("hunter2" in p.read_text() for p in new(lab).rglob("*") if p.is_file())
    assert "hunter2" not in said.out + said.err


def test_secrets_are_named_and_not_written(lab: Lab) -> None:
    said = lab("adopt", put(lab, "db.xml", GUEST), "--to", str(new(lab)))
    assert said.code == 0, said.err
    assert "warning: Domain/db: secrets are written to no file: <graphics>" in said.err
    assert not any("hunter2" in p.read_text() for p in new(lab).rglob("*") if p.is_file())


def test_several_files_join_a_tree_and_its_host(lab: Lab) -> None:
    lab.fleet(hv9="qemu:///system")
    before = (lab.tree / "fleet.yaml").read_text()
    files = [put(lab, "db.xml", GUEST), put(lab, "pool.xml", POOL)]
    said = lab("adopt", *files, "--to", str(lab.tree), "-o", "json")
    assert said.code == 0, said.err
    told = json.loads(said.out)
    assert (told["host"], told["files"]) == ("hv9", ["hv9/domains/db.yaml", "hv9/pools/images.yaml"])
    assert (lab.tree / "fleet.yaml").read_text() == before
    again = lab("adopt", files[0], "--to", str(lab.tree))
    assert again.code == 1
    assert lab("validate", "TREE").code == 0


def test_an_ova_is_read_where_it_lies(lab: Lab) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, data in (("shop.ovf", OVF.encode()), ("web-disk1.vmdk", b"x" * 100_000)):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    said = lab("adopt", put(lab, "shop.ova", packed.getvalue()), "--to", str(new(lab)))
    assert said.code == 0, said.err
    assert (new(lab) / "qemu/domains/web.yaml").exists()
    assert not (lab.path / "web-disk1.vmdk").exists()


BOMB = "<!DOCTYPE d [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><domain type='kvm'><name>&b;</name></domain>"
BAD: dict[str, str | bytes] = {
    "bomb.xml": BOMB,
    "bomb.ovf": f"<?xml version='1.0'?>{BOMB.replace('domain', 'Envelope')}",
    "deep.xml": "<domain>" * 5000,
    "cut.xml": GUEST[:-30],
    "cut.ovf": OVF[:900],
    "cut.cfg": XL[:30] + "disk = [ '",
    "cut.conf": "lxc.uts.name",
    "cut.vmx": VMX[:-3] + '\nnot an "entry',
    "none.cfg": "",
    "other.txt": "Dear reader,",
    "binary.vmx": b"\x7fELF\x00\x01\x02",
    "no.ova": b"no archive",
    "nameless.xml": "<pool type='dir'/>",
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_description_gets_one_line(lab: Lab, name: str) -> None:
    said = lab("adopt", put(lab, name, BAD[name]), "--to", str(new(lab)))
    assert said.code == 1
    assert said.out == ""
    (line,) = said.err.splitlines()
    assert line.startswith(f"error: {lab.path / name} ")
    assert not new(lab).exists()


def test_what_is_large_or_no_file_gets_one_line(lab: Lab) -> None:
    with Path(put(lab, "large.xml", "<domain>")).open("ab") as file:
        file.truncate(100 << 20)
    os.mkfifo(lab.path / "pipe.cfg")
    for name, why in {
        "large.xml": "is larger than 4 MiB",
        "pipe.cfg": "is no regular file",
        "absent.cfg": "cannot be read: No such file",
    }.items():
        said = lab("adopt", str(lab.path / name), "--to", str(new(lab)))
        assert (said.code, len(said.err.splitlines())) == (1, 1)
        assert why in said.err


def test_it_is_said_what_is_adopted_and_for_which_host(lab: Lab) -> None:
    assert "FILES, or a host" in lab("adopt", "--to", str(new(lab))).err
    file, other = put(lab, "db.xml", GUEST), put(lab, "guest.cfg", XL)
    assert "are for what is on a host" in lab("adopt", file, "--take-over", "--to", str(new(lab))).err
    assert "say which host these are for" in lab("adopt", file, other, "--to", str(new(lab))).err
    assert "described twice" in lab("adopt", file, file, "--to", str(new(lab))).err
    said = lab("adopt", file, "--host", "hv7=xen:///system", "--to", str(new(lab)))
    assert said.code == 1
    assert "cannot run domains of type 'kvm'" in said.err
    assert "nothing was written" in said.err


def test_a_folder_that_is_no_tree_is_left_alone(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other tools' YAML lies beside the files: where nothing is said, they become a tree of their own."""
    monkeypatch.chdir(lab.path)
    file = put(lab, "db.xml", GUEST)
    put(lab, "compose.yaml", "services: {web: {image: x}}\n---\nversion: 3\n")
    assert lab("adopt", "db.xml").code == 0
    assert (lab.path / "adopted/qemu/domains/db.yaml").exists()
    said = lab("adopt", file, "--to", ".")
    assert (said.code, len(said.err.splitlines())) == (1, 1)
    assert "is no valid tree (" in said.err
    assert "say another folder by --to" in said.err

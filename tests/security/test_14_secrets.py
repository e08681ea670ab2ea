"""14. Secrets: their sources are bounded, and documents that hold them are nowhere shown or stored."""

from __future__ import annotations

import base64
import os
import time
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from reconciler.engine.sealing import Sealer
from reconciler.inputs import bounded
from reconciler.inputs.secrets import SecretError, read_secret
from specs.compiling.kept import load_cached
from specs.diagnostics import InvalidTree
from specs.identity import Kind
from specs.secret_source import SecretSource
from tests.reconciler.cli.lab import Lab
from tests.support.policy import TRUSTING, trusting
from tests.support.session import session_host


@pytest.fixture(autouse=True, scope="module")
def _trusting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The controller lets these trees read secrets from anywhere."""
    with trusting(tmp_path_factory.mktemp("policy")):
        yield


CANARY = "canary-7c1f-4e2a"


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "TIMEOUT", 1.5)


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize("name", ["fifo", "/dev/zero", "/dev/tty", ".", "huge"])
def test_only_a_regular_file_of_a_secrets_size_is_read(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "fifo")
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(1 << 40)
    began = time.monotonic()
    with pytest.raises(SecretError) as told:
        read_secret(SecretSource(file=name), str(tmp_path), TRUSTING)
    assert name in str(told.value)
    assert time.monotonic() - began < 30


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize(
    "command",
    [
        ("sh", "-c", "yes"),
        ("sh", "-c", "sleep 60"),
        ("sh", "-c", "sleep 60 & echo x"),
        ("sh", "-c", "exec >&-; sleep 60"),
        ("sh", "-c", "head -c 2000000 /dev/zero"),
        ("sh", "-c", f"echo {CANARY} >&2; echo {CANARY}; exit 3"),
        ("./missing",),
        ("a\0b",),
    ],
)
def test_a_command_is_bounded_and_its_words_are_not_repeated(
    tmp_path: Path, command: tuple[str, ...], capfd: pytest.CaptureFixture[str]
) -> None:
    began = time.monotonic()
    with pytest.raises(SecretError) as told:
        read_secret(SecretSource(command=command), str(tmp_path), TRUSTING)
    assert CANARY not in str(told.value)
    assert time.monotonic() - began < 30
    shown = capfd.readouterr()
    assert CANARY not in shown.out + shown.err


def test_what_a_command_started_ends_with_it(tmp_path: Path) -> None:
    command = ("sh", "-c", "sleep 300 >/dev/null 2>&1 & echo $! > child; echo value")
    assert read_secret(SecretSource(command=command), str(tmp_path), TRUSTING) == b"value"
    child = (tmp_path / "child").read_text().strip()
    until = time.monotonic() + 60
    while _runs(child) and time.monotonic() < until:
        time.sleep(0.05)
    assert not _runs(child)


def _runs(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_command_reads_nothing(tmp_path: Path) -> None:
    assert (
        read_secret(SecretSource(command=("sh", "-c", "cat; echo done")), str(tmp_path), TRUSTING) == b"done"
    )


@pytest.mark.parametrize(
    ("value", "column"),
    [
        ("{command: []}", 20),
        ("{command: ''}", 20),
        ("{command: [pass, '']}", 27),
        ("{file: ''}", 17),
        ("{env: ' '}", 16),
    ],
)
def test_sources_that_name_nothing_are_refused_where_they_stand(
    tmp_path: Path, value: str, column: int
) -> None:
    (tmp_path / "a.yaml").write_text(
        "apiVersion: virt-reconcile/v1\nkind: Host\nmetadata: {name: hv1}\nspec: {uri: 'sim:///x'}\n---\n"
        "apiVersion: virt-reconcile/v1\nkind: Secret\nmetadata: {name: s}\nspec:\n"
        f"  value: {value}\n"
    )
    with pytest.raises(InvalidTree) as told:
        load_cached(tmp_path, {}, None)
    (problem,) = told.value.problems
    assert str(problem).startswith(f"a.yaml:10:{column}: "), str(problem)


HELD = """
    <domain xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
      <sysinfo type='fwcfg'><entry name='opt/org.example/key'>{0}</entry></sysinfo>
      <sysinfo type='smbios'><oemStrings><entry>io.systemd.credential:key={0}</entry>
        <entry>harmless</entry></oemStrings></sysinfo>
      <os><cmdline>console=ttyS0 api_token={0} quiet</cmdline></os>
      <devices><disk type='network' device='cdrom'><source protocol='https' name='x.iso'
        query='a=1&amp;token={0}'><host name='h' port='443'/><cookies><cookie name='s'>{0}</cookie></cookies>
        </source><target dev='sdz' bus='sata'/></disk></devices>
      <qemu:commandline><qemu:arg value='-object'/><qemu:arg value='secret,id=s0,data={0}'/>
        <qemu:arg value='-object'/><qemu:arg value='secret,id=s1,file=/etc/key'/>
        <qemu:arg value='-fw_cfg'/><qemu:arg value='name=opt/a,string={0}'/>
        <qemu:env name='DB_PASSWORD' value='{0}'/><qemu:env name='LANG' value='C'/></qemu:commandline>
    </domain>"""

TREE = """
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {{name: web}}
spec:
  memory: 64MiB
  host: hv1
  state: stopped
  description: DESCRIPTION
  xml: |
    {0}
---
apiVersion: virt-reconcile/v1
kind: Secret
metadata: {{name: key}}
spec: {{host: hv1, value: {{file: ../key}}}}
"""


@pytest.fixture
def lab(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Lab:
    lab = Lab(tmp_path, capsys)
    lab.fleet()
    return lab


def spelled(value: str) -> list[bytes]:
    return [value.encode(), base64.b64encode(value.encode()), value.encode().hex().encode()]


def leaks(folder: Path, value: str) -> list[str]:
    """The files that hold a value, but for the host's own and the one that it is read from."""
    return [
        str(file)
        for file in folder.rglob("*")
        if file.is_file()
        and not file.name.startswith("sim.db")
        and file.name != "key"
        and any(spelling in file.read_bytes() for spelling in spelled(value))
    ]


def test_every_plain_secret_is_refused_where_it_stands_and_not_repeated(lab: Lab) -> None:
    lab.write("web.yaml", TREE.format(HELD.format(CANARY)))
    told = lab("validate", "TREE")
    assert told.code == 3
    # Two arguments of QEMU stand at one place and are told once.
    assert (told.err + told.out).count("holds a secret in plain text") == 7
    assert "web.yaml:10:8" in told.err + told.out
    assert CANARY not in told.err + told.out
    assert leaks(lab.path / "tree" / ".virt-reconcile", CANARY) == []


@pytest.mark.parametrize("elsewhere", ["description", "emulator"])
def test_a_reference_stands_only_where_it_is_not_shown(lab: Lab, elsewhere: str) -> None:
    inside = "<devices><emulator>${secret:key}</emulator></devices>"
    if elsewhere == "description":
        inside = "<description>${secret:key}</description>"
    lab.write("web.yaml", TREE.format(f"<domain>{inside}</domain>"))
    told = lab("validate", "TREE")
    assert told.code == 3
    assert "keeps no secret" in told.err + told.out


def test_a_reference_needs_a_secret_with_a_value(lab: Lab) -> None:
    held = HELD.format("${secret:kay}")
    lab.write("web.yaml", TREE.format(held))
    told = lab("validate", "TREE")
    assert told.code == 3
    assert "did you mean 'key'" in told.err + told.out


def test_secrets_in_documents_reach_the_host_and_nothing_else(lab: Lab) -> None:
    first, second = CANARY + "-one,1", CANARY + "-two,2"
    lab.write("web.yaml", TREE.format(HELD.format("${secret:key}")))
    said = []
    plan = str(lab.path / "saved.json")
    for value, describe in ((first, "one"), (second, "two"), (second, "three")):
        (lab.path / "key").write_text(value + "\n")
        lab.write("web.yaml", TREE.format(HELD.format("${secret:key}")).replace("DESCRIPTION", describe))
        for command in (
            ("plan", "TREE", "-v", "--out", plan),
            ("plan", "TREE", "-o", "json"),
            ("diff", "TREE"),
            ("diff", "TREE", "-o", "json"),
            ("apply", "TREE", "--yes", "-v"),
            ("status", "TREE", "-o", "json"),
            ("history", "TREE", "-o", "json"),
        ):
            said.append(lab(*command))
            assert said[-1].code == 0, (command, said[-1].err, said[-1].out)
            assert leaks(lab.path, value) == [], command
        driver = lab.driver()
        try:
            seen = driver.observe.one(Kind.DOMAIN, "web")
        finally:
            driver.close()
        assert seen is not None
        assert seen.document.count(value) == 6
        assert seen.document.count(value.replace(",", ",,")) == 2
        again = lab("plan", "TREE", "--detailed-exitcode")
        assert again.code == 0, again.out
    out = str(lab.path / "adopted")
    said.append(lab("adopt", "--host", f"hv1={lab.uri()}", "--to", out))
    assert "secrets stay on the host" in said[-1].err
    assert leaks(lab.path, second) == []
    empty = lab("plan", out, "--detailed-exitcode", "--state", str(lab.path / "none.db"))
    assert "define" not in empty.out, empty.out
    said.append(lab("destroy", "TREE", "--yes"))
    assert leaks(lab.path, second) == []
    assert not any(CANARY in one.out + one.err for one in said)


def test_a_secret_changed_on_the_host_is_seen_and_mended(lab: Lab) -> None:
    (lab.path / "key").write_text(CANARY)
    lab.write("web.yaml", TREE.format(HELD.format("${secret:key}")))
    lab.applied()
    driver = lab.driver()
    seen = driver.observe.one(Kind.DOMAIN, "web")
    assert seen is not None
    driver.lifecycle.define(
        Kind.DOMAIN, "web", seen.document.replace(f"api_token={CANARY}", "api_token=other-canary")
    )
    driver.close()
    told = lab("plan", "TREE")
    assert "api_token=(secret)" in told.out
    assert "api_token=(another secret)" in told.out
    assert "canary" not in told.out + told.err
    lab.applied()
    driver = lab.driver()
    seen = driver.observe.one(Kind.DOMAIN, "web")
    driver.close()
    assert seen is not None
    assert f"api_token={CANARY}" in seen.document


def test_undeclared_secrets_of_the_host_survive_a_redefinition_and_are_kept_nowhere(lab: Lab) -> None:
    driver = lab.driver()
    held = (
        HELD.format(CANARY)
        .replace("<domain", "<domain type='qemu'", 1)
        .replace(
            "<sysinfo type='fwcfg'>",
            "<name>web</name><memory unit='MiB'>64</memory><sysinfo type='fwcfg'>",
            1,
        )
        .replace("<os>", "<os><type>hvm</type>")
    )
    driver.lifecycle.define(Kind.DOMAIN, "web", held.strip())
    driver.close()
    lab.guest("web", memory="128MiB", state="stopped")
    for command in (("plan", "TREE", "-o", "json"), ("apply", "TREE", "--yes"), ("diff", "TREE")):
        told = lab(*command)
        assert told.code == 0, told.err
        assert CANARY not in told.out + told.err
        assert leaks(lab.path, CANARY) == []
    driver = lab.driver()
    seen = driver.observe.one(Kind.DOMAIN, "web")
    driver.close()
    assert seen is not None
    # A disk that is not declared goes, as it always did, and two of its secrets with it.
    assert seen.document.count(CANARY) == 6


def test_a_value_that_cannot_be_read_leaves_what_is_there(lab: Lab) -> None:
    (lab.path / "key").write_text(CANARY)
    lab.write("web.yaml", TREE.format(HELD.format("${secret:key}")))
    lab.applied()
    (lab.path / "key").unlink()
    told = lab("plan", "TREE", "--detailed-exitcode")
    assert told.code == 0, told.out
    assert "cannot be read" in told.out


def test_the_state_alone_tells_nothing_of_a_weak_secret(lab: Lab) -> None:
    (lab.path / "key").write_text("1234")
    lab.write("web.yaml", TREE.format(HELD.format("${secret:key}")))
    lab.applied()
    key = lab.tree / ".virt-reconcile" / "state.db.key"
    assert key.stat().st_mode & 0o777 == 0o600
    key.unlink()
    lab.applied()
    lab.assert_converged()


def test_a_seed_that_speaks_of_passwords_is_not_kept_compiled(lab: Lab) -> None:
    lab.write("pool.yaml", "apiVersion: virt-reconcile/v1\nkind: StoragePool\nmetadata: {name: p}\n"
              "spec: {host: hv1, target: /srv/p}\n")  # fmt: skip
    lab.write(
        "web.yaml",
        "apiVersion: virt-reconcile/v1\nkind: Domain\nmetadata: {name: web}\nspec:\n  host: hv1\n"
        f"  memory: 64MiB\n  cloudInit: {{pool: p, userData: {{password: {CANARY}}}}}\n",
    )
    told = lab("plan", "TREE")
    assert told.code == 0, told.err
    assert leaks(lab.tree / ".virt-reconcile", CANARY) == []


@given(st.text(min_size=1, max_size=12).filter(lambda text: text.isprintable()))
def test_what_is_sealed_opens_to_the_same_document(value: str) -> None:
    def same(one: str, other: str) -> bool:
        return etree.tostring(etree.fromstring(one)) == etree.tostring(etree.fromstring(other))

    sealer = Sealer(lambda: b"k" * 32)
    word = CANARY + "".join(c for c in value if c not in ' ,"&') + CANARY
    text = HELD.format(escape(word, {"'": "&apos;"})).strip()
    sealed = sealer.seal(text)
    assert CANARY not in sealed
    assert same(sealer.open(sealed), text)
    assert Sealer(lambda: b"x" * 32).seal(text) != sealed


@pytest.mark.real
def test_on_a_real_hypervisor_too(lab: Lab, tmp_path: Path) -> None:
    host = session_host()
    host.clear()
    try:
        lab.fleet(hv1=host.qemu)
        (lab.path / "key").write_text(CANARY)
        for described in ("one", "two"):
            held = TREE.format(HELD.format("${secret:key}"))
            lab.write("web.yaml", held.replace("DESCRIPTION", described))
            said = [
                lab("plan", "TREE", "-o", "json", "--out", str(lab.path / "saved.json")),
                lab("apply", "TREE", "--yes", "-v"),
                lab("diff", "TREE"),
                lab("status", "TREE", "-o", "json"),
            ]
            assert [one.code for one in said] == [0, 0, 0, 0], [one.err + one.out for one in said]
            assert not any(CANARY in one.out + one.err for one in said)
            assert leaks(lab.path, CANARY) == []
            assert host.virsh("dumpxml", "--inactive", "--security-info", "web").count(CANARY) == 8
            lab.assert_converged()
        told = lab("adopt", "--host", f"hv1={host.qemu}", "--to", str(tmp_path / "adopted"))
        assert told.code == 0
        assert leaks(lab.path, CANARY) == []
    finally:
        host.clear()

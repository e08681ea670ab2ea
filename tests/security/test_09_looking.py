"""B9. Looking never executes: plan, status, diff and validate of a stranger's tree run nothing and read
nothing outside of it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from specs import uris
from specs.guard import Guard
from specs.guard.guard import HostRules, SecretRules
from specs.secret_source import SecretSource
from tests.reconciler.cli.lab import Lab
from tests.support.policy import policy


@pytest.fixture(autouse=True)
def _no_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    """No policy but the defaults."""
    monkeypatch.delenv("VIRT_RECONCILE_POLICY", raising=False)


LOOKS = ("validate", "plan", "status", "diff")


def _host(uri: str, more: str = "") -> str:
    return (
        f"apiVersion: virt-reconcile/v1\nkind: Host\nmetadata: {{name: hv1}}\nspec: {{uri: '{uri}'{more}}}\n"
    )


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    """A file that exists when the attack's program ran."""
    return tmp_path / "ran"


@pytest.fixture
def program(tmp_path: Path, marker: Path) -> Path:
    script = tmp_path / "attack"
    script.write_text(f'#!/bin/sh\necho "$@" >> {marker}\n')
    script.chmod(0o755)
    return script


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(
    "uri",
    [
        "qemu+ext:///system?command={0}",
        "qemu+ext://host/system?command={0}",
        "qemu+ssh://host/system?command={0}",
        "qemu+ssh://host/system?COMMAND={0}",
        "qemu+ssh://host/system?no_tty=1;command={0}",
        "qemu+ssh://host/system?c%6fmmand={0}",
        "qemu+ssh://-oProxyCommand={0}/system",
        "qemu+ssh://-oProxyCommand=x@host/system",
        "qemu+libssh://host/system?netcat={0}",
        "qemu+libssh2://host/system?keyfile={0}",
        "qemu+tls://host/system?pkipath={0}",
        "qemu:///system?authfile={0}",
        "qemu:///embed?root={0}",
        "qemu+tcp://127.0.0.1:1/system?name=test:///etc/shadow",
        "xen+ext://host/?command={0}",
    ],
)
def test_a_uri_of_the_files_runs_nothing(lab: Lab, program: Path, marker: Path, look: str, uri: str) -> None:
    lab.write("fleet.yaml", _host(uri.format(program)))
    lab.guest("web")
    said = lab(look, "TREE")
    assert said.code == 3
    assert "fleet.yaml:4:13: the URI is not taken from files: " in said.out + said.err
    assert not marker.exists()


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("uri", ["test:///etc/shadow", "test+unix:///etc/shadow", "test:////etc/passwd"])
def test_a_uri_of_the_files_shows_no_line_of_a_file(lab: Lab, look: str, uri: str) -> None:
    lab.write("fleet.yaml", _host(uri))
    lab.guest("web")
    said = lab(look, "TREE")
    assert said.code == 3
    assert "allowed: no other path than /default" in said.out + said.err
    assert "root:" not in said.out + said.err


@pytest.mark.parametrize(
    "uri",
    [
        "qemu:///system",
        "qemu:///session",
        "qemu+ssh://root@hv1.example.org/system",
        "qemu+ssh://me@hv1:2222/system?no_tty=1&mode=direct",
        "qemu+libssh2://hv1/system?sshauth=agent,privkey&known_hosts_verify=auto",
        "qemu+tls://[fd00::1]:16514/system",
        "qemu+tcp://10.0.0.1/system",
        "qemu+unix:///system?socket=/run/libvirt/libvirt-sock",
        "qemu+unix:///system?socket=/run/libvirt/virtqemud-sock-ro",
        "lxc:///",
        "lxc:///system",
        "xen:///system",
        "test:///default",
        "vpx://me@vcenter/dc/cluster/esx1/?no_verify=1",
        "esx://root@esx1/?no_verify=1&auto_answer=1",
        "sim:///tmp/x.db?host=a&delay=50ms",
        "sim:x.db",
    ],
)
def test_what_people_write_is_allowed(uri: str) -> None:
    assert uris.refusal(uri) == ""


def test_the_person_at_the_command_line_may_say_more(lab: Lab, program: Path, marker: Path) -> None:
    lab.write("fleet.yaml", _host("qemu+ext:///system?command=/evil"))
    lab.guest("web")
    said = lab("plan", "TREE", "--host", f"hv1={lab.uri()}")
    assert said.code == 0
    assert "Domain/web" in said.out


def test_a_policy_allows_a_uri_part_by_part(lab: Lab) -> None:
    lab.guest("web")
    rules = "hosts: {uris: ['qemu+ssh://*.example.org/system?keyfile=/etc/keys/*'], only: true}\n"
    file = str(policy(lab.path, rules))
    for uri, code in (
        ("qemu+ssh://hv1.example.org/system?keyfile=/etc/keys/hv1", 0),
        ("qemu+ssh://hv1.example.org/system", 0),
        ("qemu+ssh://hv1.example.org/system?keyfile=/etc/shadow", 3),
        ("qemu+ssh://hv1.example.org/system?keyfile=/etc/keys/x&command=/evil", 3),
        ("qemu+ssh://hv1.example.org/system?keyfile=/etc/keys/x;command=/evil", 3),
        ("qemu+ssh://evil/x?.example.org/system", 3),
        ("qemu:///system", 3),
    ):
        lab.write("fleet.yaml", _host(uri))
        assert lab("validate", "TREE", "--policy", file).code == code, uri


@pytest.mark.parametrize("look", ["plan", "status", "diff", "apply"])
def test_a_command_of_a_secret_is_not_run(lab: Lab, program: Path, marker: Path, look: str) -> None:
    _secret(lab, f"{{command: [{program}, a]}}")
    said = lab(look, "TREE", *(["--yes"] if look == "apply" else []))
    assert not marker.exists()
    if look != "status":
        assert said.code == (1 if look == "apply" else 0)
    if look in ("plan", "apply"):
        assert "is not allowed on this controller: add it to /etc/virt-reconcile/policy.yaml" in said.out


def _secret(lab: Lab, value: str) -> None:
    lab.write(
        "key.yaml",
        "apiVersion: virt-reconcile/v1\nkind: Secret\nmetadata: {name: key}\n"
        f"spec: {{host: hv1, usage: {{type: ceph}}, value: {value}}}\n",
    )


def test_a_command_of_credentials_is_not_run(lab: Lab, program: Path, marker: Path) -> None:
    lab.write(
        "fleet.yaml", _host(lab.uri(), f", credentials: {{username: me, password: {{command: {program}}}}}")
    )
    lab.guest("web")
    said = lab("plan", "TREE")
    assert said.code == 1
    assert "its credentials cannot be had: the command" in said.out
    assert not marker.exists()


def test_a_command_runs_where_the_policy_allows_it(lab: Lab, program: Path, marker: Path) -> None:
    _secret(lab, f"{{command: [{program}, show, key]}}")
    file = str(policy(lab.path, f"secrets: {{commands: [[{program}, show, '*']]}}\n"))
    assert lab("plan", "TREE", "--policy", file).code == 0
    assert marker.read_text() == "show key\n"
    _secret(lab, f"{{command: [{program}, delete, key]}}")
    lab("plan", "TREE", "--policy", file)
    _secret(lab, f"{{command: [{program}, show, -o]}}")
    lab("plan", "TREE", "--policy", file)
    assert marker.read_text() == "show key\n"


@pytest.mark.parametrize(
    "given", [("./pass", "show"), ("bin/pass", "show"), ("/usr/../tmp/pass", "show"), ()]
)
def test_a_program_beside_the_tree_is_no_allowed_one(given: tuple[str, ...]) -> None:
    guard = Guard(secrets=SecretRules(commands=(("*", "*"), ("*",))))
    assert guard.secret_refusal(SecretSource(command=given), ".")


def test_variables_of_the_controller_are_not_given_away(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cr3t-alpha-7391")
    _secret(lab, "{env: AWS_SECRET_ACCESS_KEY}")
    said = lab("apply", "TREE", "--yes")
    assert said.code == 1
    assert "AWS_SECRET_ACCESS_KEY is not allowed on this controller (allowed: VR_*)" in said.out
    driver = lab.driver()
    assert driver.lifecycle.secret_value("ceph:key") is None
    driver.close()


@pytest.mark.parametrize(
    "value", ["/etc/shadow", "../key", "~/.ssh/id_rsa", "a/../../key", "link", "folder/key"]
)
def test_files_outside_of_the_tree_are_no_secrets(lab: Lab, value: str) -> None:
    (lab.path / "key").write_text("s3cr3t-alpha-7391")
    if value == "link":
        (lab.tree / "link").symlink_to(lab.path / "key")
    _secret(lab, f"{{file: {value}}}")
    if value == "folder/key":  # no folder of a tree is a link that leads out of it
        (lab.tree / "folder").symlink_to(lab.path)
        assert lab("plan", "TREE").code == 3
        return
    assert "outside of the tree" in (said := lab("plan", "TREE").out) or "leads out of the tree" in said
    assert lab("apply", "TREE", "--yes").code == 1
    driver = lab.driver()
    assert driver.lifecycle.secret_value("ceph:key") is None
    driver.close()


def test_a_file_beside_the_tree_may_be_a_secret_by_its_whole_path(lab: Lab) -> None:
    for name in ("key", ".hidden"):
        (lab.path / name).write_text("s3cr3t-alpha-7391")
    _secret(lab, f"{{file: {lab.path}/key}}")
    assert lab("apply", "TREE", "--yes").code == 0
    (lab.path / "key").unlink()
    (lab.path / "key").symlink_to("/etc/hostname")
    assert "leads out of the tree" in lab("plan", "TREE").out
    _secret(lab, f"{{file: {lab.path}/.hidden}}")
    assert "outside of the tree" in lab("plan", "TREE").out
    _secret(lab, f"{{file: {lab.path}/key}}")
    allowed = str(policy(lab.path, "secrets: {folders: [/elsewhere]}\n"))
    assert "outside of the tree" in lab("plan", "TREE", "--policy", allowed).out


def _volume(lab: Lab, source: str) -> None:
    lab.write(
        "disk.yaml",
        "apiVersion: virt-reconcile/v1\nkind: StoragePool\nmetadata: {name: p}\nspec: {target: /srv/p}\n---\n"
        "apiVersion: virt-reconcile/v1\nkind: Volume\nmetadata: {name: v}\n"
        f"spec: {{pool: p, format: raw, source: {source}}}\n",
    )


@pytest.mark.parametrize(
    ("source", "column"),
    [
        ("/etc/shadow", 38),
        ("../../etc/shadow", 38),
        ("{file: /etc/shadow, format: raw}", 45),
        ("{file: a.img, checksum: {sums: /etc/shadow}}", 69),
    ],
)
def test_images_outside_of_the_tree_are_refused(lab: Lab, source: str, column: int) -> None:
    (lab.tree / "a.img").write_bytes(bytes(512))
    _volume(lab, source)
    said = lab("validate", "TREE")
    assert said.code == 3
    assert f"disk.yaml:9:{column}: '" in said.out
    assert "outside of the tree" in said.out
    allowed = str(policy(lab.path, "images: {folders: [/etc, /]}\n"))
    assert lab("validate", "TREE", "--policy", allowed).code == 0


@pytest.mark.parametrize("name", ["link", "folder/image"])
def test_links_to_images_lead_nowhere_else(lab: Lab, name: str) -> None:
    outside = lab.path / "outside"
    outside.mkdir()
    (outside / "image").write_bytes(b"s3cr3t" * 100)
    if name == "link":
        (lab.tree / "link").symlink_to(outside / "image")
    else:
        (lab.tree / "folder").symlink_to(outside)
    _volume(lab, name)
    said = lab("apply", "TREE", "--yes")
    if name != "link":  # no folder of a tree is a link that leads out of it
        assert said.code == 3
        assert "the link leads to a folder out of the tree" in said.err
        return
    assert said.code == 1
    assert "or a link leads there" in said.out + said.err
    file = str(policy(lab.path, f"images: {{folders: [{outside}]}}\n"))
    assert lab("apply", "TREE", "--yes", "--policy", file).code == 0


@pytest.mark.parametrize("look", LOOKS)
def test_untrusted_reads_no_secret_and_opens_no_host_of_the_tree(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, look: str
) -> None:
    lab.write("key", "in the tree")
    _secret(lab, "{file: key}")
    lab.guest("web")
    monkeypatch.setattr("reconciler.inputs.secrets._raw", lambda *_: pytest.fail("a secret is read"))
    stranger = lab.path / "stranger.db"
    lab.fleet(hv1=f"sim://{stranger}")
    said = lab(look, "TREE", "--untrusted")
    assert said.code == 3
    assert "with --untrusted, a sim: file is one of the tree" in said.out + said.err
    lab.fleet(hv1="qemu:///system")
    said = lab(look, "TREE", "--untrusted")
    if look != "validate":
        assert said.code == 1
    if look == "plan":
        assert "--untrusted opens only what the controller's policy names" in said.out
    said = lab(look, "TREE", "--untrusted", "--host", f"hv1={lab.uri()}")
    assert said.code == 0, said.out + said.err
    if look == "plan":
        assert "its value is not looked at (--untrusted)" in said.out
    allowed = policy(lab.path, f"hosts: {{uris: ['sim://{lab.path}/sim.db?host=*']}}\n")
    lab.fleet()
    assert lab(look, "TREE", "--untrusted", "--policy", str(allowed)).code == 0


def test_untrusted_takes_neither_state_nor_cache_of_the_tree(lab: Lab) -> None:
    lab.guest("web")
    lab.applied()
    folder = lab.tree / ".virt-reconcile"
    (folder / "state.db").write_bytes(b"forged")
    (folder / "tree.json").write_text("forged")
    said = lab("plan", "TREE", "--untrusted", "--host", lab.uri())
    assert said.code == 0, said.err
    assert (folder / "tree.json").read_text() == "forged"


def test_a_repository_hidden_among_the_files_runs_nothing(lab: Lab, program: Path, marker: Path) -> None:
    """git takes a folder for a bare repository that has HEAD, objects and refs, with its settings."""
    lab.guest("web")

    def git(*arguments: str) -> str:
        settings = {"GIT_CONFIG_GLOBAL": os.devnull} | {
            f"GIT_{who}_{what}": "x@x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
        }
        done = subprocess.run(
            ["git", *arguments],
            env=os.environ | settings,
            check=True,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        return done.stdout.strip()

    git("init", "-q", str(lab.path))
    git("init", "-q", "--bare", str(lab.tree))
    inside = f"--git-dir={lab.tree}"
    empty = git(inside, "hash-object", "-w", "-t", "tree", os.devnull)
    git(inside, "update-ref", "HEAD", git(inside, "commit-tree", empty, "-m", "x"))
    (lab.tree / "config").write_text(
        f"[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = .\n\tfsmonitor = {program}\n"
    )
    for look in LOOKS:
        lab(look, "TREE")
    assert not marker.exists()


def test_hosts_only_of_the_policy() -> None:
    guard = Guard("/p", HostRules(uris=("sim:///srv/*",), only=True))
    assert guard.uri_refusal("sim:///srv/lab.db?host=a")
    assert not guard.uri_refusal("sim:///srv/lab.db")
    assert guard.uri_refusal("sim:///srv/../etc/x")
    assert "allows these only" in guard.uri_refusal("qemu:///system")

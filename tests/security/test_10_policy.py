"""B10. The controller's policy stands outside of the tree: what reaches beyond a guest is shown or refused"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from specs.guard.privileges import WHATS, privileges
from specs.guard.reading import PolicyError, read_guard
from specs.identity import Kind
from specs.xml import parse
from tests.reconciler.cli.lab import Lab, Said
from tests.support.policy import policy


@pytest.fixture(autouse=True)
def _no_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    """No policy but the defaults."""
    monkeypatch.delenv("VIRT_RECONCILE_POLICY", raising=False)


NOTHING = "privileges: []\n"
"""A policy by which nothing may reach beyond a guest."""

QEMU = "http://libvirt.org/schemas/domain/qemu/1.0"


def evil(lab: Lab, xml: str, *, name: str = "evil") -> None:
    lab.write(
        f"{name}.yaml",
        f"apiVersion: virt-reconcile/v1\nkind: Domain\nmetadata: {{name: {name}}}\nspec:\n  memory: 1GiB\n"
        f"  host: hv1\n  state: stopped\n  xml: |\n    {xml}\n",
    )


def devices(xml: str) -> str:
    return f"<domain><devices>{xml}</devices></domain>"


ATTACKS = {
    devices("<emulator>/tmp/x</emulator>"): "emulator /tmp/x",
    devices("<emulator>/usr/bin/qemu-system-x86_64/../../../tmp/x</emulator>"): "emulator /usr",
    devices("<disk type='file'><source file='/etc/shadow'/><target dev='vda'/></disk>"): "disk /etc/shadow",
    devices(
        "<disk type='file'><source file='/srv/p/../../etc/shadow'/><target dev='vda'/></disk>"
    ): "disk /srv",
    devices("<disk type='file'><source file='etc/shadow'/><target dev='vda'/></disk>"): "disk etc/shadow",
    devices("<disk type='block'><source dev='/dev/sda'/><target dev='vda'/></disk>"): "block device /dev/sda",
    devices("<disk type='dir'><source dir='/etc'/><target dev='vda'/></disk>"): "disk /etc",
    devices(
        "<disk type='file'><source file='/srv/p/a'/><backingStore type='file'><format type='raw'/>"
        "<source file='/etc/shadow'/></backingStore><target dev='vda'/></disk>"
    ): "disk /etc/shadow",
    devices(
        "<disk type='network'><source protocol='nbd' name='x'><host name='10.0.0.1'/></source>"
        "<target dev='vda'/></disk>"
    ): "network disk nbd:10.0.0.1/x",
    devices("<filesystem type='mount'><source dir='/'/><target dir='host'/></filesystem>"): "filesystem /",
    devices(
        "<filesystem type='mount'><driver type='virtiofs'/><binary path='/tmp/x'/><source dir='/srv/p'/>"
        "<target dir='x'/></filesystem>"
    ): "emulator /tmp/x",
    devices(
        "<hostdev mode='subsystem' type='pci'><source><address domain='0x0000' bus='0x03' slot='0x00'"
        " function='0x0'/></source></hostdev>"
    ): "hostdev pci 0000:03:00.0",
    devices("<interface type='bridge'><source bridge='br0'/></interface>"): "interface bridge br0",
    devices("<interface type='ethernet'><script path='/tmp/x'/></interface>"): "script /tmp/x",
    devices("<serial type='file'><source path='/etc/cron.d/x'/></serial>"): "character device /etc/cron.d/x",
    devices("<serial type='pty'><log file='/etc/cron.d/x'/></serial>"): "character device /etc/cron.d/x",
    devices(
        "<serial type='tcp'><source mode='bind' host='0.0.0.0' service='1'/></serial>"
    ): "character device tcp 0.0.0.0 1",
    devices("<tpm model='tpm-crb'><backend type='passthrough'><device path='/dev/tpm0'/></backend></tpm>"): (
        "tpm passthrough"
    ),
    devices(
        "<shmem name='shared'><model type='ivshmem-plain'/><size unit='M'>4</size></shmem>"
    ): "shmem shared",
    "<domain><seclabel type='none' model='dac'/></domain>": "seclabel dac type=none",
    "<domain><os><kernel>/boot/vmlinuz</kernel></os></domain>": "kernel /boot/vmlinuz",
    "<domain><os><loader readonly='yes' type='pflash'>/tmp/x.fd</loader></os></domain>": "loader /tmp/x.fd",
    f"<domain xmlns:q='{QEMU}'><q:commandline><q:arg value='-x'/></q:commandline></domain>": (
        "element qemu:commandline"
    ),
    "<domain><memoryBacking><source type='file'/></memoryBacking></domain>": "memory file memoryBacking",
}


@pytest.mark.parametrize("xml", ATTACKS)
def test_what_reaches_beyond_a_guest_is_shown_and_can_be_refused(lab: Lab, xml: str) -> None:
    evil(lab, xml)
    told = ATTACKS[xml]
    said = lab("plan", "TREE")
    assert said.code == 0, said.err
    assert f"    ! privileged: {told}" in said.out
    assert f"privileged: {told}" in lab("validate", "TREE", "-v").out
    shown = lab("plan", "TREE", "-o", "json").json
    (found,) = shown["privileged"]
    assert (found["address"], found["host"]) == ("Domain/evil", "hv1")
    assert any(what.startswith(told) for what in found["what"])
    refused = lab("validate", "TREE", "--policy", str(policy(lab.path, NOTHING)))
    assert refused.code == 3
    assert f"evil.yaml:8:8: privileged: {told}" in refused.out
    assert " is not allowed by " in refused.out


@pytest.mark.parametrize("command", ["plan", "apply", "status", "diff"])
def test_every_command_holds_to_the_policy(lab: Lab, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    evil(lab, devices("<emulator>/tmp/x</emulator>"))
    monkeypatch.setenv("VIRT_RECONCILE_POLICY", str(policy(lab.path, NOTHING)))
    said = lab(command, "TREE", *(["--yes"] if command == "apply" else []))
    assert said.code == 3
    assert "evil.yaml:8:8: privileged: emulator /tmp/x is not allowed" in said.err
    assert lab.domains() == {}


def test_a_cached_tree_is_not_taken_past_another_policy(lab: Lab) -> None:
    evil(lab, devices("<emulator>/tmp/x</emulator>"))
    assert lab("validate", "TREE").code == 0
    assert lab("validate", "TREE", "--policy", str(policy(lab.path, NOTHING))).code == 3


def test_what_is_as_declared_is_not_told_again(lab: Lab) -> None:
    evil(lab, devices("<emulator>/tmp/x</emulator>"))
    lab.applied()
    assert "privileged" not in lab("plan", "TREE").out
    assert "! privileged: emulator /tmp/x" in lab("plan", "TREE", "-v").out


def test_a_raw_document_is_told_by_its_line(lab: Lab) -> None:
    lab.write(
        "raw.xml",
        "<domain type='qemu'>\n<name>raw</name><memory>1048576</memory><os><type>hvm</type></os>\n<devices>\n"
        "<disk type='block'>\n<source dev='/dev/sda'/><target dev='vda'/></disk>\n</devices></domain>",
    )
    said = lab("validate", "TREE", "--policy", str(policy(lab.path, NOTHING)))
    assert "raw.xml:5:1: privileged: block device /dev/sda" in said.out


def test_a_field_is_told_by_its_place(lab: Lab) -> None:
    lab.write(
        "web.yaml",
        "apiVersion: virt-reconcile/v1\nkind: Domain\nmetadata: {name: web}\nspec:\n  memory: 1GiB\n"
        "  disks:\n    - file: /etc/shadow\n",
    )
    said = lab("validate", "TREE", "--policy", str(policy(lab.path, NOTHING)))
    assert "web.yaml:7:13: privileged: disk /etc/shadow" in said.out


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("qemu: {args: [-device, pvpanic]}", "7:9: privileged: element qemu:commandline"),
        ("backing: {source: file}}", "6:42: privileged: memory file memoryBacking"),
        (
            "input: [{type: evdev, evdev: {dev: /dev/input/event1}}]",
            "7:18: privileged: host path evdev /dev/input",
        ),
        ("interfaces: [{user: true, rom: /srv/x.rom}]", "7:34: privileged: interface /srv/x.rom"),
        ("hostDevices: [{usbAddress: {bus: 1, device: 2}}]", "7:17: privileged: hostdev usb 1 2"),
        ("sharedMemory: [{name: a, size: 1MiB}]", "7:25: privileged: shmem a"),
    ],
)
def test_typed_fields_are_no_way_past_the_policy(lab: Lab, field: str, told: str) -> None:
    memory = "memory: {size: 1GiB, " + (field if field.startswith("backing") else "hugepages: true}")
    more = "" if field.startswith("backing") else f"  {field}\n"
    lab.write(
        "web.yaml",
        "apiVersion: virt-reconcile/v1\nkind: Domain\nmetadata: {name: web}\nspec:\n  state: stopped\n"
        f"  {memory}\n{more}",
    )
    said = lab("validate", "TREE", "--policy", str(policy(lab.path, NOTHING)))
    assert f"web.yaml:{told}" in said.out


def test_what_reaches_past_libvirt_is_told_at_its_field(lab: Lab) -> None:
    head = "apiVersion: virt-reconcile/v1\nkind: {}\nmetadata: {{name: x}}\nspec:\n"
    lab.write("net.yaml", f"{head.format('Network')}  forward: nat\n  dnsmasq: [log-queries]\n")
    source = "  type: netfs\n  target: /srv/x\n  source: {hosts: {name: n}, dir: /e, format: nfs}\n"
    lab.write("nas.yaml", f"{head.format('StoragePool')}{source}  mountOptions: [noatime]\n")
    said = lab("validate", "TREE", "--policy", str(policy(lab.path, NOTHING)))
    assert "net.yaml:6:13: privileged: element dnsmasq:options" in said.out
    assert "nas.yaml:8:18: privileged: element fs:mount_opts" in said.out


POOL = "apiVersion: virt-reconcile/v1\nkind: StoragePool\nmetadata: {{name: p}}\nspec: {{{0}}}\n"


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ("target: /", "pool /"),
        ("target: /etc/libvirt", "pool /etc/libvirt"),
        ("target: /root", "pool /root"),
        ("target: /srv/../etc", "pool /srv/../etc"),
        ("target: /var/lib/libvirt/qemu", "pool /var/lib/libvirt/qemu"),
        ("target: /var/lib/libvirt", "pool /var/lib/libvirt"),
        ("type: logical, source: {name: vg0}", "pool logical vg0"),
        ("type: disk, source: {devices: [/dev/sda]}", "pool disk /dev/sda"),
    ],
)
def test_pools_on_what_is_the_machines_own(lab: Lab, spec: str, told: str) -> None:
    lab.write("p.yaml", POOL.format(spec))
    assert f"! privileged: {told}" in lab("plan", "TREE").out
    said = lab("validate", "TREE", "--policy", str(policy(lab.path, NOTHING)))
    assert f"privileged: {told} is not allowed" in said.out
    assert said.out.startswith("p.yaml:4:")


def test_a_disk_in_a_declared_pool_is_a_guests_own(lab: Lab) -> None:
    lab.write("p.yaml", POOL.format("target: /srv/p"))
    evil(lab, devices("<disk type='file'><source file='/srv/p/a.img'/><target dev='vda'/></disk>"))
    file = str(policy(lab.path, NOTHING))
    assert lab("validate", "TREE", "--policy", file).code == 0
    lab.write("p.yaml", POOL.format("target: /"))
    evil(lab, devices("<disk type='file'><source file='/etc/shadow'/><target dev='vda'/></disk>"))
    said = lab("validate", "TREE", "--policy", file)
    assert "pool / is not allowed" in said.out
    assert "disk /etc/shadow is not allowed" in said.out


def test_a_backing_file_outside_of_the_pools(lab: Lab) -> None:
    lab.write(
        "p.yaml",
        POOL.format("target: /srv/p")
        + "---\napiVersion: virt-reconcile/v1\nkind: Volume\nmetadata: {name: v.qcow2}\n"
        "spec: {pool: p, capacity: 1GiB, backing: {path: /etc/shadow, format: raw}}\n",
    )
    assert "! privileged: backing /etc/shadow" in lab("plan", "TREE").out


@pytest.mark.parametrize("mode", ["bridge", "route", "open"])
def test_networks_that_are_the_hosts(lab: Lab, mode: str) -> None:
    lab.write(
        "n.xml",
        f"<network><name>n</name><forward mode='{mode}'/><bridge name='br0'/></network>",
    )
    assert f"! privileged: network {mode} br0" in lab("plan", "TREE").out


def test_options_of_dnsmasq() -> None:
    network = parse(
        "<network xmlns:d='http://libvirt.org/schemas/network/dnsmasq/1.0'><name>n</name>"
        "<d:options><d:option value='conf-script=/tmp/x'/></d:options></network>"
    )
    assert [str(each) for each in privileges(network, Kind.NETWORK)] == ["element dnsmasq:options"]


def test_a_container_is_root_on_its_host() -> None:
    plain = parse("<domain type='lxc'><name>c</name></domain>")
    (found,) = privileges(plain, Kind.DOMAIN)
    assert found.what == "container root"
    mapped = parse(
        "<domain type='lxc'><name>c</name><idmap><uid start='0' target='1000' count='10'/></idmap></domain>"
    )
    assert privileges(mapped, Kind.DOMAIN) == ()


def test_what_most_guests_have_is_not_privileged() -> None:
    document = parse(
        f"""<domain type='kvm' xmlns:o='http://libosinfo.org/x'><name>/web</name><title>/a</title>
        <metadata><o:x path='/etc'/><q:commandline xmlns:q='{QEMU}'/></metadata>
        <os><type>hvm</type><loader type='pflash'>/usr/share/OVMF/OVMF_CODE.fd</loader>
        <nvram template='/usr/share/OVMF/OVMF_VARS.fd'>/var/lib/libvirt/qemu/nvram/web.fd</nvram></os>
        <resource><partition>/machine/web</partition></resource>
        <devices><emulator>/usr/bin/qemu-system-x86_64</emulator>
        <disk type='volume' device='disk'><source pool='p' volume='v'/><target dev='vda'/></disk>
        <interface type='network'><source network='lan'/></interface>
        <serial type='pty'/><console type='pty'/>
        <channel type='unix'><target name='org.qemu.guest_agent.0'/></channel>
        <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
        <tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>
        <graphics type='vnc' port='-1'/></devices></domain>"""
    )
    assert [str(each) for each in privileges(document, Kind.DOMAIN)] == []


def test_every_kind_of_privilege_has_a_name_that_a_policy_can_say(lab: Lab) -> None:
    rules = "\n".join(f"      {what}: ['*']" for what in WHATS)
    file = policy(lab.path, f"privileges:\n  - allow:\n{rules}\n")
    assert read_guard(file, lab.tree).privileges
    for number, xml in enumerate(xml for xml in ATTACKS if ".." not in xml):
        evil(lab, xml, name=f"evil{number}")
    said = lab("validate", "TREE", "--policy", str(file))
    assert said.code == 0, said.out


@pytest.mark.parametrize(
    ("selector", "allowed"),
    [
        ("", True),
        ("fleets: shop, ", True),
        ("fleets: [other], ", False),
        ("names: 'ev*', ", True),
        ("names: web, ", False),
        ("hostLabels: {rack: a}, ", True),
        ("hostLabels: {rack: b}, ", False),
    ],
)
def test_rules_are_about_fleets_names_and_hosts(lab: Lab, selector: str, allowed: bool) -> None:
    text = (lab.tree / "fleet.yaml").read_text()
    lab.write("fleet.yaml", text.replace("{name: hv1}", "{name: hv1, labels: {rack: a}}"))
    evil(lab, devices("<disk type='file'><source file='/srv/i/a'/><target dev='vda'/></disk>"))
    file = policy(lab.path, f"privileges: [{{{selector}allow: {{disk: [/srv/i/]}}}}]\n")
    assert lab("validate", "TREE", "--policy", str(file)).code == (0 if allowed else 3)


def test_a_folder_does_not_allow_what_climbs_out_of_it(lab: Lab) -> None:
    evil(lab, devices("<disk type='file'><source file='/srv/i/../../etc/shadow'/><target dev='vda'/></disk>"))
    file = policy(lab.path, "privileges: [{allow: {disk: [/srv/i/, '*']}}]\n")
    assert lab("validate", "TREE", "--policy", str(file)).code == 3


def test_names_and_pools_of_a_fleet(lab: Lab) -> None:
    lab.guest("web")
    lab.write("p.yaml", POOL.format("target: /srv/p"))
    file = policy(lab.path, "ceilings: [{fleets: shop, names: ['shop-*', p], pools: [/srv/shop]}]\n")
    said = lab("validate", "TREE", "--policy", str(file))
    assert "web.yaml:4:18: " in said.out
    assert "does not let the fleet 'shop' declare this name" in said.out
    assert "p.yaml:4:16: a pool in /srv/p is not allowed" in said.out


def test_ceilings_of_pruning_that_no_tree_and_no_option_raises(lab: Lab) -> None:
    for name in "abc":
        lab.guest(name)
    lab.guest("keep")
    lab.fleet(prune=True, most=50)
    lab.applied()
    for name in "abc":
        (lab.tree / f"{name}.yaml").unlink()
    never = str(policy(lab.path, "ceilings: [{prune: false}]\n"))
    lab("apply", "TREE", "--yes", "--prune", "--policy", never)
    assert len(lab.domains()) == 4
    few = str(
        policy(lab.path, "ceilings: [{maxDeletions: 2}, {maxDeletions: 9}, {fleets: x, maxDeletions: 0}]\n")
    )
    lab("apply", "TREE", "--yes", "--prune", "--max-deletions", "40", "--policy", few)
    lab(
        "destroy",
        "TREE",
        "--yes",
        "--max-deletions",
        "40",
        "--policy",
        str(policy(lab.path, "ceilings: [{maxDeletions: 0}]\n", "none.yaml")),
    )
    assert len(lab.domains()) == 4


@pytest.mark.parametrize("fleet", ["..", "shop", "[x]", "*"])
def test_no_name_of_a_fleet_slips_past_what_holds_for_all(lab: Lab, fleet: str) -> None:
    lab.fleet(name=f"'{fleet}'")
    lab.guest("web")
    said = lab("validate", "TREE", "--policy", str(policy(lab.path, "ceilings: [{names: x}]\n")))
    assert "does not let the fleet" in said.out


def test_data_are_never_lost_where_the_policy_says_so(lab: Lab) -> None:
    lab.write(
        "p.yaml",
        POOL.format("target: /srv/p")
        + "---\napiVersion: virt-reconcile/v1\nkind: Volume\nmetadata: {name: v}\n"
        "spec: {pool: p, capacity: 1MiB, onDelete: delete}\n",
    )
    lab.applied()
    file = str(policy(lab.path, "ceilings: [{dataLoss: never}]\n"))
    said = lab("destroy", "TREE", "--yes", "--allow-data-loss", "--policy", file)
    assert "never lets happen" in said.out
    driver = lab.driver()
    assert driver.observe.one(Kind.VOLUME, "p/v")
    driver.close()


@pytest.mark.parametrize(
    ("source", "rules", "told"),
    [
        ("http://a.example.org/i.img", "requireHttps: true", "wants https"),
        (
            "https://evil.example.com/i.img",
            "hosts: ['*.example.org']",
            "allows no images from 'evil.example.com'",
        ),
        ("https://me@evil.com/i.img", "hosts: [me]", "allows no images from 'evil.com'"),
        ("https://a.example.org/i.img", "requireChecksum: true", "wants a checksum"),
        (
            "{url: 'https://a/i', checksum: {sums: 'http://a/S'}}",
            "requireHttps: true",
            "wants https",
        ),
    ],
)
def test_where_images_may_come_from(lab: Lab, source: str, rules: str, told: str) -> None:
    lab.write(
        "p.yaml",
        POOL.format("target: /srv/p")
        + "---\napiVersion: virt-reconcile/v1\nkind: Volume\nmetadata: {name: v}\n"
        f"spec: {{pool: p, source: {source if source.startswith('{') else repr(source)}}}\n",
    )
    said = lab("validate", "TREE", "--policy", str(policy(lab.path, f"images: {{{rules}}}\n")))
    assert said.code == 3
    assert told in said.out


def test_transports(lab: Lab) -> None:
    lab.fleet(hv1="qemu+tcp://10.0.0.1/system")
    lab.guest("web")
    said = lab(
        "validate", "TREE", "--policy", str(policy(lab.path, "hosts: {transports: [none, ssh, tls]}\n"))
    )
    assert "allows no transport 'tcp'; allowed: none, ssh, tls" in said.out
    assert "tcp is not encrypted" in lab("validate", "TREE").err


def test_where_guests_may_be_sent(lab: Lab) -> None:
    """migration.address is the tree's, and need not be where the host's URI leads."""
    lab.fleet(hv1=lab.uri("hv1"), hv2=lab.uri("hv2"))
    lab.guest("web")
    lab.applied()
    hosts = (lab.tree / "fleet.yaml").read_text()
    lab.write("fleet.yaml", hosts.replace('host=hv2"}', 'host=hv2", migration: {address: evil.example}}'))
    lab.guest("web", host="hv2")
    assert "! privileged: migration address evil.example" in lab("plan", "TREE").out
    rules = policy(lab.path, "hosts: {migrationAddresses: ['10.0.0.*']}\n")
    said = lab("apply", "TREE", "--yes", "--policy", str(rules))
    assert said.code == 3
    assert "guests must not be sent to evil.example" in said.err
    assert lab.domains("hv1") == {"web": "running"}


@pytest.mark.parametrize(
    "spoilt", ["others", "group", "in the tree", "link into the tree", "folder", "fifo", "none"]
)
def test_a_policy_that_others_may_have_written_is_not_taken(lab: Lab, spoilt: str) -> None:
    lab.guest("web")
    file = policy(lab.path, NOTHING)
    if spoilt in ("others", "group"):
        file.chmod(0o666 if spoilt == "others" else 0o660)
    elif spoilt == "in the tree":
        file = policy(lab.tree, NOTHING, "policy.conf")
    elif spoilt == "link into the tree":
        inside = policy(lab.tree, NOTHING, "policy.conf")
        file.unlink()
        file.symlink_to(inside)
    elif spoilt == "folder":
        folder = lab.path / "open"
        folder.mkdir()
        folder.chmod(0o777)
        file = policy(folder, NOTHING)
    elif spoilt == "fifo":
        file.unlink()
        os.mkfifo(file, 0o600)
    else:
        file.unlink()
    said = lab("plan", "TREE", "--policy", str(file))
    assert said.code == 1
    assert said.err.startswith("error: ")
    assert "polic" in said.err or "chmod" in said.err


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give a file away")
def test_a_policy_of_another_user_is_not_taken(lab: Lab) -> None:
    file = policy(lab.path, NOTHING)
    os.chown(file, 12345, 12345)
    with pytest.raises(PolicyError, match="belongs to another user"):
        read_guard(file, lab.tree)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("privilges: []\n", "policy.yaml:3:1: unknown key 'privilges'; did you mean 'privileges'?"),
        ("privileges: [{allow: {emulators: ['*']}}]\n", "policy.yaml:3:"),
        ("ceilings: [{maxDeletions: -1}]\n", "policy.yaml:3:27: "),
        ("images: {maxSize: much}\n", "policy.yaml:3:19: "),
        ("hosts: [\n", "policy.yaml:4:1: not YAML"),
        ("---\napiVersion: virt-reconcile/v1\n", "a policy is one document"),
        ("hosts: !!python/object:os.system {}\n", "policy.yaml:3:8: the tag"),
    ],
)
def test_a_broken_policy_stops_everything_at_its_line(lab: Lab, text: str, told: str) -> None:
    lab.guest("web")
    said = lab("apply", "TREE", "--yes", "--policy", str(policy(lab.path, text)))
    assert said.code == 1
    assert told in said.err
    assert lab.domains() == {}


def test_the_policy_of_the_docs_is_one(lab: Lab) -> None:
    page = (Path(__file__).parents[2] / "docs" / "policy.md").read_text()
    shown = page.partition("```yaml as=policy\n")[2].partition("```")[0]
    guard = read_guard(policy(lab.path, shown), lab.tree)
    assert guard.ceiling("lab").pools == ("/srv/lab",)
    assert guard.ceiling("shop").max_deletions == 5
    assert not guard.uri_refusal("qemu+ssh://ops@hv1.example.org/system?keyfile=/etc/virt-reconcile/keys/hv1")
    assert guard.allows("hostdev", "x", fleet="router", name="router-1", hosts=[{"rack": "a"}])
    assert not guard.allows("hostdev", "x", fleet="router", name="router-1", hosts=[{"rack": "a"}, {}])


def test_every_word_of_a_plan_is_in_the_docs() -> None:
    page = (Path(__file__).parents[2] / "docs" / "policy.md").read_text()
    assert [what for what in WHATS if f"`{what}`" not in page] == []


# Signed commits


class Signed:
    """A working copy whose commits are signed by one of two keys."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.keys = {}
        for name in ("good", "bad"):
            key = lab.path / name
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
            self.keys[name] = key
        signers = lab.path / "signers"
        signers.write_text(f"me@example.org {(lab.path / 'good.pub').read_text()}")
        self.policy = str(policy(lab.path, f"signedCommits: {{allowedSigners: {signers}}}\n"))
        self.git("init", "-q", ".")

    def git(self, *arguments: str) -> None:
        names = {
            f"GIT_{who}_{what}": "me@example.org"
            for who in ("AUTHOR", "COMMITTER")
            for what in ("NAME", "EMAIL")
        }
        subprocess.run(
            ["git", "-C", str(self.lab.tree), *arguments],
            check=True,
            capture_output=True,
            env=os.environ | names | {"GIT_CONFIG_GLOBAL": os.devnull},
        )

    def commit(self, key: str = "") -> None:
        self.git("add", "-A")
        signing = ["-S"] if key else []
        settings = ("-c", "gpg.format=ssh", "-c", f"user.signingkey={self.keys[key]}.pub") if key else ()
        self.git(*settings, "commit", "-q", "--allow-empty", "-m", "x", *signing)

    def apply(self) -> Said:
        return self.lab("apply", "TREE", "--yes", "--policy", self.policy)


@pytest.fixture
def signed(lab: Lab) -> Signed:
    assert shutil.which("ssh-keygen")
    assert shutil.which("git")
    lab.guest("web")
    return Signed(lab)


def test_a_commit_that_is_signed_by_the_right_key_is_applied(signed: Signed) -> None:
    signed.commit("good")
    said = signed.apply()
    assert said.code == 0, said.err
    assert signed.lab.domains() == {"web": "running"}


@pytest.mark.parametrize("key", ["", "bad"])
def test_a_commit_that_is_not_is_refused_and_the_plan_warns(signed: Signed, key: str) -> None:
    signed.commit(key)
    said = signed.apply()
    assert said.code == 1
    assert "is not signed by any of" in said.err
    assert signed.lab.domains() == {}
    planned = signed.lab("plan", "TREE", "--policy", signed.policy)
    assert planned.code == 0
    assert "warning: " in planned.err
    assert "apply refuses it" in planned.err
    run = signed.lab("run", "TREE", "--once", "--policy", signed.policy)
    assert run.code == 1
    assert "is not signed by any of" in run.err
    assert signed.lab.domains() == {}


@pytest.mark.parametrize("change", ["changed", "new", "ignored"])
def test_what_lies_beside_a_signed_commit_is_not_signed(signed: Signed, change: str) -> None:
    lab = signed.lab
    if change == "ignored":
        lab.write(".gitignore", "db.yaml\n")
    signed.commit("good")
    lab.guest("web" if change == "changed" else "db", memory="2GiB")
    said = signed.apply()
    assert said.code == 1
    assert "is not as it was committed" in said.err
    assert lab.domains() == {}


def test_settings_of_the_working_copy_do_not_vouch_for_it(signed: Signed) -> None:
    """A program of the repository's own would find every signature good."""
    lab = signed.lab
    marker = lab.path / "ran"
    yes = lab.path / "yes"
    yes.write_text(
        f'#!/bin/sh\ntouch {marker}\ncase "$2" in find-principals) echo me@example.org;;'
        " verify) echo 'Good \"git\" signature for me@example.org with ED25519 key SHA256:x';; esac\n"
    )
    yes.chmod(0o755)
    signed.commit("bad")
    for name in ("gpg.ssh.program", "gpg.program", "core.fsmonitor"):
        signed.git("config", name, str(yes))
    marker.unlink(missing_ok=True)
    signed.git("config", "gpg.ssh.allowedSignersFile", str(lab.tree / "web.yaml"))
    assert signed.apply().code == 1
    assert not marker.exists()


def test_a_folder_that_is_no_working_copy_is_not_signed(lab: Lab) -> None:
    lab.guest("web")
    file = policy(lab.path, f"signedCommits: {{allowedSigners: {lab.path}/signers}}\n")
    said = lab("apply", "TREE", "--yes", "--policy", str(file))
    assert said.code == 1
    assert "is no git working copy" in said.err


# Real libvirt


@pytest.mark.real
def test_the_attacks_on_a_real_host(lab: Lab, empty_host: object, tmp_path: Path) -> None:
    from tests.support.daemons import LibvirtHost

    assert isinstance(empty_host, LibvirtHost)
    marker, program = empty_host.root / "ran", empty_host.root / "attack"
    program.write_text(f"#!/bin/sh\ntouch {marker}\nexit 1\n")
    program.chmod(0o755)
    attacks = {
        f"emulator {program}": devices(f"<emulator>{program}</emulator>"),
        "disk /etc/shadow": devices(
            "<disk type='file'><driver name='qemu' type='raw'/><source file='/etc/shadow'/>"
            "<target dev='vda'/></disk>"
        ),
        "block device /dev/sda": devices(
            "<disk type='block'><source dev='/dev/sda'/><target dev='vdb'/></disk>"
        ),
        "filesystem /": devices("<filesystem><source dir='/'/><target dir='host'/></filesystem>"),
    }
    lab.fleet(hv1=empty_host.qemu)
    for number, xml in enumerate(attacks.values()):
        evil(lab, xml, name=f"evil{number}")
    lab.write("p.yaml", POOL.format("target: /etc/libvirt"))
    planned = lab("plan", "TREE")
    assert planned.code == 0, planned.err
    for told in (*attacks, "pool /etc/libvirt"):
        assert f"! privileged: {told}" in planned.out
    applied = lab("apply", "TREE", "--yes", "--policy", str(policy(lab.path, NOTHING)))
    assert applied.code == 3
    for told in (*attacks, "pool /etc/libvirt"):
        assert f"privileged: {told} is not allowed" in applied.err
    assert empty_host.virsh("list", "--all", "--name").strip() == ""
    assert not marker.exists()
    uri = f"qemu+ext:///system?command={program}"
    lab.fleet(hv1=uri)
    assert lab("plan", "TREE").code == 3
    assert not marker.exists()

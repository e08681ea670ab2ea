"""The typed fields on a real libvirtd: what our examples and a wide tree declare is kept and plans empty."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
import yaml

from tests.real.conftest import Shell
from tests.support.daemons import LibvirtHost

pytestmark = pytest.mark.real

EXAMPLES = Path(__file__).parents[2] / "examples"
ELSEWHERE = frozenset({"container-lxc", "cloud-image", "fleet", "ci", "driver"})
"""What wants a container host, an image from the net, or three hosts, and what is no tree: seen to by tests
of their own."""

ON_QEMU = sorted(path.name for path in EXAMPLES.iterdir() if path.is_dir() and path.name not in ELSEWHERE)
IDLE = {
    "network-features": {"uplink": "inactive", "directory": "stopped", "office": "inactive"},
    "secrets-and-encryption": {"vault": "stopped"},
    "templates-and-labels": {"front": "stopped", "back": "stopped"},
    "raw-xml": {"web": "stopped"},
    "first": {"web": "stopped"},
}
"""What needs more than the test's machine has: a bridge, a queueing discipline, a Ceph cluster, memory."""


def copy(example: str, host: LibvirtHost, shell: Shell) -> str:
    """An example in the shell's tree, its folders below the host's own; the name of its host."""
    shutil.copytree(EXAMPLES / example, shell.tree, dirs_exist_ok=True)
    hosts: set[str] = set()
    for path in (*shell.tree.rglob("*.yaml"), *shell.tree.rglob("*.xml")):
        text = path.read_text()
        for folder in ("/var/lib/virt-reconcile", "/var/lib/libvirt/images"):
            text = text.replace(folder, f"{host.images}")
        text = text.replace("type='kvm'", "type='qemu'")
        if path.suffix == ".yaml":
            documents = [document for document in yaml.safe_load_all(text) if document]
            hosts |= {d["metadata"]["name"] for d in documents if d["kind"] == "Host"}
            for document in documents:
                name = document["metadata"]["name"]
                if name in IDLE.get(example, {}) and document["kind"] in ("Domain", "Network"):
                    document["spec"]["state"] = IDLE[example][name]
            text = yaml.safe_dump_all(documents)
        path.write_text(text)
    assert len(hosts) == 1
    return hosts.pop()


@pytest.mark.parametrize("example", ON_QEMU)
def test_every_example_on_qemu(
    empty_host: LibvirtHost, shell: Shell, example: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VR_DISK_PASSPHRASE", "for-a-test")
    override = f"{copy(example, empty_host, shell)}={empty_host.qemu}"
    shell.apply("--host", override)
    shell.expect_nothing_to_do("--host", override)
    shell.lose_state()
    shell.apply("--host", override)  # a secret's value is set anew, for nobody knows what was set
    shell.expect_nothing_to_do("--host", override)
    empty_host.restart()
    shell.expect_nothing_to_do("--host", override)


def test_the_container_example(empty_host: LibvirtHost, shell: Shell) -> None:
    override = f"{copy('container-lxc', empty_host, shell)}={empty_host.lxc}"
    shell.apply("--host", override)
    shell.expect_nothing_to_do("--host", override)
    shell.lose_state()
    shell.expect_nothing_to_do("--host", override)


WIDE = """\
apiVersion: virt-reconcile/v1
kind: Network
metadata: {name: wide}
spec:
  forward:
    mode: nat
    nat: {addresses: {start: 10.75.0.1, end: 10.75.0.9}, ports: {start: 2000, end: 3000}, ipv6: true}
  bridge: {name: vr-wide, stp: false, delay: 0}
  ipv6: true
  dnsmasq: ["dhcp-option=option:ntp-server,10.74.0.1", log-queries]
  routes: [{to: 10.76.0.0/24, gateway: 10.74.0.3, metric: 2}, {to: "fd00:75::/64", gateway: "fd00:74::3"}]
  domain: wide.example
  domainLocalOnly: true
  mtu: 1400
  dns:
    forwardPlainNames: false
    hosts: [{ip: 10.74.0.2, names: [a, b]}]
    txt: [{name: t, value: v}]
    forwarders: [9.9.9.9]
  ips:
    - address: 10.74.0.1/24
      tftp: /tmp
      localPtr: true
      dhcp:
        ranges: [{start: 10.74.0.10, end: 10.74.0.20, lease: 90m}]
        hosts: [{mac: "52:54:00:74:00:01", name: a, ip: 10.74.0.5, lease: infinite}]
        bootp: pxelinux.0
    - {address: "fd00:74::1/64"}
  portgroups: [{name: x, default: true}]
---
apiVersion: virt-reconcile/v1
kind: NetworkFilter
metadata: {name: wide}
spec:
  rules:
    - {action: accept, direction: in, priority: 100, protocol: tcp, match: {dstportstart: 443}}
    - {action: drop, direction: in, priority: 1000, protocol: all}
"""
FIELDS = {
    "texts": "title: A title, description: 'é & <more>', autostart: true",
    "machine-q35": "machine: q35, emulator: /usr/bin/qemu-system-x86_64, arch: x86_64",
    "bios": "firmware: bios, boot: [network, hd]",
    "cpu": "cpu: {model: qemu64, topology: {sockets: 1, dies: 1, cores: 2, threads: 1}, "
    "features: {svm: disable}}, vcpus: 2",
    "cpu-host": "cpu: host-model",
    "cpu-maximum": "cpu: maximum, vcpus: {count: 1, max: 4}, shares: 512",
    "memory": "memory: {size: 32MiB, max: 64MiB}, memballoon: {model: virtio, period: 10}",
    "no-balloon": "memballoon: none",
    "clock-local": "clock: localtime",
    "clock-zone": "clock: {offset: timezone, timezone: Europe/Paris}",
    "clock-variable": "clock: {offset: variable, adjustment: 3600, basis: utc, timers: "
    "[{name: rtc, tickpolicy: catchup}, {name: hpet, present: false}]}",
    "bus": "disks: [{target: vda, bus: virtio, file: /tmp/wide-bus.img}]",
    "events": "on_poweroff: destroy, on_reboot: restart, on_crash: preserve",
    "kernel": "kernel: {image: /boot/k, initrd: /boot/i, cmdline: 'console=ttyS0 quiet, really'}",
    "disks": "disks: [{target: vda, file: /tmp/wide.img, format: raw, cache: none, io: native, "
    "discard: unmap, detect_zeroes: unmap, serial: S1, boot: 1, iops: 100, bandwidth: 1MiB}, "
    "{target: sda, bus: scsi, block: /dev/zero, readonly: true, shareable: true}, "
    "{device: cdrom}, {device: floppy}, "
    "{network: {protocol: nbd, name: x, hosts: [{name: nbd.example, port: 10809}]}}]",
    "interfaces": "interfaces: [{network: wide, portgroup: x, mac: '52:54:00:74:00:01', mtu: 1400, "
    "filter: wide, filter_parameters: {IP: 10.74.0.5}, boot: 1}, "
    "{network: wide, model: e1000, link: down}, {user: true, model: virtio, queues: 1}, "
    "{direct: {dev: lo, mode: private}}, {bridge: br9, openvswitch: true, vlan: 42}, "
    "{network: wide, bandwidth: {inbound: {average: 100, peak: 200, burst: 50}}}]",
    "displays": "graphics: [{type: vnc, listen: 127.0.0.1}], video: {model: vga, heads: 1}, "
    "input: [tablet, {type: keyboard, bus: virtio}]",
    "fixed-port": "graphics: [{type: vnc, port: 5977}], video: cirrus",
    "characters": "serial: [pty, {type: file, path: /tmp/wide.log}, "
    "{type: tcp, host: 127.0.0.1, port: 2555}, {type: unix, path: /tmp/wide.sock, log: /tmp/wide-log}], "
    "console: [pty], channels: [org.example.a, {name: org.example.b, path: /tmp/wide-b.sock}], agent: true",
    "small-devices": "rng: {backend: /dev/urandom, bytes: 1000, period: 500}, "
    "watchdog: {model: i6300esb, action: poweroff}, sound: ich6",
    "host-devices": "host_devices: [{pci: '0000:06:00.0'}, {usb: '1234:beef'}, "
    "{mdev: 4b20d080-1b54-4048-85b3-a6a62d165c01}]",
    "shares-9p": "filesystems: [{source: /srv, target: share, driver: 9p, "
    "accessmode: mapped, readonly: true}]",
    "shares-virtiofs": "filesystems: [{source: /srv, target: share}]",
    "hugepages": "memory: {size: 32MiB, hugepages: true}",
    "enlightened": "hyperv: {relaxed: true, vapic: true, spinlocks: 8191, vpindex: true, runtime: true, "
    "synic: true, stimer: true, stimerDirect: true, reset: true, vendorId: virt, frequencies: true, "
    "reenlightenment: true, tlbflush: true, ipi: true, evmcs: false}, "
    "kvm: {hidden: true, pollControl: true}, clock: {timers: [{name: hypervclock, present: true}]}",
    "hyperv-passthrough": "hyperv: {mode: passthrough}",
    "pinned": "vcpus: {count: 2, cpus: 0-1}, iothreads: 2, shares: 100, "
    "pinning: {vcpus: {0: 0, 1: '0,1'}, emulator: 0-1, iothreads: {2: 1}}, "
    "disks: [{file: /tmp/wide-io.img, iothread: 2, queues: 1}]",
    "numa": "vcpus: 2, memory: 64MiB, cpu: {"
    "numa: [{cpus: 0, memory: 32MiB, distances: {0: 10, 1: 21}}, "
    "{cpus: 1, memory: 32MiB, distances: {0: 21, 1: 10}}]}, "
    "numa: {mode: strict, nodes: 0, cells: [{cell: 1, mode: preferred, nodes: 0}]}",
    "backed": "memory: {size: 32MiB, hugepages: true, hugepageSize: 2MiB, "
    "backing: {source: memfd, access: shared, allocation: immediate, locked: true, unmerged: true}}",
    "shared-memory": "sharedMemory: [{name: wide-plain, size: 4MiB, role: peer}, "
    "{name: wide-bell, server: /tmp/wide-shm.sock, vectors: 4}]",
    "inputs": "input: [{type: passthrough, device: /dev/input/event3}, "
    "{type: evdev, evdev: {dev: /dev/input/event1, grab: all, grabToggle: alt-alt, repeat: true}}, "
    "{type: evdev, evdev: {dev: /dev/input/event2}}]",
    "smbios": "smbios: {bios: {vendor: Us}, system: {manufacturer: Us, serial: S-1}, "
    "baseBoard: {serial: B-1}, chassis: {serial: C-1}, oemStrings: ['app:a', second]}",
    "metadata": 'userMetadata: [\'<a:owner xmlns:a="urn:example:a" team="web"><a:x>me</a:x></a:owner>\', '
    "'<b xmlns=\"urn:example:b\"/>']",
    "qemu": "qemu: {args: [-device, pvpanic], env: {WIDE: '1'}}",
    "more-disks": "disks: [{target: sda, bus: scsi, file: /tmp/wide-d.img, wwn: 5000c50015ea71aa, "
    "readIops: 100, writeIops: 50, readBandwidth: 10MiB, writeBandwidth: 1000000B, errorPolicy: report, "
    "readErrorPolicy: ignore}, {device: cdrom, file: /tmp/wide.iso, startupPolicy: optional}]",
    "more-devices": "interfaces: [{network: wide, mac: '52:54:00:74:00:07', tap: wide0, isolated: true, "
    "rom: {file: /tmp/ipxe.rom, bar: true}}, "
    "{network: wide, mac: '52:54:00:74:00:08', rom: {enabled: false}}], "
    "hostDevices: [{pci: '0000:06:00.1', boot: 1, rom: /tmp/card.rom}, "
    "{usb: '1234:beef', usbAddress: {bus: 1, device: 4}}, "
    "{usbAddress: {bus: 1, device: 5}, startupPolicy: optional}]",
    "uuid": "uuid: c7a5fdbd-cdaf-9455-926a-d65c16db1809",
    "xml": 'xml: \'<domain><devices><watchdog model="ib700" action="reset"/></devices>'
    "<features><acpi/><pae/></features></domain>'",
}
"""Name → fields of a domain's spec; all are stopped."""
EDITS = {
    "texts": "title: Another title, description: other, autostart: false",
    "cpu": "cpu: {model: qemu64, features: {svm: disable, sse4a: disable}}, vcpus: 1",
    "disks": "disks: [{target: vda, file: /tmp/wide2.img, format: qcow2, cache: writeback, boot: 2}]",
    "interfaces": "interfaces: [{network: wide, mac: '52:54:00:74:00:01'}]",
    "displays": "video: none",
    "characters": "serial: [pty]",
    "small-devices": "watchdog: ib700, sound: sb16",
    "bus": "disks: [{target: vda, bus: scsi, file: /tmp/wide-bus.img}]",
    "clock-variable": "clock: utc",
    "memory": "memory: 48MiB",
    "enlightened": "hyperv: {relaxed: true, spinlocks: 4096, vendorId: other}, kvm: {hidden: false}",
    "pinned": "vcpus: 2, iothreads: 2, pinning: {vcpus: {0: 1}}",
    "numa": "memory: 64MiB, vcpus: 2",
    "backed": "memory: {size: 32MiB, backing: {source: memfd}}",
    "shared-memory": "sharedMemory: [{name: wide-plain, size: 8MiB}]",
    "inputs": "input: [{type: evdev, evdev: {dev: /dev/input/event1, grabToggle: scrolllock}}]",
    "smbios": "smbios: {bios: {vendor: Them}, oemStrings: [second]}",
    "metadata": 'userMetadata: \'<a:owner xmlns:a="urn:example:a" team="db"/>\'',
    "qemu": "qemu: {args: [-device, pvpanic, -no-hpet]}",
    "more-disks": "disks: [{target: sda, bus: scsi, file: /tmp/wide-d.img, iops: 100}]",
    "xml": "",
}


def declare(shell: Shell, domains: dict[str, str], state: str = "stopped") -> None:
    documents = [WIDE]
    for name, fields in domains.items():
        camel = re.sub(r"\b([a-z]+)_([a-z]+)(?=:)", _camel, fields)
        memory = "" if "memory:" in fields else "memory: 32MiB, "
        documents.append(
            f"apiVersion: virt-reconcile/v1\nkind: Domain\nmetadata: {{name: w-{name}}}\n"
            f"spec: {{type: qemu, state: {state}, {memory}{camel}}}\n"
        )
    shell.write("wide.yaml", "---\n".join(documents))


def _camel(match: re.Match[str]) -> str:
    return match[1] + match[2].capitalize()


def test_every_field_is_kept_by_libvirt(host: LibvirtHost, shell: Shell) -> None:
    declare(shell, FIELDS)
    shell.apply()
    shell.expect_nothing_to_do()
    shell.lose_state()
    shell.expect_nothing_to_do()
    shell.apply()
    host.restart()
    shell.expect_nothing_to_do()

    declare(shell, FIELDS | EDITS)
    assert shell("plan", "--detailed-exitcode") == 2
    for name in EDITS:
        assert f"~ Domain/w-{name} " in shell.out, name
    assert f"{len(EDITS)} to change" in shell.out
    shell.apply()
    shell.expect_nothing_to_do()
    shell.lose_state()
    shell.expect_nothing_to_do()


RUNNING = (
    "numa",
    "shared-memory",
    "smbios",
    "metadata",
    "qemu",
    "pinned",
)
"""What a guest can be started with on any machine; the server of shared memory aside."""


def test_a_guest_runs_with_it_and_is_adopted(host: LibvirtHost, shell: Shell, tmp_path: Path) -> None:
    host.run("truncate", "--size=1M", "/tmp/wide-io.img")
    fields = {name: FIELDS[name] for name in RUNNING}
    fields["shared-memory"] = "sharedMemory: [{name: wide-plain, size: 4MiB}]"
    declare(shell, fields, state="running")
    shell.apply()
    shell.expect_nothing_to_do()
    assert "next start" not in shell.out
    shell.lose_state()
    shell.expect_nothing_to_do()
    assert "next start" not in shell.out

    adopted = tmp_path / "adopted"
    assert shell.run("adopt", "--host", f"hv1={host.qemu}", "--to", str(adopted)) == 0, shell.err
    assert shell.run("plan", str(adopted), "--detailed-exitcode") == 0, shell.out + shell.err
    written = {
        name: yaml.safe_load((adopted / "hv1" / "domains" / f"w-{name}.yaml").read_text()) for name in RUNNING
    }
    assert written["qemu"]["spec"]["qemu"] == {"args": ["-device", "pvpanic"], "env": {"WIDE": "1"}}
    assert written["smbios"]["spec"]["smbios"]["oemStrings"] == ["app:a", "second"]
    assert len(written["metadata"]["spec"]["userMetadata"]) == 2
    assert written["pinned"]["spec"]["pinning"]["emulator"] == "0-1"
    assert written["numa"]["spec"]["numa"]["cells"] == [{"cell": 1, "mode": "preferred", "nodes": "0"}]

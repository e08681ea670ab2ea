"""What QEMU's family takes: typed specs that differ in one thing each, documents, and single edits."""

from __future__ import annotations

from drivers.contract.specimens import Specimens

LEAST = "type: qemu, memory: 64MiB, vcpus: 1"
DISK = "{target: vda, bus: virtio, file: /var/lib/libvirt/images/contract.img, format: raw"
OTHER = "{target: vda, bus: virtio, file: /tmp/other.img, format: raw"
NIC = "{network: contract, mac: '52:54:00:c0:00:10', model: virtio"

FIELDS = {
    "texts": "title: A title, description: 'é & <more>'",
    "machine": "machine: q35",
    "boot": "boot: [network, hd]",
    "topology": "cpu: {topology: {sockets: 1, cores: 1, threads: 1}}",
    "cpu": "cpu: host-model",
    "clock-utc": "clock: {offset: utc}",
    "clock-local": "clock: {offset: localtime}",
    "clock-timezone": "clock: {offset: timezone, timezone: Europe/Berlin}",
    "clock-variable": "clock: {offset: variable, adjustment: 3600, basis: utc}",
    "timers": "clock: {offset: utc, timers: [{name: rtc, tickpolicy: catchup}]}",
    "on-crash": "onCrash: restart, onReboot: destroy",
    "disk": f"disks: [{DISK}}}]",
    "disk-tuned": f"disks: [{DISK}, cache: none, io: native, discard: unmap}}]",
    "disk-serial": f"disks: [{DISK}, serial: WD-1, readonly: true}}]",
    "disk-limits": f"disks: [{DISK}, iops: 500}}]",
    "disk-sata": "disks: [{target: sda, bus: sata, file: /tmp/contract.img, format: qcow2}]",
    "disk-scsi": "disks: [{target: sda, bus: scsi, file: /tmp/contract.img, format: raw}]",
    "cdrom": "disks: [{target: sda, bus: sata, device: cdrom, file: /tmp/contract.iso}]",
    "cdrom-empty": "disks: [{target: sda, bus: sata, device: cdrom}]",
    "two-disks": f"disks: [{DISK}}}, {{target: vdb, file: /tmp/other.img, format: raw}}]",
    "nic": f"interfaces: [{NIC}}}]",
    "nic-e1000": "interfaces: [{network: contract, model: e1000}]",
    "nic-down": f"interfaces: [{NIC}, link: down}}]",
    "nic-mtu": f"interfaces: [{NIC}, mtu: 1400}}]",
    "nic-queues": f"interfaces: [{NIC}, queues: 2}}]",
    "nic-user": "interfaces: [{user: true, model: virtio}]",
    "nic-bridge": "interfaces: [{bridge: br0, model: virtio}]",
    "two-nics": f"interfaces: [{NIC}}}, {{network: contract, model: e1000}}]",
    "serial": "serial: [pty]",
    "serial-file": "serial: [{type: file, path: /tmp/contract.log}]",
    "vnc": "graphics: [{type: vnc}], video: {model: vga}",
    "vnc-port": "graphics: [{type: vnc, port: 5999, listen: 127.0.0.1}]",
    "rng": "rng: {backend: /dev/urandom}",
    "watchdog": "watchdog: {model: i6300esb, action: reset}",
    "sound": "sound: ich9, machine: q35",
    "channel": "channels: [org.qemu.guest_agent.0]",
    "iothreads": "iothreads: 2",
    "pinning": "pinning: {vcpus: {0: 0}}",
    "smbios": "smbios: {mode: sysinfo, system: {manufacturer: Us, serial: S-1}}",
    "labels": "userMetadata: [\"<app:owner xmlns:app='urn:example:app' team='web'>me</app:owner>\"]",
}

EDITS = {
    "memory": (LEAST, "type: qemu, memory: 96MiB, vcpus: 1"),
    "vcpus": (LEAST, "type: qemu, memory: 64MiB, vcpus: 2"),
    **{
        f"e-{name}": (f"{LEAST}, {before}" if before else LEAST, f"{LEAST}, {after}" if after else LEAST)
        for name, before, after in (
            ("title", "title: One", "title: Two"),
            ("title-gone", "title: One", ""),
            ("description", "", "description: Some"),
            ("boot", "boot: [hd]", "boot: [network, hd]"),
            ("clock", "clock: {offset: utc}", "clock: {offset: localtime}"),
            ("on-crash", "onCrash: destroy", "onCrash: restart"),
            ("disk-new", "", f"disks: [{DISK}}}]"),
            ("disk-gone", f"disks: [{DISK}}}]", ""),
            (
                "disk-file",
                f"disks: [{DISK}}}]",
                f"disks: [{OTHER}}}]",
            ),
            ("disk-cache", f"disks: [{DISK}, cache: none}}]", f"disks: [{DISK}, cache: writeback}}]"),
            ("disk-serial", f"disks: [{DISK}, serial: A}}]", f"disks: [{DISK}, serial: B}}]"),
            ("disk-limit", f"disks: [{DISK}, iops: 100}}]", f"disks: [{DISK}, iops: 200}}]"),
            ("nic-new", "", f"interfaces: [{NIC}}}]"),
            ("nic-gone", f"interfaces: [{NIC}}}]", ""),
            (
                "nic-model",
                f"interfaces: [{NIC}}}]",
                f"interfaces: [{NIC.replace('virtio', 'e1000')}}}]",
            ),
            ("nic-link", f"interfaces: [{NIC}}}]", f"interfaces: [{NIC}, link: down}}]"),
            ("nic-mtu", f"interfaces: [{NIC}}}]", f"interfaces: [{NIC}, mtu: 1400}}]"),
            ("serial", "serial: [pty]", "serial: [{type: file, path: /tmp/contract.log}]"),
            ("rng", "", "rng: {backend: /dev/urandom}"),
            (
                "watchdog",
                "watchdog: {model: i6300esb, action: reset}",
                "watchdog: {model: i6300esb, action: poweroff}",
            ),
        )
    },
}

LIVE = {
    f"l-{name}": (f"{LEAST}, machine: q35, {before}", f"{LEAST}, machine: q35, {after}")
    for name, before, after in (
        ("title", "title: One", "title: Two"),
        ("description", "description: One", "description: Two"),
        ("nic-link", f"interfaces: [{NIC}}}]", f"interfaces: [{NIC}, link: down}}]"),
        ("disk-new", "title: None", f"title: None, disks: [{OTHER}}}]"),
        ("disk-limit", f"disks: [{DISK}, iops: 100}}]", f"disks: [{DISK}, iops: 200}}]"),
    )
}

QEMU_SPECIMENS = Specimens(
    ground="""
apiVersion: virt-reconcile/v1
kind: Network
metadata: {name: contract}
spec: {host: contract, ips: [{address: 192.168.213.1/24}]}
""",
    documents={
        f"d-{name}": f"<domain type='qemu'><name>d-{name}</name><memory unit='MiB'>64</memory>"
        f"<vcpu>1</vcpu><os><type>hvm</type></os><devices>{devices}</devices></domain>"
        for name, devices in {
            "least": "",
            "disk": "<disk type='file'><source file='/tmp/b.img'/><target dev='hda'/></disk>",
            "nic": "<interface type='network'><source network='contract'/></interface>",
            "console": "<console type='pty'/>",
            "video": "<video><model type='cirrus'/></video>",
        }.items()
    },
    specs={f"s-{name}": f"{LEAST}, {field}" for name, field in FIELDS.items()},
    edits=EDITS,
)

"""What VMware's desktop products take: typed specs that differ in one thing each, documents, single edits."""

from __future__ import annotations

from drivers.contract.specimens import Specimens

LEAST = "memory: 64MiB, vcpus: 1"
DISK = "{file: /disks/contract.vmdk"
CD = "{device: cdrom, bus: ide"
NIC = "{bridge: vmnet0, mac: '00:50:56:00:00:10'"
SERIAL = "{type: tcp, host: 127.0.0.1, port: 4555}"
GUEST = (
    "<libosinfo:libosinfo xmlns:libosinfo='http://libosinfo.org/xmlns/libvirt/domain/1.0'>"
    "<libosinfo:os id='debian12-64'/></libosinfo:libosinfo>"
)

FIELDS = {
    "description": "description: 'é & <more> | \"all\"'",
    "lines": 'description: "one\\n\\nthree"',
    "machine": "machine: vmx-21",
    "arch": "arch: i686",
    "guest": f'userMetadata: ["{GUEST}"]',
    "efi": "firmware: uefi",
    "secure": "firmware: {type: uefi, secureBoot: true}, machine: vmx-19, arch: x86_64",
    "topology": "cpu: {topology: {sockets: 1, cores: 1, threads: 1}}",
    "shares": "shares: 2000",
    "uuid": "uuid: 564d9bef-acd9-b4e0-c8f0-aea8b9103515",
    "clock": "clock: utc",
    "lifecycle": "onPoweroff: destroy, onReboot: restart, onCrash: destroy",
    "disk": f"disks: [{DISK}}}]",
    "disk-format": f"disks: [{DISK}, format: vmdk}}]",
    "disk-cache": f"disks: [{DISK}, cache: writethrough}}]",
    "disk-sata": f"disks: [{DISK}, bus: sata}}]",
    "disk-ide": f"disks: [{DISK}, target: hda}}]",
    "disk-late": f"disks: [{DISK}, target: sdh}}]",
    "disk-second-controller": f"disks: [{DISK}, target: sdq}}]",
    "volume": "disks: [{volume: {pool: contract, name: data.vmdk}}]",
    "two-disks": f"disks: [{DISK}}}, {{file: /disks/other.vmdk}}]",
    "cdrom": "disks: [{device: cdrom, file: /iso/contract.iso}]",
    "cdrom-empty": "disks: [{device: cdrom, bus: ide}]",
    "cdrom-host": "disks: [{device: cdrom, target: hdc, block: /dev/sr0}]",
    "floppy": "disks: [{device: floppy, target: fda, file: /floppies/a.flp}]",
    "nic": f"interfaces: [{NIC}}}]",
    "nic-user": "interfaces: [{user: true}]",
    "nic-custom": "interfaces: [{bridge: vmnet7, model: vmxnet3}]",
    "nic-foreign-mac": "interfaces: [{bridge: vmnet1, mac: '52:54:00:00:00:01'}]",
    "nic-down": f"interfaces: [{NIC}, link: down}}]",
    "three-nics": f"interfaces: [{NIC}}}, {{user: true}}, {{bridge: vmnet8, model: e1000e}}]",
    "serial-file": "serial: [{type: file, path: /var/log/contract.log}]",
    "serial-tcp": f"serial: [{SERIAL}]",
    "two-serials": f"serial: [{SERIAL}, {{type: file, path: /var/log/contract.log}}]",
    "vnc": "graphics: [{type: vnc}]",
    "vnc-port": "graphics: [{type: vnc, port: 5901, listen: 127.0.0.1}]",
    "all": f"firmware: uefi, disks: [{DISK}}}], interfaces: [{NIC}}}], serial: [{SERIAL}], graphics: [vnc]",
}

# Another image than the declared one is left alone when it is found so: no single edit is of those.
EDITS = {
    "memory": (LEAST, "memory: 96MiB, vcpus: 1"),
    "vcpus": (LEAST, "memory: 64MiB, vcpus: 2"),
    **{
        f"e-{name}": (f"{LEAST}, {before}" if before else LEAST, f"{LEAST}, {after}" if after else LEAST)
        for name, before, after in (
            ("description", "description: One", "description: Two"),
            ("machine", "machine: vmx-19", "machine: vmx-21"),
            ("arch", "arch: x86_64", "arch: i686"),
            ("efi", "", "firmware: uefi"),
            ("shares", "shares: 500", "shares: 700"),
            ("disk-new", "", f"disks: [{DISK}}}]"),
            ("disk-gone", f"disks: [{DISK}}}]", ""),
            ("medium", f"disks: [{CD}}}]", f"disks: [{CD}, file: /a.iso}}]"),
            ("nic-new", "", f"interfaces: [{NIC}}}]"),
            ("nic-gone", f"interfaces: [{NIC}}}]", ""),
            ("nic-model", f"interfaces: [{NIC}, model: e1000}}]", f"interfaces: [{NIC}, model: vmxnet3}}]"),
            ("nic-bridge", f"interfaces: [{NIC}}}]", f"interfaces: [{NIC.replace('vmnet0', 'vmnet7')}}}]"),
            ("nic-nat", "interfaces: [{bridge: vmnet7}]", "interfaces: [{user: true}]"),
            ("nic-link", f"interfaces: [{NIC}}}]", f"interfaces: [{NIC}, link: down}}]"),
            ("serial", "serial: [{type: file, path: /a.log}]", f"serial: [{SERIAL}]"),
            ("vnc", "graphics: [{type: vnc}]", "graphics: [{type: vnc, port: 5902}]"),
        )
    },
}

VMWARE_SPECIMENS = Specimens(
    ground="""
apiVersion: virt-reconcile/v1
kind: StoragePool
metadata: {name: contract}
spec: {host: contract, type: dir, target: "{folder}/pool"}
---
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {name: data.vmdk}
spec: {host: contract, pool: contract, capacity: 8MiB, format: vmdk}
""",
    documents={
        f"d-{name}": f"<domain type='vmware'><name>d-{name}</name><memory unit='MiB'>64</memory>"
        f"<vcpu>1</vcpu><os><type arch='x86_64'>hvm</type></os><devices>{devices}</devices></domain>"
        for name, devices in {
            "least": "",
            "disk": "<disk type='file'><source file='/disks/a.vmdk'/><target dev='sda' bus='scsi'/></disk>",
            "pvscsi": "<disk type='file'><source file='/disks/b.vmdk'/><target dev='sda' bus='scsi'/></disk>"
            "<controller type='scsi' index='0' model='vmpvscsi'/>",
            "folder": "<filesystem type='mount'><source dir='/home'/><target dir='home'/></filesystem>",
            "parallel": "<parallel type='file'><source path='/tmp/lpt'/><target port='0'/></parallel>",
            "video": "<video><model type='vmvga' vram='16384'/></video>",
        }.items()
    },
    specs={
        **{f"s-{name}": f"{LEAST}, {field}" for name, field in FIELDS.items()},
        "s-cpuset": "memory: 64MiB, vcpus: {count: 2, cpus: 0-3}",
        "s-limited": "vcpus: 1, memory: {size: 32MiB, max: 128MiB}",
    },
    edits=EDITS,
)

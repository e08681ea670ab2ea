"""Every way to change what runs: each part of a guest or a network comes and goes, and shows it at once."""

from __future__ import annotations

import pytest

from tests.real.conftest import Shell
from tests.support.daemons import LibvirtHost
from tests.support.guests import boot, wait_for

pytestmark = pytest.mark.real

KEPT = "<txt name='kept' value='x'/>"
RANGE = "<range start='10.73.0.10' end='10.73.0.99'/>"
NETWORK = """\
<network><name>lan</name><forward mode='nat'/><dns>{dns}</dns>{network}
<ip address='10.73.0.1' netmask='255.255.255.0'><dhcp>{dhcp}</dhcp></ip></network>
"""
OTHER = "<network><name>other</name><ip address='10.74.0.1' netmask='255.255.255.0'/></network>"
GUEST = """\
<domain type='qemu'><name>web</name><title>{title}</title>
<memory unit='MiB'>256</memory><currentMemory unit='KiB'>{memory}</currentMemory><vcpu>2</vcpu>{tuned}
<os><type arch='x86_64' machine='pc'>hvm</type><kernel>{kernel}</kernel><initrd>{initrd}</initrd>
<cmdline>console=ttyS0</cmdline></os><features><acpi/></features>
<devices>
<serial type='file'><source path='{console}'/></serial>
<controller type='virtio-serial' index='0'/><controller type='usb' model='qemu-xhci'/>
<disk type='file'><driver name='qemu' type='raw'/><source file='{images}/root.img'/>
<target dev='vda' bus='virtio'/>{iotune}</disk>
<disk type='file' device='cdrom'>{medium}<target dev='sda' bus='sata'/><readonly/></disk>
<interface type='network'><mac address='52:54:00:73:00:01'/><source network='{source}'/>
<model type='virtio'/>{nic}</interface>
{devices}
</devices></domain>
"""
PLAIN = {
    "title": "one",
    "memory": "262144",
    "tuned": "",
    "iotune": "",
    "medium": "",
    "source": "lan",
    "nic": "",
    "devices": "",
    "dns": KEPT,
    "dhcp": RANGE,
    "network": "",
}


def _disk(target: str, bus: str) -> str:
    return (
        "<disk type='file'><driver name='qemu' type='raw'/><source file='{images}/data.img'/>"
        f"<target dev='{target}' bus='{bus}'/></disk>"
    )


def _nic(inside: str) -> str:
    return f"<interface type='network'><mac address='52:54:00:73:00:02'/>{inside}</interface>"


def _channel(name: str) -> str:
    return f"<channel type='unix'><target type='virtio' name='{name}'/></channel>"


def _host(*names: str) -> str:
    return f"<host ip='10.73.0.7'>{''.join(f'<hostname>{name}</hostname>' for name in names)}</host>"


def _srv(port: int) -> str:
    return (
        "<srv service='ldap' protocol='tcp' domain='x.org' target='t'"
        f" port='{port}' priority='1' weight='1'/>"
    )


PARTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "a title": ("title", ("two",)),
    "a medium": ("medium", ("<source file='{images}/one.iso'/>", "<source file='{images}/two.iso'/>")),
    "another network": ("source", ("other",)),
    "the cable": ("nic", ("<link state='down'/>",)),
    "a filter": (
        "nic",
        (
            "<filterref filter='no-mac-spoofing'/>",
            "<filterref filter='clean-traffic'><parameter name='IP' value='10.73.0.9'/></filterref>",
        ),
    ),
    "limits of a disk": (
        "iotune",
        (
            "<iotune><total_iops_sec>300</total_iops_sec></iotune>",
            "<iotune><total_bytes_sec>1048576</total_bytes_sec><total_iops_sec>200</total_iops_sec></iotune>",
        ),
    ),
    "shares of the CPUs": (
        "tuned",
        (
            "<cputune><shares>512</shares><period>100000</period><quota>50000</quota></cputune>",
            "<cputune><shares>600</shares><period>50000</period><quota>60000</quota></cputune>",
        ),
    ),
    "pins": (
        "tuned",
        (
            "<cputune><vcpupin vcpu='0' cpuset='0'/></cputune>",
            "<cputune><vcpupin vcpu='0' cpuset='1'/><vcpupin vcpu='1' cpuset='0,1'/>"
            "<emulatorpin cpuset='1'/></cputune>",
        ),
    ),
    "limits of memory": (
        "tuned",
        (
            "<memtune><hard_limit unit='GiB'>1</hard_limit><soft_limit>700001</soft_limit></memtune>",
            "<memtune><hard_limit unit='GiB'>2</hard_limit></memtune>",
        ),
    ),
    "weight": ("tuned", ("<blkiotune><weight>800</weight></blkiotune>",)),
    "a disk": ("devices", (_disk("vdb", "virtio"), _disk("vdc", "virtio"))),
    "a SCSI disk and its controller": (
        "devices",
        ("<controller type='scsi' index='0' model='virtio-scsi'/>" + _disk("sdb", "scsi"),),
    ),
    "a NIC": (
        "devices",
        (
            _nic("<source network='lan'/><model type='virtio'/>"),
            _nic("<source network='other'/><model type='virtio'/>"),
        ),
    ),
    "a source of randomness": (
        "devices",
        ("<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>",),
    ),
    "a watchdog": ("devices", ("<watchdog model='i6300esb' action='reset'/>",)),
    "channels": ("devices", (_channel("a.0"), _channel("b.0") + _channel("c.0"))),
    "shared memory": (
        "devices",
        ("<shmem name='vr_shmem'><model type='ivshmem-plain'/><size unit='M'>4</size></shmem>",),
    ),
    "a DHCP host": (
        "dhcp",
        (
            f"{RANGE}<host mac='52:54:00:73:00:01' ip='10.73.0.5'/>",
            f"{RANGE}<host mac='52:54:00:73:00:01' ip='10.73.0.6' name='web'/>",
        ),
    ),
    "ranges": ("dhcp", ("<range start='10.73.0.10' end='10.73.0.80'/>",)),
    "hosts and services": (
        "dns",
        (KEPT + _host("a"), KEPT + _host("a", "b") + _srv(389), KEPT + _host("c") + _srv(390)),
    ),
    "port groups": ("network", ("<portgroup name='g'/>", "<portgroup name='g' default='yes'/>")),
}
"""What → the place in the documents, and what stands there, one after the other and then as before.

What this machine lacks for some is left out: queueing disciplines (bandwidth), and CPU quotas for all."""


class Site:
    """A running guest and its networks, as plain documents."""

    def __init__(self, host: LibvirtHost, shell: Shell) -> None:
        self.host, self.shell = host, shell
        self.console = host.images / "console.log"

    def declare(self, **changed: str) -> None:
        """Writes the tree, plain but for what is changed."""
        images, kernel = str(self.host.images), boot()
        values = {name: text.replace("{images}", images) for name, text in (PLAIN | changed).items()}
        values |= {"kernel": str(kernel.kernel), "initrd": str(kernel.initrd), "console": str(self.console)}
        self.shell.write("hv1/lan.xml", NETWORK.format(**values))
        self.shell.write("hv1/other.xml", OTHER)
        self.shell.write("hv1/web.xml", GUEST.format(**values, images=images))


@pytest.fixture
def site(host: LibvirtHost, shell: Shell) -> Site:
    """A guest that has booted."""
    for name in ("root.img", "data.img", "one.iso", "two.iso"):
        host.run("qemu-img", "create", "-q", "-f", "raw", str(host.images / name), "8M")
    site = Site(host, shell)
    site.declare()
    shell.apply()
    host.virsh("start", "web")
    wait_for(site.console)
    shell.expect_nothing_to_do()
    return site


def test_every_part_is_changed_while_it_runs_and_shows_it(site: Site) -> None:
    process = site.host.qemu_process("web")
    for what, (place, steps) in PARTS.items():
        for step in (*steps, PLAIN[place]):
            site.declare(**{place: step})
            site.shell.apply()
            assert "for a restart" not in site.shell.out, (what, step, site.shell.out)
            site.shell.expect_nothing_to_do()
            assert site.host.qemu_process("web") == process, (what, step)


LEAVE = """\
apiVersion: virt-reconcile/v1
kind: Fleet
metadata: {name: default}
spec: {defaults: {restart: if-needed}}
"""


def test_memory_is_taken_with_leave_only(site: Site) -> None:
    process = site.host.qemu_process("web")
    site.declare(memory="163840")
    site.shell.apply()
    assert "at next start" in site.shell.out
    site.shell.expect_nothing_to_do()
    assert "262144 KiB" in site.host.virsh("dominfo", "web").partition("Used memory")[2]

    site.shell.write("fleet.yaml", LEAVE)
    for kib in ("163840", "200000", "163841", PLAIN["memory"]):
        site.declare(memory=kib)
        site.shell.apply()
        assert "for a restart" not in site.shell.out, kib
        site.shell.expect_nothing_to_do()
    assert site.host.qemu_process("web") == process


def test_an_entry_that_cannot_be_modified_is_there_anew(site: Site) -> None:
    """Of DNS, libvirt takes out the old one and puts in the new one."""
    for value in ("one", "two"):
        site.declare(dns=f"{KEPT}<txt name='example' value='{value}'/>")
        site.shell.apply()
        assert f"value='{value}'" in site.host.virsh("net-dumpxml", "lan")

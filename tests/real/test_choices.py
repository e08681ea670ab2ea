"""Choices made anew on a real libvirt: guests and networks at once, edited and with the state lost."""

from __future__ import annotations

import pytest

from tests.real.conftest import Shell
from tests.support.daemons import LibvirtHost

MAC = "<mac address='52:54:00:aa:00:{:02x}'/>"
_IP = "<ip address='10.97.1.1' prefix='24'/>"
_FLASH = "<loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE_4M.fd</loader>"
_DISK = "<disk type='file' device='disk'><source file='/srv/{}'/><target dev='vda' bus='virtio'/>{}</disk>"


def _domain(name: str, devices: str = "", *, os: str = "", machine: str = "pc", config: str = "") -> str:
    lead = "<os firmware='efi'>" if os == "efi" else "<os>"
    inner = "" if os == "efi" else os
    return (
        f"<domain type='qemu'><name>{name}</name><memory unit='MiB'>64</memory><vcpu>2</vcpu>{lead}"
        f"<type arch='x86_64' machine='{machine}'>hvm</type>{inner}</os><features><acpi/></features>{config}"
        f"<devices>{devices}</devices></domain>"
    )


def _nic(number: int, kind: str, rest: str) -> str:
    return f"<interface type='{kind}'>{MAC.format(number)}{rest}</interface>"


def _network(name: str, forward: str, rest: str) -> str:
    return f"<network><name>{name}</name>{forward}{rest}</network>"


FORMS: dict[str, tuple[str, str]] = {
    "nic": (
        _domain("nic", _nic(1, "network", "<source network='lan' portgroup='p'/>")),
        _domain("nic", _nic(1, "bridge", "<source bridge='br0'/>")),
    ),
    "shape": (
        _domain("shape", _nic(2, "ethernet", "<target dev='t9' managed='no'/><script path='/up'/>")),
        _domain("shape", _nic(2, "vdpa", "<source dev='/dev/vhost-vdpa-0'/>")),
    ),
    "shmem": (
        _domain("shmem", "<shmem name='m'><model type='ivshmem-plain'/><size unit='M'>4</size></shmem>"),
        _domain("shmem", "<shmem name='m'><model type='ivshmem-doorbell'/><server path='/s'/></shmem>"),
    ),
    "display": (
        _domain("display", "<graphics type='vnc' port='5979'/><sound model='ac97'/>"),
        _domain("display", "<graphics type='spice'><listen type='socket' socket='/s'/></graphics>"),
    ),
    "usb": (
        _domain(
            "usb", "<controller type='usb' model='qemu-xhci' ports='8'/><input type='tablet' bus='usb'/>"
        ),
        _domain("usb", "<controller type='usb' model='none'/>"),
    ),
    "boot": (
        _domain("boot", _DISK.format("boot", ""), os="<boot dev='network'/><boot dev='hd'/>"),
        _domain("boot", _DISK.format("boot", "<boot order='1'/>")),
    ),
    "machine": (
        _domain("machine", _DISK.format("machine", "") + _nic(3, "user", ""), machine="pc"),
        _domain("machine", _DISK.format("machine", "") + _nic(3, "user", ""), machine="q35"),
    ),
    "firmware": (
        _domain("firmware", os="efi", machine="q35"),
        _domain("firmware", os=_FLASH, machine="q35"),
    ),
    "clock": (
        _domain("clock", config="<clock offset='variable' adjustment='9' basis='utc'/>"),
        _domain("clock", config="<clock offset='localtime'/>"),
    ),
    "cpu": (
        _domain("cpu", config="<cpu mode='host-model'/>"),
        _domain("cpu", config="<cpu match='exact'><model>qemu64</model></cpu>"),
    ),
}
NETWORKS: dict[str, tuple[str, str]] = {
    "n-nat": (
        _network("n-nat", "<forward mode='nat' dev='lo'/>", "<bridge name='c1'/>" + _IP),
        _network("n-nat", "<forward mode='open'/>", "<bridge name='c1'/>" + _IP),
    ),
    "n-own": (
        _network("n-own", "", "<bridge name='c2' stp='on'/><ip address='10.97.2.1' prefix='24'/>"),
        _network("n-own", "<forward mode='bridge'/>", "<bridge name='lo'/>"),
    ),
}
_INACTIVE = """\
apiVersion: virt-reconcile/v1
kind: Network
metadata: {{name: {0}}}
spec: {{host: {1}, xmlFile: {0}.xml, state: inactive}}
"""


def _write(shell: Shell, form: int, host: str) -> None:
    for name, forms in FORMS.items():
        shell.write(f"{host}/{name}.xml", forms[form])
    for name, forms in NETWORKS.items():
        shell.write(f"{name}.xml", forms[form])
        shell.write(f"{name}.yaml", _INACTIVE.format(name, host))


def _switch(shell: Shell, host: str) -> None:
    """There and back, edited; then there and back again with the state lost in between."""
    _write(shell, 0, host)
    shell.apply()
    for form, lost in ((1, False), (0, False), (1, True), (0, True)):
        if lost:
            shell.lose_state()
        _write(shell, form, host)
        shell.apply()
        shell.expect_nothing_to_do()
    shell.lose_state()
    shell.expect_nothing_to_do()


_EXTERNAL = "external: {networks: [lan]}"


@pytest.mark.real
def test_choices_are_replaced_whole_on_a_real_host(host: LibvirtHost, shell: Shell) -> None:
    shell.write(
        "fleet.yaml", (shell.tree / "fleet.yaml").read_text().replace("spec: {", f"spec: {{{_EXTERNAL}, ")
    )
    _switch(shell, "hv1")
    assert "firmware='efi'" in host.virsh("dumpxml", "--inactive", "firmware")
    assert "i440fx" in host.virsh("dumpxml", "--inactive", "machine")


def test_choices_are_replaced_whole_on_the_simulated_host(shell: Shell) -> None:
    shell.write(
        "fleet.yaml",
        "apiVersion: virt-reconcile/v1\nkind: Fleet\nmetadata: {name: default}\nspec: {"
        + _EXTERNAL
        + "}\n---\n"
        "apiVersion: virt-reconcile/v1\nkind: Host\nmetadata: {name: hv1}\n"
        f'spec: {{uri: "sim://{shell.tree.parent}/hypervisor.db?host=hv1"}}\n',
    )
    _switch(shell, "hv1")

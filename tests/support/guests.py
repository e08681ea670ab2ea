"""Guests for real hypervisors: a Linux that boots in seconds, a root folder for containers.

Both are made of Debian packages, fetched and unpacked without installing them, once per machine.
"""

from __future__ import annotations

import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from tests.support.debian import cache_of, cached, run, unpack
from tests.support.errors import MissingComponent
from tests.support.initramfs import ON_LEASE, add_modules, busybox_root, packed, script

READY = "virt-reconcile guest is ready"
TICK = "tick "
POWER_BUTTON = "power button pressed"
ECHO = "echo: "
HOSTNAME = "hostname: "
DISK = "disk: "

_MODULES = [
    "button",
    "evdev",
    "virtio_pci",
    "virtio_blk",
    "virtio_net",
    "virtio_balloon",
    "virtio_scsi",
    "virtio_console",
    "virtio_rng",
    "af_packet",
    "sd_mod",
    "sr_mod",
    "ata_piix",
    "ahci",
    "isofs",
]

_INIT = f"""#!/bin/sh
# The guest: loads its modules, says that it is ready, counts, and powers off at the power button. Beside
# that it asks for an address, answers as a guest agent, and echoes the lines typed at its console. It is
# as much of cloud-init as tests need: it takes the name that a NoCloud drive gives it.
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
for module in $(cat /modules/order); do insmod /modules/$module.ko 2>/dev/null; done
for event in /sys/class/input/event*; do
  case "$(cat $event/device/name)" in
    "Power Button")
      {{ dd if=/dev/input/${{event##*/}} of=/dev/null bs=24 count=1 2>/dev/null
        echo "{POWER_BUTTON}"; sync; poweroff -f; }} & ;;
  esac
done
for port in /sys/class/virtio-ports/*; do
  [ "$(cat $port/name 2>/dev/null)" = org.qemu.guest_agent.0 ] && agent /dev/${{port##*/}} &
done
[ -e /sys/class/net/eth0 ] && udhcpc -f -S -i eth0 -s /bin/on-lease >/dev/null 2>&1 &
for drive in /sys/block/sr*; do
  mount -t iso9660 -o ro /dev/${{drive##*/}} /tmp 2>/dev/null || continue
  hostname "$(sed -n 's/^local-hostname: *//p' /tmp/meta-data)" && echo "{HOSTNAME}$(hostname)"
  umount /tmp
done
for disk in /sys/block/vd*; do
  [ -e $disk/size ] && echo "{DISK}${{disk##*/}} $(($(cat $disk/size) * 512))"
done
while read -r line; do echo "{ECHO}$line"; done </dev/console &
echo "{READY}"
count=0
while :; do count=$((count + 1)); echo "{TICK}$count"; sleep 1; done
"""

_AGENT = r"""#!/bin/sh
# As much of a guest agent as libvirt needs: $1 is its port.
one() { echo "{\"ip-address-type\": \"$1\", \"ip-address\": \"$2\", \"prefix\": $3}"; }
nic() { echo "{\"name\": \"$1\", \"hardware-address\": \"$2\", \"ip-addresses\": [$3]}"; }
exec 3<>$1
while :; do
  read -r line <&3 || { sleep 0.2; continue; }
  case "$line" in
    *guest-sync*) echo "{\"return\": $(echo "$line" | sed 's/.*"id": *\([0-9]*\).*/\1/')}" >&3 ;;
    *guest-get-time*) echo "{\"return\": $(date +%s)000000000}" >&3 ;;
    *guest-network-get-interfaces*)
      mac=$(cat /sys/class/net/eth0/address)
      own=$(ip -4 -o address show dev eth0 | sed -n 's/.* inet \([0-9.]*\)\/.*/\1/p')
      known=; [ -n "$own" ] && known="$(one ipv4 $own 24),"
      echo "{\"return\": [$(nic lo 00:00:00:00:00:00 "$(one ipv4 127.0.0.1 8)"),"\
        "$(nic eth0 $mac "$known$(one ipv6 fe80::1 64)")]}" >&3 ;;
    *) echo '{"return": {}}' >&3 ;;
  esac
done
"""

_CONTAINER_INIT = """#!/bin/sh
# The container: idles until it is told to stop, by initctl or by a signal.
export PATH=/bin
trap 'exit 0' TERM INT PWR
trap 'exit 0' RTMIN+3 RTMIN+4 2>/dev/null
mkfifo /dev/initctl 2>/dev/null && { dd if=/dev/initctl bs=384 count=1 >/dev/null 2>&1; kill -TERM 1; } &
echo ready
while :; do sleep 1 & wait $!; done
"""


@dataclass(frozen=True, slots=True)
class Boot:
    """A kernel and its initramfs, for direct kernel boot with `console=ttyS0`."""

    kernel: Path
    initrd: Path

    def os_xml(self, machine: str = "pc") -> str:
        """The domain's <os>."""
        return (
            f"<os><type arch='x86_64' machine='{machine}'>hvm</type><kernel>{self.kernel}</kernel>"
            f"<initrd>{self.initrd}</initrd><cmdline>console=ttyS0 quiet panic=-1</cmdline></os>"
        )


def boot() -> Boot:
    """The Linux guest, built on first use and cached."""
    cached("boot", _build_boot)
    return BOOT


def container_root(folder: Path) -> Path:
    """Makes a root folder for a container, with /init as its first process."""
    shutil.copytree(cached("container", _build_container), folder, symlinks=True, dirs_exist_ok=True)
    return folder


def qemu_domain(
    name: str,
    console: Path,
    *,
    devices: str = "",
    top: str = "",
    memory_mib: int = 192,
    vcpu: str = "<vcpu>1</vcpu>",
    machine: str = "pc",
) -> str:
    """A domain document that boots the Linux guest under TCG and writes its serial console to a file.

    `devices` goes into <devices>, `top` beside it. `memory_mib` is the current memory; the maximum is
    256 MiB.
    """
    return f"""<domain type='qemu'>
  <name>{name}</name>
  <memory unit='MiB'>256</memory><currentMemory unit='MiB'>{memory_mib}</currentMemory>
  {vcpu}
  {boot().os_xml(machine)}
  <features><acpi/></features>
  <on_crash>destroy</on_crash>
  {top}
  <devices>
    <serial type='file'><source path='{console}'/></serial>
    {devices}
  </devices>
</domain>"""


def lxc_domain(name: str, root: Path) -> str:
    """A domain document of a container over a root folder of `container_root`."""
    return f"""<domain type='lxc'>
  <name>{name}</name>
  <memory unit='MiB'>64</memory>
  <vcpu>1</vcpu>
  <os><type>exe</type><init>/init</init></os>
  <devices>
    <filesystem type='mount' accessmode='passthrough'><source dir='{root}'/><target dir='/'/></filesystem>
    <console type='pty'/>
  </devices>
</domain>"""


def wait_for(console: Path, text: str = READY, seconds: float = 60) -> str:
    """Waits until a guest has written a text to its console; the whole console."""
    until = time.monotonic() + seconds
    while True:
        written = console.read_text(errors="replace") if console.exists() else ""
        if text in written:
            return written
        if time.monotonic() > until:
            raise AssertionError(f"no '{text}' within {seconds:g} s; the console says:\n{written[-2000:]}")
        time.sleep(0.1)


BOOT = Boot(cache_of("boot") / "kernel", cache_of("boot") / "initrd")
"""Where `boot()` puts the guest."""


def _build_boot(work: Path, made: Path) -> None:
    packages = work / "kernel"
    unpack(work, packages, _kernel_package())
    kernel = next(packages.glob("boot/vmlinuz-*"))
    shutil.copy(kernel, made / "kernel")
    root = work / "root"
    busybox_root(work, root)
    add_modules(root, packages, _MODULES)
    script(root / "init", _INIT)
    script(root / "bin/on-lease", ON_LEASE)
    script(root / "bin/agent", _AGENT)
    (made / "initrd").write_bytes(packed(root))


def _build_container(work: Path, made: Path) -> None:
    busybox_root(work, made)
    script(made / "init", _CONTAINER_INIT)


def _kernel_package() -> str:
    """The package that the meta package of Debian's cloud kernel stands for."""
    shown = run(["apt-cache", "depends", "linux-image-cloud-amd64"])
    names = re.findall(r"Depends: (linux-image-\d\S*)", shown)
    if not names:
        raise MissingComponent(
            "apt knows no linux-image-cloud-amd64; run `apt-get update` on a Debian machine"
        )
    return str(names[0])

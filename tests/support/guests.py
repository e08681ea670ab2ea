"""Guests for real hypervisors: a Linux that boots in seconds, a root folder for containers.

Both are made of Debian packages, fetched and unpacked without installing them, once per machine.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.errors import MissingComponent

READY = "virt-reconcile guest is ready"
TICK = "tick "
POWER_BUTTON = "power button pressed"

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
    "sd_mod",
    "sr_mod",
    "ata_piix",
]
_FOLDERS = ["bin", "dev", "proc", "sys", "tmp", "etc", "run", "modules"]
_FORMAT = "1"  # of what is cached; another number builds it anew

_INIT = f"""#!/bin/sh
# The guest: loads its modules, says that it is ready, counts, and powers off at the power button.
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
echo "{READY}"
count=0
while :; do count=$((count + 1)); echo "{TICK}$count"; sleep 1; done
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
    _cached("boot", _build_boot)
    return BOOT


def container_root(folder: Path) -> Path:
    """Makes a root folder for a container, with /init as its first process."""
    shutil.copytree(_cached("container", _build_container), folder, symlinks=True, dirs_exist_ok=True)
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


def cache_folder() -> Path:
    """Where what is expensive to make is kept between sessions."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "virt-reconcile-tests"


def _cache_of(name: str) -> Path:
    return cache_folder() / f"{name}-{_FORMAT}"


BOOT = Boot(_cache_of("boot") / "kernel", _cache_of("boot") / "initrd")
"""Where `boot()` puts the guest."""


def _cached(name: str, build: object) -> Path:
    """A folder that is built once, and never seen half built."""
    folder = _cache_of(name)
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{name}-") as work:
            made = Path(work) / "made"
            made.mkdir()
            assert callable(build)
            build(Path(work), made)
            if not folder.exists():
                made.rename(folder)
    return folder


def _build_boot(work: Path, made: Path) -> None:
    packages = work / "kernel"
    _unpack(work, packages, _kernel_package())
    kernel = next(packages.glob("boot/vmlinuz-*"))
    shutil.copy(kernel, made / "kernel")
    root = work / "root"
    _busybox_root(work, root)
    found = {path.stem.replace("-", "_"): path for path in packages.glob("lib/modules/**/*.ko")}
    order = list(dict.fromkeys(name for wanted in _MODULES for name in _with_needed(wanted, found)))
    for name in order:
        shutil.copy(found[name], root / "modules" / f"{name}.ko")
    (root / "modules/order").write_text("\n".join(order) + "\n")
    _script(root / "init", _INIT)
    paths = "\n".join(str(path.relative_to(root)) for path in sorted(root.rglob("*")))
    archive = subprocess.run(
        [root / "bin/busybox", "cpio", "-o", "-H", "newc"],
        input=paths.encode(),
        cwd=root,
        capture_output=True,
        check=True,
    ).stdout
    (made / "initrd").write_bytes(archive)


def _build_container(work: Path, made: Path) -> None:
    _busybox_root(work, made)
    _script(made / "init", _CONTAINER_INIT)


def _with_needed(name: str, found: dict[str, Path]) -> Iterator[str]:
    """A module after those that it depends on; what is built into the kernel is no file."""
    if name not in found:
        return
    depends = re.search(rb"\0depends=([^\0]*)\0", found[name].read_bytes())
    for needed in depends[1].decode().split(",") if depends else ():
        yield from _with_needed(needed.replace("-", "_"), found)
    yield name


def _busybox_root(work: Path, root: Path) -> None:
    for folder in _FOLDERS:
        (root / folder).mkdir(parents=True)
    _unpack(work, work / "busybox", "busybox-static")
    busybox = root / "bin/busybox"
    shutil.copy(next((work / "busybox").glob("**/bin/busybox")), busybox)
    applets = subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True).stdout
    for applet in set(applets.split()) - {"busybox"}:
        (root / "bin" / applet).symlink_to("busybox")


def _kernel_package() -> str:
    """The package that the meta package of Debian's cloud kernel stands for."""
    shown = _run(["apt-cache", "depends", "linux-image-cloud-amd64"])
    names = re.findall(r"Depends: (linux-image-\d\S*)", shown)
    if not names:
        raise MissingComponent(
            "apt knows no linux-image-cloud-amd64; run `apt-get update` on a Debian machine"
        )
    return names[0]


def _unpack(work: Path, into: Path, package: str) -> None:
    fetched = work / f"{package}.fetched"
    fetched.mkdir(exist_ok=True)
    _run(["apt-get", "-o", "APT::Sandbox::User=root", "download", package], cwd=fetched)
    _run(["dpkg", "-x", str(next(fetched.glob("*.deb"))), str(into)])


def _run(command: Iterable[str], cwd: Path | None = None) -> str:
    words = list(command)
    try:
        done = subprocess.run(words, cwd=cwd, capture_output=True, text=True, timeout=300, check=True)
    except FileNotFoundError as error:
        raise MissingComponent(f"no program {words[0]}") from error
    except subprocess.CalledProcessError as error:
        raise MissingComponent(f"`{' '.join(words)}` failed: {error.stderr.strip()}") from error
    return done.stdout


def _script(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)

"""A Xen host's disk, kernel and hypervisor, built of Debian's packages once a machine."""

from __future__ import annotations

import gzip
import lzma
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.hypervisors.xen import dom0
from tests.support.debian import run
from tests.support.debian_root import make_root
from tests.support.initramfs import ON_LEASE, add_modules, busybox_root, packed, script

_PACKAGES = (
    "xen-utils-4.17", "xen-hypervisor-4.17-amd64", "qemu-system-xen", "qemu-utils", "seabios", "ipxe-qemu",
    "linux-image-amd64", "libvirt-daemon", "libvirt-daemon-driver-xen", "libvirt-clients", "iproute2",
    "iptables", "dnsmasq-base", "dmidecode", "kmod", "procps",
)  # fmt: skip
_UNUSED = ("drivers/gpu", "drivers/media", "drivers/net/wireless", "drivers/infiniband", "sound")
_DISK_SIZE = "3G"


@dataclass(frozen=True, slots=True)
class XenImage:
    """Where what QEMU loads is: `hypervisor` by multiboot, with `kernel` and `initrd` as its modules."""

    folder: Path

    @property
    def hypervisor(self) -> Path:
        """Xen itself, as an ELF file."""
        return self.folder / "xen.elf"

    @property
    def kernel(self) -> Path:
        """Dom0's kernel, unpacked: to do so costs a minute where every instruction is translated."""
        return self.folder / "vmlinux"

    @property
    def initrd(self) -> Path:
        """What finds dom0's disk."""
        return self.folder / "dom0.img"

    @property
    def disk(self) -> Path:
        """Dom0's root, and the machine's saved states."""
        return self.folder / "dom0.qcow2"


def xen_image(cache: Path) -> XenImage:
    """The host's image, built below `cache` when it is not there. Raises LabError when it cannot."""
    image = cache / "image"
    if not image.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=cache, prefix="building-") as folder:
            work, made = Path(folder), Path(folder) / "made"
            made.mkdir()
            make_root("bookworm", work / "root", _PACKAGES, cache / "build.log", security=True)
            _build(work / "root", work, made)
            made.rename(image)
    return XenImage(image)


def _build(root: Path, work: Path, made: Path) -> None:
    """The image of a root that has the packages."""
    (made / "xen.elf").write_bytes(gzip.decompress(next(root.glob("boot/xen-4.17*.gz")).read_bytes()))
    kernel = next(root.glob("boot/vmlinuz-*"))
    (made / "vmlinux").write_bytes(_unpacked(kernel.read_bytes()))
    _small_linux(root, work / "boot", made / "dom0.img", dom0.BOOT_INIT, dom0.BOOT_MODULES)
    guests = root / dom0.GUESTS.lstrip("/")
    guests.mkdir(exist_ok=True)
    shutil.copy(kernel, guests / "vmlinuz")
    shutil.copy(made / "vmlinux", guests / "vmlinux")
    _small_linux(root, work / "guest", guests / "initrd", dom0.GUEST_INIT, dom0.GUEST_MODULES, _can_stop)
    _trim(root)
    for name, (text, mode) in dom0.FILES.items():
        path = root / name
        path.unlink(missing_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
    raw = work / "dom0.raw"
    run(["mkfs.ext4", "-q", "-O", "^has_journal", "-d", str(root), str(raw), _DISK_SIZE])
    run(["qemu-img", "convert", "-O", "qcow2", str(raw), str(made / "dom0.qcow2")])


def _small_linux(
    packages: Path,
    work: Path,
    initrd: Path,
    init: str,
    modules: tuple[str, ...],
    also: Callable[[Path], None] = lambda _: None,
) -> None:
    root = work / "root"
    work.mkdir()
    busybox_root(work, root)
    add_modules(root, packages, modules)
    script(root / "init", init)
    also(root)
    initrd.write_bytes(packed(root))


def _can_stop(root: Path) -> None:
    """A guest takes an address, and ends when Xen asks it to."""
    script(root / "bin/on-lease", ON_LEASE)
    (root / "sbin").mkdir()
    for name in ("poweroff", "reboot"):
        script(root / "sbin" / name, dom0.GUEST_POWEROFF.replace("poweroff -f", f"{name} -f"))


def _trim(root: Path) -> None:
    """Leaves out modules that nothing here has a use for; and of libvirt's CPU models the feature `sep`, for
    no model would fit a host that hides it, as Xen does of dom0 (virCPUx86Decode)."""
    for modules in root.glob("lib/modules/*/kernel"):
        for unused in _UNUSED:
            shutil.rmtree(modules / unused, ignore_errors=True)
    for models in root.glob("usr/share/libvirt/cpu_map/*.xml"):
        text = models.read_text()
        models.write_text(re.sub(r"\s*<feature name='sep'/>", "", text))
    for driver in root.glob("usr/lib/*/libvirt/connection-driver/libvirt_driver_qemu.so"):
        driver.unlink()
    shutil.rmtree(root / "var/lib/apt/lists", ignore_errors=True)


def _unpacked(kernel: bytes) -> bytes:
    """The ELF file in a kernel that unpacks itself with xz (arch/x86/boot/compressed)."""
    start = kernel.index(b"\xfd7zXZ\0")
    return lzma.LZMADecompressor().decompress(kernel[start:])

"""The folders of a host: what stands where libvirt's own would stand on a machine of its own."""

from __future__ import annotations

import shutil
import time
import uuid
from pathlib import Path

from reconciler.lab.errors import LabError

_SYSTEM = Path("/etc/libvirt")
_LIBVIRTD_CONF = """\
host_uuid = "{uuid}"
unix_sock_dir = "{root}/sock"
auth_unix_ro = "none"
auth_unix_rw = "none"
unix_sock_ro_perms = "0700"
unix_sock_rw_perms = "0700"
log_level = 3
log_outputs = "3:file:{root}/log/libvirtd.log"
"""
_LISTEN = """\
listen_tls = 0
listen_tcp = 1
listen_addr = "{address}"
auth_tcp = "none"
"""
_QEMU_CONF = """\
security_driver = "none"
user = "root"
group = "root"
stdio_handler = "file"
remember_owner = 0
"""
_MIGRATION = """\
migration_address = "{address}"
migration_host = "{address}"
"""
_SHARED = 'shared_filesystems = ["{shared}"]\n'  # known from libvirt 11.1 on
_LXC_CONF = 'security_driver = "none"\n'


def lay_folders(
    root: Path, *, address: str = "", shared: Path | None = None, capabilities: Path | None = None
) -> None:
    """Makes a host's folders below `root`. With an address it listens there for other hosts; `shared` is
    a folder that those have too. What QEMU was found capable of before is taken from `capabilities`:
    asking it again costs more than all else."""
    for folder in ("lib/images", "log", "cache", "sock", "images"):
        (root / folder).mkdir(parents=True)
    etc = root / "etc"
    etc.mkdir()
    for file in _SYSTEM.glob("*.conf"):
        shutil.copy(file, etc)
    if (_SYSTEM / "nwfilter").is_dir():  # libvirt's own; all else in there was defined by the machine
        shutil.copytree(_SYSTEM / "nwfilter", etc / "nwfilter")
    libvirtd = _LIBVIRTD_CONF + (_LISTEN if address else "")
    qemu = _QEMU_CONF + (_MIGRATION if address else "") + (_SHARED if shared else "")
    (etc / "libvirtd.conf").write_text(libvirtd.format(uuid=uuid.uuid4(), root=root, address=address))
    (etc / "qemu.conf").write_text(qemu.format(address=address, shared=shared))
    (etc / "lxc.conf").write_text(_LXC_CONF)
    if capabilities and capabilities.exists():
        shutil.copytree(capabilities, root / "cache/qemu/capabilities")


def keep_capabilities(root: Path, capabilities: Path) -> None:
    """Keeps what a host's libvirtd found QEMU to be capable of."""
    asked = root / "cache/qemu/capabilities"
    if asked.is_dir() and any(asked.iterdir()):
        capabilities.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(asked, capabilities, dirs_exist_ok=True)


def remove_folder(folder: Path) -> None:
    """Removes a folder, if it is there, while the last process that writes to it may be ending."""
    for _ in range(50):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.1)
    raise LabError(f"cannot remove {folder}; remove it by hand")

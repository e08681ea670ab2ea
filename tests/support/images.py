"""A disk image that boots by itself: Debian's kernel and our guest behind Debian's isolinux."""

from __future__ import annotations

import io
from pathlib import Path

import pycdlib

from tests.support.debian import cached, unpack
from tests.support.guests import boot

_MENU = """\
SERIAL 0 115200
DEFAULT linux
PROMPT 0
LABEL linux
  KERNEL /KERNEL
  INITRD /INITRD
  APPEND console=ttyS0 quiet panic=-1
"""


def bootable_image() -> Path:
    """A raw image that boots from a disk or a CD drive (isohybrid); built on first use and cached."""
    return cached("image", _build) / "disk.img"


def _build(work: Path, made: Path) -> None:
    guest = boot()
    unpack(work, work / "isolinux", "isolinux")
    unpack(work, work / "isolinux", "syslinux-common")
    found = {path.name: path for path in (work / "isolinux/usr/lib").rglob("*") if path.is_file()}
    image = pycdlib.PyCdlib()
    image.new(interchange_level=3)
    image.add_directory("/ISOLINUX")
    for source, name in (
        (found["isolinux.bin"], "/ISOLINUX/ISOLINUX.BIN;1"),
        (next(p for p in (work / "isolinux/usr/lib").rglob("bios/ldlinux.c32")), "/ISOLINUX/LDLINUX.C32;1"),
        (guest.kernel, "/KERNEL.;1"),
        (guest.initrd, "/INITRD.;1"),
    ):
        image.add_file(str(source), name)
    image.add_fp(io.BytesIO(_MENU.encode()), len(_MENU), "/ISOLINUX/ISOLINUX.CFG;1")
    image.add_eltorito(
        "/ISOLINUX/ISOLINUX.BIN;1", "/ISOLINUX/BOOT.CAT;1", boot_load_size=4, boot_info_table=True
    )
    image.add_isohybrid()
    image.write(str(made / "disk.img"))
    image.close()

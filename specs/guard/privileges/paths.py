"""Absolute paths in documents: which are the host's own, and which the guest's."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterator

from specs.guard.privileges.model import Privilege
from specs.xml import Element

OWN = "/var/lib/libvirt/"
_SYSTEM = (
    *("/bin/", "/boot/", "/dev/", "/etc/", "/home/", "/lib/", "/lib32/", "/lib64/", "/libx32/", "/proc/"),
    *("/root/", "/run/", "/sbin/", "/sys/", "/usr/", "/var/"),
)
_SHARED = ("/", "/tmp/")  # noqa: S108 - these are everybody's
_INTERNAL = frozenset(
    {"boot", "bhyve", "ch", "dnsmasq", "libxl", "lxc", "network"}
    | {"qemu", "sanlock", "secrets", "swtpm", "uml", "vz", "xen"}
)
IN_THE_GUEST = frozenset({"metadata", "description", "title", "name", "cmdline", "initargs"})
"""Elements whose text is the guest's own, or nobody's."""

NO_PATHS = frozenset({"init", "initarg", "initdir", "initenv", "partition", "genid", "bootloader_args"})
_RANDOM = frozenset({"/dev/random", "/dev/urandom", "/dev/hwrng"})


def is_system(path: str) -> bool:
    """Whether a folder is the machine's own, or holds such folders."""
    if not path.startswith("/") or ".." in path.split("/"):
        return True
    clean = f"{posixpath.normpath(path).rstrip('/')}/"
    clean = f"/{clean.lstrip('/')}"
    if clean.startswith(OWN) and clean != OWN:
        return clean.removeprefix(OWN).partition("/")[0] in _INTERNAL
    return clean in _SHARED or clean.startswith(_SYSTEM)


def paths(part: Element, what: str) -> Iterator[Privilege]:
    """Every absolute path in and below an element, but where a guest mounts something."""
    for element in part.iter("{*}*"):
        if element.tag not in NO_PATHS and element.tag not in IN_THE_GUEST:
            yield from own_paths(element, what)


def own_paths(element: Element, what: str) -> Iterator[Privilege]:
    """The absolute paths that an element itself says."""
    values = [str(value) for name, value in element.items() if (element.tag, name) != ("target", "dir")]
    for value in (text_of(element), *values):
        if not value.startswith("/") or value in _RANDOM:
            continue
        if element.tag == "emulator" or is_below(value, (f"{OWN}qemu/channel/",)):
            continue
        if what == "interface" and element.tag in ("script", "downscript"):
            continue
        yield Privilege(what, value, element)


def is_below(path: str, folders: Collection[str]) -> bool:
    """Whether a path lies below one of the folders."""
    return ".." not in path.split("/") and path.startswith(tuple(folders))


def text_of(element: Element) -> str:
    """An element's text, without what surrounds it."""
    return (element.text or "").strip()

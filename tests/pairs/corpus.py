"""The pairs in libvirt's source tree, as its own xml2xml tests pair them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from drivers.xen import read_xl, read_xm
from drivers.xen.machine import OVMF as FIRMWARE
from specs.identity import Kind

_CAPABILITIES = re.compile(r"\.(?P<arch>[a-z0-9_]+)-(?P<version>latest|\d+\.\d+\.\d+)$")
_READ = re.compile(r'DO_TEST(?:_FORMAT)?\("([^"]+)"')
"""Tests of libvirt's that read such a file; DO_TEST_PARSE only writes one."""

_FIRMWARE = "/LIBXL_FIRMWARE_DIR/ovmf.bin"
"""Stands for a path that is chosen when libvirt is built (xlconfigtest.c)."""

_ARCHES = {"i686": "x86_64", "armv7l": "aarch64", "ppc64le": "ppc64", "riscv32": "riscv64"}


@dataclass(frozen=True, slots=True)
class Pair:
    """One document as it was given and as libvirt wrote it back; `machines` as in `Dialect`."""

    family: str
    name: str
    kind: Kind
    given: str
    readback: str
    machines: Mapping[str, str] = field(default_factory=dict)
    arch: str = "x86_64"
    spoken: str = ""
    """The family that wrote the document back, where it does not tell by itself."""

    @property
    def hypervisor(self) -> str:
        """The `Dialect` family that the document is for."""
        if self.spoken:
            return self.spoken
        kind = parse(self.given).get("type", "qemu")
        return {"lxc": "lxc", "xen": "xen", "bhyve": "bhyve"}.get(kind, "qemu")

    @property
    def rewritten(self) -> bool:
        """Whether libvirt wrote back another document than it was given."""
        return self.given != self.readback


def parse(document: str) -> etree._Element:
    """The root element, comments dropped."""
    return etree.fromstring(document.encode(), etree.XMLParser(remove_comments=True))


def pairs(source: Path) -> Iterator[Pair]:
    """All pairs of a libvirt source tree whose two documents are well-formed."""
    tests = source / "tests"
    yield from _qemu(tests)
    yield from _plain(tests, "lxc", Kind.DOMAIN, "lxcxml2xmldata", "lxcxml2xmloutdata", identical=True)
    yield from _plain(
        tests, "generic", Kind.DOMAIN, "genericxml2xmlindata", "genericxml2xmloutdata", identical=True
    )
    yield from _plain(
        tests,
        "bhyve",
        Kind.DOMAIN,
        "bhyvexml2argvdata",
        "bhyvexml2xmloutdata",
        prefixes=("bhyvexml2argv-", "bhyvexml2xmlout-"),
    )
    for folder in ("xlconfigdata", "xmconfigdata"):  # given and read back through xl and xm files
        yield from _plain(tests, "xen", Kind.DOMAIN, folder, folder)
    yield from _native(tests, "xl", read_xl)
    yield from _native(tests, "xm", read_xm)
    yield from _plain(tests, "network", Kind.NETWORK, "networkxml2xmlin", "networkxml2xmlout")
    yield from _plain(tests, "pool", Kind.STORAGE_POOL, "storagepoolxml2xmlin", "storagepoolxml2xmlout")
    yield from _plain(tests, "volume", Kind.VOLUME, "storagevolxml2xmlin", "storagevolxml2xmlout")


def _native(tests: Path, tool: str, read: Callable[[str], str]) -> Iterator[Pair]:
    """Files of a tool of Xen's, as we read them and as libvirt does: those that its own test reads."""
    read_there = set(_READ.findall((tests / f"{tool}configtest.c").read_text()))
    for path in sorted((tests / f"{tool}configdata").glob("*.cfg")):
        readback = path.with_suffix(".xml")
        if path.stem.removeprefix("test-") in read_there and readback.exists():
            kept = readback.read_text().replace(_FIRMWARE, FIRMWARE)
            yield Pair(f"{tool}, read", path.stem, Kind.DOMAIN, read(path.read_text()), kept, spoken="xend")


def _plain(
    tests: Path,
    family: str,
    kind: Kind,
    given: str,
    readback: str,
    *,
    prefixes: tuple[str, str] = ("", ""),
    identical: bool = False,
) -> Iterator[Pair]:
    """Folders of files of the same name; `identical`: without one of its own the read-back is what was
    given."""
    for path in sorted((tests / given).glob("*.xml")):
        out = tests / readback / path.name.replace(prefixes[0], prefixes[1], 1)
        if out.exists():
            yield Pair(family, path.stem, kind, path.read_text(), out.read_text())
        elif identical:
            text = path.read_text()
            yield Pair(family, path.stem, kind, text, text)


def _qemu(tests: Path) -> Iterator[Pair]:
    """'NAME.ARCH-VERSION.xml' is NAME read back with that version's capabilities, in newer releases in one
    folder with NAME; '-active' is a live document, no persistent one, and is left out."""
    aliases = _Aliases(tests / "qemucapabilitiesdata")
    before, since = tests / "qemuxml2xmloutdata", tests / "qemuxmlconfdata"
    for out in sorted((before if before.is_dir() else since).glob("*.xml")):
        name = out.stem
        found = _CAPABILITIES.search(name)
        base = name[: found.start()] if found else name
        if base.endswith("-active"):
            continue
        folder = tests / "qemuxml2argvdata" if before.is_dir() else since
        given = folder / f"{base.removesuffix('-inactive')}.xml"
        if not given.exists() or given == out:
            continue
        text = given.read_text()
        kind = parse(text).find("os/type")
        arch = kind.get("arch", "x86_64") if kind is not None else "x86_64"
        machines = aliases.of(arch, found["version"]) if found else {}
        yield Pair("qemu", name, Kind.DOMAIN, text, out.read_text(), machines, arch)


class _Aliases:
    """Machine aliases of each QEMU version, from its capabilities file."""

    def __init__(self, folder: Path) -> None:
        self._files: dict[tuple[str, str], Path] = {}
        for path in folder.glob("caps_*.xml"):
            version, _, arch = path.stem.removeprefix("caps_").rpartition(".")
            self._files[arch, version] = path

    def of(self, arch: str, version: str) -> dict[str, str]:
        emulated = _ARCHES.get(arch, arch)
        versions = [v for a, v in self._files if a == emulated]
        if version == "latest" and versions:
            version = max(versions, key=lambda text: [int(part) for part in text.split(".")])
        path = self._files.get((emulated, version))
        if path is None:
            return {}
        return {
            f"{arch}/{machine.get('alias')}": str(machine.get("name"))
            for machine in parse(path.read_text()).iter("machine")
            if machine.get("alias")
        }

"""The source of a volume: checked against its document, its paths relative to the tree."""

from __future__ import annotations

import posixpath
from urllib.parse import urlsplit

from lxml import etree

from specs.checks.transport import plain_download
from specs.compiling.work import Load
from specs.content import Source, without_secrets
from specs.diagnostics import Problem
from specs.entries import Entry
from specs.identity import Address
from specs.models.sources import VolumeSource, is_url
from specs.models.storage import Volume


def source_of(address: Address, entry: Entry, xml: etree._Element, work: Load) -> Source | None:
    """What the volume is filled with; None without a source. What is wrong with it is said."""
    given = entry.model.spec.source if isinstance(entry.model, Volume) else None
    if given is None:
        return None
    _look_at(given, entry, xml, work)
    if given.volume:
        volume = given.volume if "/" in given.volume else f"{address.pool}/{given.volume}"
        return Source(volume=volume, compression="none", format=format_in(xml), identity=f"volume:{volume}")
    file = _in_tree(entry, given.file) if given.file else ""
    sums, name = _sums(entry, given)
    checksum = f"sha256:{given.checksum.sha256}" if given.checksum and given.checksum.sha256 else ""
    warning = plain_download(given.url or "", checksum, sums)
    if warning:
        work.warnings.append(Problem(entry.at("spec", "source"), warning))
    return Source(
        file=file,
        url=given.url or "",
        checksum=checksum,
        sums=sums,
        sums_name=name,
        compression=given.compression,
        format=format_in(xml),
        exact=given.format is not None,
        identity=_identity(given, sums, name),
    )


def _look_at(given: VolumeSource, entry: Entry, xml: etree._Element, work: Load) -> None:
    for path, message in (
        ("backingStore/path", "a volume with backing has no source: it begins as what it is laid upon"),
        (
            "target/encryption",
            "a volume with a source cannot be encrypted: its content lies there as it came",
        ),
    ):
        if xml.find(path) is not None:
            work.problems.append(Problem(entry.at("spec", "source"), message))
    if given.format and given.format != format_in(xml):
        message = (
            f"the source is {given.format} and the volume {format_in(xml)}: content is not converted, so say"
            f" format: {given.format} in the volume's spec too"
        )
        work.problems.append(Problem(entry.at("spec", "source", "format"), message))


def format_in(xml: etree._Element) -> str:
    """The format that a volume's document says."""
    node = xml.find("target/format")
    return node.get("type", "raw") if node is not None else "raw"


def _sums(entry: Entry, given: VolumeSource) -> tuple[str, str]:
    """The list of checksums, and the name to look up in it."""
    wanted = given.checksum
    if wanted is None or wanted.sums is None:
        return "", ""
    path = urlsplit(given.url).path if given.url else given.file or ""
    sums = wanted.sums if is_url(wanted.sums) else _in_tree(entry, wanted.sums)
    return sums, wanted.name or posixpath.basename(path)


def _in_tree(entry: Entry, path: str) -> str:
    """A path relative to a file, as one relative to the tree; it may lead out of that."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(entry.origin.file), path))


def _identity(given: VolumeSource, sums: str, name: str) -> str:
    if given.checksum and given.checksum.sha256:
        return f"sha256:{given.checksum.sha256}"
    if sums:
        return f"sums:{without_secrets(sums) if is_url(sums) else sums}#{name}"
    return f"url:{without_secrets(given.url)}" if given.url else ""

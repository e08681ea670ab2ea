"""Creating a volume and filling it, so that a half-filled one is never taken for a whole one.

First the content is fetched and checked on this side: what is wrong with it leaves nothing on the host.
Then a small marker volume is made beside the volume; it goes last. Whoever is killed in between leaves
the marker, and the next plan fills the volume anew, with or without a state.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from drivers.base import Driver
from drivers.errors import DriverError, NotFound, Refused
from reconciler.images import ImageError, Prepared, default_cache, identity_of, prepare
from reconciler.plan.model import Action
from reconciler.plan.volume import capacity_of
from specs.content import MARKER, Source
from specs.identity import Kind
from specs.units import format_size
from specs.xml import parse

_MARKER_BYTES = 1024
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Filling:
    """One volume to be filled; without a source it is made empty."""

    action: Action
    source: Source | None
    root: Path
    tell: Tell
    cancel: threading.Event
    origin: Driver | None = None
    """The host that the volume comes from with its domain; its bytes are copied from there."""

    folders: tuple[str, ...] = ()
    """Where files of images may be, besides the tree."""


def fill(driver: Driver, filling: Filling) -> str:
    """Creates and fills the volume; why nothing had to be done, or ''.

    Raises DriverError; what is wrong with the content is a Refused too. A volume that exists is replaced
    only if it is marked as half-filled, or if the action was planned to replace it.
    """
    action, name = filling.action, filling.action.native
    marked = driver.observe_one(Kind.VOLUME, name + MARKER) is not None
    exists = driver.observe_one(Kind.VOLUME, name) is not None
    if exists and not marked and action.arguments.get("replace") != "true":
        if action.arguments.get("if_missing") == "true":
            return "exists already"
        raise Refused("it exists by now, and nothing says that its data may go", "run plan again")
    content = _prepared(filling)
    wanted = capacity_of(action.document)
    if content and wanted and wanted < content.virtual_size:
        raise Refused(
            f"the image has {format_size(content.virtual_size)}, the volume {format_size(wanted)}: declare"
            " at least the size of the image, or no capacity at all"
        )
    if not marked:
        driver.define(Kind.VOLUME, name + MARKER, _marker(name))
    try:
        if exists:
            driver.undefine(Kind.VOLUME, name)
        _create(driver, filling, content)
        if wanted and filling.source and wanted > _observed_capacity(driver, name):
            driver.resize_volume(name, wanted)
    except (Refused, ImageError) as error:
        # The host will not have it: what was made of it only takes room, and the marker then marks nothing.
        with suppress(DriverError):
            _remove(driver, name)
            _remove(driver, name + MARKER)
        if isinstance(error, ImageError):
            raise Refused(str(error)) from error
        raise
    _remove(driver, name + MARKER)
    return ""


def content_identity(source: Source | None, root: Path, folders: tuple[str, ...] = ()) -> str:
    """What is remembered of a volume's content once it is filled; '' when it cannot be told."""
    if source is None:
        return ""
    try:
        return identity_of(source, root=root, cache=default_cache(), folders=folders)
    except ImageError:
        return ""


def _prepared(filling: Filling) -> Prepared | None:
    source = filling.source
    if source is None or source.volume or filling.origin:
        return None

    def tell(stage: str, done: int, total: int) -> None:
        filling.tell(f"{stage} {_share(done, total)}")

    try:
        return prepare(
            source,
            root=filling.root,
            cache=default_cache(),
            progress=tell,
            cancel=filling.cancel,
            folders=filling.folders,
        )
    except ImageError as error:
        raise Refused(str(error)) from error


def _create(driver: Driver, filling: Filling, content: Prepared | None) -> None:
    name, document, source = filling.action.native, filling.action.document, filling.source
    if filling.origin:
        raw = parse(document).find("target/format[@type='raw']") is not None
        arriving = Arriving(filling.origin, name, capacity_of(document) if raw else _MARKER_BYTES)
        driver.define(Kind.VOLUME, name, _with(document, arriving.size, "raw"))
        driver.upload_volume(name, arriving, lambda done: filling.tell(f"copying {_share(done, 0)}"))
    elif source and source.volume:
        driver.clone_volume(name, document, source.volume)
    elif content is None:
        driver.define(Kind.VOLUME, name, document)
    else:
        # As a raw file of the image's own length, so that what is in it is the image byte for byte; the
        # hypervisor looks at the format when it is full.
        size = content.content.size
        driver.define(Kind.VOLUME, name, _with(document, max(size, 1), "raw"))
        driver.upload_volume(
            name, content.content, lambda done: filling.tell(f"uploading {_share(done, size)}")
        )


@dataclass(frozen=True, slots=True)
class Arriving:
    """A volume of another host, as the content of one here."""

    origin: Driver
    name: str

    size: int
    """What is made to begin with: an image's file grows as its bytes come, a raw one has its length."""

    def pieces(self) -> Iterator[bytes | int]:
        return self.origin.download_volume(self.name)


def _remove(driver: Driver, name: str) -> None:
    with suppress(NotFound):
        driver.undefine(Kind.VOLUME, name)


def _marker(name: str) -> str:
    root = etree.Element("volume")
    etree.SubElement(root, "name").text = name.partition("/")[2] + MARKER
    etree.SubElement(root, "capacity", unit="bytes").text = str(_MARKER_BYTES)
    etree.SubElement(etree.SubElement(root, "target"), "format", type="raw")
    return etree.tostring(root, encoding="unicode")


def _with(document: str, capacity: int, form: str) -> str:
    """A volume's document with that capacity in bytes and format, and as sparse as can be."""
    root = parse(document)
    for tag, value in (("capacity", capacity), ("allocation", 0)):
        element = root.find(tag)
        if element is None:
            element = etree.SubElement(root, tag)
        element.set("unit", "bytes")
        element.text = str(value)
    declared = root.find("target/format")
    if declared is not None:
        declared.set("type", form)
    return etree.tostring(root, encoding="unicode")


def _observed_capacity(driver: Driver, name: str) -> int:
    seen = driver.observe_one(Kind.VOLUME, name)
    return capacity_of(seen.document) if seen else 0


def _share(done: int, total: int) -> str:
    return f"{done * 100 // total} % of {total / 2**20:.0f} MiB" if total else f"{done / 2**20:.0f} MiB"

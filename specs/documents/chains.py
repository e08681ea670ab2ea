"""What a domain's disks lie upon: images and their overlays, as its documents tell them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from specs.xml import Element, copy_of, parse

_WRITTEN_TO = frozenset({"disk", "lun"})
_OF_AN_IMAGE = ("source", "backingStore")


@dataclass(frozen=True, slots=True)
class ImageChain:
    """The images of a disk from the one that is written to down to the lowest that is told, each by where it
    is; `form` is the format of the first."""

    images: tuple[str, ...]
    form: str

    @property
    def top(self) -> str:
        """The image that is written to; '' for none that is told apart."""
        return self.images[0]


def chains(document: str) -> Mapping[str, ImageChain]:
    """The images of a domain's disks by their targets; media that are changed are none."""
    found = {}
    for disk in _disks(parse(document)):
        driver = disk.find("driver")
        form = driver.get("type", "") if driver is not None else ""
        images = tuple(_images(disk))
        if images[0]:
            found[_target(disk)] = ImageChain(images, form)
    return found


def with_images_of(document: str, other: str, targets: frozenset[str]) -> str:
    """A domain's document with the images that another has for its disks of these targets."""
    root = parse(document)
    others = {_target(disk): disk for disk in _disks(parse(other))}
    for disk in _disks(root):
        if _target(disk) in targets & others.keys():
            _take_image(disk, others[_target(disk)])
    return etree.tostring(root, encoding="unicode")


def _take_image(disk: Element, other: Element) -> None:
    kind = other.get("type")
    if kind is not None:
        disk.set("type", kind)
    for tag in _OF_AN_IMAGE:
        for old in disk.findall(tag):
            disk.remove(old)
        disk.extend(copy_of(new) for new in other.findall(tag))
    driver, like = disk.find("driver"), other.find("driver")
    if driver is not None and like is not None and driver.get("type") and like.get("type"):
        driver.set("type", like.get("type", ""))


def _disks(root: Element) -> Iterator[Element]:
    for disk in root.iterfind("devices/disk"):
        if disk.get("device", "disk") in _WRITTEN_TO and _target(disk):
            yield disk


def _target(disk: Element) -> str:
    target = disk.find("target")
    return target.get("dev", "") if target is not None else ""


def _images(disk: Element) -> Iterator[str]:
    """The source of a disk, and those of what it lies upon."""
    layer: Element | None = disk
    while layer is not None:
        source = layer.find("source")
        yield _place(source) if source is not None else ""
        layer = layer.find("backingStore")
        if layer is not None and layer.find("source") is None:
            return


def _place(source: Element) -> str:
    """Where an image is: a path, 'pool/volume', or 'protocol:name'."""
    path = source.get("file") or source.get("dev")
    if path:
        return path
    if source.get("pool") and source.get("volume"):
        return f"{source.get('pool')}/{source.get('volume')}"
    return f"{source.get('protocol')}:{source.get('name')}" if source.get("name") else ""

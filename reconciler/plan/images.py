"""The images that a guest's disks are on: a snapshot or a copy puts another one in the declared one's place.

An overlay holds what was written since: putting its base back loses that, and a disk that lies upon itself
cannot start. So what lies upon the declared image is left as it is, and where nobody knows what an image lies
upon, a person decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from drivers.base import Observation
from reconciler.compare.model import Cause, Difference
from reconciler.plan.readable import why_unreadable
from reconciler.plan.world import World
from specs.desired import Declared
from specs.documents.chains import ImageChain, chains, with_images_of
from specs.documents.tree import plain
from specs.documents.volume_facts import backing_path, target_path
from specs.identity import Kind

_RAW = frozenset({"", "raw"})
_IMAGE = ("source", "@type")


@dataclass(frozen=True, slots=True)
class Overlay:
    """A disk that runs on another image than it is declared with, and the declared one below it."""

    target: str
    image: str
    base: str

    def __str__(self) -> str:
        return (
            f"disk {self.target} runs on {self.image}, an overlay (snapshot) of the declared {self.base}: it"
            " stays; virsh blockcommit takes what it holds back into the declared image"
        )


def overlays_of(declared: Declared, seen: Observation, world: World) -> tuple[Overlay, ...]:
    """The disks of a domain that run on overlays of what is declared for them."""
    wanted, actual = chains(declared.document), chains(seen.document)
    running = chains(seen.live) if seen.live else {}
    places = _Places.of(declared.host, world)
    return tuple(
        Overlay(target, actual[target].top, chain.top)
        for target, chain in wanted.items()
        if target in actual
        and not places.same(chain.top, actual[target].top)
        and places.lies_upon(actual[target], running.get(target), chain.top)
    )


def on_overlays(declared: Declared, overlays: tuple[Overlay, ...], seen: Observation) -> Declared:
    """What is declared, with the overlays that its disks run on."""
    if not overlays:
        return declared
    targets = frozenset(overlay.target for overlay in overlays)
    return replace(declared, document=with_images_of(declared.document, seen.document, targets))


def strayed(declared: Declared, seen: Observation, differences: tuple[Difference, ...], world: World) -> str:
    """Why a domain is left alone: a disk has another image, which the files did not ask for, and in a format
    that may lie upon another; '' where there is none."""
    unasked = [
        difference.path
        for difference in differences
        if difference.cause is not Cause.EDITED and _is_about_an_image(difference.path)
    ]
    if not unasked:
        return ""
    wanted, actual = chains(declared.document), chains(seen.document)
    places = _Places.of(declared.host, world)
    return "; ".join(
        _told(target, actual[target], chain)
        for target, chain in wanted.items()
        if target in actual
        and any(path.startswith(f"devices/disk[{target}]/") for path in unasked)
        and not places.same(chain.top, actual[target].top)
        and not {chain.form, actual[target].form} <= _RAW
    )


def _told(target: str, actual: ImageChain, wanted: ImageChain) -> str:
    return (
        f"its disk {target} is on {actual.top} instead of {wanted.top}, which the files did not ask for: it"
        " may be a snapshot's overlay, or what was copied or committed, and putting the declared image back"
        " could lose what was written since. Nothing is done to the guest before that is decided: declare"
        f" {actual.top}, or take its data back (virsh blockcommit) and define the disk on {wanted.top}"
        " again (virsh edit)"
    )


def _is_about_an_image(path: str) -> bool:
    bare = plain(path)
    return bare.startswith("devices/disk/") and bare.split("/")[2] in _IMAGE


@dataclass(frozen=True, slots=True)
class _Places:
    """Where a host's volumes lie, and upon what."""

    volumes: Mapping[str, Observation]

    @classmethod
    def of(cls, host: str, world: World) -> _Places:
        inventory = world.inventories.get(host)
        return cls(dict(inventory.of_kind(Kind.VOLUME)) if inventory else {})

    def same(self, one: str, other: str) -> bool:
        """Whether two names are of one image."""
        return one == other or self._path(one) == self._path(other)

    def lies_upon(self, actual: ImageChain, running: ImageChain | None, base: str) -> bool:
        """Whether an image is somewhere below the one that a disk is on."""
        known = [*actual.images[1:]]
        if running is not None and self.same(running.top, actual.top):
            known.extend(running.images[1:])
        below = {self._path(image) for image in known}
        seen = {self._path(actual.top)}
        while True:
            if self._path(base) in below:
                return True
            seen |= below
            below = {under for image in seen if (under := self._backing(image))} - seen
            if not below:
                return False

    def _path(self, image: str) -> str:
        """A volume's path by its name; another image's own name."""
        volume = self.volumes.get(image)
        if volume is None or why_unreadable(volume):
            return image
        return target_path(volume.document) or image

    def _backing(self, path: str) -> str:
        """What a volume lies upon; '' for nothing, or what is no volume that is known."""
        for volume in self.volumes.values():
            told = path in volume.document and not why_unreadable(volume)
            if told and target_path(volume.document) == path:
                return backing_path(volume.document)
        return ""

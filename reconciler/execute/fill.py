"""Creating a volume and filling it, so that a half-filled one is never taken for a whole one.

First the content is fetched and checked on this side: what is wrong with it leaves nothing on the host. Then
the fill is noted in the state, and a small marker volume that carries its nonce is made beside the volume; it
goes last. Whoever is killed in between leaves both, and the next plan fills the volume anew; with the state
lost, the marker alone tells.

A marker whose nonce is not ours changes nothing, and a volume that somebody uses is never filled: both are
looked at again here, right before anything is deleted.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from lxml import etree

from drivers.base import Driver, Inventory
from drivers.errors import DriverError, NotFound, Refused
from drivers.sound import sound
from reconciler.inputs.images import USUAL, ImageError, Limits, Prepared, default_cache, identity_of, prepare
from reconciler.plan.model import Action
from reconciler.plan.volume import capacity_of
from reconciler.plan.volume_users import volume_users
from specs.content import Source
from specs.identity import Address, Kind
from specs.markers import marker_of, new_nonce, read_marker, stem_of
from specs.units import format_size
from specs.xml import parse
from state.records import Fill

_MARKER_BYTES = 1024
Tell = Callable[[str], None]


class FillNotes(Protocol):
    """Where fills under way are noted: the state."""

    def fills(self) -> Mapping[Address, Fill]: ...

    def note_fill(self, fill: Fill) -> None: ...

    def drop_fill(self, address: Address) -> None: ...


@dataclass(frozen=True, slots=True)
class Filling:
    """One volume to be filled; without a source it is made empty.

    `run` is the run that fills it, `identity` that of its content. `others` are the hosts that see its
    storage too, and `unasked` those of them that cannot be asked who uses it.
    """

    action: Action
    source: Source | None
    root: Path
    tell: Tell
    cancel: threading.Event
    notes: FillNotes
    run: int
    identity: str = ""
    origin: Driver | None = None
    """The host that the volume comes from with its domain; its bytes are copied from there."""
    others: Mapping[str, Driver] = field(default_factory=dict)
    unasked: tuple[str, ...] = ()
    limits: Limits = USUAL

    def nonces(self, argument: str) -> tuple[str, ...]:
        """The markers that the plan names for a purpose."""
        return tuple(filter(None, self.action.arguments.get(argument, "").split(",")))


@dataclass(frozen=True, slots=True)
class _Found:
    """What is there before a fill begins: the volume, the fill that was noted of it, the nonces of those of
    its markers that count."""

    exists: bool
    noted: Fill | None
    marks: tuple[str, ...]

    @property
    def half_filled(self) -> bool:
        return self.exists and bool(self.marks)


def fill(driver: Driver, filling: Filling) -> str:
    """Creates and fills the volume; why nothing had to be done, or ''.

    Raises DriverError; what is wrong with the content is a Refused too. A volume that exists is replaced
    only if a marker that counts says that it is half-filled, or if the action was planned to replace it;
    and only if nobody uses it.
    """
    action, name = filling.action, filling.action.native
    found = _look(driver, filling)
    if found.noted and _only_marked(found.noted, found, filling):
        _remove(driver, marker_of(name, found.noted.nonce))
        return ""
    if found.exists and not found.marks and action.arguments.get("replace") != "true":
        if action.arguments.get("if_missing") == "true":
            return "exists already"
        raise Refused("it exists by now, and nothing says that its data may go", "run plan again")
    if found.exists:
        _require_unused(driver, filling, found)
    content = _prepared(filling)
    wanted = capacity_of(action.document)
    if content and wanted and wanted < content.virtual_size:
        raise Refused(
            f"the image has {format_size(content.virtual_size)}, the volume {format_size(wanted)}: declare"
            " at least the size of the image, or no capacity at all"
        )
    begun = _begin(driver, filling, found)
    marker = marker_of(name, begun.nonce)
    left = _Left(found.half_filled)
    try:
        _make(driver, filling, found, content, left, begun)
        if wanted and filling.source and wanted > _observed_capacity(driver, name):
            driver.resize_volume(name, wanted)
    except (Refused, ImageError) as error:
        # The host will not have it: what was made of it only takes room, and the marker then marks nothing.
        with suppress(DriverError):
            if left.made:
                _remove(driver, name)
            if left.made or not left.half_filled:
                _remove(driver, marker)
                filling.notes.drop_fill(action.address)
        if isinstance(error, ImageError):
            raise Refused(str(error)) from error
        raise
    filling.notes.note_fill(replace(begun, filled=True, content=filling.identity))
    try:
        driver.undefine(Kind.VOLUME, marker)
    except NotFound:
        filling.notes.drop_fill(action.address)
        raise Refused(
            f"its marker {marker} is gone: somebody else fills it at the same time", "run plan again"
        ) from None
    return ""


@dataclass(slots=True)
class _Left:
    """What a fill that fails leaves: the half-filled volume that it found, or what it made itself."""

    half_filled: bool
    made: bool = False


def _look(driver: Driver, filling: Filling) -> _Found:
    name = filling.action.native
    noted = filling.notes.fills().get(filling.action.address)
    known = (*(sorted(noted.nonces) if noted else ()), *filling.nonces("marks"))
    marks = tuple(nonce for nonce in dict.fromkeys(known) if _is_there(driver, marker_of(name, nonce)))
    return _Found(_is_there(driver, name), noted, marks)


def _only_marked(noted: Fill, found: _Found, filling: Filling) -> bool:
    """Whether all of the content is there, and nothing is left to do but to remove the marker."""
    if not noted.filled or not found.exists:
        return False
    if noted.run == filling.run:
        return True  # an earlier try of this very action
    # Of a volume that comes from another host, its guest may have written more since.
    same = bool(filling.identity) and noted.content == filling.identity
    return noted.nonce in found.marks and same and filling.origin is None


def _begin(driver: Driver, filling: Filling, found: _Found) -> Fill:
    """Notes the fill, marks the volume, and takes over from the fills that it goes on from."""
    address, name = filling.action.address, filling.action.native
    nonce = found.noted.nonce if found.noted else new_nonce()
    taken = tuple(mark for mark in found.marks if mark != nonce)
    begun = Fill(address, nonce, filling.run, taken)
    filling.notes.note_fill(begun)
    if nonce not in found.marks:
        driver.define(Kind.VOLUME, marker_of(name, nonce), _marker(marker_of(name, nonce)))
    for other in taken:
        _remove(driver, marker_of(name, other))
    return begun


def _make(
    driver: Driver, filling: Filling, found: _Found, content: Prepared | None, left: _Left, begun: Fill
) -> None:
    name = filling.action.native
    if found.exists:
        inventory = _require_unused(driver, filling, found)
        _require_alone(inventory, filling, begun)
        driver.undefine(Kind.VOLUME, name)
        left.half_filled = False
    _create(driver, filling, content, left)


def _require_unused(driver: Driver, filling: Filling, found: _Found) -> Inventory:
    """Refused when somebody would notice that the volume's bytes are others; what its host shows.

    Nobody at all may use a volume that only a marker from a lost state says to be half-filled; running
    guests must use no volume that is filled.
    """
    action = filling.action
    if filling.unasked:
        raise Refused(
            f"{', '.join(filling.unasked)} cannot be asked whether a guest there uses it",
            "run plan again when it can",
        )
    inventory = sound(driver.observe())
    inventories = {
        **{name: sound(other.observe()) for name, other in filling.others.items()},
        action.host: inventory,
    }
    users = volume_users(action.address, action.native, action.host, inventories)
    sure = found.noted or action.arguments.get("replace") == "true"
    using = users.running if sure else users.all
    if using:
        raise Refused(f"{using[0]} uses it: it is never filled anew under its users", "stop that first")
    return inventory


def _require_alone(inventory: Inventory, filling: Filling, begun: Fill) -> None:
    """Refused when a marker has come that was not there when it was planned."""
    name = filling.action.native
    known = {*begun.nonces, *filling.nonces("strays")}
    for kind, native in inventory.objects:
        marker = read_marker(native) if kind is Kind.VOLUME else None
        if marker and marker[0] == stem_of(name) and marker[1] not in known:
            raise Refused(f"{native} has come since it was planned: somebody else fills it", "run plan again")


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
            limits=filling.limits,
            capacity=capacity_of(filling.action.document),
        )
    except ImageError as error:
        raise Refused(str(error)) from error


def _create(driver: Driver, filling: Filling, content: Prepared | None, left: _Left) -> None:
    name, document, source = filling.action.native, filling.action.document, filling.source
    if filling.origin:
        raw = parse(document).find("target/format[@type='raw']") is not None
        arriving = Arriving(filling.origin, name, capacity_of(document) if raw else _MARKER_BYTES)
        driver.define(Kind.VOLUME, name, _with(document, arriving.size, "raw"))
        left.made = True
        driver.upload_volume(name, arriving, lambda done: filling.tell(f"copying {_share(done, 0)}"))
    elif source and source.volume:
        driver.clone_volume(name, document, source.volume)
        left.made = True
    elif content is None:
        driver.define(Kind.VOLUME, name, document)
        left.made = True
    else:
        # As a raw file of the image's own length, so that what is in it is the image byte for byte; the
        # hypervisor looks at the format when it is full.
        size = content.content.size
        driver.define(Kind.VOLUME, name, _with(document, max(size, 1), "raw"))
        left.made = True
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


def _is_there(driver: Driver, name: str) -> bool:
    return driver.observe_one(Kind.VOLUME, name) is not None


def _remove(driver: Driver, name: str) -> None:
    with suppress(NotFound):
        driver.undefine(Kind.VOLUME, name)


def _marker(name: str) -> str:
    root = etree.Element("volume")
    etree.SubElement(root, "name").text = name.partition("/")[2]
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

"""Creating a volume and filling it, so that a half-filled one is never taken for a whole one.

First the content is fetched and checked on this side: what is wrong with it leaves nothing on the host. Then
the fill is noted in the state, and a small marker volume that carries its nonce is made beside the volume; it
goes last. Whoever is killed in between leaves both, and the next plan fills the volume anew; with the state
lost, the marker alone tells.

A marker whose nonce is not ours changes nothing, and a volume that somebody uses is never filled: both are
looked at again here, right before anything is deleted.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from drivers.base import Host, Inventory, needed
from drivers.base.errors import DriverError, NotFound, Refused
from drivers.base.sound import sound
from reconciler.execute.contents import FillRemains, create, prepared
from reconciler.execute.filling import Filling, FoundVolume, filling_of
from reconciler.execute.job import Job
from reconciler.inputs.images import ImageError, Prepared
from reconciler.operations import Fill
from reconciler.plan.users import volume_users
from specs.documents.volume_facts import capacity_of, marker_document
from specs.identity import Kind
from specs.markers import marker_of, new_nonce, read_marker, stem_of
from specs.units import format_size
from state.fills import NotedFill


def fill_volume(operation: Fill, job: Job) -> str:
    """Fills the action's volume; why nothing had to be done, or ''. What it holds then is a finding."""
    filling = filling_of(operation, job)
    done = fill(job.host, filling)
    if not done:
        job.own_changes.filled(job.action.address, filling.identity)
    return done


def fill(driver: Host, filling: Filling) -> str:
    """Creates and fills the volume; why nothing had to be done, or ''.

    Raises DriverError; what is wrong with the content is a Refused too. A volume that exists is replaced
    only if a marker that counts says that it is half-filled, or if the action was planned to replace it;
    and only if nobody uses it.
    """
    action, operation, name = filling.action, filling.operation, filling.action.native
    found = _look(driver, filling)
    if found.noted and _only_marked(found.noted, found, filling):
        _remove(driver, marker_of(name, found.noted.nonce))
        return ""
    if found.exists and not found.marks and not operation.replace:
        if operation.if_missing:
            return "exists already"
        raise Refused("it exists by now, and nothing says that its data may go", "run plan again")
    if found.exists:
        _require_unused(driver, filling, found)
    content = prepared(filling)
    wanted = capacity_of(operation.document)
    if content:
        _require_room(content, wanted)
    begun = _begin(driver, filling, found)
    marker = marker_of(name, begun.nonce)
    left = FillRemains(found.half_filled)
    try:
        _make(driver, filling, found, content, left, begun)
        if wanted and filling.source and wanted > _observed_capacity(driver, name):
            needed.storage(driver).resize(name, wanted)
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
        needed.lifecycle(driver).undefine(Kind.VOLUME, marker)
    except NotFound:
        filling.notes.drop_fill(action.address)
        raise Refused(
            f"its marker {marker} is gone: somebody else fills it at the same time", "run plan again"
        ) from None
    return ""


def _require_room(content: Prepared, wanted: int) -> None:
    """A volume of a declared size holds what it is filled with."""
    if wanted and wanted < content.virtual_size:
        raise Refused(
            f"the image has {format_size(content.virtual_size)}, the volume {format_size(wanted)}: declare"
            " at least the size of the image, or no capacity at all"
        )


def _look(driver: Host, filling: Filling) -> FoundVolume:
    name = filling.action.native
    noted = filling.notes.fills().get(filling.action.address)
    known = (*(sorted(noted.nonces) if noted else ()), *filling.operation.marks)
    marks = tuple(nonce for nonce in dict.fromkeys(known) if _is_there(driver, marker_of(name, nonce)))
    return FoundVolume(_is_there(driver, name), noted, marks)


def _only_marked(noted: NotedFill, found: FoundVolume, filling: Filling) -> bool:
    """Whether all of the content is there, and nothing is left to do but to remove the marker."""
    if not noted.filled or not found.exists:
        return False
    if noted.run == filling.run:
        return True  # an earlier try of this very action
    # Of a volume that comes from another host, its guest may have written more since.
    same = bool(filling.identity) and noted.content == filling.identity
    return noted.nonce in found.marks and same and filling.origin is None


def _begin(driver: Host, filling: Filling, found: FoundVolume) -> NotedFill:
    """Notes the fill, marks the volume, and takes over from the fills that it goes on from."""
    address, name = filling.action.address, filling.action.native
    nonce = found.noted.nonce if found.noted else new_nonce()
    taken = tuple(mark for mark in found.marks if mark != nonce)
    begun = NotedFill(address, nonce, filling.run, taken)
    filling.notes.note_fill(begun)
    if nonce not in found.marks:
        needed.lifecycle(driver).define(
            Kind.VOLUME, marker_of(name, nonce), marker_document(marker_of(name, nonce))
        )
    for other in taken:
        _remove(driver, marker_of(name, other))
    return begun


def _make(
    driver: Host,
    filling: Filling,
    found: FoundVolume,
    content: Prepared | None,
    left: FillRemains,
    begun: NotedFill,
) -> None:
    name = filling.action.native
    if found.exists:
        inventory = _require_unused(driver, filling, found)
        _require_alone(inventory, filling, begun)
        needed.lifecycle(driver).undefine(Kind.VOLUME, name)
        left.half_filled = False
    create(driver, filling, content, left)


def _require_unused(driver: Host, filling: Filling, found: FoundVolume) -> Inventory:
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
    inventory = sound(driver.observe.inventory())
    inventories = {
        **{name: sound(other.observe.inventory()) for name, other in filling.others.items()},
        action.host: inventory,
    }
    users = volume_users(action.address, action.native, action.host, inventories)
    sure = found.noted or filling.operation.replace
    using = users.running if sure else users.all
    if using:
        raise Refused(f"{using[0]} uses it: it is never filled anew under its users", "stop that first")
    return inventory


def _require_alone(inventory: Inventory, filling: Filling, begun: NotedFill) -> None:
    """Refused when a marker has come that was not there when it was planned."""
    name = filling.action.native
    known = {*begun.nonces, *filling.operation.strays}
    for kind, native in inventory.objects:
        marker = read_marker(native) if kind is Kind.VOLUME else None
        if marker and marker[0] == stem_of(name) and marker[1] not in known:
            raise Refused(f"{native} has come since it was planned: somebody else fills it", "run plan again")


def _is_there(driver: Host, name: str) -> bool:
    return driver.observe.one(Kind.VOLUME, name) is not None


def _remove(driver: Host, name: str) -> None:
    with suppress(NotFound):
        needed.lifecycle(driver).undefine(Kind.VOLUME, name)


def _observed_capacity(driver: Host, name: str) -> int:
    seen = driver.observe.one(Kind.VOLUME, name)
    return capacity_of(seen.document) if seen else 0

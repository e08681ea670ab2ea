"""Making a volume with what is to be in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from drivers.base import Host, needed
from drivers.base.errors import Refused
from drivers.base.progress import Transfer, waiting
from reconciler.execute.filling import Filling
from reconciler.inputs.images import ImageError, Prepared, default_cache, prepare
from specs.documents.volume_facts import MARKER_BYTES, capacity_of, is_raw, to_be_filled
from specs.identity import Kind


@dataclass(slots=True)
class FillRemains:
    """What a fill that fails leaves: the half-filled volume that it found, or what it made itself."""

    half_filled: bool
    made: bool = False


@dataclass(frozen=True, slots=True)
class RemoteVolume:
    """A volume of another host, as the content of one here."""

    origin: Host
    name: str

    size: int
    """What is made to begin with: an image's file grows as its bytes come, a raw one has its length."""

    def pieces(self) -> Iterator[bytes | int]:
        """Its bytes as its host gives them."""
        return needed.storage(self.origin).download(self.name)


def prepared(filling: Filling) -> Prepared | None:
    """The content, fetched and checked on this side; None where none goes through it. Raises Refused."""
    source = filling.source
    if source is None or source.volume or filling.origin:
        return None

    def tell(stage: str, done: int, total: int) -> None:
        filling.tell(Transfer(stage, done, total))

    try:
        return prepare(
            source,
            root=filling.root,
            cache=default_cache(),
            progress=tell,
            cancel=filling.cancel,
            limits=filling.limits,
            capacity=capacity_of(filling.operation.document),
        )
    except ImageError as error:
        raise Refused(str(error)) from error


def create(driver: Host, filling: Filling, content: Prepared | None, left: FillRemains) -> None:
    """Makes the volume and fills it with its origin's bytes, another volume's, the content, or nothing."""
    name, document, source = filling.action.native, filling.operation.document, filling.source
    if filling.origin:
        size = capacity_of(document) if is_raw(document) else MARKER_BYTES
        arriving = RemoteVolume(filling.origin, name, size)
        needed.lifecycle(driver).define(Kind.VOLUME, name, to_be_filled(document, arriving.size, "raw"))
        left.made = True
        needed.storage(driver).upload(name, arriving, lambda done: filling.tell(Transfer("copying", done)))
    elif source and source.volume:
        with waiting(f"a copy of {source.volume}"):
            needed.storage(driver).clone(name, document, source.volume)
        left.made = True
    elif content is None:
        needed.lifecycle(driver).define(Kind.VOLUME, name, document)
        left.made = True
    else:
        # As a raw file of the image's own length, so that what is in it is the image byte for byte; the
        # hypervisor looks at the format when it is full.
        size = content.content.size
        needed.lifecycle(driver).define(Kind.VOLUME, name, to_be_filled(document, max(size, 1), "raw"))
        left.made = True
        needed.storage(driver).upload(
            name, content.content, lambda done: filling.tell(Transfer("uploading", done, size))
        )

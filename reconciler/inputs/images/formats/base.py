"""Reading an image's parts, and refusing what is not whole or leads elsewhere."""

from __future__ import annotations

from typing import BinaryIO

from reconciler.inputs.images.errors import ImageError

SECTOR = 512


class NamesOthers(ImageError):
    """The image leads to another file."""


def read(file: BinaryIO, at: int, length: int) -> bytes:
    """So many bytes from a place on, or as many as there are."""
    try:
        file.seek(at)
        return file.read(length)
    except (OverflowError, ValueError):  # a place that no file can have
        return b""


def damaged(what: str, form: str) -> ImageError:
    """That a file is not whole."""
    return ImageError(f"{what} is {form} that is cut short or damaged: get it again")


def refused(what: str, names: str, remedy: str) -> ImageError:
    """That an image leads to another file, and what to do instead."""
    return NamesOthers(
        f"{what} names {names}, which is refused: a host would open a file of its own by that name; {remedy}"
    )

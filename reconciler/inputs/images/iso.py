"""Small ISO 9660 images with Joliet and Rock Ridge names; the same files make the same bytes."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import PurePosixPath
from typing import Any
from unittest.mock import patch

from reconciler.inputs.images.errors import ImageError

_LABEL_LENGTH = 32
_DATE = 315532800.0  # 1980-01-01; pycdlib writes 0 as no date
_LOCK = threading.Lock()


def iso(label: str, files: Iterable[tuple[str, str]]) -> bytes:
    """An image with the volume id `label` and the files (path → text), under those names in both trees.

    ImageError for a label or name that does not fit ECMA-119, Joliet or Rock Ridge.
    """
    import pycdlib
    from pycdlib.pycdlibexception import PyCdlibException

    if not label or len(label) > _LABEL_LENGTH or not label.isascii():
        raise ImageError(f"'{label}' is no volume id: 1 to {_LABEL_LENGTH} ASCII characters")
    image = pycdlib.PyCdlib()
    out = io.BytesIO()
    try:
        with _fixed_clock():
            image.new(interchange_level=3, joliet=3, rock_ridge="1.09", vol_ident=label, sys_ident="LINUX")
            _add(image, dict(files))
            image.write_fp(out)
            image.close()
    except PyCdlibException as error:
        raise ImageError(f"the seed image {label} cannot be made: {error}") from None
    return out.getvalue()


def _add(image: Any, files: dict[str, str]) -> None:
    """Adds the files in the order of their paths, each folder before what is in it; the names of ECMA-119
    proper are only numbers, for nobody reads them."""
    folders = {PurePosixPath("."): ""}
    for number, (name, text) in enumerate(sorted(files.items())):
        path = PurePosixPath(name)
        if path.is_absolute() or not path.parts or ".." in path.parts:
            raise ImageError(f"'{name}' is no path inside a seed image")
        for folder in reversed(path.parents):
            if folder not in folders:
                folders[folder] = f"{folders[folder.parent]}/D{len(folders):07}"
                image.add_directory(folders[folder], rr_name=folder.name, joliet_path=f"/{folder}")
        data = text.encode()
        image.add_fp(
            io.BytesIO(data),
            len(data),
            f"{folders[path.parent]}/F{number:07}.;1",
            rr_name=path.name,
            joliet_path=f"/{path}",
        )


@contextmanager
def _fixed_clock() -> Iterator[None]:
    """pycdlib takes every date from the clock, in local time; here they are all the same one."""
    from pycdlib import dates, headervd, pycdlib

    with _LOCK, ExitStack() as stack:
        for module in (pycdlib, headervd, dates):
            stack.enter_context(patch.object(module, "time", _Clock()))
        yield


class _Clock:
    """The module `time`, standing still in UTC."""

    def time(self) -> float:
        return _DATE

    def localtime(self, _seconds: float | None = None) -> Any:
        return time.gmtime(_DATE)

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)

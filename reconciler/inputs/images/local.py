"""Files of images on this machine: in the tree, or where the controller lets them be; no link leads out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from reconciler.inputs.images.errors import ImageError
from specs.reading.files import leads_out


def local(file: str, root: Path, folders: Sequence[str]) -> Path:
    """The file itself, its links followed. ImageError where it lies neither in the tree at `root` nor in one
    of the folders."""
    path = root / file
    if leads_out(path, root, folders):
        raise ImageError(
            f"{path} is outside of the tree and of the folders that the controller's policy allows for images"
            " (images: folders), or a link leads there"
        )
    return Path(os.path.realpath(path))

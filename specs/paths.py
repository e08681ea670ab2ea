"""Paths that the files of a tree say, as text: nothing is looked at."""

from __future__ import annotations

import os


def resolve(base: str, reference: str) -> str | None:
    """The path in the tree that a file at `base` means by `reference`; None where that leaves the tree."""
    if reference.startswith("/") or "\0" in reference:
        return None
    joined = os.path.normpath(os.path.join(os.path.dirname(base), reference))  # noqa: PTH118, PTH120
    return None if joined == ".." or joined.startswith("../") else joined

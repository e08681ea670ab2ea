"""The folder that a state lies in."""

from __future__ import annotations

from pathlib import Path


def make_folder(folder: Path) -> None:
    """Makes it, and what it lies in, for the user alone; git is told to leave it alone."""
    if folder.exists():
        return
    for missing in reversed([f for f in (folder, *folder.parents) if not f.exists()]):
        missing.mkdir(mode=0o700, exist_ok=True)
    (folder / ".gitignore").write_text("*\n")

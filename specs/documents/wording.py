"""A value in the words of the files."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """One value, in the words of the files. `field` is as they would be written below `spec`, with what tells
    an entry of a list from the others in brackets: `disks[vda].volume.name`. `usual` is what holds where
    nothing is said; `parts` are the values of an entry that comes or goes as a whole, their fields below its
    own; such an entry has a `noun` ('disk') and a `label` ('vda')."""

    field: str
    value: str
    usual: bool = False
    noun: str = ""
    label: str = ""
    parts: tuple[Said, ...] = ()
    missing: str | None = None
    """What it is where nothing stands there, if the field has a word for it."""

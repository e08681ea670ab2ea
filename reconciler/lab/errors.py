"""What can go wrong with a lab."""

from __future__ import annotations


class LabError(Exception):
    """A lab cannot be had, or not like that; its message says what to do."""


class MissingComponent(LabError):
    """Something of the machine is missing: a program, a package, a privilege."""

"""What the test support cannot do without."""

from __future__ import annotations


class MissingComponent(Exception):
    """Something of the machine is missing: a program, a package, a privilege."""

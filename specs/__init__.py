"""What should be: files, checked and compiled to documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from specs.compiling.kept import load_cached

if TYPE_CHECKING:
    from specs.compiling.loader import load

__all__ = ["load", "load_cached"]


def __getattr__(name: str) -> Any:
    """`load`, only when it is asked for: it takes YAML and pydantic along, which a cached load does not."""
    if name != "load":
        raise AttributeError(f"module 'specs' has no attribute '{name}'")
    from specs.compiling.loader import load

    return load

"""What should be: files, checked and compiled to documents."""

from specs.compiled import load_cached

__all__ = ["load_cached"]

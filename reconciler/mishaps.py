"""Exceptions that nobody foresaw, in words for people: the last resort of whoever goes on without them."""

from __future__ import annotations

from specs.xml import NotXml


def told(error: BaseException) -> str:
    """What went wrong; each known cause in its own words."""
    if isinstance(error, NotXml):
        return f"a document of its cannot be read: {error}"
    if isinstance(error, UnicodeError):
        return "what the host says of it is no text (not UTF-8)"
    if isinstance(error, RecursionError):
        return "a document of its is nested too deeply to be worked with"
    if isinstance(error, MemoryError):
        return "it takes more memory than there is"
    return f"internal error ({type(error).__name__}: {str(error)[:500]}); please report it"

"""What of a document its host cannot have."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree


@dataclass(frozen=True, slots=True)
class Misfit:
    """What does not fit, by its schema path, and why in words that say what is allowed; `field` as files call
    it, `element` and `attribute` where it stands in the document."""

    path: str
    problem: str
    field: str = ""
    element: etree._Element | None = None
    attribute: str = ""

"""Building libvirt XML: what is None is not there."""

from __future__ import annotations

from lxml import etree

Value = str | int | bool | None


def element(parent: etree._Element, tag: str, text: Value = None, /, **attrs: Value) -> etree._Element:
    """A child; attributes that are None are left out, booleans become yes and no.

    A trailing underscore keeps an attribute apart from Python's own words (`type_`).
    """
    child = etree.SubElement(parent, tag, _attributes(attrs))
    if text is not None:
        child.text = _spelled(text)
    return child


def root(tag: str, **attrs: Value) -> etree._Element:
    """A document's root."""
    return etree.Element(tag, _attributes(attrs))


def _attributes(attrs: dict[str, Value]) -> dict[str, str]:
    return {name.rstrip("_"): _spelled(value) for name, value in attrs.items() if value is not None}


def _spelled(value: str | int | bool) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)

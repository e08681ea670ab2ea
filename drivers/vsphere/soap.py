"""SOAP as vSphere speaks it, written and read by hand: what is asked of thousands of objects at once.

The namespace and the version are those of the vSphere Web Services API (urn:vim25, here of 6.5: every release
since then speaks it).
"""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

from lxml import etree

from drivers.base.errors import Refused

API = "6.5"
ACTION = f"urn:vim25/{API}"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}type"

Element = etree._Element

_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
    '<soapenv:Body><{call} xmlns="urn:vim25"><_this type="{type}">{id}</_this>{body}</{call}></soapenv:Body>'
    "</soapenv:Envelope>"
)
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
_NAMESPACE = re.compile(r"^\{[^}]*\}")


def envelope(call: str, this: tuple[str, str], body: str) -> bytes:
    """A request: a call of a managed object ('Folder', 'group-v3'), with its arguments as XML."""
    return _ENVELOPE.format(call=call, type=escape(this[0]), id=escape(this[1]), body=body).encode()


def reading(answer: bytes) -> Element:
    """The first element of an answer's body. Raises Refused for what is no SOAP."""
    if b"<!DOCTYPE" in answer[:512]:
        raise Refused("the server answers with what is no SOAP", "is it a vCenter or an ESX?")
    try:
        root = etree.fromstring(answer, _PARSER)
        return next(iter(root[-1]))
    except (etree.XMLSyntaxError, IndexError, StopIteration):
        raise Refused("the server answers with what is no SOAP", "is it a vCenter or an ESX?") from None


def tag(element: Element) -> str:
    """An element's name, without its namespace."""
    return _NAMESPACE.sub("", str(element.tag))


def child(element: Element | None, *path: str) -> Element | None:
    """The first element below, by names without namespaces; None where there is none."""
    for name in path:
        if element is None:
            return None
        element = next((each for each in element if tag(each) == name), None)
    return element


def children(element: Element | None, name: str = "") -> list[Element]:
    """The elements right below, of that name or all."""
    return [] if element is None else [each for each in element if not name or tag(each) == name]


def text(element: Element | None, *path: str) -> str:
    """The text of an element below; '' where there is none."""
    found = child(element, *path)
    return "" if found is None else (found.text or "")


def number(element: Element | None, *path: str) -> int | None:
    """A number below; None where there is none."""
    said = text(element, *path)
    return int(said) if re.fullmatch(r"-?\d{1,19}", said) else None


def truth(element: Element | None, *path: str) -> bool:
    """Whether what is below says yes."""
    return text(element, *path) in ("true", "1")


def kind(element: Element) -> str:
    """Which type a value has, as it says itself: 'VirtualDisk'."""
    return str(element.get(XSI, "")).rpartition(":")[2]

"""Small changes at random: of bytes, of YAML's values, of XML's elements."""

from __future__ import annotations

import copy
from random import Random
from typing import Any

from lxml import etree

from specs.xml import NotXml, parse
from tests.fuzz import hostile

Place = tuple[Any, Any]
"""A container, and the key or index of one value in it."""

_TOKENS = (
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\r\n", b"\t", b"---\n", b"...\n", b"&a ", b"*a", b"<<: ",
    b"!x ", b"!!binary ",
    b"{", b"}", b"[", b"]", b": ", b"- ", b"? ", b"|\n", b">\n", b"#", b"%YAML 9.9\n", b"'", b'"', b"\\",
    b"<", b">", b"/>",
    b"&x;", b"&#0;", b"&#x1b;", b"<!DOCTYPE x>", b"<![CDATA[", b"<?x?>", b"<!--", b"xmlns:a='b'", b"\xc3",
    b"\xed\xa0\x80",
)  # fmt: skip


def of_bytes(rng: Random, data: bytes) -> bytes:
    """The data with one to four pieces flipped, dropped, doubled, moved or put in."""
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        at = rng.randrange(len(data) + 1)
        size = rng.choice((1, 1, 2, 5, 20, 200))
        kind = rng.randrange(7)
        if kind == 0 and at < len(data):
            data = data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :]
        elif kind == 1:
            data = data[:at] + data[at + size :]
        elif kind == 2:
            data = data[:at] + data[at : at + size] * 2 + data[at + size :]
        elif kind == 3:
            data = data[:at] + rng.choice(_TOKENS) + data[at:]
        elif kind == 4:
            data = data[:at]
        elif kind == 5:
            data = data[:at] + hostile.text(rng).encode("utf-8", "surrogatepass") + data[at:]
        else:
            other = rng.randrange(len(data) + 1)
            data = data[:at] + data[other : other + size] + data[at:]
    return data


def of_values(rng: Random, documents: list[Any]) -> list[Any]:
    """YAML's documents with one to three values, keys or whole branches changed."""
    documents = copy.deepcopy(documents)
    for _ in range(rng.choice((1, 1, 2, 3))):
        places = list(_places(documents))
        if places:
            _change(rng, *rng.choice(places), places)
    return documents


def _places(inside: Any) -> list[Place]:
    found: list[Place] = []
    if isinstance(inside, dict):
        for key, one in inside.items():
            found += [(inside, key), *_places(one)]
    elif isinstance(inside, list):
        for index, one in enumerate(inside):
            found += [(inside, index), *_places(one)]
    return found


def _change(rng: Random, inside: Any, key: Any, places: list[Place]) -> None:
    kind = rng.randrange(7)
    if kind <= 1:
        inside[key] = hostile.value(rng)
    elif kind == 2:
        del inside[key]
    elif kind == 3:
        inside[key] = rng.choice(([inside[key]], {"name": inside[key]}, [inside[key]] * 2))
    elif kind == 4:
        other, there = rng.choice(places)
        if there in other if isinstance(other, dict) else there < len(other):
            inside[key] = copy.deepcopy(other[there])
    elif isinstance(inside, list):
        inside.insert(rng.randrange(len(inside) + 1), copy.deepcopy(inside[key]))
    elif kind == 5:
        inside[hostile.text(rng)] = inside.pop(key)
    else:
        _, name = rng.choice(places)
        inside[name if isinstance(name, str) else "name"] = inside[key]


def of_xml(rng: Random, document: str) -> str:
    """A document with one to three elements, attributes or texts changed; it stays well-formed."""
    try:
        root = parse(document)
    except NotXml:
        return document
    for _ in range(rng.choice((1, 1, 2, 3))):
        _change_element(rng, root, rng.choice([one for one in root.iter() if isinstance(one.tag, str)]))
    return etree.tostring(root, encoding="unicode")


def _change_element(rng: Random, root: etree._Element, element: etree._Element) -> None:
    kind = rng.randrange(8)
    parent = element.getparent()
    if kind == 0 and parent is not None:
        parent.remove(element)
    elif kind == 1 and parent is not None:
        parent.append(copy.deepcopy(element))
    elif kind == 2:
        element.text = _plain(hostile.text(rng))
    elif kind == 3 and element.attrib:
        element.set(rng.choice(list(element.attrib)), _plain(hostile.text(rng)))
    elif kind == 4 and element.attrib:
        del element.attrib[rng.choice(list(element.attrib))]
    elif kind == 5:
        others = [one for one in root.iter() if one is not element and isinstance(one.tag, str)]
        if others:
            element.append(copy.deepcopy(rng.choice(others)))
    elif kind == 6:
        element.tag = rng.choice(("x", "disk", "interface", "source", "name", "uuid", "memory", "{urn:x}y"))
    else:
        element.append(rng.choice((etree.Comment("x"), etree.ProcessingInstruction("x", "y"))))


def _plain(text: str) -> str:
    """What XML can hold of a text."""
    return "".join(one for one in text if one in "\t\n" or (one >= " " and not "\ud800" <= one <= "\udfff"))

"""IBM's XML: the values of an element at their places, and elements made and put in the order of the
schema."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lxml import etree

from drivers.base.errors import Unreachable

Element = etree._Element

UOM = "http://www.ibm.com/xmlns/systems/power/firmware/uom/mc/2012_10/"
"""The namespace of what the console manages."""
WEB = "http://www.ibm.com/xmlns/systems/power/firmware/web/mc/2012_10/"
"""The namespace of logons, jobs and errors."""
SCHEMA = "V1_0"
"""The version of the schema that is written; the console fills in what later ones have."""


def namespace_of(element: Element) -> str:
    """The namespace that an element is in."""
    return etree.QName(element).namespace or ""


def tag_of(element: Element) -> str:
    """The name of an element, without its namespace."""
    return etree.QName(element).localname


def find(element: Element, path: str) -> Element | None:
    """The first element at a path of names, in the element's own namespace."""
    return element.find(_at(element, path))


def every(element: Element, path: str) -> list[Element]:
    """All elements at a path of names."""
    return element.findall(_at(element, path))


def text(element: Element, path: str, default: str = "") -> str:
    """The text at a path; the default where there is none."""
    found = find(element, path)
    return default if found is None else (found.text or "").strip()


def integer(element: Element, path: str, default: int = 0) -> int:
    """The whole number at a path. Raises Unreachable where the console wrote something else."""
    return int(decimal(element, path, float(default)))


def decimal(element: Element, path: str, default: float = 0.0) -> float:
    """The number at a path. Raises Unreachable where the console wrote something else."""
    written = text(element, path)
    try:
        return float(written) if written else default
    except ValueError:
        raise Unreachable(
            f"the console wrote '{written}' for {path}, which is no number",
            "is this the REST API of an HMC?",
        ) from None


def boolean(element: Element, path: str) -> bool | None:
    """The truth at a path; None where nothing is said."""
    written = text(element, path)
    return None if not written else written == "true"


def link(element: Element | None) -> str:
    """What an element refers to: the last part of its href, '' for none."""
    return "" if element is None else (element.get("href") or "").partition("?")[0].rpartition("/")[2]


def links(element: Element, path: str) -> tuple[str, ...]:
    """What the links below a path refer to. They are in Atom's namespace, or in the element's own."""
    holder = find(element, path)
    return () if holder is None else tuple(link(each) for each in holder if each.get("href"))


def made(tag: str, *, namespace: str = UOM, root: bool = False) -> Element:
    """An element that holds others, with the metadata that the schema asks of each such; as a root with its
    own name for a prefix, as the console writes and IBM's clients read it."""
    prefix = f"{tag}:" if root else ""
    own = f" xmlns:{tag}='{namespace}'" if root else ""
    spaces = f"{own} xmlns='{namespace}' schemaVersion='{SCHEMA}'"
    return etree.fromstring(f"<{prefix}{tag}{spaces}><Metadata><Atom/></Metadata></{prefix}{tag}>")


def add(parent: Element, tag: str, value: str = "", **attributes: str) -> Element:
    """Adds an element with a value at the end of another."""
    child = etree.SubElement(parent, f"{{{namespace_of(parent)}}}{tag}", attributes)
    child.text = value or None
    return child


def put(parent: Element, tag: str, value: str, order: Sequence[str]) -> bool:
    """Sets the value of a child, which is put where the schema's order wants it; whether that changed it."""
    child = find(parent, tag)
    if child is None:
        child = add(parent, tag)
        place(parent, child, order)
    elif (child.text or "").strip() == value:
        return False
    child.text = value
    return True


def place(parent: Element, child: Element, order: Sequence[str]) -> None:
    """Moves a child in front of the first one that comes after it in the schema's order."""
    tag = tag_of(child)
    later = set(order[order.index(tag) + 1 :]) if tag in order else set()
    after = next((each for each in parent if each is not child and tag_of(each) in later), None)
    if after is not None:
        after.addprevious(child)
    else:
        parent.append(child)


def drop(parent: Element, tag: str) -> None:
    """Takes all children of that name away."""
    for child in every(parent, tag):
        parent.remove(child)


def to_bytes(element: Element) -> bytes:
    """An element as it is sent."""
    return etree.tostring(element, encoding="UTF-8", xml_declaration=True, standalone=True)


def walk(element: Element, tag: str) -> Iterator[Element]:
    """All elements of that name, however deep."""
    return element.iter(f"{{{namespace_of(element)}}}{tag}")


def _at(element: Element, path: str) -> str:
    space = namespace_of(element)
    return "/".join(f"{{{space}}}{name}" for name in path.split("/"))

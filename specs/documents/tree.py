"""A document as a tree of nodes that can be normalised without touching the document itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from lxml import etree


@dataclass(slots=True, eq=False)
class Node:
    """One element: normalised tag, attributes, text and children, and the element it came from.

    `home` is the parent of an element that the document does not spell out, and so is not in it yet;
    `implied` names the attributes that are there by libvirt's default only, `inert` those of which
    nothing comes where they stand ('' for the element as a whole), so that no host keeps them; `own` says
    that the host added the element by itself.
    """

    tag: str
    attrs: dict[str, str]
    text: str
    children: list[Node]
    source: etree._Element
    home: Node | None = None
    implied: set[str] = field(default_factory=set)
    inert: set[str] = field(default_factory=set)
    own: bool = False

    def first(self, tag: str) -> Node | None:
        """The first child of that tag."""
        return next((child for child in self.children if child.tag == tag), None)

    def all(self, tag: str) -> list[Node]:
        """The children of that tag."""
        return [child for child in self.children if child.tag == tag]

    def by_tag(self) -> dict[str, list[Node]]:
        """The children by their tags."""
        found: dict[str, list[Node]] = {}
        for child in self.children:
            found.setdefault(child.tag, []).append(child)
        return found

    def value(self, tag: str, attr: str = "") -> str | None:
        """A child's attribute, or its text when no attribute is named; None without such a child."""
        child = self.first(tag)
        if child is None:
            return None
        return child.attrs.get(attr) if attr else child.text

    def drop(self, unwanted: Callable[[Node], bool]) -> None:
        """Takes away the children that are unwanted."""
        if any(unwanted(child) for child in self.children):
            self.children = [child for child in self.children if not unwanted(child)]

    def add(self, tag: str, text: str = "", **attrs: str) -> Node:
        """A child that the document does not spell out."""
        source = etree.Element(tag, dict(attrs))
        source.text = text or None
        child = Node(tag, dict(attrs), text, [], source, self)
        self.children.append(child)
        return child

    def imply(self, name: str, value: str) -> None:
        """An attribute's default: what the document means where it says nothing."""
        if name not in self.attrs:
            self.attrs[name] = value
            self.implied.add(name)

    def lose(self, *names: str) -> None:
        """Says of attributes, or ('') of the element itself, that nothing comes of them."""
        self.inert.update(names)

    def forget_implied(self) -> None:
        """Takes the defaults away again, all the way down, and elements that were only that."""
        for child in self.children:
            child.forget_implied()
        self.drop(lambda child: child.home is not None and not (child.attrs or child.text or child.children))
        for name in self.implied:
            self.attrs.pop(name, None)

    def walk(self) -> Iterator[Node]:
        """This node and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()

    def same(self, other: Node) -> bool:
        """Whether both say the same, all the way down, in the same order."""
        return (
            self.tag == other.tag
            and self.text == other.text
            and self.attrs == other.attrs
            and len(self.children) == len(other.children)
            and all(map(Node.same, self.children, other.children))
        )


def spelled_attributes(node: Node) -> list[tuple[str, str]]:
    """The attributes that a document spells out."""
    return sorted((name, value) for name, value in node.attrs.items() if name not in node.implied)


def whole(node: Node) -> str:
    """All that an element says, as one text; '' where it says nothing."""
    inner = "".join(filter(None, map(whole, node.children)))
    said = spelled_attributes(node)
    if not (inner or node.text or said) and (node.implied or is_unwritten(node)):
        return ""
    return f"<{node.tag}{said}{node.text}{inner}>"


def plain(path: str) -> str:
    """A path without the labels that tell list elements apart; a label may itself hold brackets."""
    if "[" not in path:
        return path
    kept, depth = "", 0
    for character in path:
        if character == "[":
            depth += 1
        elif character == "]" and depth:
            depth -= 1
        elif not depth:
            kept += character
    return kept


def to_node(element: etree._Element) -> Node:
    """The tree of an element, as it is written."""
    return Node(
        str(element.tag),
        {str(name): str(value) for name, value in element.attrib.items()},
        (element.text or "").strip(),
        [to_node(child) for child in element],
        element,
    )


def to_text(element: etree._Element) -> str:
    """An element as XML, on its own."""
    tail, element.tail = element.tail, None
    try:
        return etree.tostring(element, encoding="unicode").strip()
    finally:
        element.tail = tail


def is_unwritten(node: Node | None) -> bool:
    """Whether an element is meant by its document but not written in it."""
    return node is not None and node.home is not None and node.source.getparent() is None


_HOLLOW = frozenset({"source", "metadata", "devices", "dns", "dhcp", "tftp", "port"})
"""What is not written where it holds nothing."""


def says_nothing(node: Node) -> bool:
    """Whether an element is there and means nothing."""
    return (
        not node.attrs
        and not node.text
        and all(map(says_nothing, node.children))
        and (bool(node.children) or node.tag in _HOLLOW)
    )


def spelled(node: Node) -> str:
    """An element as its document has it; only its text where it has nothing else."""
    return to_text(node.source) if node.children or node.attrs else node.text or to_text(node.source)


def as_shown(node: Node, name: str, value: str | None) -> str | None:
    """A value as its document spells it, with its unit."""
    if value is None:
        return None
    if name:
        return node.source.get(name, value)
    spelled = (node.source.text or "").strip() or value
    unit = node.source.get("unit", "")
    return f"{spelled} {unit}".strip()

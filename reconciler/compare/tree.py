"""A document as a tree of nodes that can be normalised without touching the document itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from lxml import etree


@dataclass(slots=True, eq=False)
class Node:
    """One element: normalised tag, attributes, text and children, and the element it came from.

    `home` is the parent of a source that the document does not spell out, and so is not in it yet;
    `implied` names the attributes that are there by libvirt's default only.
    """

    tag: str
    attrs: dict[str, str]
    text: str
    children: list[Node]
    source: etree._Element
    home: etree._Element | None = None
    implied: set[str] = field(default_factory=set)

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
        child = Node(tag, dict(attrs), text, [], source, self.source)
        self.children.append(child)
        return child

    def imply(self, name: str, value: str) -> None:
        """An attribute's default: what the document means where it says nothing."""
        if name not in self.attrs:
            self.attrs[name] = value
            self.implied.add(name)

    def forget_implied(self) -> None:
        """Takes the defaults away again, all the way down, and elements that were only that."""
        for child in self.children:
            child.forget_implied()
        self.drop(lambda child: bool(child.implied) and child.home is not None and not child.attrs)
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

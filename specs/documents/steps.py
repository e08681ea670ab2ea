"""Going along the path of a place in a document: to what is there, or making it."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from specs.places import NAMESPACES, Path, Step


def child(element: etree._Element, tag: str) -> etree._Element | None:
    """The first child of a tag, found without a path."""
    return next(element.iterchildren(tag), None)


def find(element: etree._Element, path: Path) -> etree._Element | None:
    """The first element at a path; None where there is none."""
    return next(find_all(element, path.steps), None)


def find_all(element: etree._Element, steps: tuple[Step, ...]) -> Iterator[etree._Element]:
    """All elements at a path."""
    if not steps:
        yield element
        return
    for child in _own(element, steps[0]):
        yield from find_all(child, steps[1:])


def reach(element: etree._Element, path: Path) -> etree._Element:
    """The element at a path, made where it is not there."""
    for step in path.steps:
        found = next(_own(element, step) if step.conditions else element.iterchildren(step.tag), None)
        element = found if found is not None else _make(element, step)
    return element


def give(element: etree._Element, path: Path) -> etree._Element:
    """One more element at a path."""
    if len(path.steps) > 1:
        element = reach(element, Path(path.steps[:-1]))
    return _make(element, path.steps[-1])


def put(element: etree._Element, path: Path, text: str) -> None:
    """Sets the value at a path."""
    set_value(reach(element, path), path.attribute, text)


def set_value(node: etree._Element, attribute: str, text: str) -> None:
    """Sets an attribute of an element, or its text."""
    if attribute:
        node.set(attribute, text)
    else:
        node.text = text


def value_at(element: etree._Element, path: Path) -> str | None:
    """The value at a path; None where there is none."""
    node = find(element, path)
    return None if node is None else own_value(node, path.attribute)


def own_value(node: etree._Element, attribute: str) -> str | None:
    """An attribute of an element, or its text."""
    return node.get(attribute) if attribute else (node.text or "").strip()


def holds(element: etree._Element, step: Step) -> bool:
    """Whether an element has what a step says besides its tag."""
    return all(value_at(element, path) == value for path, value in step.conditions) and not any(
        value_at(element, path) == value for path, value in step.exceptions
    )


def _own(element: etree._Element, step: Step) -> Iterator[etree._Element]:
    if step.tag == ".":
        if holds(element, step):
            yield element
        return
    for child in element.iterchildren(step.tag):
        if holds(child, step):
            yield child


_PREFIXES = {f"{{{namespace}}}": {prefix: namespace} for prefix, namespace in NAMESPACES.items()}


def _make(element: etree._Element, step: Step) -> etree._Element:
    node = element if step.tag == "." else _inside(element, step.tag)
    for path, value in step.conditions:
        put(node, path, value)
    return node


def _inside(element: etree._Element, tag: str) -> etree._Element:
    """A new element; one of another schema declares the prefix that people know it by."""
    namespace, brace, _ = tag.rpartition("}")
    return etree.SubElement(element, tag, nsmap=_PREFIXES[namespace + brace] if brace else None)

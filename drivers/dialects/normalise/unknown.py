"""What libvirt reads over in a document: words that it does not know, elements of others' namespaces."""

from __future__ import annotations

from drivers.dialects.model import Platform
from drivers.dialects.words import LATEST, WORDS
from specs.documents.tree import Node

_LIBVIRTS = "{http://libvirt.org/"
_ANYTHING = frozenset({"metadata", "description", "title"})


def mark_unknown(root: Node, platform: Platform) -> None:
    """Marks what no definition brings, as nobody reads it (virXMLNamespaceRegister, virXMLPropString)."""
    for child in root.children:
        if child.tag.startswith("{") and not child.tag.startswith(_LIBVIRTS):
            child.lose("")
    if platform.libvirt is None or platform.libvirt <= LATEST:
        _mark(root)


def _mark(node: Node) -> None:
    if not node.attrs.keys() <= WORDS:
        node.lose(*(name for name in node.attrs if name not in WORDS and not name.startswith("{")))
    for child in node.children:
        if child.tag in WORDS:
            if child.tag not in _ANYTHING:
                _mark(child)
        elif not child.tag.startswith("{"):
            child.lose("")

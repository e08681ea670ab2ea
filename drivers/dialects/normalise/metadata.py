"""What anybody may keep in a document's <metadata>, our ownership mark among it."""

from __future__ import annotations

from specs.documents.tree import Node


def normalise_metadata(root: Node) -> None:
    """One element of each namespace is kept, none without (virXMLNodeSanitizeNamespaces); the ownership
    mark is not the user's."""
    for metadata in root.all("metadata"):
        seen = {""}
        kept = []
        for child in metadata.children:
            namespace = child.tag[1:].partition("}")[0] if child.tag.startswith("{") else ""
            if namespace not in seen and not namespace.startswith("urn:virt-reconcile:"):
                kept.append(child)
            seen.add(namespace)
        metadata.children = kept

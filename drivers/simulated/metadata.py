"""What a document keeps for others in its <metadata> (virDomainObjSetMetadata)."""

from __future__ import annotations

from dataclasses import replace

from drivers.simulated.domain.verbs import edited
from drivers.simulated.naming import existing
from drivers.simulated.rows import HostRows
from drivers.simulated.xml import Element, parse, put_behind, remove
from specs.documents.marks import NAMESPACE
from specs.identity import Kind

_BEHIND = ("name", "uuid", "genid", "title", "description")


def put_mark(host: HostRows, kind: Kind, name: str, mark: str) -> None:
    """Puts the ownership mark into the definition, and into what runs of a domain, or takes it away ('')."""
    entry = existing(host, kind, name)

    def put(root: Element) -> None:
        if not mark:
            _take(root)
            return
        element = parse(mark)
        metadata = root.find("metadata")
        if metadata is None:
            metadata = put_behind(root, _BEHIND, "metadata")
        remove(metadata, str(element.tag))
        metadata.append(element)

    live = edited(entry.live, put) if entry.live and kind is Kind.DOMAIN else entry.live
    host.save(replace(entry, document=edited(entry.document, put), live=live))


def _take(root: Element) -> None:
    metadata = root.find("metadata")
    if metadata is not None:
        remove(metadata, f"{{{NAMESPACE}}}owner")
        if not len(metadata):
            root.remove(metadata)

"""What is measured with: documents of our own, and those of others' folders, each under a name of its own."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from specs.identity import Kind
from tests.real import corpus

_KINDS = {
    "domain": Kind.DOMAIN,
    "network": Kind.NETWORK,
    "pool": Kind.STORAGE_POOL,
    "filter": Kind.NETWORK_FILTER,
}
_SPACE = uuid.UUID("5b1b0c52-0f1e-4b53-9e7c-3f7b7c0a9d11")


@dataclass(frozen=True, slots=True)
class Document:
    """A document under the name by which it is known on the host."""

    kind: Kind
    name: str
    text: str

    @property
    def file(self) -> str:
        """Its file in a tree; the folder says whose it is."""
        return f"hv1/{self.kind.value.lower()}-{self.name}.xml"


def own(pools: Path) -> Iterator[Document]:
    """Our own documents, one thing each; the folders of pools lie in `pools`."""
    for name, text in corpus.domains():
        yield Document(Kind.DOMAIN, name, text)
    for name, text in corpus.networks():
        yield Document(Kind.NETWORK, name, text)
    for name, text in corpus.pools(str(pools)):
        yield Document(Kind.STORAGE_POOL, name, text)


def below(folder: Path) -> Iterator[Document]:
    """All documents of a folder that can be parsed; those of libvirt's tests share names and UUIDs, so each
    gets its own, wherever it is told."""
    for path in sorted(folder.rglob("*.xml")):
        try:
            root = etree.fromstring(path.read_bytes())
        except etree.XMLSyntaxError:
            continue
        kind = _KINDS.get(root.tag)
        name = root.find("name")
        if kind is None or name is None:
            continue
        name.text = path.stem
        _make_its_own(root, path.stem)
        text = etree.tostring(root, encoding="unicode")
        told = (root.findtext("uuid") or "").strip()
        if told:
            text = re.sub(re.escape(told), str(uuid.uuid5(_SPACE, path.stem)), text, flags=re.IGNORECASE)
        yield Document(kind, path.stem, text)


def _make_its_own(root: etree._Element, name: str) -> None:
    """Disks and MAC addresses that no other document has: together they are checked as one fleet."""
    for source in root.iterfind("devices/disk/source"):
        for key in ("file", "dev", "name"):
            if source.get(key):
                source.set(key, f"{source.get(key)}-{name}")
    for mac in root.iterfind("devices/interface/mac"):
        told = mac.get("address", "")  # one that a document tells twice stays the same in both places
        own = uuid.uuid5(_SPACE, f"{name} {told}").hex
        mac.set("address", ":".join((told[:8], own[:2], own[2:4], own[4:6])))

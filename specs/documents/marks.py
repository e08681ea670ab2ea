"""The mark in an object's metadata that says whose it is and what was applied: written, read, taken out."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from lxml import etree

from specs.desired import digest
from specs.documents.values import uuid as spelled_uuid
from specs.xml import parse

NAMESPACE = "urn:virt-reconcile:1"
_OWNER = f"{{{NAMESPACE}}}owner"
_WRITTEN = re.compile(rf'<([\w.-]+):owner xmlns:\1=["\']{NAMESPACE}["\'][^<>]*/>')
"""As libvirt writes it (virXMLFormatMetadata)."""
_AROUND = "<metadata>", "</metadata>"


@dataclass(frozen=True, slots=True)
class Mark:
    """What we write into the metadata of a domain, or network, that we manage.

    `uuid` and `name` are the object's own when it was marked: a copy made with `virsh dumpxml` and `define`
    has another UUID, and what was renamed on the host another name. A mark of an older version has neither.
    `digest` is `Declared.digest`. `document` and `readback` are what a record holds, as digests: of the
    declared document alone, and of what was read back of it, beside the mark. A definition has neither until
    it was read back; so a mark that has them vouches for what it stands in, whatever became of the record.
    """

    fleet: str
    digest: str
    commit: str = ""
    protect: bool = False
    fleet_uuid: str = ""
    uuid: str = ""
    name: str = ""
    document: str = ""
    readback: str = ""

    def element(self) -> etree._Element:
        """The mark as it stands in <metadata>."""
        owner = etree.Element(_OWNER, nsmap={"vr": NAMESPACE})
        owner.set("fleet", self.fleet)
        owner.set("digest", self.digest)
        for name, value in (
            ("commit", self.commit),
            ("protect", "true" if self.protect else ""),
            ("fleet-uuid", self.fleet_uuid),
            ("uuid", self.uuid),
            ("name", self.name),
            ("document", self.document),
            ("readback", self.readback),
        ):
            if value:
                owner.set(name, value)
        return owner

    def says_as(self, other: Mark) -> bool:
        """Whether both tell the same owner of the same object, whatever was declared of it."""
        return self._owner == other._owner

    @property
    def _owner(self) -> Mark:
        return replace(self, digest="", commit="", document="", readback="")

    def vouching(self, declared: str, observed: str) -> Mark:
        """The mark of what was declared so, and is read back as it is observed; with the UUID that it was
        given, where its hypervisor chose it."""
        uuid = self.uuid or spelled_uuid((parse(observed).findtext("uuid") or "").strip())
        return replace(self, uuid=uuid, document=digest(declared), readback=digest(beside_mark(observed)))

    def vouches_for(self, observed: str) -> bool:
        """Whether an observed document is the one that was read back when the mark was written."""
        return self.readback != "" and self.readback == digest(beside_mark(observed))

    def __str__(self) -> str:
        return etree.tostring(self.element(), encoding="unicode")


def read_mark(document: str) -> Mark | None:
    """The mark in an object's document, if there is one."""
    if NAMESPACE not in document:
        return None
    owner = parse(document).find(f"metadata/{_OWNER}")
    if owner is None:
        return None
    return Mark(
        owner.get("fleet", ""),
        owner.get("digest", ""),
        owner.get("commit", ""),
        owner.get("protect") == "true",
        owner.get("fleet-uuid", ""),
        owner.get("uuid", "").lower(),
        owner.get("name", ""),
        owner.get("document", ""),
        owner.get("readback", ""),
    )


def put_mark(root: etree._Element, mark: Mark) -> None:
    """Puts the mark into an object's document, in place of an older one, with that object's identity."""
    metadata = root.find("metadata")
    if metadata is None:
        metadata = etree.SubElement(root, "metadata")
    for old in metadata.findall(_OWNER):
        metadata.remove(old)
    uuid, name = spelled_uuid((root.findtext("uuid") or "").strip()), (root.findtext("name") or "").strip()
    metadata.append(replace(mark, uuid=uuid, name=name).element())


def without_mark(document: str) -> str:
    """An object's document without our mark, which is no part of a declaration; comments stay."""
    root = parse(document, comments=True)
    metadata = root.find("metadata")
    if metadata is not None:
        for mark in metadata.findall(f"{{{NAMESPACE}}}*"):
            metadata.remove(mark)
        if not len(metadata):
            root.remove(metadata)
    return etree.tostring(root, encoding="unicode") + "\n"


def beside_mark(document: str) -> str:
    """What an observed document says beside our mark, told cheaply: by its text, as far as that is written in
    the usual way. So its digest is the same with the mark, with another one and without."""
    if NAMESPACE not in document:
        return document
    found = _written(document)
    if found is None:
        return without_mark(document)
    before, after = document[: found.start()].rstrip(), document[found.end() :]
    opening, closing = _AROUND
    if before.endswith(opening) and after.lstrip().startswith(closing):
        before, after = before.removesuffix(opening).rstrip(), after.lstrip().removeprefix(closing)
    return before + after


def remarked(document: str, mark: Mark) -> str:
    """An observed document as it is once its mark is another; '' where that cannot be told by its text."""
    found = _written(document)
    return f"{document[: found.start()]}{mark}{document[found.end() :]}" if found else ""


def _written(document: str) -> re.Match[str] | None:
    """Where the mark stands; None where it is not, or in another spelling."""
    start = document.rfind("<", 0, max(document.find(NAMESPACE), 0))
    return _WRITTEN.match(document, start) if start >= 0 else None

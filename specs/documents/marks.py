"""The mark in a domain's metadata that says whose it is: written, read, taken out again."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lxml import etree

from specs.xml import parse

NAMESPACE = "urn:virt-reconcile:1"
_OWNER = f"{{{NAMESPACE}}}owner"


@dataclass(frozen=True, slots=True)
class Mark:
    """What we write into the metadata of a domain that we manage.

    `uuid` and `name` are the domain's own when it was marked: a copy made with `virsh dumpxml` and `define`
    has another UUID, and what was renamed on the host another name. A mark of an older version has neither.
    """

    fleet: str
    digest: str
    commit: str = ""
    protect: bool = False
    fleet_uuid: str = ""
    uuid: str = ""
    name: str = ""

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
        ):
            if value:
                owner.set(name, value)
        return owner

    def says_as(self, other: Mark) -> bool:
        """Whether both tell the same owner of the same domain, whatever was declared of it."""
        return replace(self, digest="", commit="") == replace(other, digest="", commit="")

    def __str__(self) -> str:
        return etree.tostring(self.element(), encoding="unicode")


def read_mark(document: str) -> Mark | None:
    """The mark in a domain's document, if there is one."""
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
    )


def put_mark(domain: etree._Element, mark: Mark) -> None:
    """Puts the mark into a domain's document, in place of an older one, with that domain's identity."""
    metadata = domain.find("metadata")
    if metadata is None:
        metadata = etree.SubElement(domain, "metadata")
    for old in metadata.findall(_OWNER):
        metadata.remove(old)
    uuid, name = (domain.findtext("uuid") or "").strip().lower(), (domain.findtext("name") or "").strip()
    metadata.append(replace(mark, uuid=uuid, name=name).element())


def without_mark(document: str) -> str:
    """A domain's document without our mark, which is no part of a declaration; comments stay."""
    root = parse(document, comments=True)
    metadata = root.find("metadata")
    if metadata is not None:
        for mark in metadata.findall(f"{{{NAMESPACE}}}*"):
            metadata.remove(mark)
        if not len(metadata):
            root.remove(metadata)
    return etree.tostring(root, encoding="unicode") + "\n"

"""Somebody changes what was applied: the next plan must see it, and the next apply put it right."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from random import Random

import libvirt
from lxml import etree

from specs.identity import Kind
from tests.pairs.score import mutations
from tests.versions.documents import Document
from tests.versions.host import VersionHost
from tests.versions.measures import Column, settled
from tests.versions.tree import Tree

_TRIES = 4
_NOT_OURS = re.compile(r"/(name|uuid|metadata|disk(\[\d+\])?/source)\b")
"""Another name is another domain; a disk on another source, maybe an overlay, is told and left to people."""


def drifted(host: VersionHost, tree: Tree, documents: Iterable[Document], seed: int = 7) -> Column:
    """Of the domains of which somebody changed a declared or an undeclared value, those that were seen and
    put right."""
    chance, changed = Random(seed), dict[str, str]()
    connection = libvirt.open(host.qemu)
    try:
        for document in (each for each in documents if each.kind is Kind.DOMAIN):
            domain = connection.lookupByName(document.name)
            if domain.isActive():
                continue
            told = _change(connection, domain, document, chance)
            if told:
                changed[f"Domain/{document.name}"] = told
    finally:
        connection.close()
    seen = settled(tree.plan()).wrong
    unseen = {address: f"not seen: {told}" for address, told in changed.items() if address not in seen}
    failed = {address: f"not put right: {told}" for address, told in tree.apply().items()}
    left = {address: f"left: {told}" for address, told in settled(tree.plan()).wrong.items()}
    wrong = left | failed | unseen
    return Column(len(changed), {address: wrong[address] for address in changed if address in wrong})


def _change(
    connection: libvirt.virConnect, domain: libvirt.virDomain, document: Document, chance: Random
) -> str:
    """What was changed; '' when libvirt takes none of what was tried."""
    before = domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)
    tries = _undeclared if chance.random() < 0.25 else _declared
    for told, text in tries(before, document.text, chance):
        try:
            connection.defineXML(text)
        except libvirt.libvirtError:
            continue
        if domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE) != before:
            return told
    return ""


def _declared(before: str, declared: str, chance: Random) -> Iterator[tuple[str, str]]:
    """Values that the document has as it was declared."""
    for change, text in mutations(before, _TRIES, chance, declared):
        if not _NOT_OURS.search(change.path):
            yield f"{change.path}: {change.before} → {change.after}", text


def _undeclared(before: str, declared: str, chance: Random) -> Iterator[tuple[str, str]]:
    """Values that libvirt filled in, and things more."""
    for name in chance.sample(sorted(_EDITS), len(_EDITS)):
        path, edit = _EDITS[name]
        said, root = etree.fromstring(declared), etree.fromstring(before)
        if said.find(path) is None:
            edit(root)
            yield name, etree.tostring(root, encoding="unicode")


def _set(path: str, value: str) -> Callable[[etree._Element], None]:
    def edit(root: etree._Element) -> None:
        for element in root.iterfind(path):
            element.text = value

    return edit


def _add(path: str, text: str) -> Callable[[etree._Element], None]:
    def edit(root: etree._Element) -> None:
        for parent in [root] if path == "." else root.iterfind(path):
            parent.append(etree.fromstring(text))

    return edit


def _remove(path: str) -> Callable[[etree._Element], None]:
    def edit(root: etree._Element) -> None:
        for element in root.findall(path):
            parent = element.getparent()
            if parent is not None:
                parent.remove(element)

    return edit


_EDITS = {
    "another reaction to a crash": ("on_crash", _set("on_crash", "preserve")),
    "another reaction to a reboot": ("on_reboot", _set("on_reboot", "destroy")),
    "a sound card more": ("devices/sound", _add("devices", "<sound model='ac97'/>")),
    "a source of randomness more": (
        "devices/rng",
        _add("devices", "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>"),
    ),
    "a title": ("title", _add(".", "<title>somebody's</title>")),
    "shares of the CPU": ("cputune", _add(".", "<cputune><shares>512</shares></cputune>")),
    "no memory balloon": ("devices/memballoon", _remove("devices/memballoon")),
    "another iothread": ("iothreads", _add(".", "<iothreads>3</iothreads>")),
}
"""Name → what must not be declared for it, and the edit."""

"""What a tree's files name, for completion: found by looking over them and not by reading them, so that it is
there at once, and that files which are wrong or a stranger's do no harm."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from specs.identity import FACTS
from specs.reading.walking import SUFFIXES, TreeWalk

_MOST_FILES = 5000
_MOST_BYTES = 16 * 1024 * 1024
_DOCUMENT = re.compile(r"^---.*$", re.MULTILINE)
_OURS = re.compile(r"^apiVersion:\s*['\"]?virt-reconcile/", re.MULTILINE)
_KIND = re.compile(r"^kind:\s*['\"]?([A-Za-z]+)", re.MULTILINE)
_METADATA = re.compile(r"^metadata:([^\n]*(?:\n[ \t]+[^\n]*)*)", re.MULTILINE)
_NAME = re.compile(r"\bname:[ \t]*(?:\"([^\"\n]+)\"|'([^'\n]+)'|([^\s,{}#'\"][^,{}#\n]*))")
_FLOW_LABELS = re.compile(r"labels:\s*\{[^{}]*\}")
_POOL = re.compile(r"(?:^\s+|[{,]\s*)pool:\s*['\"]?([^\s,{}'\"]+)", re.MULTILINE)
_LABELS = re.compile(r"labels:\s*(?:\{([^{}]*)\}|\n((?:[ ]{4,}\S+:.*\n?)+))")
_LABEL = re.compile(r"['\"]?([\w./-]+)['\"]?:\s*['\"]?([\w./-]+)")
_XML_NAME = re.compile(r"<name>([^<]+)</name>")
_XML_KINDS = {facts.tag: str(kind) for kind, facts in FACTS.items()}
_XML = re.compile(rf"<({'|'.join(_XML_KINDS)})\b")
_APART = {"Fleet", "Host", "DomainTemplate"}


@dataclass(slots=True)
class TreeNames:
    """Resources as KIND/NAME, hosts, and labels as NAME=VALUE."""

    resources: list[str] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)

    @property
    def guests(self) -> list[str]:
        """The domains' names."""
        return [name.partition("/")[2] for name in self.resources if name.startswith("Domain/")]


def names_in(tree: Path) -> TreeNames:
    """What the files of a folder name; each once, in order."""
    found = TreeNames()
    for path in _files(tree):
        try:
            text = path.read_text(errors="replace")
        except OSError:
            continue
        if path.suffix == ".xml":
            _of_xml(text, found)
            continue
        for document in _DOCUMENT.split(text):
            _of_document(document, found)
    for names in (found.resources, found.hosts, found.labels):
        names[:] = sorted({name for name in names if name.isprintable()})
    return found


def _files(tree: Path) -> Iterator[Path]:
    count = size = 0
    for entry, _ in TreeWalk(tree).entries():
        if entry.name.endswith(SUFFIXES) and entry.is_file():
            count, size = count + 1, size + entry.stat().st_size
            if count > _MOST_FILES or size > _MOST_BYTES:
                return
            yield Path(entry.path)


def _of_document(document: str, found: TreeNames) -> None:
    kind, metadata = _KIND.search(document), _METADATA.search(document)
    named = metadata and _NAME.search(_FLOW_LABELS.sub("", metadata[1]))
    if not (kind and metadata and named and _OURS.search(document)):
        return
    name = next(filter(None, named.groups())).strip()
    for flow, block in _LABELS.findall(document):
        found.labels += [f"{label}={value}" for label, value in _LABEL.findall(flow or block)]
    if kind[1] == "Host":
        found.hosts.append(name)
    elif kind[1] == "Volume":
        pool = _POOL.search(document, metadata.end())
        found.resources.append(f"Volume/{pool[1]}/{name}" if pool else f"Volume/*/{name}")
    elif kind[1] not in _APART:
        found.resources.append(f"{kind[1]}/{name}")


def _of_xml(text: str, found: TreeNames) -> None:
    root, name = _XML.search(text), _XML_NAME.search(text)
    if root and name:
        found.resources.append(f"{_XML_KINDS[root[1]]}/{name[1].strip()}")

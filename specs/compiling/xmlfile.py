"""The libvirt XML file of the tree that a document starts from."""

from __future__ import annotations

from lxml import etree

from specs.compiling.work import Load
from specs.diagnostics import Problem
from specs.entries import Entry
from specs.identity import Kind
from specs.paths import resolve
from specs.reading.documents import KINDS, name_of, read_xml


def document_of(entry: Entry, name: str, work: Load) -> etree._Element | None:
    """The document that an entry's xmlFile holds; what is wrong with it is a problem."""
    origin = entry.at("spec", "xmlFile")
    path = resolve(entry.origin.file, name)
    if path is None:
        work.problems.append(Problem(origin, f"'{name}' leads out of the tree"))
        return None
    file = work.files.get(path)
    if file is None or not file.is_xml:
        work.problems.append(Problem(origin, f"there is no XML file '{path}' in the tree"))
        return None
    found = read_xml(path, file.data)
    if isinstance(found, Problem):
        work.problems.append(found)
        return None
    _, document = found
    if KINDS[str(document.tag)] is not entry.kind:
        work.problems.append(Problem(origin, f"'{name}' holds a <{document.tag}>, not a {entry.kind}"))
        return None
    own = name_of(document)
    if entry.kind is not Kind.SECRET and own != entry.name:
        work.problems.append(Problem(origin, f"'{name}' is called '{own}', not '{entry.name}'"))
        return None
    return document

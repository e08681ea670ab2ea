"""The files of a tree, sorted: documents that are ours with all that is wrong, and what other tools keep
there."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from specs.compiling.work import Load
from specs.diagnostics import Problem
from specs.models.base import API_VERSION
from specs.reading import foreign
from specs.reading.documents import read_xml
from specs.reading.files import TreeFile, decode
from specs.reading.yaml import Document, read_documents
from specs.xml import NotXml, parse


@dataclass(frozen=True, slots=True)
class SortedFile:
    """What of a YAML file is ours; `foreign` says what another tool's part of it is, '' where there is none.
    One is `vague` that holds nothing of ours, and does not say what it is."""

    documents: tuple[Document, ...] = ()
    problems: tuple[Problem, ...] = ()
    foreign: str = ""
    vague: bool = False


def sorted_file(file: TreeFile) -> SortedFile:
    """A YAML file, read as far as it can be."""
    text = decode(file)
    if isinstance(text, Problem):
        return SortedFile(problems=(text,))
    said: list[Problem] = []
    read: list[tuple[Document, tuple[Problem, ...]]] = []
    broken: list[Problem] = []
    for document in read_documents(text, file.path, said):
        first = document.origin()
        own = tuple(problem for problem in said if problem.origin >= first)
        broken += [problem for problem in said if problem.origin < first]
        said.clear()
        if document.value is not None or own:
            read.append((document, own))
    broken += said
    ours = any(foreign.is_ours(document.value) for document, _ in read)
    if not ours and not (broken and foreign.is_broken_but_ours(text)):
        what = foreign.told(read[0][0].value) if read and not broken else "no valid YAML"
        vague = not all(_is_anothers(document) for document, _ in read) or bool(broken)
        return SortedFile(foreign=what if read or broken else "", vague=vague)
    others = [document for document, _ in read if _is_anothers(document)]
    kept = [(document, own) for document, own in read if document not in others]
    return SortedFile(
        tuple(document for document, _ in kept if document.value is not None),
        (*broken, *(problem for _, own in kept for problem in own)),
        foreign.told(others[0].value) if others else "",
    )


def _is_anothers(document: Document) -> bool:
    """Whether a document says that it is another tool's; one that says nothing may be ours by a slip."""
    value = document.value
    if not isinstance(value, dict) or foreign.is_ours(value):
        return False
    return isinstance(foreign.version_of(value)[1], str)


def own_xml(file: TreeFile, work: Load) -> etree._Element | None:
    """The document of libvirt in an XML file; what is wrong with it is said, and another tool's is noted."""
    found = read_xml(file.path, file.data)
    if not isinstance(found, Problem):
        return found[1]
    try:
        root = parse(file.data)
    except NotXml:
        if not foreign.is_broken_but_libvirts(file.data):
            work.foreign[file.path] = "no document of libvirt"
            work.vague.add(file.path)
            return None
    else:
        if not foreign.is_libvirts(str(root.tag)):
            work.foreign[file.path] = f"<{etree.QName(root).localname}>"
            return None
    work.problems.append(found)
    return None


def declares(document: Document) -> bool:
    """Whether a document says that it declares something."""
    return isinstance(document.value, dict) and document.value.get("apiVersion") == API_VERSION

"""From files to checked documents, templates expanded."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from lxml import etree
from pydantic import ValidationError

from specs.compiling.sorting import declares, own_xml, sorted_file
from specs.compiling.work import Load
from specs.diagnostics import Origin, Problem, did_you_mean
from specs.entries import Entry
from specs.identity import Kind
from specs.models.base import API_VERSION
from specs.models.domain import Domain
from specs.models.registry import MODELS
from specs.models.seeds import contents, file_of, seen_from
from specs.paths import resolve
from specs.reading.documents import KINDS, line_of, name_of
from specs.reading.files import TreeFile, read_tree
from specs.reading.foreign import is_our_group, version_of
from specs.reading.messages import problems_of
from specs.reading.templates import TemplateProblem, expand
from specs.reading.yaml import Document

_ELSE = "; if it is another tool's, leave it out by a line in .virt-reconcile-ignore"

_LONGEST_NAME = 255
"""What a file may be called, in which hypervisors keep the definition."""


def read_entries(work: Load) -> list[Entry]:
    """All documents of a tree, checked one by one; what is wrong with them is said."""
    read = read_tree(work.root)
    files = read.files
    work.problems.extend(read.problems)
    work.walk = read.walk
    work.files.update({file.path: file for file in files})
    documents, referred = _documents_of(files, work)
    templates = _templates(documents)
    entries = []
    for document in documents:
        entry = _checked(document, templates(posixpath.dirname(document.file)), work)
        if entry:
            entries.append(entry)
        else:
            work.broken.add(_called(document.value))
    for file in files:
        if file.is_xml and file.path not in referred:
            xml = own_xml(file, work)
            if xml is not None:
                entries.extend(_raw(xml, file, work))
    return entries


def _documents_of(files: Iterable[TreeFile], work: Load) -> tuple[list[Document], set[str]]:
    """The documents of all YAML files, and the files that they read something else from: those declare
    nothing by themselves, and need not even be YAML."""
    read = {file.path: sorted_file(file) for file in files if not file.is_xml}
    referred = set(_read_besides(document for found in read.values() for document in found.documents))
    for path in referred & read.keys():
        for document in read[path].documents:
            if declares(document):
                message = "this declares something, and another file reads its own content from here"
                work.problems.append(Problem(document.origin(), message))
    kept = {path: found for path, found in read.items() if path not in referred}
    work.problems.extend(problem for found in kept.values() for problem in found.problems)
    work.foreign.update((path, found.foreign) for path, found in kept.items() if found.foreign)
    work.vague.update(path for path, found in kept.items() if found.vague)
    return [document for found in kept.values() for document in found.documents], referred


def _templates(documents: Iterable[Document]) -> Callable[[str], Mapping[str, Any]]:
    """The specs of the templates by their names, as they are seen from a folder."""
    found = {
        str(d.value["metadata"].get("name")): (d.value["spec"], d.file)
        for d in documents
        if isinstance(d.value, dict)
        and d.value.get("kind") == Kind.DOMAIN_TEMPLATE
        and isinstance(d.value.get("metadata"), dict)
        and isinstance(d.value.get("spec"), dict)
    }

    @cache
    def of(folder: str) -> Mapping[str, Any]:
        return {name: seen_from(spec, file, folder) for name, (spec, file) in found.items()}

    return of


def _called(value: Any) -> tuple[str, str]:
    """Kind and name of a document that may be anything."""
    metadata = value.get("metadata") if isinstance(value, dict) else None
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return (str(value.get("kind")) if isinstance(value, dict) else "", str(name))


def _read_besides(documents: Iterable[Document]) -> Iterator[str]:
    """The files that documents start from, and those with the contents of seeds."""
    for document in documents:
        spec = document.value.get("spec") if isinstance(document.value, dict) else None
        if not isinstance(spec, dict):
            continue
        names = [spec.get("xmlFile"), *(file_of(content) for _, content in contents(spec))]
        for name in names:
            path = resolve(document.file, name) if isinstance(name, str) else None
            if path and path != document.file:
                yield path


def _checked(document: Document, templates: Mapping[str, Any], work: Load) -> Entry | None:
    value = document.value
    if not isinstance(value, dict):
        work.problems.append(
            Problem(document.origin(), "a document is a mapping with apiVersion, kind, metadata and spec")
        )
        return None
    kind = value.get("kind")
    if value.get("apiVersion") != API_VERSION:
        work.problems.append(_of_no_version(document))
        return None
    if kind == Kind.FLEET:
        work.fleets.append(document.origin())
    if not isinstance(kind, str) or kind not in set(MODELS):
        said = f"'{kind}' is no kind{did_you_mean(str(kind), MODELS)}" if kind else "'kind' is missing"
        work.problems.append(Problem(document.origin(("kind",)), said))
        return None
    model = MODELS[Kind(kind)]
    if kind == Kind.DOMAIN and isinstance(value.get("spec"), dict) and "template" in value["spec"]:
        try:
            value = {**value, "spec": expand(value["spec"], templates)}
        except TemplateProblem as error:
            work.problems.append(Problem(document.origin(("spec", "template")), str(error)))
            return None
    if kind == Kind.DOMAIN_TEMPLATE and isinstance(value.get("spec"), dict):
        _check_template(value["spec"], templates, document, work)
    try:
        checked = model.model_validate(_with_xml_defaults(value))
    except ValidationError as error:
        work.problems.extend(problems_of(error, document, model))
        return None
    return Entry(Kind(kind), checked.metadata.name, document.origin(), checked, document)


def _of_no_version(document: Document) -> Problem:
    """What looks as if it were ours, and does not say so."""
    key, given = version_of(document.value)
    if not key:
        return Problem(document.origin(), f"'apiVersion' is missing; write apiVersion: {API_VERSION}{_ELSE}")
    if key != "apiVersion":
        return Problem(document.origin((key,), key=True), f"write 'apiVersion', not '{key}'")
    ours = is_our_group(str(given))
    said = f"'{given}' is not known" if given else "'apiVersion' is empty"
    return Problem(document.origin((key,)), f"{said}; write {API_VERSION}{'' if ours else _ELSE}")


def _with_xml_defaults(value: dict[str, Any]) -> dict[str, Any]:
    """A spec that starts from a libvirt XML file need not repeat what that says."""
    spec = value.get("spec")
    needed: Mapping[str, dict[str, Any]] = {Kind.DOMAIN: {"memory": "1MiB"}, Kind.VOLUME: {"capacity": "1B"}}
    if not isinstance(spec, dict) or "xmlFile" not in spec:
        return value
    return {**value, "spec": {**needed.get(value["kind"], {}), **spec}}


def _check_template(
    spec: dict[str, Any], templates: Mapping[str, Any], document: Document, work: Load
) -> None:
    """A template may leave out what a domain needs; what it does say must be right."""
    try:
        whole = {"memory": "1MiB", **expand(spec, templates)}
    except TemplateProblem as error:
        work.problems.append(Problem(document.origin(("spec", "template")), str(error)))
        return
    trial = {"apiVersion": API_VERSION, "kind": "Domain", "metadata": {"name": "x"}, "spec": whole}
    try:
        Domain.model_validate(trial)
    except ValidationError as error:
        work.problems.extend(problems_of(error, document, Domain, partial=True))


def _raw(xml: etree._Element, file: TreeFile, work: Load) -> Iterator[Entry]:
    name, origin = name_of(xml), Origin(file.path, line_of(xml))
    if not name.strip():
        work.problems.append(Problem(origin, f"<{xml.tag}> has no name"))
    elif xml.tag == "volume":
        work.problems.append(
            Problem(origin, "XML does not say a volume's pool; declare a Volume with xmlFile: in YAML")
        )
    elif len(name) > _LONGEST_NAME:
        work.problems.append(Problem(origin, f"a name of more than {_LONGEST_NAME} characters"))
    elif "/" in name:
        work.problems.append(Problem(origin, f"the name '{name}' holds a '/'"))
    elif any(sign in name for sign in "\n\r\t"):
        work.problems.append(Problem(origin, f"the name '{name.strip()}' holds a tab or a line end"))
    else:
        yield Entry(KINDS[str(xml.tag)], name, origin, xml=xml)

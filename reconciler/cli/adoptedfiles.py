"""adopt FILES: what other tools wrote of guests, declared; no host is asked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from drivers.base import Capabilities, Observation
from reconciler.cli.common import Common
from reconciler.cli.joining import in_a_line, new_fleet, read_back, tree_at, undo, write
from reconciler.faults import Fault
from reconciler.inputs.foreign.naming import as_document
from reconciler.inputs.foreign.read import Unreadable
from reconciler.inputs.foreign.reading import read_path
from reconciler.report import json
from reconciler.report.words import counted
from specs.desired import Desired, PowerState
from specs.diagnostics import InvalidTree
from specs.identity import FACTS, MANAGED_KINDS, Kind
from specs.matrix import by_uri
from specs.names import spelt
from specs.plain import plain
from specs.xml import Element, parse

if TYPE_CHECKING:
    from drivers.dialects import Dialect
    from reconciler.report.adopted import Surroundings, Written

_TYPES = {"kvm": "qemu", "hvf": "qemu", "vmware": "vmware", "bhyve": "bhyve", "parallels": "vz"}
_ROOTS = {FACTS[kind].tag: kind for kind in MANAGED_KINDS if kind not in (Kind.VOLUME, Kind.SECRET)}
"""What a document is of, by its root; a volume's does not say in which pool, and a secret's no value."""


@dataclass(frozen=True, slots=True)
class FromFile:
    """One thing that a file describes, where that is, and what of the file has no place in it."""

    kind: Kind
    name: str
    document: Element
    file: Path
    title: str
    uri: str
    lost: tuple[str, ...]


def adopt_files(common: Common, files: Iterable[Path], name: str, uri: str, to: Path) -> None:
    """Writes files of a tree for what the files describe. Raises Fault, with a line of reason."""
    from reconciler.report.adopted import tree_files

    found = [each for file in files for each in _found(file)]
    _once(found)
    tree = _tree(to, name, uri)
    name, uri = _host(tree, name, uri, found)
    row = by_uri(uri)
    observed = [_observation(each, row.usual.type or next(iter(row.types), "")) for each in found]
    surroundings = _surroundings(name, uri, tree, found, to)
    written = tree_files(surroundings, observed, _dialect(row.family))
    contents = {path: _with_origin(text, found) for path, text in written.files.items()}
    write(to, contents)
    try:
        read_back(to, observed, {} if surroundings.declared or tree is None else {name: uri})
    except InvalidTree as error:
        undo(to, contents)
        raise Fault(
            f"the tree would be invalid: {in_a_line(error)}; nothing was written."
            " --host [NAME=]URI says which other host it is for"
        ) from None
    except Fault:
        undo(to, contents)
        raise
    _tell(common, name, to, found, observed, written)


def _found(file: Path) -> Iterator[FromFile]:
    try:
        kind, read = read_path(file)
        for text in read.documents:
            root = parse(text, blanks=False)
            name = (root.get("name") or root.findtext("name") or "").strip() or file.stem
            type_ = root.get("type", "qemu") if root.tag == "domain" else "qemu"
            uri = kind.uri or f"{_TYPES.get(type_, type_)}:///system"
            yield FromFile(_ROOTS[str(root.tag)], name, root, file, kind.title, uri, read.lost)
    except Unreadable as error:
        raise Fault(f"{plain(str(file))} {error}") from error


def _tree(folder: Path, name: str, uri: str) -> Desired | None:
    """The tree that they join, in which they may be all there is."""
    try:
        return tree_at(folder, name or "host", uri)
    except InvalidTree as error:
        raise Fault(
            f"{folder} is no valid tree ({in_a_line(error)}): mend it, or say another folder by --to;"
            " nothing was written"
        ) from None


def _once(found: Iterable[FromFile]) -> None:
    twice = [key for key, times in Counter((f.kind, f.name) for f in found).items() if times > 1]
    if twice:
        (kind, name), *_ = twice
        raise Fault(f"{kind}/{spelt(name)} is described twice: adopt one of them; nothing was written")


def _host(tree: Desired | None, name: str, uri: str, found: Iterable[FromFile]) -> tuple[str, str]:
    """Which host it is for: the one that was said, the tree's only one, or the usual one of such files."""
    declared = tree.hosts if tree else {}
    if uri:
        same = [each for each in declared.values() if each.uri == uri]
        if name in declared and declared[name] not in same:
            raise Fault(f"the tree's Host '{name}' is another ({declared[name].uri}); nothing was written")
        return (name or (same[0].name if same else by_uri(uri).family)), uri
    if len(declared) == 1:
        (only,) = declared.values()
        return only.name, only.uri
    usual = dict.fromkeys(each.uri for each in found)
    if len(usual) == 1 and not declared:
        return by_uri(next(iter(usual))).family, next(iter(usual))
    shown = ", ".join(sorted(declared)) or " and ".join(sorted(usual))
    raise Fault(f"say which host these are for: --host [NAME=]URI (there are {shown}); nothing was written")


def _observation(found: FromFile, usual: str) -> Observation:
    """As if a host had it: guests are stopped, for what runs elsewhere must not be started here."""
    document = as_document(found.document, found.name, usual)
    domain = found.kind is Kind.DOMAIN
    return Observation(found.kind, found.name, document, power=PowerState.STOPPED if domain else None)


def _surroundings(name: str, uri: str, tree: Desired | None, found: list[FromFile], to: Path) -> Surroundings:
    """A new tree calls external what the files refer to and do not describe."""
    from reconciler.report.adopted import AdoptedFleet, Surroundings
    from specs.documents.references import references

    there = {(r.kind, r.name) for each in found for r in references(each.document)}
    if tree is None:
        fleet = new_fleet(to, None)
        return Surroundings(name, uri, there=there, fleet=AdoptedFleet(fleet.name, fleet.uuid), found=False)
    here = [d for d in tree.resources.values() if d.host == name or d.shared]
    return Surroundings(
        name,
        uri,
        declared=name in tree.hosts and not tree.hosts[name].given,
        there=there,
        declares={(d.address.kind, d.native) for d in here},
        external={(Kind(kind), called) for kind, called in tree.fleet.external},
        found=False,
        taken={str(path.relative_to(to)) for path in to.rglob("*") if path.is_file()},
    )


def _dialect(family: str) -> Dialect:
    from drivers.dialects import dialect_of

    return dialect_of(Capabilities(family=family, version="", domain_types=(), os_types=(), arch="x86_64"))


def _with_origin(text: str, found: Iterable[FromFile]) -> str:
    """A file's text under a comment that says where it is from, and what was left behind."""
    if text.lstrip().startswith("<"):
        return text
    head = yaml.safe_load(text)
    for each in found:
        if (head["kind"], head["metadata"]["name"]) == (str(each.kind), each.name):
            lost = "".join(f"#   {_comment(what)}\n" for what in each.lost)
            told = f"# Not carried over:\n{lost}" if lost else ""
            return f"# From {_comment(each.file.name)} ({each.title}).\n{told}{text}"
    return text


def _comment(text: str) -> str:
    return re.sub(r"[^\x20-\x7e]", "?", text)


def _tell(
    common: Common, host: str, to: Path, found: list[FromFile], observed: list[Observation], written: Written
) -> None:
    from specs.documents.sensitive import without

    kept = {f"{o.kind}/{o.name}": held for o in observed if (held := without(o.document)[1])}
    lost = {f"{each.kind}/{each.name}": list(each.lost) for each in found if each.lost}
    external = [f"{kind}/{name}" for kind, name in written.external]
    if common.json:
        files = sorted(written.files)
        common.say_json(
            json.document(
                kind="adopted",
                host=host,
                files=files,
                secrets=kept,
                external=external,
                lost=lost,
                left_out={},
                taken_over=[],
            )
        )
        return
    for what, places in kept.items():
        common.tell(
            f"warning: {what}: secrets are written to no file: {', '.join(places)};"
            " to declare them, write ${secret:NAME} and a Secret"
        )
    for what, names in lost.items():
        common.tell(f"not carried over: {what}: {', '.join(names)}")
    if external:
        common.tell(
            f"note: referred to, and external in fleet.yaml (no file describes it): {', '.join(external)}"
        )
    for what, others in written.refers.items():
        common.tell(f"note: {what} is written as XML, for no file declares what it refers to: {others}")
    common.say(f"wrote {counted(len(written.files), 'file')} to {to}; guests are declared as stopped")
    common.say()
    common.say(f"Now: virt-reconcile plan {to}")

"""What runs on a host as desired-state files; planning them changes nothing."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import yaml

from drivers.base import Inventory, Observation
from reconciler.compare import Dialect, compare
from reconciler.plan.users import volume_users
from specs.content import MARKER
from specs.documents.declared import spec_of
from specs.documents.marks import without_mark
from specs.documents.references import Reference, references
from specs.documents.sensitive import without
from specs.documents.tidying import Named
from specs.editors import modeline
from specs.identity import FACTS, Address, Kind
from specs.markers import read_marker, stem_of
from specs.models.base import API_VERSION
from specs.names import spelt
from specs.xml import Element, parse

_LONGEST = 100
"""Characters of a file's name, which may have 255 bytes with what is appended."""


@dataclass(frozen=True, slots=True)
class AdoptedFleet:
    """The Fleet that a new tree is given."""

    name: str
    uuid: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the files join: the host as the tree calls it, and whether the tree declares it; what else is
    `there` on it; what the tree declares there and calls external, its Secrets, and the paths of its files.
    A `fleet` where there is none yet. `found` on the host, documents are whole; what others wrote, fields may
    add their defaults to."""

    host: str
    uri: str
    declared: bool = False
    there: Collection[tuple[Kind, str]] = ()
    declares: Collection[tuple[Kind, str]] = ()
    external: Collection[tuple[Kind, str]] = ()
    secrets: Named = field(default_factory=Named)
    taken: Collection[str] = ()
    fleet: AdoptedFleet | None = None
    found: bool = True


@dataclass(frozen=True, slots=True)
class Written:
    """Path → content, and what is referred to without being declared: `external` where a Fleet could be
    given it, else the reason why a document stands as it is, by what `refers` to it."""

    files: Mapping[str, str]
    external: tuple[tuple[Kind, str], ...] = ()
    refers: Mapping[str, str] = field(default_factory=dict)


def tree_files(surroundings: Surroundings, observed: Iterable[Observation], dialect: Dialect) -> Written:
    """The files for a host and what was observed on it, and for a fleet where there is none yet. Each
    resource is its typed fields, with XML for what they cannot say; where the two cannot make the same
    document again, it is the document as libvirt XML, and beside it what XML does not say.
    All paths are such as the loader reads, whatever the names, and none is taken."""
    called = _called(observed)
    documents = {o: without(without_mark(o.document))[0] for o in called}
    roots = {o: parse(document, blanks=False) for o, document in documents.items()}
    named = _secrets(called, surroundings.secrets)
    declared = {(o.kind, o.name) for o in called} | set(surroundings.declares)
    external = tuple(_external(roots.values(), declared, surroundings)) if surroundings.fleet else ()
    known = _Known(declared, {*surroundings.external, *external}, named)
    folder, taken = (
        _file_name(surroundings.host),
        {path.rpartition(".")[0].lower() for path in surroundings.taken},
    )
    files = dict(_heads(folder, surroundings, external, taken))
    refers = {}
    for observation, name in called.items():
        kind, root = observation.kind, roots[observation]
        shown = observation.name if kind is Kind.VOLUME else name
        stem = _free(f"{folder}/{FACTS[kind].plural}/", shown, observation.name, taken)
        said = _spec(surroundings.host, observation)
        lacking = [r for r in references(root) if r not in known]
        spec = None if lacking else _typed(kind, name, root, said, surroundings, named, dialect)
        if spec is None:
            spec = said | {"xmlFile": f"{stem.rpartition('/')[2]}.xml"}
            files[f"{stem}.xml"] = documents[observation]
        if lacking:
            refers[f"{kind}/{observation.name}"] = ", ".join(sorted(set(map(_told, lacking))))
        files[f"{stem}.yaml"] = _yaml({**_head(kind, name), "spec": spec})
    told = {path: modeline(path) + text if path.endswith(".yaml") else text for path, text in files.items()}
    return Written(told, external, refers)


def _heads(
    folder: str, surroundings: Surroundings, external: Iterable[tuple[Kind, str]], taken: set[str]
) -> Iterator[tuple[str, str]]:
    """The Host and the Fleet, as far as the tree has none of them."""
    if not surroundings.declared:
        path = _free(f"{folder}/", "host", surroundings.uri, taken)
        yield (
            f"{path}.yaml",
            _yaml({**_head(Kind.HOST, surroundings.host), "spec": {"uri": surroundings.uri}}),
        )
    if surroundings.fleet:
        lists: defaultdict[str, list[str]] = defaultdict(list)
        for kind, name in external:
            lists[FACTS[kind].plural].append(name)
        spec = {"uuid": surroundings.fleet.uuid} | ({"external": dict(lists)} if lists else {})
        yield "fleet.yaml", _yaml({**_head(Kind.FLEET, surroundings.fleet.name), "spec": spec})


def _external(
    documents: Iterable[Element], declared: Collection[tuple[Kind, str]], surroundings: Surroundings
) -> Iterator[tuple[Kind, str]]:
    """What documents refer to, the host has, and the files do not declare."""
    found = {
        (reference.kind, reference.name)
        for document in documents
        for reference in references(document)
        if reference.kind not in (Kind.VOLUME, Kind.SECRET)
        and reference.name not in FACTS[reference.kind].ships
    }
    yield from sorted(each for each in found if each in surroundings.there and each not in declared)


def _told(reference: Reference) -> str:
    path = f"{reference.pool}/{reference.name}" if reference.pool else reference.name
    return f"{reference.kind}/{path}"


def _called(observed: Iterable[Observation]) -> dict[Observation, str]:
    """Everything with what the files call it, in order."""
    called: dict[Observation, str] = {}
    names: set[tuple[Kind, str]] = set()
    for observation in sorted(observed, key=lambda o: (o.kind, o.name)):
        name = _name(observation)
        if (observation.kind, name) in names and observation.kind is Kind.SECRET:
            name = f"{name[:_LONGEST]}-{_short_digest(observation.name)}"  # two of different usages
        names.add((observation.kind, name))
        called[observation] = name
    return called


def _secrets(called: Mapping[Observation, str], known: Named) -> Named:
    secrets = {o: name for o, name in called.items() if o.kind is Kind.SECRET}
    return Named(
        by_usage={**known.by_usage, **{o.name: name for o, name in secrets.items()}},
        by_uuid={**known.by_uuid, **{o.uuid: name for o, name in secrets.items()}},
    )


@dataclass(frozen=True, slots=True)
class _Known:
    """What a spec may refer to: the files declare it or call it external. A document may hang in the air, a
    spec may not."""

    declared: Collection[tuple[Kind, str]]
    external: Collection[tuple[Kind, str]]
    secrets: Named

    def __contains__(self, reference: Reference) -> bool:
        if reference.kind is Kind.SECRET:
            return reference.name in self.secrets.by_usage or reference.name in self.secrets.by_uuid
        if reference.path or reference.name in FACTS[reference.kind].ships:
            return True
        named = f"{reference.pool}/{reference.name}" if reference.pool else reference.name
        upon = (Kind.STORAGE_POOL, reference.pool) if reference.pool else (reference.kind, reference.name)
        return (reference.kind, named) in self.declared or upon in self.external


def _typed(
    kind: Kind,
    name: str,
    document: Element,
    said: dict[str, object],
    surroundings: Surroundings,
    named: Named,
    dialect: Dialect,
) -> dict[str, object] | None:
    """What is said in YAML alone; None where it takes the document itself."""

    def same(one: str, other: str) -> bool:
        return not compare(kind, one, other, None, dialect).differences

    scheme = surroundings.uri.partition(":")[0].partition("+")[0]
    return spec_of(kind, name, document, said, scheme, named, same, may_add=not surroundings.found)


def adoptable(observed: Iterable[Observation]) -> list[Observation]:
    """All but what libvirt ships, volumes that are half-filled (marked so, and used by nobody), and whatever
    is called like a marker, which no tree can declare."""
    seen = list(observed)
    stems = {found[0] for o in seen if o.kind is Kind.VOLUME and (found := read_marker(o.name))}
    inventories = {"": Inventory("", "", {(o.kind, o.name): o for o in seen})}
    half = {
        o.name
        for o in seen
        if o.kind is Kind.VOLUME
        and stem_of(o.name) in stems
        and not volume_users(Address(Kind.VOLUME, o.name), o.name, "", inventories).all
    }
    return [
        o
        for o in seen
        if not (o.kind is Kind.VOLUME and (o.name in half or o.name.endswith(MARKER)))
        and o.name not in FACTS[o.kind].ships
    ]


def cannot_be_declared(observation: Observation) -> str:
    """Why a file cannot say an object's name (or its pool's); '' when it can."""
    from pydantic import TypeAdapter, ValidationError

    from specs.models.base import Name

    parts = observation.name.split("/", 1) if observation.kind is Kind.VOLUME else [_name(observation)]
    for part in parts:
        try:
            TypeAdapter(Name).validate_python(part)
        except ValidationError as error:
            return str(error.errors()[0]["msg"]).removeprefix("Value error, ")
    return ""


def _name(observation: Observation) -> str:
    """What the files call it. A secret is found by its usage: its name is for people alone, and may be
    another than the usage's where that is no name."""
    name = observation.name
    if observation.kind is Kind.VOLUME:
        return name.partition("/")[2]
    if observation.kind is not Kind.SECRET:
        return name
    plain = re.sub(r"^@|[/\n\r\t]", "_", spelt(name.partition(":")[2] or name))
    return plain if len(plain) <= _LONGEST else f"{plain[:_LONGEST]}-{_short_digest(name)}"


def _free(folder: str, name: str, native: str, taken: set[str]) -> str:
    """A path for that name, without its suffix, that no other resource has, in upper or lower case."""
    stem = folder + _file_name(name)
    if stem.lower() in taken:
        stem = f"{stem}-{_short_digest(native)}"
    while stem.lower() in taken:
        stem += "_"
    taken.add(stem.lower())
    return stem


def _file_name(name: str) -> str:
    """A name of plain letters for a file or folder: never hidden, never too long, never one that ends as
    the files of a tree do, which a folder must not."""
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", name)
    plain = re.sub(r"^[.-]", "_", plain)
    plain = re.sub(r"\.(?=(ya?ml|xml)$)", "_", plain, flags=re.IGNORECASE)
    if len(plain) > _LONGEST:
        plain = f"{plain[:_LONGEST]}-{_short_digest(name)}"
    return plain or "_"


def _short_digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:10]


def _spec(host: str, observation: Observation) -> dict[str, object]:
    spec: dict[str, object] = {"host": host}
    if observation.kind is Kind.VOLUME:
        spec["pool"] = observation.name.partition("/")[0]
    if observation.power is not None:
        spec["state"] = str(observation.power)
    if observation.autostart is not None:
        spec["autostart"] = observation.autostart
    return spec


def _head(kind: Kind, name: str) -> dict[str, object]:
    return {"apiVersion": API_VERSION, "kind": str(kind), "metadata": {"name": name}}


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as such, and other ends of lines than '\\n' as escapes."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    odd = set(text) & set("\r\x85\u2028\u2029")
    style = '"' if odd else "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def _yaml(value: dict[str, object]) -> str:
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True)

"""What runs on a host as desired-state files; planning them changes nothing."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

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


def tree_files(
    host: str, uri: str, fleet: AdoptedFleet | None, observed: Iterable[Observation], dialect: Dialect
) -> dict[str, str]:
    """Path → content of the files for a host and what was observed on it, and for a fleet where there is
    none yet. Each resource is its typed fields, with XML for what they cannot say; where the two cannot
    make the same document again, it is the document as libvirt XML, and beside it what XML does not say.
    All paths are such as the loader reads, whatever the names."""
    folder = _file_name(host)
    files = {f"{folder}/host.yaml": _yaml({**_head(Kind.HOST, host), "spec": {"uri": uri}})}
    if fleet:
        files["fleet.yaml"] = _yaml({**_head(Kind.FLEET, fleet.name), "spec": {"uuid": fleet.uuid}})
    called = _called(observed)
    named = _secrets(called)
    there = {(observation.kind, observation.name) for observation in called}
    taken: set[str] = set()
    for observation, name in called.items():
        kind = observation.kind
        shown = observation.name if kind is Kind.VOLUME else name
        stem = _free(f"{folder}/{FACTS[kind].plural}/", shown, observation.name, taken)
        document = without(without_mark(observation.document))[0]
        said = _spec(host, observation)
        root = parse(document, blanks=False)
        whole = all(_is_among(reference, there, named) for reference in references(root))
        spec = _typed(kind, name, root, said, uri, named, dialect) if whole else None
        if spec is None:
            spec = said | {"xmlFile": f"{stem.rpartition('/')[2]}.xml"}
            files[f"{stem}.xml"] = document
        files[f"{stem}.yaml"] = _yaml({**_head(kind, name), "spec": spec})
    return files


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


def _secrets(called: Mapping[Observation, str]) -> Named:
    secrets = {o: name for o, name in called.items() if o.kind is Kind.SECRET}
    return Named(
        by_usage={o.name: name for o, name in secrets.items()},
        by_uuid={_uuid(o): name for o, name in secrets.items()},
    )


def _uuid(observation: Observation) -> str:
    return (parse(observation.document).findtext("uuid") or "").strip().lower()


def _is_among(reference: Reference, there: Collection[tuple[Kind, str]], named: Named) -> bool:
    """Whether what a document refers to is adopted too; a document may hang in the air, a spec may not."""
    if reference.kind is Kind.SECRET:
        return reference.name in named.by_usage or reference.name in named.by_uuid
    if reference.path or reference.name in FACTS[reference.kind].ships:
        return True
    name = f"{reference.pool}/{reference.name}" if reference.kind is Kind.VOLUME else reference.name
    return (reference.kind, name) in there


def _typed(
    kind: Kind,
    name: str,
    document: Element,
    said: dict[str, object],
    uri: str,
    named: Named,
    dialect: Dialect,
) -> dict[str, object] | None:
    """What is said in YAML alone; None where it takes the document itself."""

    def same(one: str, other: str) -> bool:
        return not compare(kind, one, other, None, dialect).differences

    scheme = uri.partition(":")[0].partition("+")[0]
    return spec_of(kind, name, document, said, scheme, named, same)


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

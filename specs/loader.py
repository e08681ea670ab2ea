"""From files to what is desired: read, check, compile; every problem at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from lxml import etree
from pydantic import ValidationError

from specs import checks
from specs.capability import cannot
from specs.desired import (
    BuildPolicy,
    Declared,
    DeclaredHost,
    Desired,
    FleetPolicy,
    OnDelete,
    Policy,
    PowerState,
    RestartPolicy,
    SecretSource,
    digest,
)
from specs.diagnostics import InvalidTree, Origin, Problem, did_you_mean
from specs.documents.access import render_filter, render_secret, usage_id
from specs.documents.domain import render_domain
from specs.documents.network import render_network
from specs.documents.overlay import merge
from specs.documents.storage import render_pool, render_volume
from specs.domain import Domain
from specs.files import TreeFile, decode, read_tree, resolve
from specs.fleet import Defaults, External, Fleet, FleetSpec, Host
from specs.identity import Address, Kind, derive_uuid
from specs.messages import problems_of
from specs.model import API_VERSION, Resource
from specs.network import Network
from specs.nwfilter import NetworkFilter
from specs.policy import restart_policy
from specs.references import Reference, references
from specs.registry import MODELS
from specs.secret import Secret
from specs.storage import StoragePool, Volume
from specs.templates import TemplateProblem, expand
from specs.xml_reader import KINDS, line_of, name_of, read_xml
from specs.yaml_reader import Document, read_documents

ONLY_HOST = "default"


@dataclass(frozen=True, slots=True)
class Entry:
    """A checked document of the files, with where it stands; raw XML has no model."""

    kind: Kind
    name: str
    origin: Origin
    model: Resource | None = None
    document: Document | None = None
    xml: etree._Element | None = None

    def at(self, *path: str | int) -> Origin:
        """Where a part of it stands."""
        return self.document.origin(path) if self.document else self.origin

    def mention(self, name: str) -> Origin:
        """Where its spec says a name, or else where it begins."""
        path = _find(self.document.value.get("spec"), name) if self.document else None
        return self.at("spec", *path) if path is not None else self.origin


@dataclass(slots=True)
class _Load:
    """One load under way."""

    root: Path
    hosts: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    files: dict[str, TreeFile] = field(default_factory=dict)
    broken: set[tuple[str, str]] = field(default_factory=set)
    """Kinds and names of which something is said already, so that nobody is told besides that they lack."""


def load(root: Path, hosts: Mapping[str, str] | None = None) -> Desired:
    """Loads a tree, which is a folder.

    `hosts` adds or overrides hosts by name → URI; the name '' stands for the tree's only host. Raises
    InvalidTree with everything that is wrong.
    """
    work = _Load(root, hosts or {})
    entries = _entries(work)
    fleet = _fleet(entries, work)
    declared_hosts = _hosts(entries, work)
    resources = _resources(entries, fleet, declared_hosts, work)
    work.problems.extend(checks.collisions(resources.values()))
    if work.problems:
        raise InvalidTree(work.problems)
    if not resources:
        work.warnings.append(Problem(Origin(str(root)), "the tree declares no resources"))
    spec = fleet.spec
    return Desired(
        root=str(root),
        fleet=FleetPolicy(fleet.metadata.name, spec.prune, spec.max_deletions, spec.parallel),
        hosts=declared_hosts,
        resources={address: compiled.declared for address, compiled in resources.items()},
        warnings=tuple(sorted(set(work.warnings))),
    )


# reading


def _entries(work: _Load) -> list[Entry]:
    files, problems = read_tree(work.root)
    work.problems.extend(problems)
    work.files.update({file.path: file for file in files})
    documents = [document for file in files if not file.is_xml for document in _documents(file, work)]
    referred = _xml_files(documents)
    templates = {
        str(d.value["metadata"].get("name")): d.value["spec"]
        for d in documents
        if isinstance(d.value, dict)
        and d.value.get("kind") == Kind.DOMAIN_TEMPLATE
        and isinstance(d.value.get("metadata"), dict)
        and isinstance(d.value.get("spec"), dict)
    }
    entries = []
    for document in documents:
        entry = _checked(document, templates, work)
        if entry:
            entries.append(entry)
        else:
            work.broken.add(_called(document.value))
    for file in files:
        if file.is_xml and file.path not in referred:
            found = read_xml(file.path, file.data)
            if isinstance(found, Problem):
                work.problems.append(found)
            else:
                entries.extend(_raw(found[1], file, work))
    return entries


def _documents(file: TreeFile, work: _Load) -> Iterator[Document]:
    text = decode(file)
    if isinstance(text, Problem):
        work.problems.append(text)
        return
    yield from (d for d in read_documents(text, file.path, work.problems) if d.value is not None)


def _called(value: Any) -> tuple[str, str]:
    """Kind and name of a document that may be anything."""
    metadata = value.get("metadata") if isinstance(value, dict) else None
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return (str(value.get("kind")) if isinstance(value, dict) else "", str(name))


def _xml_files(documents: Iterable[Document]) -> set[str]:
    """The XML files that YAML documents start from; they declare nothing by themselves."""
    found = set()
    for document in documents:
        spec = document.value.get("spec") if isinstance(document.value, dict) else None
        name = spec.get("xmlFile") if isinstance(spec, dict) else None
        path = resolve(document.file, name) if isinstance(name, str) else None
        if path:
            found.add(path)
    return found


def _checked(document: Document, templates: Mapping[str, Any], work: _Load) -> Entry | None:
    value = document.value
    if not isinstance(value, dict):
        work.problems.append(
            Problem(document.origin(), "a document is a mapping with apiVersion, kind, metadata and spec")
        )
        return None
    kind = value.get("kind")
    if value.get("apiVersion") != API_VERSION:
        given = value.get("apiVersion")
        said = f"'{given}' is not known" if given else "'apiVersion' is missing"
        work.problems.append(Problem(document.origin(("apiVersion",)), f"{said}; write {API_VERSION}"))
        return None
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


def _with_xml_defaults(value: dict[str, Any]) -> dict[str, Any]:
    """A spec that starts from a libvirt XML file need not repeat what that says."""
    spec = value.get("spec")
    needed: Mapping[str, dict[str, Any]] = {Kind.DOMAIN: {"memory": 1024**2}, Kind.VOLUME: {"capacity": 1}}
    if not isinstance(spec, dict) or "xmlFile" not in spec:
        return value
    return {**value, "spec": {**needed.get(value["kind"], {}), **spec}}


def _check_template(
    spec: dict[str, Any], templates: Mapping[str, Any], document: Document, work: _Load
) -> None:
    """A template may leave out what a domain needs; what it does say must be right."""
    try:
        whole = {"memory": 1024 * 1024, **expand(spec, templates)}
    except TemplateProblem as error:
        work.problems.append(Problem(document.origin(("spec", "template")), str(error)))
        return
    trial = {"apiVersion": API_VERSION, "kind": "Domain", "metadata": {"name": "x"}, "spec": whole}
    try:
        Domain.model_validate(trial)
    except ValidationError as error:
        work.problems.extend(problems_of(error, document, Domain, partial=True))


def _raw(xml: etree._Element, file: TreeFile, work: _Load) -> Iterator[Entry]:
    name, origin = name_of(xml), Origin(file.path, line_of(xml))
    if not name:
        work.problems.append(Problem(origin, f"<{xml.tag}> has no name"))
    elif xml.tag == "volume":
        work.problems.append(
            Problem(origin, "XML does not say a volume's pool; declare a Volume with xmlFile: in YAML")
        )
    elif "/" in name:
        work.problems.append(Problem(origin, f"the name '{name}' holds a '/'"))
    else:
        yield Entry(KINDS[str(xml.tag)], name, origin, xml=xml)


# fleet and hosts


def _fleet(entries: Iterable[Entry], work: _Load) -> Fleet:
    found = [entry for entry in entries if entry.kind is Kind.FLEET]
    for other in found[1:]:
        work.problems.append(
            Problem(other.origin, f"a tree has one Fleet; the first is at {found[0].origin}")
        )
    if found:
        return cast(Fleet, found[0].model)
    return Fleet.model_validate(
        {"apiVersion": API_VERSION, "kind": "Fleet", "metadata": {"name": "default"}, "spec": FleetSpec()}
    )


def _hosts(entries: Iterable[Entry], work: _Load) -> dict[str, DeclaredHost]:
    hosts: dict[str, DeclaredHost] = {}
    for entry in entries:
        if entry.kind is not Kind.HOST:
            continue
        host = cast(Host, entry.model)
        if entry.name in hosts:
            work.problems.append(
                Problem(
                    entry.origin, f"the Host '{entry.name}' is declared at {hosts[entry.name].origin} already"
                )
            )
            continue
        labels = tuple(sorted(host.metadata.labels.items()))
        hosts[entry.name] = DeclaredHost(entry.name, host.spec.uri, entry.origin, labels)
    for given, uri in work.hosts.items():
        name = given
        if not name:
            if len(hosts) > 1:
                work.problems.append(
                    Problem(
                        Origin("--host"), f"names no host; write NAME={uri} with one of {', '.join(hosts)}"
                    )
                )
                continue
            name = next(iter(hosts), ONLY_HOST)
        known = hosts.get(name)
        hosts[name] = DeclaredHost(name, uri, known.origin if known else Origin("--host"))
    return hosts


# resources


@dataclass(frozen=True, slots=True)
class Compiled:
    """A resource with its document as a tree, and where its parts stand."""

    declared: Declared
    xml: etree._Element
    entry: Entry


def _resources(
    entries: Iterable[Entry], fleet: Fleet, hosts: Mapping[str, DeclaredHost], work: _Load
) -> dict[Address, Compiled]:
    placed: dict[Address, tuple[Entry, str]] = {}
    for entry in entries:
        if entry.kind in (Kind.FLEET, Kind.HOST, Kind.DOMAIN_TEMPLATE):
            continue
        host = _host_of(entry, hosts, work)
        if host is None:
            work.broken.add((entry.kind, entry.name))
            continue
        pool = cast(Volume, entry.model).spec.pool if entry.kind is Kind.VOLUME else ""
        address = Address(entry.kind, entry.name, "" if entry.kind is Kind.DOMAIN else host, pool)
        if address in placed:
            first, other = placed[address]
            message = f"{address} is declared at {first.origin} already"
            if host != other:
                message += (
                    f", on host '{other}' and here on '{host}'; a domain's name is its identity in the whole"
                    " fleet, so give one of them another name"
                )
            work.problems.append(Problem(entry.at("metadata", "name"), message))
            continue
        placed[address] = (entry, host)
    compiler = _Compiler(fleet, hosts, placed, work)
    compiled = {}
    for address, (entry, host) in placed.items():
        done = compiler.compile(address, entry, host)
        if done:
            compiled[address] = done
        else:
            work.broken.add((address.kind, address.name))
    return _linked(compiled, fleet.spec.external, work)


def _host_of(entry: Entry, hosts: Mapping[str, DeclaredHost], work: _Load) -> str | None:
    """The host that a document names, that its folder is named after, or the only one there is."""
    named = getattr(entry.model.spec, "host", None) if entry.model else None  # type: ignore[attr-defined]
    if named:
        if named in hosts:
            return str(named)
        if (Kind.HOST, named) not in work.broken:
            work.problems.append(
                Problem(entry.at("spec", "host"), f"there is no Host '{named}'{did_you_mean(named, hosts)}")
            )
        return None
    if entry.xml is not None:
        for folder in reversed(Path(entry.origin.file).parts[:-1]):
            if folder in hosts:
                return folder
    if len(hosts) == 1:
        return next(iter(hosts))
    if any(kind == Kind.HOST for kind, _ in work.broken):
        return None
    if not hosts:
        message = "no host: declare one (kind: Host), or give --host URI"
    elif entry.xml is not None:
        message = f"which host? put the file into a folder named after one of: {', '.join(sorted(hosts))}"
    else:
        message = f"'host' is missing; with several hosts it must be one of: {', '.join(sorted(hosts))}"
    work.problems.append(Problem(entry.at("spec"), message))
    return None


class _Compiler:
    """Turns checked documents into declared resources, one by one."""

    def __init__(
        self,
        fleet: Fleet,
        hosts: Mapping[str, DeclaredHost],
        placed: Mapping[Address, tuple[Entry, str]],
        work: _Load,
    ) -> None:
        self.fleet, self.hosts, self.placed, self.work = fleet, hosts, placed, work

    def compile(self, address: Address, entry: Entry, host: str) -> Compiled | None:
        """The declared resource; None when something is wrong with it."""
        scheme = self.hosts[host].uri.partition(":")[0].partition("+")[0]
        xml = entry.xml if entry.xml is not None else self._rendered(address, entry, host, scheme)
        if xml is None:
            return None
        before = len(self.work.problems)
        if address.kind is Kind.DOMAIN:
            for name, message in cannot(xml, scheme):
                self.work.problems.append(Problem(entry.at("spec", name), message))
            self.work.problems.extend(checks.targets(xml, lambda field, n: entry.at("spec", field, n)))
        elif address.kind is Kind.NETWORK:
            self.work.problems.extend(checks.dhcp_hosts(xml, entry.mention))
        if len(self.work.problems) > before:
            return None
        text = etree.tostring(xml, encoding="unicode", with_tail=False)
        return Compiled(self._declared(address, entry, host, xml, text), xml, entry)

    def _rendered(self, address: Address, entry: Entry, host: str, scheme: str) -> etree._Element | None:
        model = entry.model
        assert model is not None
        spec = model.spec  # type: ignore[attr-defined]
        from_file = getattr(spec, "xml_file", None)
        if from_file:
            document = self._from_file(entry, from_file)
            if document is None:
                return None
        else:
            document = self._render(model, address, entry, host, scheme)
        overlay = getattr(spec, "xml", None)
        if overlay:
            try:
                merge(document, overlay)
            except ValueError as error:
                self.work.problems.append(Problem(entry.at("spec", "xml"), str(error)))
                return None
        return document

    def _render(
        self, model: Resource, address: Address, entry: Entry, host: str, scheme: str
    ) -> etree._Element:
        if isinstance(model, Domain):
            return render_domain(model, scheme, self._usage_on(host, entry))
        if isinstance(model, Network):
            return render_network(model)
        if isinstance(model, StoragePool):
            return render_pool(model, self._usage_on(host, entry))
        if isinstance(model, Volume):
            return render_volume(
                model, pool_path=self._pool_path(address), secret_uuid=self._encryption(model, host, entry)
            )
        if isinstance(model, Secret):
            return render_secret(model)
        return render_filter(cast(NetworkFilter, model))

    def _from_file(self, entry: Entry, name: str) -> etree._Element | None:
        origin = entry.at("spec", "xmlFile")
        path = resolve(entry.origin.file, name)
        if path is None:
            self.work.problems.append(Problem(origin, f"'{name}' leads out of the tree"))
            return None
        file = self.work.files.get(path)
        if file is None or not file.is_xml:
            self.work.problems.append(Problem(origin, f"there is no XML file '{path}' in the tree"))
            return None
        found = read_xml(path, file.data)
        if isinstance(found, Problem):
            self.work.problems.append(found)
            return None
        _, document = found
        if KINDS[str(document.tag)] is not entry.kind:
            self.work.problems.append(
                Problem(origin, f"'{name}' holds a <{document.tag}>, not a {entry.kind}")
            )
            return None
        own = name_of(document)
        if entry.kind is not Kind.SECRET and own != entry.name:
            self.work.problems.append(Problem(origin, f"'{name}' is called '{own}', not '{entry.name}'"))
            return None
        return document

    def _pool_path(self, address: Address) -> str | None:
        entry, _ = self.placed.get(Address(Kind.STORAGE_POOL, address.pool, address.host), (None, ""))
        if entry is None:
            return None
        if isinstance(entry.model, StoragePool) and not entry.model.spec.xml_file:
            return entry.model.spec.target_path()
        return entry.xml.findtext("target/path") if entry.xml is not None else None

    def _encryption(self, volume: Volume, host: str, entry: Entry) -> str | None:
        wanted = volume.spec.encryption
        if wanted is None:
            return None
        uuid = self._secret_uuid(wanted.secret, host)
        if self._secret(wanted.secret, host, entry) is None:
            self.work.broken.add((Kind.SECRET, uuid))
        return uuid

    def _usage_on(self, host: str, entry: Entry) -> Callable[[str], str]:
        """How a host finds the Secret of a name that an entry says."""

        def usage(name: str) -> str:
            secret = self._secret(name, host, entry)
            return usage_id(secret.model) if secret and isinstance(secret.model, Secret) else name

        return usage

    def _secret(self, name: str, host: str, entry: Entry) -> Entry | None:
        """The Secret of a name on a host; that none is declared is said, unless the host has it anyway."""
        found, _ = self.placed.get(Address(Kind.SECRET, name, host), (None, ""))
        if found is None and name not in self.fleet.spec.external.secrets:
            if (Kind.SECRET, name) not in self.work.broken:
                names = [a.name for a in self.placed if a.kind is Kind.SECRET and a.host == host]
                message = _missing(Reference(Kind.SECRET, name), host, names)
                self.work.problems.append(Problem(entry.mention(name), message))
            self.work.broken.add((Kind.SECRET, name))
        return found

    def _secret_uuid(self, name: str, host: str) -> str:
        entry, _ = self.placed.get(Address(Kind.SECRET, name, host), (None, ""))
        given = entry.model.spec.uuid if entry and isinstance(entry.model, Secret) else None
        return given or derive_uuid(self.fleet.metadata.name, Kind.SECRET, name, host)

    def _declared(
        self, address: Address, entry: Entry, host: str, xml: etree._Element, text: str
    ) -> Declared:
        model = entry.model
        spec = model.spec if model else None  # type: ignore[attr-defined]
        state = getattr(spec, "state", None)
        power = PowerState(state) if state else None
        autostart = getattr(spec, "autostart", None)
        start_new = model is None and address.kind in (Kind.NETWORK, Kind.STORAGE_POOL)
        given = (xml.findtext("uuid") or "").strip().lower()
        goals = json.dumps([power, autostart, start_new])
        return Declared(
            address=address,
            host=host,
            native=self._native(address, entry, xml, host),
            document=text,
            digest=digest(f"{text}\0{goals}"),
            uuid=given or derive_uuid(self.fleet.metadata.name, address.kind, address.name, address.host),
            origin=entry.origin,
            power=power,
            autostart=autostart,
            start_new=start_new,
            labels=tuple(sorted(model.metadata.labels.items())) if model else (),
            policy=_policy(spec, address.kind, self.fleet.spec.defaults),
            secret=_source(spec),
        )

    def _native(self, address: Address, entry: Entry, xml: etree._Element, host: str) -> str:
        if address.kind is Kind.VOLUME:
            return f"{address.pool}/{address.name}"
        if address.kind is not Kind.SECRET:
            return address.name
        usage = xml.find("usage")
        if usage is not None and usage.get("type") not in (None, "none"):
            inner = usage[0].text if len(usage) else None
            own = usage_id(entry.model) if isinstance(entry.model, Secret) else ""
            return f"{usage.get('type')}:{(inner or own).strip()}"
        return (xml.findtext("uuid") or self._secret_uuid(address.name, host)).strip().lower()


def _policy(spec: Any, kind: Kind, defaults: Defaults) -> Policy:
    if spec is None:
        return Policy(
            restart=RestartPolicy(defaults.restart),
            windows=tuple(window.window() for window in defaults.windows),
            stop=defaults.stop.policy(),
        )
    policy = Policy(protect=spec.protect)
    if kind is Kind.DOMAIN:
        windows = spec.windows or defaults.windows
        return Policy(
            restart=restart_policy(spec.restart, RestartPolicy(defaults.restart)),
            windows=tuple(window.window() for window in windows),
            stop=(spec.stop or defaults.stop).policy(),
            protect=spec.protect,
        )
    if kind is Kind.NETWORK:
        return Policy(restart=RestartPolicy(spec.restart), protect=spec.protect)
    if kind is Kind.STORAGE_POOL:
        return Policy(build=BuildPolicy(spec.build_policy()), protect=spec.protect)
    if kind is Kind.VOLUME:
        return Policy(on_delete=OnDelete(spec.on_delete), protect=spec.protect)
    return policy


def _source(spec: Any) -> SecretSource | None:
    value = getattr(spec, "value", None)
    if value is None:
        return None
    return SecretSource(value.file or "", value.env or "", tuple(value.command or ()), value.encoding)


# references


def _linked(compiled: Mapping[Address, Compiled], external: External, work: _Load) -> dict[Address, Compiled]:
    """Every resource with what it requires; what nothing declares is a problem, or in raw XML (which
    often stands beside what the host has) a warning."""
    by_secret = {
        key: address
        for address, item in compiled.items()
        if address.kind is Kind.SECRET
        for key in ((item.declared.host, item.declared.native), (item.declared.host, item.declared.uuid))
    }
    by_path = {
        (item.declared.host, path): address
        for address, item in compiled.items()
        if address.kind is Kind.VOLUME and (path := _path_of(item, compiled))
    }
    known = {
        Kind.NETWORK: set(external.networks),
        Kind.STORAGE_POOL: set(external.pools),
        Kind.NETWORK_FILTER: set(external.filters),
        Kind.SECRET: set(external.secrets),
    }
    result = {}
    for address, item in compiled.items():
        requires: dict[Address, None] = {}
        if address.kind is Kind.VOLUME:
            _require(Reference(Kind.STORAGE_POOL, address.pool), item, compiled, known, requires, work)
        for reference in references(item.xml):
            host = item.declared.host
            if reference.kind is Kind.SECRET:
                found = by_secret.get((host, reference.name))
                if found:
                    requires[found] = None
                else:
                    _require_secret(reference.name, item, known[Kind.SECRET], work)
            elif reference.path:
                found = by_path.get((host, reference.path))
                if found:
                    requires[found] = None
            else:
                _require(reference, item, compiled, known, requires, work)
        declared = _with_requirements(item.declared, requires)
        result[address] = Compiled(declared, item.xml, item.entry)
    work.problems.extend(checks.cycles({a: i.declared for a, i in result.items()}))
    return result


def _require(
    reference: Reference,
    item: Compiled,
    compiled: Mapping[Address, Compiled],
    known: Mapping[Kind, set[str]],
    requires: dict[Address, None],
    work: _Load,
) -> None:
    wanted = Address(reference.kind, reference.name, item.declared.host, reference.pool)
    if wanted in compiled:
        requires[wanted] = None
        return
    pool_known = reference.kind is Kind.VOLUME and reference.pool in known[Kind.STORAGE_POOL]
    if reference.name in known.get(reference.kind, set()) or pool_known:
        return
    if (reference.kind, reference.name) in work.broken:
        return
    if (
        reference.kind is Kind.VOLUME
        and Address(Kind.STORAGE_POOL, reference.pool, wanted.host) not in compiled
    ):
        return  # the missing pool is said once
    names = [a.name for a in compiled if a.kind is reference.kind and a.host == wanted.host]
    _dangling(item, reference.name, _missing(reference, wanted.host, names), work)


def _require_secret(wanted: str, item: Compiled, known: set[str], work: _Load) -> None:
    usage, _, identifier = wanted.partition(":") if ":" in wanted else ("", "", wanted)
    if identifier in known or (Kind.SECRET, identifier) in work.broken:
        return
    if usage:
        message = f"no Secret on {item.declared.host} has the usage {{type: {usage}, id: {identifier}}}"
    else:
        message = f"no Secret on {item.declared.host} has the UUID {identifier}"
    _dangling(item, identifier, message, work)


def _missing(reference: Reference, host: str, names: Iterable[str]) -> str:
    near = did_you_mean(reference.name, names)
    hint = near if near.startswith("; did") else ""
    where = f" in pool '{reference.pool}'" if reference.pool else ""
    return (
        f"there is no {reference.kind} '{reference.name}'{where} on {host}{hint}; declare it, or list"
        " it under external: in the Fleet if the host has it"
    )


def _dangling(item: Compiled, name: str, message: str, work: _Load) -> None:
    raw = item.entry.xml is not None or getattr(item.entry.model.spec, "xml_file", None)  # type: ignore[union-attr]
    target = work.warnings if raw else work.problems
    target.append(Problem(item.entry.mention(name), message))


def _find(value: Any, wanted: str) -> tuple[str | int, ...] | None:
    items: Iterable[tuple[str | int, Any]] = ()
    if isinstance(value, dict):
        items = ((k, v) for k, v in value.items() if k not in ("description", "title", "xml", "host"))
    elif isinstance(value, list):
        items = enumerate(value)
    for key, inner in items:
        if inner == wanted or (isinstance(inner, str) and inner.lower() == wanted):
            return (key,)
        deeper = _find(inner, wanted)
        if deeper is not None:
            return (key, *deeper)
    return None


def _path_of(item: Compiled, compiled: Mapping[Address, Compiled]) -> str | None:
    """Where a volume of a directory pool lies on its host."""
    address = item.declared.address
    pool = compiled.get(Address(Kind.STORAGE_POOL, address.pool, address.host))
    folder = pool.xml.findtext("target/path") if pool else None
    return f"{folder.rstrip('/')}/{address.name}" if folder else None


def _with_requirements(declared: Declared, requires: Iterable[Address]) -> Declared:
    return replace(declared, requires=tuple(requires))

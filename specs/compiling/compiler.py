"""From checked documents to declared resources."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, cast

from lxml import etree

from specs.checks import across as checks
from specs.checks.capability import cannot, cannot_be_filled
from specs.compiling.demand import demand_of
from specs.compiling.filling import source_of
from specs.compiling.hosting import scheme_of
from specs.compiling.seeding import seeded
from specs.compiling.standing import Ground, Site
from specs.compiling.work import Compiled, Entry, Load
from specs.content import OnSourceChange
from specs.desired import (
    BuildPolicy,
    Declared,
    DeclaredHost,
    OnDelete,
    Policy,
    PowerState,
    RestartPolicy,
    SecretSource,
    goal_digest,
)
from specs.diagnostics import Origin, Problem
from specs.documents.access import render_filter, render_secret, usage_id
from specs.documents.common import FormatOf, format_of
from specs.documents.domain import render_domain
from specs.documents.network import render_network
from specs.documents.overlay import merge
from specs.documents.references import Reference, missing
from specs.documents.storage import render_pool, render_volume
from specs.guests import Demand
from specs.identity import Address, Kind, derive_uuid
from specs.models.base import Resource
from specs.models.domain import Domain, DomainSpec
from specs.models.fleet import Defaults, Fleet
from specs.models.network import Network
from specs.models.nwfilter import NetworkFilter
from specs.models.policy import restart_policy
from specs.models.secret import Secret, Value
from specs.models.storage import StoragePool, Volume
from specs.reading.documents import KINDS, name_of, read_xml
from specs.reading.files import resolve


class Compiler:
    """Turns checked documents into declared resources, one by one."""

    def __init__(
        self,
        fleet: Fleet,
        hosts: Mapping[str, DeclaredHost],
        ground: Ground,
        work: Load,
    ) -> None:
        self.fleet, self.hosts, self.ground, self.work = fleet, hosts, ground, work
        self.seeds: dict[Address, Compiled] = {}
        """The volumes that hold the seeds of the domains so far."""
        self._unlike: dict[tuple[Kind, str, tuple[str, ...]], str] = {}
        """The host whose resource of a kind and name is not what it is on the first of some hosts."""
        self._first: dict[int, Compiled] = {}
        """Of the documents that stand on many hosts alike: how the first of them was compiled."""

    def compile(self, address: Address, site: Site) -> Compiled | None:
        """The declared resource; None when something is wrong with it."""
        first = self._first.get(id(site.entry))
        if first:
            uuid = self._uuid(address, site, first.xml)
            declared = replace(first.declared, address=address, host=site.host, uuid=uuid)
            return Compiled(declared, first.xml, site.entry)
        made = self._compiled(address, site)
        if made and site.many and not _needs_its_host(site.entry):
            self._first[id(site.entry)] = made
        return made

    def _compiled(self, address: Address, site: Site) -> Compiled | None:
        entry, host = site.entry, site.seen_from
        scheme = scheme_of(self.hosts[host])
        xml = entry.xml if entry.xml is not None else self._rendered(site, scheme)
        if xml is None:
            return None
        before = len(self.work.problems)
        source, made = None, None
        if isinstance(entry.model, Domain):
            fleet = self.fleet.metadata.name
            made = seeded(site, self.ground, scheme, xml, self._pool_path, fleet, self.work)
            self.work.problems.extend(checks.agent(xml, entry.model.spec, entry.at("spec", "ready")))
        elif isinstance(entry.model, Volume):
            source = source_of(address, entry, xml, self.work)
            if source and (problem := cannot_be_filled(scheme)):
                self.work.problems.append(Problem(entry.at("spec", "source"), problem))
        self.work.problems.extend(checks.plain_passwords(xml, entry.at("spec", "xml")))
        self.work.problems.extend(checks.plain_secrets(xml, lambda tag: _secret_at(entry, tag)))
        if address.kind is Kind.DOMAIN:
            for name, message in cannot(xml, scheme):
                self.work.problems.append(Problem(entry.at("spec", name), message))
            self.work.problems.extend(checks.targets(xml, lambda field, n: entry.at("spec", field, n)))
        elif address.kind is Kind.NETWORK:
            self.work.problems.extend(checks.dhcp_hosts(xml, entry.mention))
        if len(self.work.problems) > before:
            return None
        text = etree.tostring(xml, encoding="unicode", with_tail=False)
        declared = replace(self._declared(address, site, xml, text), source=source)
        if made:
            self.ground.add(made.volume.declared.address, made.site, self.work)
            self.seeds[made.volume.declared.address] = made.volume
            declared = replace(declared, seed=made.seed)
        return Compiled(declared, xml, entry)

    def _rendered(self, site: Site, scheme: str) -> etree._Element | None:
        entry = site.entry
        model = entry.model
        assert model is not None
        spec = model.spec  # type: ignore[attr-defined]
        from_file = getattr(spec, "xml_file", None)
        if from_file:
            document = self._from_file(entry, from_file)
            if document is None:
                return None
        else:
            document = self._render(model, site, scheme)
        overlay = getattr(spec, "xml", None)
        if overlay:
            try:
                merge(document, overlay)
            except ValueError as error:
                self.work.problems.append(Problem(entry.at("spec", "xml"), str(error)))
                return None
        return document

    def _render(self, model: Resource, site: Site, scheme: str) -> etree._Element:
        if isinstance(model, Domain):
            return render_domain(model, scheme, self._usage_at(site), self._formats_at(site))
        if isinstance(model, Network):
            return render_network(model)
        if isinstance(model, StoragePool):
            return render_pool(model, self._usage_at(site))
        if isinstance(model, Volume):
            return render_volume(
                model,
                pool_path=self._pool_path(model.spec.pool, site) if model.spec.backing else None,
                secret_uuid=self._encryption(model, site),
                formats=self._formats_at(site),
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

    def _alike(self, site: Site, kind: Kind, name: str, value_on: Callable[[str], str | None]) -> str | None:
        """What is the same of a named resource on every host that a document may come to be on."""
        value = value_on(site.seen_from)
        if len(site.candidates) < 2:
            return value
        key = (kind, name, site.candidates)
        if key not in self._unlike:
            others = (host for host in site.candidates if value_on(host) not in (None, value))
            self._unlike[key] = next(others, "")
        other = self._unlike[key]
        if other:
            message = (
                f"{kind} '{name}' is not the same on {site.seen_from} ({value}) and on {other}"
                f" ({value_on(other)}), and one document has to fit all hosts that the domain may be placed"
                " on: declare it once, with hosts, or narrow placement.hosts"
            )
            self.work.problems.append(Problem(site.entry.mention(name), message))
            self.work.broken.add((kind, value or ""))
        return value

    def _pool_path(self, pool: str, site: Site) -> str | None:
        return self._alike(site, Kind.STORAGE_POOL, pool, lambda host: self._pool_path_on(pool, host))

    def _pool_path_on(self, pool: str, host: str) -> str | None:
        entry = self.ground.entry(Kind.STORAGE_POOL, pool, host)
        if entry is None:
            return None
        if isinstance(entry.model, StoragePool) and not entry.model.spec.xml_file:
            return entry.model.spec.target_path()
        return entry.xml.findtext("target/path") if entry.xml is not None else None

    def _encryption(self, volume: Volume, site: Site) -> str | None:
        wanted = volume.spec.encryption
        if wanted is None:
            return None
        name = wanted.secret
        uuid = self._alike(site, Kind.SECRET, name, lambda host: self._secret_uuid(name, host))
        if self._secret(name, site) is None and uuid:
            self.work.broken.add((Kind.SECRET, uuid))
        return uuid

    def _formats_at(self, site: Site) -> FormatOf:
        """The formats of the volumes there: as declared, else by their names."""

        def of(pool: str, name: str) -> str:
            address = self.ground.reach(Kind.VOLUME, name, site, pool)
            entry = self.ground.sites[address].entry if address else None
            given = entry.model.spec.format if entry and isinstance(entry.model, Volume) else None
            return format_of(name, given)

        return of

    def _usage_at(self, site: Site) -> Callable[[str], str]:
        """How a host finds the Secret of a name that a document says."""

        def usage(name: str) -> str:
            secret = self._secret(name, site)
            return usage_id(secret.model) if secret and isinstance(secret.model, Secret) else name

        return usage

    def _secret(self, name: str, site: Site) -> Entry | None:
        """The Secret of a name at a place; that none is declared is said, unless the host has it anyway."""
        host, entry = site.seen_from, site.entry
        found = self.ground.entry(Kind.SECRET, name, host)
        if found is None and name not in self.fleet.spec.external.secrets:
            if (Kind.SECRET, name) not in self.work.broken:
                names = [a.name for a in self.ground.sites if a.kind is Kind.SECRET and a.host == host]
                message = missing(Reference(Kind.SECRET, name), host, names)
                self.work.problems.append(Problem(entry.mention(name), message))
            self.work.broken.add((Kind.SECRET, name))
        return found

    def _secret_uuid(self, name: str, host: str) -> str:
        """A secret that stands on many hosts has one UUID: what refers to it by that moves among them."""
        address = Address(Kind.SECRET, name, host)
        site = self.ground.sites.get(address)
        given = site.entry.model.spec.uuid if site and isinstance(site.entry.model, Secret) else None
        scope = "" if site and site.many else host
        return given or derive_uuid(self.fleet.metadata.name, Kind.SECRET, name, scope)

    def _uuid(self, address: Address, site: Site, xml: etree._Element) -> str:
        given = (xml.findtext("uuid") or "").strip().lower()
        if given:
            return given
        if address.kind is Kind.SECRET:
            return self._secret_uuid(address.name, address.host)
        scope = "" if site.follows else address.host
        return derive_uuid(self.fleet.metadata.name, address.kind, address.name, scope)

    def _declared(self, address: Address, site: Site, xml: etree._Element, text: str) -> Declared:
        entry, host = site.entry, site.host
        model = entry.model
        spec = model.spec if model else None  # type: ignore[attr-defined]
        state = getattr(spec, "state", None)
        power = PowerState(state) if state else None
        autostart = getattr(spec, "autostart", None)
        start_new = model is None and address.kind in (Kind.NETWORK, Kind.STORAGE_POOL)
        wanted = spec if isinstance(spec, DomainSpec) else None
        return Declared(
            address=address,
            host=host,
            native=self._native(address, entry, xml, site.seen_from),
            document=text,
            digest=goal_digest(text, power, autostart, start_new=start_new),
            uuid=self._uuid(address, site, xml),
            origin=entry.origin,
            power=power,
            autostart=autostart,
            start_new=start_new,
            labels=_labels(model),
            policy=_policy(spec, address.kind, self.fleet.spec.defaults),
            secret=_source(spec),
            ready=wanted.ready.ready() if wanted and wanted.ready else None,
            after=tuple(Address(Kind.DOMAIN, name) for name in wanted.after) if wanted else (),
            placement=wanted.placement.placement(_labels(model)) if wanted and wanted.placement else None,
            demand=demand_of(xml) if address.kind is Kind.DOMAIN else Demand(),
            follows=site.follows,
            shared=site.shared,
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


def _secret_at(entry: Entry, tag: str) -> Origin:
    """Where the element stands that holds a secret: in the overlay, or in a field of its own."""
    typed = (
        tag == "cmdline" and isinstance(entry.model, Domain) and "cmdline" not in (entry.model.spec.xml or "")
    )
    return entry.at("spec", "kernel") if typed else entry.at("spec", "xml")


def _labels(model: Resource | None) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(model.metadata.labels.items())) if model else ()


def _needs_its_host(entry: Entry) -> bool:
    """Whether a document is not the same on each host: it may name secrets and volumes, and hosts may
    have others under one name."""
    spec = entry.model.spec if isinstance(entry.model, StoragePool) else None
    return entry.kind is Kind.VOLUME or bool(spec and spec.source and spec.source.auth)


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
        return Policy(
            on_delete=OnDelete(spec.on_delete),
            on_source_change=OnSourceChange(spec.on_source_change),
            protect=spec.protect,
        )
    return policy


def _source(spec: Any) -> SecretSource | None:
    value = getattr(spec, "value", None)
    return value.source() if isinstance(value, Value) else None

"""From checked documents to declared resources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from lxml import etree

from specs.checks import across as checks
from specs.checks.abilities import beyond, unsafe
from specs.checks.fitting import cannot_be_filled, misfits
from specs.checks.misfit import Misfit
from specs.checks.sanity import doubtful_guest, doubtful_volume
from specs.checks.session import isolated, told_of_sessions
from specs.compiling.demand import demand_of
from specs.compiling.filling import source_of
from specs.compiling.hosting import scheme_of
from specs.compiling.known import Known
from specs.compiling.policies import policy_of, secret_source
from specs.compiling.seats import by_place
from specs.compiling.seeding import seeded
from specs.compiling.standing import Ground, Site
from specs.compiling.work import Load
from specs.compiling.xmlfile import document_of
from specs.desired import (
    Declared,
    DeclaredHost,
    PowerState,
    goal_digest,
)
from specs.diagnostics import Origin, Problem
from specs.documents.access import usage_id
from specs.documents.completion import uuid_in
from specs.documents.forms import form_of
from specs.documents.naming import dotted, said_at
from specs.documents.overlay import merge
from specs.documents.setting import Setting
from specs.documents.volume_facts import size_of
from specs.entries import Compiled, Entry
from specs.guests import Demand
from specs.identity import FACTS, Address, Kind, derive_uuid
from specs.matrix import by_uri, is_session
from specs.models.base import Resource
from specs.models.domain import Domain, DomainSpec
from specs.models.fleet import Fleet
from specs.models.secret import Secret
from specs.models.storage import StoragePool, Volume
from specs.modes import Mode
from specs.reading.documents import line_of


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
        self.known = Known(fleet, ground, work)
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
        row = by_uri(self.hosts[host].uri)
        xml = entry.xml if entry.xml is not None else self._rendered(site, scheme)
        if xml is None:
            return None
        before = len(self.work.problems)
        source, made = None, None
        if isinstance(entry.model, Domain):
            fleet = self.fleet.metadata.name
            made = seeded(site, self.ground, scheme, xml, self.known.pool_path, fleet, self.work)
            self.work.problems.extend(checks.agent(xml, entry.model.spec, entry.at("spec", "ready")))
            asked = beyond(row, entry.model.metadata, entry.model.spec, host)
            self.work.problems.extend(Problem(entry.at(*place), problem) for place, problem in asked)
            policy = policy_of(entry.model.spec, address.kind, self.fleet.spec.defaults)
            if problem := unsafe(row, policy.safety, host):
                self.work.problems.append(Problem(entry.at("spec", "safetySnapshot"), problem))
        elif isinstance(entry.model, Volume):
            source = source_of(address, entry, xml, self.work)
            if source and (problem := cannot_be_filled(row, host)):
                self.work.problems.append(Problem(entry.at("spec", "source"), problem))
        self._check_sizes(entry, xml, host)
        self.work.problems.extend(checks.plain_passwords(xml, entry.at("spec", "xml")))
        self.work.problems.extend(checks.plain_secrets(xml, lambda element: _secret_at(entry, element)))
        if is_session(self.hosts[host].uri):
            self._check_session(entry, host)
        unfit = misfits(row, address.kind, xml, host)
        self.work.problems.extend(Problem(_misfit_at(entry, each), each.problem) for each in unfit)
        if address.kind is Kind.DOMAIN:
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

    def _check_sizes(self, entry: Entry, xml: etree._Element, host: str) -> None:
        doubts: Iterable[tuple[tuple[str, ...], str]] = ()
        if entry.model is None:  # what a hypervisor wrote is meant
            return
        if entry.kind is Kind.DOMAIN:
            doubts = doubtful_guest(demand_of(xml), host, self.hosts[host].capacity)
        elif entry.kind is Kind.VOLUME:
            doubts = doubtful_volume(size_of(xml.find("capacity")))
        self.work.warnings.extend(Problem(entry.at(*place), doubt) for place, doubt in doubts)

    def _check_session(self, entry: Entry, host: str) -> None:
        places = ((self.work.problems, isolated), (self.work.warnings, told_of_sessions))
        for told, check in places:
            told.extend(Problem(entry.at(*place), message) for place, message in check(entry.model, host))

    def _rendered(self, site: Site, scheme: str) -> etree._Element | None:
        entry = site.entry
        model = entry.model
        assert model is not None
        spec = model.spec  # type: ignore[attr-defined]
        from_file = getattr(spec, "xml_file", None)
        if from_file:
            document = document_of(entry, from_file, self.work)
            if document is None:
                return None
        else:
            document = form_of(entry.kind).render(model, self._setting(site, scheme))
        overlay = getattr(spec, "xml", None)
        if overlay:
            try:
                merge(document, overlay)
            except ValueError as error:
                self.work.problems.append(Problem(entry.at("spec", "xml"), str(error)))
                return None
        return document

    def _setting(self, site: Site, scheme: str) -> Setting:
        known = self.known
        return Setting(
            scheme,
            usage=known.usage_at(site),
            uuid=lambda name: known.uuid_at(name, site),
            pool_path=lambda pool: known.pool_path(pool, site),
            format_of=known.formats_at(site),
            encrypted_by=known.encryption_at(site),
        )

    def _uuid(self, address: Address, site: Site, xml: etree._Element) -> str:
        given = uuid_in(xml)
        if given:
            return given
        if address.kind is Kind.SECRET:
            return self.known.secret_uuid(address.name, address.host)
        scope = "" if site.follows else address.host
        return derive_uuid(self.fleet.metadata.name, address.kind, address.name, scope)

    def _declared(self, address: Address, site: Site, xml: etree._Element, text: str) -> Declared:
        entry, host = site.entry, site.host
        model = entry.model
        spec = model.spec if model else None  # type: ignore[attr-defined]
        state = getattr(spec, "state", None)
        power = PowerState(state) if state else None
        autostart = getattr(spec, "autostart", None)
        start_new = model is None and address.kind is not Kind.DOMAIN and FACTS[address.kind].runs
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
            policy=policy_of(spec, address.kind, self.fleet.spec.defaults),
            secret=secret_source(spec),
            ready=wanted.ready.ready() if wanted and wanted.ready else None,
            after=tuple(Address(Kind.DOMAIN, name) for name in wanted.after) if wanted else (),
            placement=wanted.placement.placement(_labels(model)) if wanted and wanted.placement else None,
            demand=demand_of(xml) if address.kind is Kind.DOMAIN else Demand(),
            follows=site.follows,
            shared=site.shared,
            by_place=by_place(wanted, xml),
            formerly=(model.metadata.formerly or "") if model else "",
            mode=Mode(spec.mode) if spec else Mode.ENFORCE,
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
        return (xml.findtext("uuid") or self.known.secret_uuid(address.name, host)).strip().lower()


def _secret_at(entry: Entry, element: etree._Element) -> tuple[str, Origin]:
    """By which field the element is said that holds a secret, and where; '' for the overlay."""
    spec = entry.document.value.get("spec") if entry.document else None
    overlay = getattr(entry.model.spec, "xml", None) if entry.model else None  # type: ignore[attr-defined]
    said = () if str(element.tag) in (overlay or "") else said_at(entry.kind, spec, element)
    return dotted(said), entry.at("spec", *said) if said else entry.at("spec", "xml")


def _misfit_at(entry: Entry, misfit: Misfit) -> Origin:
    """Where the files say what a host cannot have: by which field, or in the overlay."""
    if misfit.element is None:
        return entry.origin
    if entry.xml is not None:
        return Origin(entry.origin.file, line_of(misfit.element))
    spec = entry.document.value.get("spec") if entry.document else None
    said = said_at(entry.kind, spec, misfit.element, misfit.attribute)
    overlay = isinstance(spec, dict) and misfit.element.tag in str(spec.get("xml", ""))
    return entry.at("spec", *(said or (("xml",) if overlay else ())))


def _labels(model: Resource | None) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(model.metadata.labels.items())) if model else ()


def _needs_its_host(entry: Entry) -> bool:
    """Whether a document is not the same on each host: it may name secrets and volumes, and hosts may
    have others under one name."""
    spec = entry.model.spec if isinstance(entry.model, StoragePool) else None
    return entry.kind is Kind.VOLUME or bool(spec and spec.source and spec.source.auth)

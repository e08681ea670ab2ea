"""From checked documents to declared resources."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, cast

from lxml import etree

from specs import checks
from specs.capability import cannot
from specs.desired import (
    BuildPolicy,
    Declared,
    DeclaredHost,
    OnDelete,
    Policy,
    PowerState,
    RestartPolicy,
    SecretSource,
    digest,
)
from specs.diagnostics import Problem
from specs.documents.access import render_filter, render_secret, usage_id
from specs.documents.domain import render_domain
from specs.documents.network import render_network
from specs.documents.overlay import merge
from specs.documents.storage import render_pool, render_volume
from specs.domain import Domain
from specs.files import resolve
from specs.fleet import Defaults, Fleet
from specs.identity import Address, Kind, derive_uuid
from specs.loading.work import Compiled, Entry, Load
from specs.model import Resource
from specs.network import Network
from specs.nwfilter import NetworkFilter
from specs.policy import restart_policy
from specs.references import Reference, missing
from specs.secret import Secret
from specs.storage import StoragePool, Volume
from specs.xml_reader import KINDS, name_of, read_xml


class Compiler:
    """Turns checked documents into declared resources, one by one."""

    def __init__(
        self,
        fleet: Fleet,
        hosts: Mapping[str, DeclaredHost],
        placed: Mapping[Address, tuple[Entry, str]],
        work: Load,
    ) -> None:
        self.fleet, self.hosts, self.placed, self.work = fleet, hosts, placed, work

    def compile(self, address: Address, entry: Entry, host: str) -> Compiled | None:
        """The declared resource; None when something is wrong with it."""
        scheme = self.hosts[host].uri.partition(":")[0].partition("+")[0]
        xml = entry.xml if entry.xml is not None else self._rendered(address, entry, host, scheme)
        if xml is None:
            return None
        before = len(self.work.problems)
        self.work.problems.extend(checks.plain_passwords(xml, entry.at("spec", "xml")))
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
                message = missing(Reference(Kind.SECRET, name), host, names)
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

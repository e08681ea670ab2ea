"""What a document's names stand for where it is: paths of pools, formats of volumes, secrets."""

from __future__ import annotations

from collections.abc import Callable

from specs.compiling.standing import Ground, Site
from specs.compiling.work import Load
from specs.diagnostics import Problem
from specs.documents.access import usage_id
from specs.documents.formats import FormatOf, format_of
from specs.documents.references import Reference, missing
from specs.entries import Entry
from specs.identity import Address, Kind, derive_uuid
from specs.models.fleet import Fleet
from specs.models.secret import Secret
from specs.models.storage import StoragePool, Volume, VolumeSpec


class Known:
    """What the other documents say of what one document names."""

    def __init__(self, fleet: Fleet, ground: Ground, work: Load) -> None:
        self.fleet, self.ground, self.work = fleet, ground, work
        self._unlike: dict[tuple[Kind, str, tuple[str, ...]], str] = {}
        """The host whose resource of a kind and name is not what it is on the first of some hosts."""

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

    def pool_path(self, pool: str, site: Site) -> str | None:
        """Where a pool's volumes are, as a document there sees it."""
        return self._alike(site, Kind.STORAGE_POOL, pool, lambda host: self._pool_path_on(pool, host))

    def _pool_path_on(self, pool: str, host: str) -> str | None:
        entry = self.ground.entry(Kind.STORAGE_POOL, pool, host)
        if entry is None:
            return None
        if isinstance(entry.model, StoragePool) and not entry.model.spec.xml_file:
            return entry.model.spec.target_path()
        return entry.xml.findtext("target/path") if entry.xml is not None else None

    def uuid_at(self, name: str, site: Site) -> str | None:
        """The UUID of a Secret, as a document there refers to it."""
        uuid = self._alike(site, Kind.SECRET, name, lambda host: self.secret_uuid(name, host))
        if self._secret(name, site) is None and uuid:
            self.work.broken.add((Kind.SECRET, uuid))
        return uuid

    def formats_at(self, site: Site) -> FormatOf:
        """The formats of the volumes there: as declared, else by their names."""

        def of(pool: str, name: str) -> str:
            volume = self._volume(pool, name, site)
            return format_of(name, volume.format if volume else None)

        return of

    def encryption_at(self, site: Site) -> Callable[[str, str], str | None]:
        """The Secrets that the volumes there are encrypted with."""

        def by(pool: str, name: str) -> str | None:
            volume = self._volume(pool, name, site)
            return volume.encryption.secret if volume and volume.encryption else None

        return by

    def _volume(self, pool: str, name: str, site: Site) -> VolumeSpec | None:
        """The spec of a volume there; None where no YAML declares it."""
        address = self.ground.reach(Kind.VOLUME, name, site, pool)
        model = self.ground.sites[address].entry.model if address else None
        return model.spec if isinstance(model, Volume) else None

    def usage_at(self, site: Site) -> Callable[[str], str]:
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

    def secret_uuid(self, name: str, host: str) -> str:
        """A secret that stands on many hosts has one UUID: what refers to it by that moves among them."""
        address = Address(Kind.SECRET, name, host)
        site = self.ground.sites.get(address)
        given = site.entry.model.spec.uuid if site and isinstance(site.entry.model, Secret) else None
        scope = "" if site and site.many else host
        return given or derive_uuid(self.fleet.metadata.name, Kind.SECRET, name, scope)

"""The seed of a domain: its content, the volume that holds it, and how the domain is given it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lxml import etree

from specs.checks.fitting import cannot_be_seeded
from specs.compiling.standing import Ground, Site
from specs.compiling.work import Load
from specs.content import OnSeedChange, Seed, Source
from specs.desired import Declared, OnDelete, Policy, goal_digest
from specs.diagnostics import Origin, Problem
from specs.documents.seed import (
    SeedContent,
    SeedProblem,
    attach_drive,
    attach_ignition,
    config_drive,
    ignition,
    no_cloud,
    render_seed_volume,
)
from specs.entries import Compiled, Entry
from specs.identity import Address, Kind, derive_uuid
from specs.matrix import by_scheme
from specs.models.domain import DomainSpec
from specs.models.seeds import CloudInit, ConfigDrive, Ignition, contents, file_of
from specs.paths import resolve
from specs.reading.files import decode, read_file

PoolPath = Callable[[str, Site], str | None]
_MARKS = ("#", "<", "content-type:", "mime-version:", "rem cmd")
"""How user data begins that cloud-init, or cloudbase-init, does anything with."""


@dataclass(frozen=True, slots=True)
class Seeded:
    """What a domain is configured by, and the volume that is made for it."""

    seed: Seed
    volume: Compiled
    site: Site


def seed_field(spec: DomainSpec) -> str:
    """The field that makes a domain's seed; '' for none."""
    fields = (("cloudInit", spec.cloud_init), ("ignition", spec.ignition), ("configDrive", spec.config_drive))
    return next((name for name, seed in fields if seed is not None), "")


def seeded(
    site: Site,
    ground: Ground,
    scheme: str,
    xml: etree._Element,
    pool_path: PoolPath,
    fleet: str,
    work: Load,
) -> Seeded | None:
    """Makes the seed that a Domain wants and puts it into its document; None without one, or with a
    problem that is said."""
    entry = site.entry
    spec = entry.model.spec  # type: ignore[union-attr]
    field = seed_field(spec)
    if not field:
        return None
    wanted: CloudInit | Ignition | ConfigDrive = spec.cloud_init or spec.ignition or spec.config_drive
    at = entry.at("spec", field)
    refusal = cannot_be_seeded(by_scheme(scheme), field, site.seen_from)
    if refusal:
        work.problems.append(Problem(at, refusal))
        return None
    pool = wanted.pool or _first_pool(xml)
    if pool is None:
        message = "in which pool? the domain has no disk that is a volume; say pool: NAME"
        work.problems.append(Problem(at, message))
    content = _content(entry, field, wanted, work)
    if pool is None or content is None:
        return None
    seat = ground.beside(site, Address(Kind.DOMAIN, entry.name), pool)
    address = Address(Kind.VOLUME, content.volume(entry.name), "" if seat.shared else seat.host, pool)
    if not _attached(address, wanted, scheme, xml, lambda: pool_path(pool, site)):
        message = (
            f"the guest reads its seed by a path, so that the folder of pool '{pool}' must be known:"
            " declare the pool, with its target"
        )
        work.problems.append(Problem(at, message))
        return None
    policy = Policy(protect=spec.protect, on_delete=OnDelete.DELETE, generated=True)
    return Seeded(
        Seed(pool, address.name, OnSeedChange(wanted.on_seed_change)),
        _volume(address, content, policy, seat, fleet),
        seat,
    )


def _first_pool(xml: etree._Element) -> str | None:
    pools = (source.get("pool") for source in xml.iterfind("devices/disk/source"))
    return next(filter(None, pools), None)


def _attached(
    address: Address,
    wanted: CloudInit | Ignition | ConfigDrive,
    scheme: str,
    xml: etree._Element,
    pool_path: Callable[[], str | None],
) -> bool:
    """Puts the volume into the document: by its pool, or by its path where only that is understood."""
    by_path = scheme == "xen"  # libxl does not look volumes up (virDomainDiskTranslateSourcePool)
    folder = pool_path() if by_path or isinstance(wanted, Ignition) else None
    path = f"{folder.rstrip('/')}/{address.name}" if folder else ""
    if isinstance(wanted, Ignition):
        if path:
            attach_ignition(xml, path)
        return bool(path)
    source = {"file": path} if by_path else {"pool": address.pool, "volume": address.name}
    if path or not by_path:
        attach_drive(xml, source, scheme, wanted.bus, wanted.target)
    return bool(path) or not by_path


def _volume(address: Address, content: SeedContent, policy: Policy, seat: Site, fleet: str) -> Compiled:
    entry = seat.entry
    document = render_seed_volume(address.name)
    text = etree.tostring(document, encoding="unicode")
    labels = entry.model.metadata.labels if entry.model else {}
    declared = Declared(
        address=address,
        host=seat.host,
        native=f"{address.pool}/{address.name}",
        document=text,
        digest=goal_digest(text, None, None, start_new=False),
        uuid=derive_uuid(fleet, Kind.VOLUME, address.name),
        origin=entry.origin,
        labels=tuple(sorted(labels.items())),
        policy=policy,
        source=Source(
            label=content.label,
            files=content.files,
            text=content.text,
            compression="none",
            format="raw",
            exact=True,
            identity=f"seed:{content.digest}",
        ),
        follows=seat.follows,
        shared=seat.shared,
    )
    return Compiled(declared, document, entry)


def _content(
    entry: Entry, field: str, wanted: CloudInit | Ignition | ConfigDrive, work: Load
) -> SeedContent | None:
    parts, files, sound = _parts(entry, field, wanted, work)
    if not sound:
        return None
    _look_at_user_data(parts.get("userData"), field, entry, work)
    try:
        if isinstance(wanted, CloudInit):
            return no_cloud(entry.name, parts)
        if isinstance(wanted, Ignition):
            return ignition(parts)
        return config_drive(entry.name, wanted.label, parts, files)
    except SeedProblem as problem:
        work.problems.append(Problem(entry.at("spec", field, problem.part), str(problem)))
        return None


def _parts(
    entry: Entry, field: str, wanted: CloudInit | Ignition | ConfigDrive, work: Load
) -> tuple[dict[str, Any], dict[str, str], bool]:
    """The contents by their keys, the files of a drive by their paths, and whether all could be read."""
    parts: dict[str, Any] = {}
    files: dict[str, str] = {}
    sound = True
    given_fields = {info.alias: getattr(wanted, name) for name, info in type(wanted).model_fields.items()}
    for path, value in contents({field: given_fields}):
        if value is None:
            continue
        name = file_of(value)
        given = value if name is None else _read(name, entry, path, work)
        sound = sound and given is not None
        into: dict[str, Any] = files if len(path) == 3 else parts
        into[path[-1]] = given
    return parts, files, sound


def _read(name: str, entry: Entry, place: tuple[str, ...], work: Load) -> str | None:
    """The text of a file of the tree; None with a problem that is said."""
    origin: Origin = entry.at("spec", *place, "file")
    path = resolve(entry.origin.file, name)
    if path is None:
        work.problems.append(Problem(origin, f"'{name}' leads out of the tree"))
        return None
    file = work.files.get(path) or read_file(work.root, path)
    if isinstance(file, str):
        work.problems.append(Problem(origin, f"'{name}' ({path} in the tree): {file}"))
        return None
    work.inputs[path] = hashlib.sha256(file.data).hexdigest()
    text = decode(file)
    if isinstance(text, Problem):
        work.problems.append(text)
        return None
    return text


def _look_at_user_data(given: Any, field: str, entry: Entry, work: Load) -> None:
    """cloud-init does nothing with a text whose first line does not say what it is."""
    if isinstance(given, str) and given.strip() and not given.lower().startswith(_MARKS):
        message = "the user data does not begin with #cloud-config, #! or the like: cloud-init ignores it"
        work.warnings.append(Problem(entry.at("spec", field, "userData"), message))

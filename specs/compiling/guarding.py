"""What the controller's policy says to a tree: checked when it is loaded, at file, line and column."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast
from urllib.parse import unquote, urlsplit

from specs.compiling.hosting import scheme_of
from specs.compiling.standing import Ground
from specs.compiling.work import Load
from specs.desired import DeclaredHost
from specs.diagnostics import Origin, Problem
from specs.documents.naming import said_at
from specs.entries import Compiled, Entry, find
from specs.guard.guard import fits, is_called
from specs.guard.privileges import Privilege, is_system, privileges
from specs.identity import Address, Kind
from specs.models.fleet import Fleet, Host
from specs.models.sources import is_url
from specs.models.storage import StoragePool, Volume
from specs.uris import in_the_tree, weaknesses


def check_hosts(entries: Iterable[Entry], hosts: Mapping[str, DeclaredHost], work: Load) -> None:
    """What the files say of hosts; a URI given on the command line is the word of whoever runs this."""
    for entry in entries:
        if entry.kind is not Kind.HOST:
            continue
        _check_migration(entry, work)
        if hosts[entry.name].given:
            continue
        uri = in_the_tree(cast(Host, entry.model).spec.uri, work.root)
        at = entry.at("spec", "uri")
        refused = work.guard.uri_refusal(uri) or _outside(uri, work)
        if refused:
            work.problems.append(Problem(at, f"the URI is not taken from files: {refused}"))
        else:
            work.warnings.extend(Problem(at, weakness) for weakness in weaknesses(uri))


def check_state(entries: Iterable[Entry], work: Load) -> None:
    """Where a Fleet says that the state is: whoever writes the state decides what the fleet owns."""
    for entry in entries:
        said = entry.model.spec.state if isinstance(entry.model, Fleet) else None
        refused = work.guard.state_refusal(said) if said else ""
        if refused:
            work.problems.append(Problem(entry.at("spec", "state"), refused))


def _check_migration(entry: Entry, work: Load) -> None:
    """Guests' memory goes where a Host says, and that is not always where its URI leads."""
    address = cast(Host, entry.model).spec.migration.address
    if address and not is_called(address, work.guard.hosts.migration_addresses):
        message = f"guests must not be sent to {address}: {work.guard.named} (hosts: migrationAddresses)"
        work.problems.append(Problem(entry.at("spec", "migration", "address"), message))


def _outside(uri: str, work: Load) -> str:
    """Untrusted, a simulated host is a file of the tree."""
    if not work.guard.untrusted or not uri.startswith("sim:") or work.guard.allows_uri(uri):
        return ""
    path = Path(unquote(urlsplit(uri).path)).resolve()
    return "" if work.root.resolve() in path.parents else "with --untrusted, a sim: file is one of the tree"


def guarded(
    compiled: Mapping[Address, Compiled],
    fleet: str,
    hosts: Mapping[str, DeclaredHost],
    ground: Ground,
    work: Load,
) -> dict[Address, Compiled]:
    """Every resource with what it has that reaches beyond a guest; what the policy forbids is a problem."""
    folders = _folders(compiled)
    result = {}
    for address, item in compiled.items():
        site = ground.sites[address]
        found = privileges(
            item.xml,
            address.kind,
            scheme=scheme_of(hosts[site.seen_from]),
            folders=folders[site.seen_from],
        )
        labels = [dict(hosts[host].labels) for host in site.candidates or (site.seen_from,)]
        for each in found:
            if not work.guard.allows(each.what, each.value, fleet=fleet, name=address.name, hosts=labels):
                message = f"privileged: {each} is not allowed by {work.guard.named} (privileges)"
                work.problems.append(Problem(_origin(item.entry, each), message))
        _check_name(address, item, fleet, work)
        if address.kind is Kind.STORAGE_POOL:
            _check_pool(item, fleet, work)
        told = tuple(str(each) for each in found)
        declared = replace(item.declared, privileged=told) if told else item.declared
        result[address] = replace(item, declared=declared)
    return result


def _folders(compiled: Mapping[Address, Compiled]) -> defaultdict[str, list[str]]:
    """The folders of the declared pools, by host; what is in one is a guest's own."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for address, item in compiled.items():
        path = _folder(item)
        if address.kind is Kind.STORAGE_POOL and path and not is_system(path):
            found[address.host].append(path)
    return found


def _folder(item: Compiled) -> str:
    return (item.xml.findtext("target/path") or "").strip()


def _check_name(address: Address, item: Compiled, fleet: str, work: Load) -> None:
    if item.declared.policy.generated or work.guard.may_be_called(address.name, fleet):
        return
    message = f"{work.guard.named} (ceilings: names) does not let the fleet '{fleet}' declare this name"
    work.problems.append(Problem(item.entry.at("metadata", "name"), message))


def _check_pool(item: Compiled, fleet: str, work: Load) -> None:
    path = _folder(item)
    allowed = work.guard.ceiling(fleet).pools
    if path and allowed != ("*",) and not fits(path, allowed):
        privilege = Privilege("pool", path, item.xml)
        message = (
            f"a pool in {path} is not allowed by {work.guard.named} (ceilings: pools: {', '.join(allowed)})"
        )
        work.problems.append(Problem(_origin(item.entry, privilege), message))


def check_images(entries: Iterable[Entry], work: Load) -> None:
    """Where the contents of volumes come from."""
    for entry in entries:
        given = entry.model.spec.source if isinstance(entry.model, Volume) else None
        if given is None or given.volume:
            continue
        said: list[tuple[str, tuple[str, ...]]] = [
            (_source_refusal(given.url or given.file or "", entry, work), ("url" if given.url else "file",))
        ]
        if given.checksum and given.checksum.sums:
            said.append((_source_refusal(given.checksum.sums, entry, work), ("checksum", "sums")))
        if work.guard.images.require_checksum and given.checksum is None:
            said.append((f"{work.guard.named} (images: requireChecksum) wants a checksum", ()))
        for refused, path in said:
            if refused:
                work.problems.append(Problem(entry.at("spec", "source", *path), refused))


def _source_refusal(source: str, entry: Entry, work: Load) -> str:
    rules, named = work.guard.images, work.guard.named
    if not is_url(source):
        folder = Path(entry.origin.file).parent
        return work.guard.image_refusal(str(folder / source), str(work.root))
    parts = urlsplit(source)
    if rules.require_https and parts.scheme != "https":
        return f"{named} (images: requireHttps) wants https"
    if not is_called((parts.hostname or "").lower(), rules.hosts):
        return f"{named} allows no images from '{parts.hostname}' (images: hosts: {', '.join(rules.hosts)})"
    return ""


def _origin(entry: Entry, privilege: Privilege) -> Origin:
    """Where the files say it: the value itself, else the piece of XML, else the document."""
    if entry.document is None:
        return Origin(entry.origin.file, cast(int, privilege.element.sourceline or 1))
    spec = entry.document.value.get("spec")
    for value in (privilege.value, *privilege.value.split()):
        path = find(spec, value)
        if path is not None:
            return entry.at("spec", *path)
    written = next((name for name in ("xml", "xmlFile") if isinstance(spec, dict) and name in spec), "")
    said = said_at(entry.kind, spec, privilege.element)
    if said:
        return entry.at("spec", *said)
    if isinstance(entry.model, StoragePool) and not written:
        return entry.at("spec", "type")
    return entry.at("spec", written) if written else entry.origin

"""What runs on a host as desired-state files; planning them changes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable

import yaml
from lxml import etree

from drivers.base import Inventory, Observation
from reconciler.plan.ownership import NAMESPACE
from reconciler.plan.volume_users import volume_users
from specs.content import MARKER
from specs.identity import Address, Kind
from specs.markers import read_marker, stem_of
from specs.model import API_VERSION
from specs.references import is_shipped
from specs.sensitive import without
from specs.xml import parse

_FOLDERS = {
    Kind.DOMAIN: "domains",
    Kind.NETWORK: "networks",
    Kind.STORAGE_POOL: "pools",
    Kind.VOLUME: "volumes",
    Kind.SECRET: "secrets",
    Kind.NETWORK_FILTER: "filters",
}


def tree_files(host: str, uri: str, fleet: str, observed: Iterable[Observation]) -> dict[str, str]:
    """Path → content of the files for a host and what was observed on it; a `fleet` of '' is not
    written. Each resource is its document as libvirt XML, and beside it what XML does not say."""
    files = {f"{host}/host.yaml": _yaml({**_head(Kind.HOST, host), "spec": {"uri": uri}})}
    if fleet:
        files["fleet.yaml"] = _yaml(_head(Kind.FLEET, fleet))
    names: set[tuple[Kind, str]] = set()
    for observation in _whole(observed):
        kind = observation.kind
        if kind is Kind.NETWORK_FILTER and is_shipped(observation.name):
            continue
        name = _name(observation)
        if (kind, name) in names:  # two secrets may share an id, of different usages
            name = observation.name.replace("/", "_").replace(":", "-")
        names.add((kind, name))
        stem = _free(f"{host}/{_FOLDERS[kind]}/", observation.name if kind is Kind.VOLUME else name, files)
        spec = _spec(host, observation) | {"xmlFile": f"{stem.rpartition('/')[2]}.xml"}
        files[f"{stem}.xml"] = without(_document(observation))[0]
        files[f"{stem}.yaml"] = _yaml({**_head(kind, name), "spec": spec})
    return files


def _whole(observed: Iterable[Observation]) -> list[Observation]:
    """All but volumes that are half-filled (marked so, and used by nobody), and whatever is called like a
    marker, which no tree can declare."""
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
        o for o in seen if o.kind is not Kind.VOLUME or not (o.name in half or _called_like_a_marker(o.name))
    ]


def _called_like_a_marker(native: str) -> bool:
    name = native.partition("/")[2]
    return name.endswith(MARKER) and name != MARKER


def _name(observation: Observation) -> str:
    name = observation.name
    if observation.kind is Kind.VOLUME:
        name = name.partition("/")[2]
    if observation.kind is Kind.SECRET:
        name = name.partition(":")[2] or name
    return name.replace("/", "_")


def _free(folder: str, name: str, files: Iterable[str]) -> str:
    """A path for that name, without its suffix, that no other resource has."""
    stem = folder + re.sub(r"[^A-Za-z0-9._-]", "_", name)
    while f"{stem}.xml" in files:
        stem += "_"
    return stem


def _spec(host: str, observation: Observation) -> dict[str, object]:
    spec: dict[str, object] = {"host": host}
    if observation.kind is Kind.VOLUME:
        spec["pool"] = observation.name.partition("/")[0]
    if observation.power is not None:
        spec["state"] = str(observation.power)
    if observation.autostart is not None:
        spec["autostart"] = observation.autostart
    return spec


def _document(observation: Observation) -> str:
    """The persistent document without our mark, which is no part of a declaration."""
    root = parse(observation.document, comments=True)
    metadata = root.find("metadata")
    if metadata is not None and observation.kind is Kind.DOMAIN:
        for mark in metadata.findall(f"{{{NAMESPACE}}}*"):
            metadata.remove(mark)
        if not len(metadata):
            root.remove(metadata)
    return etree.tostring(root, encoding="unicode") + "\n"


def _head(kind: Kind, name: str) -> dict[str, object]:
    return {"apiVersion": API_VERSION, "kind": str(kind), "metadata": {"name": name}}


def _yaml(value: dict[str, object]) -> str:
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True)

"""What a reader does with a snippet: puts a part where it belongs, declares what it refers to, loads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from specs.compiling.loader import load
from specs.desired import Desired
from specs.identity import Kind
from specs.models.base import API_VERSION
from tests.docs.page import Block

Document = dict[str, Any]

LEAST: Mapping[str, Document] = {
    "Fleet": {"metadata": {"name": "lab"}, "spec": {}},
    "Host": {"metadata": {"name": "hv1", "labels": {"rack": "a"}}, "spec": {"uri": "sim:///srv/hv1.db"}},
    "Domain": {"metadata": {"name": "web"}, "spec": {"memory": "1GiB", "vcpus": 1}},
    "Volume": {"metadata": {"name": "web.qcow2"}, "spec": {"pool": "guests", "capacity": "10GiB"}},
    "Network": {
        "metadata": {"name": "lan"},
        "spec": {
            "ips": [
                {
                    "address": "192.168.150.1/24",
                    "dhcp": {"ranges": [{"start": "192.168.150.100", "end": "192.168.150.199"}]},
                }
            ]
        },
    },
    "StoragePool": {"metadata": {"name": "guests"}, "spec": {"type": "dir", "target": "/srv/guests"}},
    "Secret": {"metadata": {"name": "token"}, "spec": {"value": {"env": "TOKEN"}}},
}
"""What a document of each kind has at the least, around a part that is shown."""

_BETWEEN: Mapping[str, Document] = {
    "notify": {"name": "chat"},
    "webhook": {"url": {"env": "CHAT_URL"}},
}
"""What else a part on the way has to have; `notify` is a list."""

FILES = {"signers": f"ann@example.org ssh-ed25519 {'A' * 68}\n"}
"""What pages tell people to keep beside."""


def loaded(block: Block, folder: Path) -> Desired:
    """A small tree of the block, loaded. Raises InvalidTree."""
    documents = [part_of(block)] if "of" in block.said else documents_of(block)
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "shown.yaml").write_text(
        yaml.safe_dump_all(documents) if "of" in block.said else block.text, encoding="utf-8"
    )
    (folder / "beside.yaml").write_text(yaml.safe_dump_all(beside(documents)), encoding="utf-8")
    return load(folder, {"hv1": block.said["uri"]} if "uri" in block.said else None)


def documents_of(block: Block) -> list[Document]:
    """The documents as they stand there."""
    return [document for document in yaml.safe_load_all(block.text) if document is not None]


def part_of(block: Block) -> Document:
    """The smallest document that has the block at its place: `of=Domain.spec`."""
    kind, *steps = block.said["of"].split(".")
    document: Document = {"apiVersion": API_VERSION, "kind": kind, **_copy(LEAST[kind])}
    at = document
    for step in steps:
        at = at.setdefault(step, {})
        if step in _BETWEEN:
            at.update(_copy(_BETWEEN[step]))
    for key, value in yaml.safe_load(block.text).items():
        at[key] = {**at[key], **value} if key in {"metadata", "spec"} and key in at else value
    if isinstance(document["spec"].get("notify"), dict):
        document["spec"]["notify"] = [document["spec"]["notify"]]
    return document


def beside(documents: list[Document]) -> list[Document]:
    """What the documents refer to and do not declare, as small as it can be."""
    declared = {(each["kind"], each["metadata"]["name"]) for each in documents}
    hosts = [name for kind, name in declared if kind == "Host"]
    missing: list[tuple[str, str, str]] = [] if hosts else [("Host", "hv1", "")]
    for name, wanted in sorted(set(_referred(documents))):
        kind, _, pool = name.partition(" in ")
        if (kind, wanted) not in declared:
            missing.append((kind, wanted, pool))
    return [
        {
            "apiVersion": API_VERSION,
            "kind": kind,
            "metadata": {**LEAST[kind]["metadata"], "name": name},
            "spec": _spec(kind, name, pool),
        }
        for kind, name, pool in missing
    ]


def _spec(kind: str, name: str, pool: str) -> Document:
    spec = _copy(LEAST[kind]["spec"])
    if kind == Kind.VOLUME:
        spec["pool"] = pool
    if kind == Kind.STORAGE_POOL:
        spec["target"] = f"/srv/{name}"
    return spec


def _referred(value: Any) -> Iterator[tuple[str, str]]:
    """The kind (of a volume with its pool) and name of all that is referred to."""
    if isinstance(value, list):
        for each in value:
            yield from _referred(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            if key == "network" and isinstance(each, str):
                yield "Network", each
            elif key == "pool" and isinstance(each, str):
                yield "StoragePool", each
            elif key == "volume" and isinstance(each, dict):
                yield f"Volume in {each['pool']}", each["name"]
            elif key == "after":
                yield from (("Domain", name) for name in each)
            yield from _referred(each)


def _copy(document: Document) -> Document:
    copied: Document = yaml.safe_load(yaml.safe_dump(dict(document)))
    return copied

"""The JSON Schema accepts what the models accept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from specs.models.base import API_VERSION
from specs.models.registry import MODELS
from specs.schema import schema
from tests.specs.wide import WIDE, Values, name_of

EXAMPLES = Path(__file__).parents[2] / "examples"
DOCUMENTS = [
    (str(path.relative_to(EXAMPLES)), document)
    for path in sorted(EXAMPLES.rglob("*.yaml"))
    for document in yaml.safe_load_all(path.read_text())
]


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    made = schema()
    Draft202012Validator.check_schema(made)
    return Draft202012Validator(made)


@pytest.mark.parametrize(("file", "document"), DOCUMENTS, ids=[f"{f}:{name_of(d)}" for f, d in DOCUMENTS])
def test_examples_are_valid(file: str, document: Values, validator: Draft202012Validator) -> None:
    validator.validate(document)


@pytest.mark.parametrize("values", WIDE, ids=name_of)
def test_wide_documents_are_valid(values: Values, validator: Draft202012Validator) -> None:
    validator.validate(values)


def test_there_are_examples() -> None:
    assert len(DOCUMENTS) > 20


def document(kind: str, /, **spec: Any) -> Values:
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": {"name": "x"}, "spec": spec}


SHORT = [
    {"memory": {"size": "1GiB"}},
    {"memory": "1GiB"},
    {"vcpus": 2},
    {"firmware": "uefi"},
    {"kernel": "/boot/vmlinuz"},
    {"init": "/sbin/init"},
    {"boot": "hd"},
    {"cpu": "host-model"},
    {"clock": "localtime"},
    {"graphics": "vnc"},
    {"graphics": ["vnc", {"type": "spice"}]},
    {"graphics": {"type": "vnc"}},
    {"video": "virtio"},
    {"serial": "pty"},
    {"console": [{"type": "pty"}, "null"]},
    {"channels": "org.example.0"},
    {"rng": "/dev/urandom"},
    {"watchdog": "i6300esb"},
    {"memballoon": "none"},
    {"sound": "ich9"},
    {"input": ["tablet", {"type": "mouse", "bus": "ps2"}]},
    {"interfaces": [{"user": True, "vlan": 42}]},
    {"title": None},
    {"stop": {"deadline": "5m"}},
    {"ready": "agent"},
    {"ready": {"tcp": 22}},
    {"after": "db"},
    {"placement": {"hosts": "all", "affinity": "app=web"}},
    {"placement": {"hosts": ["hv1", "rack2-*"], "antiAffinity": ["db"]}},
    {"placement": {"hosts": {"rack": "a"}}},
    {"migration": {"bandwidth": "100MiB", "downtime": "300ms"}},
    {"ignition": "{}"},
    {"cloudInit": {"userData": {"file": "user-data"}}},
    {"configDrive": {"label": "OEMDRV", "files": {"ks.cfg": {"file": "ks.cfg"}}}},
]


@pytest.mark.parametrize("spec", SHORT, ids=str)
def test_short_forms(spec: dict[str, Any], validator: Draft202012Validator) -> None:
    said = document("Domain", **{"memory": "1GiB", **spec})
    MODELS["Domain"].model_validate(said)  # type: ignore[index]
    validator.validate(said)


@pytest.mark.parametrize(
    "said",
    [
        document("Network", forward="nat", bridge="virbr9", dns={"forwarders": ["9.9.9.9"]}),
        document("StoragePool", target="/srv", source={"hosts": {"name": "nas"}}),
        document("StoragePool", target="/srv", hosts={"rack": "a"}, shared=True),
        document("Host", uri="sim:///x", credentials={"username": "me", "password": {"command": "pw"}}),
        document("Volume", pool="p", capacity=1073741824, backing="base.img"),
        document("Secret", value={"command": "true"}),
        document("Domain", xmlFile="web.xml"),
        document("Volume", pool="p", xmlFile="v.xml"),
        document("Volume", pool="p", source="base.img"),
        document("Volume", pool="p", source={"url": "https://example.org/i", "checksum": "sha256:00"}),
        document("Domain", template="t"),
        document("Domain", template="t", memory={"max": "4GiB"}, graphics=[{"port": 5901}]),
        document("DomainTemplate", vcpus={"max": 4}, disks=[{"cache": "none"}]),
        {"apiVersion": API_VERSION, "kind": "Network", "metadata": {"name": "alone"}},
    ],
    ids=name_of,
)
def test_other_short_forms_and_parts(said: Values, validator: Draft202012Validator) -> None:
    validator.validate(said)


@pytest.mark.parametrize(
    "said",
    [
        document("Domain"),
        document("Domain", memory={"max": "1GiB"}),
        document("Domain", memory=1073741824),
        document("Domain", memory="1GiB", vcpus="two"),
        document("Domain", memory="1GiB", disk=[]),
        document("Domain", memory="1GiB", firmware="efi"),
        document("Domain", memory="1GiB", graphics="rdp"),
        document("Domain", memory="1GiB", disks=[{"file": "/a", "cache": "some"}]),
        document("DomainTemplate", memmory="1GiB"),
        document("Domain", memory="1GiB", on_crash="destroy"),
        document("Volume", pool="p"),
        document("Volume", pool="p", backing="base.img"),
        document("Volume", pool="p", source={"path": "base.img"}),
        document("Domain", memory="1GiB", ready="soon"),
        document("Domain", memory="1GiB", cloudInit={"user_data": "x"}),
        document("Domain", memory="1GiB", cloudInit={"userData": ["x"]}),
        document("Domian", memory="1GiB"),
        document("Domain", memory="1GiB", placement={"hosts": 1}),
        document("Network", hosts=[]),
        {"apiVersion": "v2", "kind": "Network", "metadata": {"name": "x"}},
        {"apiVersion": API_VERSION, "kind": "Network", "metadata": {}},
    ],
    ids=str,
)
def test_what_it_refuses(said: Values, validator: Draft202012Validator) -> None:
    assert not validator.is_valid(said)

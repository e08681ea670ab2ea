"""The JSON Schema accepts what the models accept."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from specs.examples import documents
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


VALIDATOR = Draft202012Validator(schema())


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    Draft202012Validator.check_schema(VALIDATOR.schema)
    return VALIDATOR


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


def _whole_models() -> Iterator[str]:
    return (name for name in schema()["$defs"] if not name.endswith("Part"))


def test_every_field_has_an_example_that_is_valid_and_is_told_in_words() -> None:
    made = schema()
    lacking, wrong = [], []
    for name in _whole_models():
        for field, node in made["$defs"][name]["properties"].items():
            if not (node.get("examples") or field == "spec") or not node.get("description"):
                lacking.append(f"{name}.{field}")
            check = Draft202012Validator({**node, "$defs": made["$defs"]})
            wrong += [
                f"{name}.{field}: {each!r}" for each in node.get("examples", ()) if not check.is_valid(each)
            ]
    assert lacking == [], "say a value in specs/examples/"
    assert wrong == []


@pytest.mark.parametrize("values", documents("policies.yaml"), ids=name_of)
def test_examples_of_policies_are_what_files_may_say(values: Values, validator: Draft202012Validator) -> None:
    validator.validate(values)
    if "xmlFile" not in values["spec"]:
        MODELS[values["kind"]].model_validate(values)


def _places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from _places(inner, (*path, key))


VALUES: list[Any] = [None, True, 0, 1, -1, 4096, "x", "1GiB", "2m", "10%", "none", "52:54:00:00:00:01"]
VALUES += [[], {}, ["x"], [1], {"name": "x"}, "/srv/x", "fd00::1/64", "unknown: key"]


SAID = [d for d in (*WIDE, *documents("policies.yaml")) if d["kind"] != "DomainTemplate"]
"""A template is judged with the domains that refine it."""


@given(st.sampled_from(SAID), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_it_accepts_what_the_models_accept(values: Values, chance: Random) -> None:
    """Whole documents, in which some things are left out, others stand in their places or are added."""
    said: Any = copy.deepcopy(values)
    for _ in range(chance.randint(1, 4)):
        *path, last = chance.choice(list(_places(said)) or [("kind",)])
        inner = said
        for step in path:
            inner = inner[step]
        what = chance.choice(("leave out", "replace", "add"))
        if what == "leave out":
            inner.pop(last, None) if isinstance(inner, dict) else inner.pop(last)
        elif what == "replace" or isinstance(last, int):
            inner[last] = chance.choice(VALUES)
        else:
            inner["unknown"] = chance.choice(VALUES)
    kind = said.get("kind")
    try:
        MODELS[kind].model_validate(said)
    except (ValidationError, KeyError, TypeError):
        return
    else:
        assert VALIDATOR.is_valid(said), list(VALIDATOR.iter_errors(said))


@pytest.mark.parametrize("values", SAID, ids=name_of)
def test_both_refuse_the_same_keys(values: Values, validator: Draft202012Validator) -> None:
    """In every mapping of every document, what has keys of its own takes no other one."""
    for path in [(), *_places(values)]:
        said = copy.deepcopy(values)
        inner: Any = said
        for step in path:
            inner = inner[step]
        if not isinstance(inner, dict):
            continue
        inner["unknown"] = next((each for key, each in inner.items() if not isinstance(each, dict)), "x")
        try:
            MODELS[said["kind"]].model_validate(said)
            taken = True
        except ValidationError as error:
            taken = not any(each["type"] == "extra_forbidden" for each in error.errors())
        errors = [error.message for error in validator.iter_errors(said)]
        assert taken is not any("unknown" in told or "not valid under any" in told for told in errors), path

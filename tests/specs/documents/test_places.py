"""One declaration per field: every field has a place, every place is used, and what is written is read."""

from __future__ import annotations

import pytest
from hypothesis import given
from pydantic import BaseModel

from specs.documents.fields import becomes, place_of, placed_fields, spec_model
from specs.documents.hooks import HOOKS
from specs.documents.reading import fields_in
from specs.identity import MANAGED_KINDS, Kind
from specs.models.registry import MODELS
from specs.places import ON_OFF, ONE_ZERO, PCI, Form, Hook, Path
from tests.specs.documents.parts import PARTS, models, placed, there_and_back
from tests.specs.test_documents_fields import NO_DOCUMENT, POLICY, models_of
from tests.specs.wide import WIDE, render

HOOKED = {"Firmware", "RootPowers"}
"""Models that are written by the hook of the field that holds them."""

ENVELOPE = {"api_version", "kind", "metadata", "spec"}

BESIDES = {"pool"}
"""What a volume's document does not say: the observation of it does."""


def all_models() -> list[type[BaseModel]]:
    """Every model that is a part of documents."""
    waiting: list[type[BaseModel]] = [MODELS[kind] for kind in MANAGED_KINDS]
    seen: dict[type[BaseModel], None] = {}
    while waiting:
        model = waiting.pop()
        if model not in seen and model.__name__ not in NO_DOCUMENT | HOOKED | {"Metadata"}:
            seen[model] = None
            waiting.extend(
                inner for info in model.model_fields.values() for inner in models_of(info.annotation)
            )
    return list(seen)


@pytest.mark.parametrize("model", all_models(), ids=lambda model: model.__name__)
def test_every_field_has_a_place(model: type[BaseModel]) -> None:
    policies = {name for name, models in POLICY if model.__name__ in models.split()}
    known = policies | ENVELOPE | BESIDES
    fields = model.model_fields.items()
    lost = [name for name, info in fields if not (place_of(info) or becomes(info) or name in known)]
    assert not lost, f"say where these stand in the document, with At(…) or a hook: {lost}"


def test_hooks_are_those_that_are_named() -> None:
    places = [field.place for model in all_models() for field in placed_fields(model)]
    assert {place.name for place in places if isinstance(place, Hook)} == set(HOOKS)


def test_what_a_field_becomes_is_a_field_with_a_place() -> None:
    for model in all_models():
        for info in model.model_fields.values():
            if target := becomes(info):
                assert place_of(model.model_fields[target]) is not None


def test_every_place_is_read_somewhere() -> None:
    """A place that no wide document exercises may be wrong, and nobody would know."""
    seen: set[tuple[str, str]] = set()
    for values in WIDE:
        model = spec_model(Kind(values["kind"]))
        _note(fields_in(render(values), model), model, seen)
    everything = {(model.__name__, field.alias) for model in all_models() for field in placed_fields(model)}
    assert everything - seen == set()


def _note(said: object, model: type[BaseModel], seen: set[tuple[str, str]]) -> None:
    if not isinstance(said, dict):
        return
    for field in placed_fields(model):
        if field.alias not in said:
            continue
        seen.add((model.__name__, field.alias))
        value = said[field.alias]
        for item in value if isinstance(value, list) else [value]:
            if field.model is None:
                continue
            if field.short and not isinstance(item, dict):
                item = {field.short: item}
            _note(item, field.model, seen)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: type(part).__name__)
def test_what_the_wide_documents_say_is_read_again(part: BaseModel) -> None:
    back = there_and_back(part)
    assert back is not None, part
    assert placed(back) == placed(part)


@given(models())
def test_what_is_written_is_read_again(part: BaseModel) -> None:
    back = there_and_back(part)
    assert back is not None, part
    assert placed(back) == placed(part)


@pytest.mark.parametrize(
    ("text", "tags", "attribute"),
    [
        ("os/type/@arch", ["os", "type"], "arch"),
        (".", [], ""),
        ("@type", [], "type"),
        ("devices/rng[@model=virtio][backend/@model=random]", ["devices", "rng"], ""),
    ],
)
def test_paths(text: str, tags: list[str], attribute: str) -> None:
    path = Path.parse(text)
    assert [step.tag for step in path.steps] == tags
    assert path.attribute == attribute


def test_conditions_have_paths_of_their_own() -> None:
    (_, rng) = Path.parse("devices/rng[@model=virtio][backend/@model=random]").steps
    assert [value for _, value in rng.conditions] == ["virtio", "random"]
    assert rng.conditions[1][0].steps[0].tag == "backend"


@pytest.mark.parametrize("form", [ON_OFF, ONE_ZERO])
@pytest.mark.parametrize("value", [True, False])
def test_words_are_read_as_they_are_written(form: Form, value: bool) -> None:
    text = form.write(value)
    assert text is not None
    assert form.read(text) is value
    assert form.read("neither") is None


@pytest.mark.parametrize("address", ["0000:03:00.1", "00a1:ff:1f.7"])
def test_a_pci_address_is_spread_over_attributes(address: str) -> None:
    parts = PCI.split(address)
    assert PCI.join({path: text for path, text in parts.items() if text}) == address
    assert PCI.join({"@bus": "0x03"}) is None

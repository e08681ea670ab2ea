"""The wide documents of documents.yaml, and rendering of any document."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from lxml import etree

from specs import examples
from specs.documents.forms import form_of
from specs.documents.setting import Setting
from specs.identity import Kind, derive_uuid
from specs.models.base import Resource
from specs.models.registry import MODELS

Values = dict[str, Any]

WIDE: list[Values] = list(yaml.safe_load_all(Path(examples.__file__).with_name("documents.yaml").read_text()))

SCHEMES = {"container": "lxc", "paravirtual": "xen"}
"""Domains of documents.yaml that are rendered for other hosts than QEMU's."""


def name_of(values: Values) -> str:
    return f"{values['kind']}/{values['metadata']['name']}"


def model_of(values: Values) -> Resource:
    return MODELS[Kind(values["kind"])].model_validate(values)


def wide(kind: Kind, name: str) -> etree._Element:
    """The rendered wide document of that name."""
    return render(next(values for values in WIDE if name_of(values) == f"{kind}/{name}"))


def render(values: Values) -> etree._Element:
    """A document's libvirt XML; ValidationError when the models refuse it."""
    model = model_of(values)
    setting = Setting(
        SCHEMES.get(model.metadata.name, "qemu"),
        uuid=lambda name: derive_uuid("fleet", Kind.SECRET, name),
        pool_path=lambda pool: f"/srv/{pool}",
    )
    return form_of(Kind(values["kind"])).render(model, setting)


def text(document: etree._Element) -> str:
    return etree.tostring(document, encoding="unicode", pretty_print=True)

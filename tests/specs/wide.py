"""The wide documents of wide.yaml, and rendering of any document."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import yaml
from lxml import etree

from specs.documents.access import render_filter, render_secret
from specs.documents.domain import render_domain
from specs.documents.network import render_network
from specs.documents.storage import render_pool, render_volume
from specs.identity import Kind, derive_uuid
from specs.models.base import Resource
from specs.models.domain import Domain
from specs.models.network import Network
from specs.models.nwfilter import NetworkFilter
from specs.models.registry import MODELS
from specs.models.secret import Secret
from specs.models.storage import StoragePool, Volume

Values = dict[str, Any]

WIDE: list[Values] = list(yaml.safe_load_all((Path(__file__).parent / "wide.yaml").read_text()))

SCHEMES = {"container": "lxc", "paravirtual": "xen"}
"""Domains of wide.yaml that are rendered for other hosts than QEMU's."""


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
    if isinstance(model, Domain):
        return render_domain(model, SCHEMES.get(model.metadata.name, "qemu"))
    if isinstance(model, Network):
        return render_network(model)
    if isinstance(model, StoragePool):
        return render_pool(model)
    if isinstance(model, Volume):
        encryption = model.spec.encryption
        secret = derive_uuid("fleet", Kind.SECRET, encryption.secret) if encryption else None
        return render_volume(model, pool_path=f"/srv/{model.spec.pool}", secret_uuid=secret)
    if isinstance(model, Secret):
        return render_secret(model)
    return render_filter(cast(NetworkFilter, model))


def text(document: etree._Element) -> str:
    return etree.tostring(document, encoding="unicode", pretty_print=True)

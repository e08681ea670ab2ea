"""How each kind is written as a document, and read back: what only one kind has of its own.

A kind without a row says all of itself by the places of its fields (`specs.places`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from specs.documents.access import render_secret
from specs.documents.build import element, root
from specs.documents.domain import render_domain
from specs.documents.network import render_network
from specs.documents.order import arrange
from specs.documents.setting import Setting
from specs.documents.storage import render_pool, render_volume
from specs.documents.tidying import Named, spell_out_domain, tidy_domain, tidy_pool, tidy_volume
from specs.documents.writing import write
from specs.identity import FACTS, Kind
from specs.models.storage import StoragePool, Volume


@dataclass(frozen=True, slots=True)
class DocumentForm:
    """The two ways between a kind's spec and its document."""

    render: Callable[[Any, Setting], etree._Element]
    """The document of a model of the kind."""

    spell_out: Callable[[etree._Element], None] | None = None
    """Says in a document what it leaves out, before its fields are read."""

    tidy: Callable[[dict[str, Any], Named, etree._Element], None] | None = None
    """Makes of the fields that were read what a person would write."""


def form_of(kind: Kind) -> DocumentForm:
    """The kind's own form, or that of all kinds."""
    return _FORMS.get(kind) or DocumentForm(lambda model, _: _plain(kind, model))


def _plain(kind: Kind, model: Any) -> etree._Element:
    facts, name = FACTS[kind], model.metadata.name
    document = root(facts.tag)
    if facts.named_at.startswith("@"):
        document.set(facts.named_at[1:], name)
    elif facts.named_at:
        element(document, facts.named_at, name)
    write(document, model.spec)
    arrange(document)
    return document


def _pool(model: StoragePool, setting: Setting) -> etree._Element:
    return render_pool(model, setting.usage)


def _volume(model: Volume, setting: Setting) -> etree._Element:
    spec = model.spec
    return render_volume(
        model,
        pool_path=setting.pool_path(spec.pool) if spec.backing else None,
        secret_uuid=setting.uuid(spec.encryption.secret) if spec.encryption else None,
        formats=setting.format_of,
    )


_FORMS: Mapping[Kind, DocumentForm] = {
    Kind.DOMAIN: DocumentForm(render_domain, spell_out_domain, tidy_domain),
    Kind.NETWORK: DocumentForm(lambda model, _: render_network(model)),
    Kind.STORAGE_POOL: DocumentForm(_pool, tidy=tidy_pool),
    Kind.VOLUME: DocumentForm(_volume, tidy=tidy_volume),
    Kind.SECRET: DocumentForm(lambda model, _: render_secret(model)),
}

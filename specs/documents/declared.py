"""A document → a spec of the files: typed fields for what they can say, and XML for the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lxml import etree
from pydantic import ValidationError

from specs.documents.fields import spec_model
from specs.documents.forms import form_of
from specs.documents.overlay import merge
from specs.documents.reading import fields_in
from specs.documents.remainder import remainder
from specs.documents.setting import Setting
from specs.documents.tidying import Named
from specs.identity import Kind
from specs.models.base import API_VERSION, Resource
from specs.models.registry import MODELS
from specs.xml import copy_of

Same = Callable[[str, str], bool]
"""Whether two documents mean the same."""


def spec_of(
    kind: Kind,
    name: str,
    document: etree._Element,
    said: Mapping[str, Any],
    scheme: str,
    named: Named,
    same: Same,
    *,
    may_add: bool = False,
) -> dict[str, Any] | None:
    """The spec of a document, beginning with what is `said` besides it; None where typed fields and an
    overlay cannot make just that document again (or, if they `may_add`, all that it says)."""
    spec = {**said, **_typed(kind, document, named)}
    model = _model(kind, name, spec)
    if model is None:
        return None
    made, wanted = form_of(kind).render(model, _setting(scheme, named)), _text(document)

    def agree(rest: etree._Element | None) -> bool:
        whole = copy_of(made)
        if rest is not None:
            try:
                merge(whole, _text(rest))
            except ValueError:
                return False  # it contradicts the name or the UUID that the host gives it
        return (may_add or same(_text(whole), wanted)) and same(wanted, _text(whole))

    if agree(None):
        return spec
    rest = remainder(made, document)
    if rest is None or kind is Kind.SECRET or not agree(rest):  # a Secret has no overlay
        return None
    if kind is not Kind.DOMAIN:
        _shorten(rest, lambda: agree(rest))
    etree.indent(rest)
    spec["xml"] = _text(rest) + "\n"
    return spec if _model(kind, name, spec) is not None else None


def _shorten(rest: etree._Element, agrees: Callable[[], bool]) -> None:
    """Leaves out what the document means without it, such as what changes by itself."""
    for element in [rest, *rest.iterdescendants()]:
        parent = element.getparent()
        if parent is not None:
            at = parent.index(element)
            parent.remove(element)
            if not agrees():
                parent.insert(at, element)
        for name, value in list(element.attrib.items()):
            del element.attrib[name]
            if not agrees():
                element.set(name, value)


def _text(element: etree._Element) -> str:
    return etree.tostring(element, encoding="unicode", with_tail=False)


def _model(kind: Kind, name: str, spec: Mapping[str, Any]) -> Resource | None:
    head = {"apiVersion": API_VERSION, "kind": str(kind), "metadata": {"name": name}}
    try:
        return MODELS[kind].model_validate({**head, "spec": spec})
    except ValidationError:
        return None


def _setting(scheme: str, named: Named) -> Setting:
    """What an adopted spec's names stand for: what they were called by."""
    usages = {secret: usage.partition(":")[2] for usage, secret in named.by_usage.items()}
    uuids = {secret: uuid for uuid, secret in named.by_uuid.items()}
    return Setting(scheme, usage=lambda name: usages.get(name, name), uuid=uuids.get)


def _typed(kind: Kind, document: etree._Element, named: Named) -> dict[str, Any]:
    form, root = form_of(kind), copy_of(document)
    if form.spell_out:
        form.spell_out(root)
    values = fields_in(root, spec_model(kind))
    if form.tidy:
        form.tidy(values, named, document)
    return values

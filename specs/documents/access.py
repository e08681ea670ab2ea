"""Secret → <secret> (formatsecret.html)."""

from __future__ import annotations

from lxml import etree

from specs.documents.build import root
from specs.documents.order import arrange
from specs.documents.writing import write
from specs.models.secret import Secret


def render_secret(secret: Secret) -> etree._Element:
    """The definition; the value is no part of it."""
    spec = secret.spec
    if spec.usage:
        usage = spec.usage.model_copy(update={"id": usage_id(secret)})
        spec = spec.model_copy(update={"usage": usage})
    document = root("secret")
    write(document, spec)
    arrange(document)
    return document


def usage_id(secret: Secret) -> str:
    """What the hypervisor finds it by: the usage's own identifier, else the secret's name."""
    usage = secret.spec.usage
    return usage.id if usage and usage.id else secret.metadata.name

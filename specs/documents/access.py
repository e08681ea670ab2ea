"""Secret → <secret> (formatsecret.html), NetworkFilter → <filter> (formatnwfilter.html)."""

from __future__ import annotations

from lxml import etree

from specs.documents.build import element, maybe, root
from specs.models.nwfilter import NetworkFilter
from specs.models.secret import Secret

_IDENTIFIERS = {"ceph": "name", "iscsi": "target", "volume": "volume", "tls": "name", "vtpm": "name"}


def render_secret(secret: Secret) -> etree._Element:
    """The definition; the value is no part of it."""
    spec = secret.spec
    document = root("secret", ephemeral=spec.ephemeral, private=spec.private)
    maybe(document, "uuid", spec.uuid)
    maybe(document, "description", spec.description)
    if spec.usage:
        usage = element(document, "usage", type_=spec.usage.type)
        element(usage, _IDENTIFIERS[spec.usage.type], usage_id(secret))
    return document


def usage_id(secret: Secret) -> str:
    """What the hypervisor finds it by: the usage's own identifier, else the secret's name."""
    usage = secret.spec.usage
    return usage.id if usage and usage.id else secret.metadata.name


def render_filter(nwfilter: NetworkFilter) -> etree._Element:
    """The document as far as the spec says it."""
    spec = nwfilter.spec
    document = root("filter", name=nwfilter.metadata.name, chain=spec.chain, priority=spec.priority)
    maybe(document, "uuid", spec.uuid)
    for reference in spec.references:
        node = element(document, "filterref", filter=reference.filter)
        for name, value in reference.parameters.items():
            element(node, "parameter", name=name, value=value)
    for rule in spec.rules:
        statematch = None if rule.statematch is None else "1" if rule.statematch else "0"
        node = element(
            document,
            "rule",
            action=rule.action,
            direction=rule.direction,
            priority=rule.priority,
            statematch=statematch,
        )
        if rule.protocol:
            element(node, rule.protocol, **rule.match)
    return document

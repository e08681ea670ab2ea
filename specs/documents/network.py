"""Network → <network> (formatnetwork.html)."""

from __future__ import annotations

from lxml import etree

from specs.documents.build import element, root
from specs.documents.order import arrange
from specs.documents.writing import write
from specs.models.network import Network


def render_network(network: Network) -> etree._Element:
    """The document as far as the spec says it."""
    isolated = network.spec.forward.mode == "isolated"
    spec = network.spec.model_copy(update={"forward": None}) if isolated else network.spec
    document = root("network")
    element(document, "name", network.metadata.name)
    write(document, spec)
    arrange(document)
    return document

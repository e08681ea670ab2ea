"""What a document still needs before a hypervisor gets it: identities and the hypervisor's defaults."""

from __future__ import annotations

from drivers.base import Capabilities
from drivers.dialects import dialect_of
from specs.desired import Declared
from specs.documents.completion import completed, completed_domain
from specs.documents.marks import Mark
from specs.identity import Kind


def complete(
    declared: Declared,
    document: str,
    capabilities: Capabilities | None,
    fleet: str,
    mark: Mark | None,
    *,
    uuid: str = "",
) -> str:
    """The document as it is given to the hypervisor.

    Fills in what is missing and only that: the UUID (a redefinition carries the observed one), the
    domain's type, the MAC addresses of its interfaces; and puts the ownership mark.
    """
    kind, dialect = declared.address.kind, dialect_of(capabilities)
    uuid = uuid or (declared.uuid if dialect.defaults.uuid else "")
    mark = mark if kind in dialect.marked else None
    if kind is not Kind.DOMAIN:
        return completed(document, kind, uuid, mark)
    types = capabilities.domain_types if capabilities else ()
    return completed_domain(
        document,
        uuid,
        type_=types[0] if types else "",
        mac_prefix=dialect.defaults.mac_prefix,
        fleet=fleet,
        name=declared.address.name,
        mark=mark,
    )

"""Records to put into a state."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from specs.content import OnSourceChange
from specs.desired import (
    BuildPolicy,
    OnDelete,
    Policy,
    PowerState,
    RestartPolicy,
    StopPolicy,
)
from specs.effect import Effect
from specs.identity import Address, Kind
from specs.windows import Window, weekly
from state import OpenState
from state.records import Record, RecordDocuments
from state.sqlite.state import SqliteState

POLICY = Policy(
    restart=RestartPolicy.WINDOW,
    windows=(weekly((5, 6), 120, 240), Window((Effect.MIGRATE,), "0 2 * * sat", 7200.0, "Europe/Berlin")),
    stop=StopPolicy(("acpi",), 12.5, force=True),
    protect=True,
    on_delete=OnDelete.DELETE,
    build=BuildPolicy.IF_MISSING,
    on_source_change=OnSourceChange.REPLACE,
    generated=True,
)
WEB = Address(Kind.DOMAIN, "web")
DOCUMENTS = RecordDocuments("<domain><name>web</name></domain>", "<domain type='kvm'/>")


def sqlite_rows(state: OpenState, query: str) -> list[tuple[Any, ...]]:
    """What a query finds in the file."""
    assert isinstance(state, SqliteState)
    return state.database.rows(query)


def record(address: Address = WEB, **values: Any) -> Record:
    plain = Record(
        address=address,
        host="hv1",
        native=address.name,
        declared_digest="d",
        readback_digest="r",
        version="libvirt 9.0.0",
    )
    return replace(plain, **values)


def full_record(address: Address = WEB) -> Record:
    """A record in which no field has its default."""
    return record(
        address,
        live_digest="l",
        autostart=True,
        power=PowerState.PAUSED,
        fingerprint="salt$hash",
        policy=POLICY,
        content="sha256:abc",
        uuid="3f0a1b6c-0000-4000-8000-000000000001",
        machine="sim /x default",
        stamp="52-9",
    )

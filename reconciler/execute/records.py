"""Writing down what stands: the record of a resource after it was acted upon."""

from __future__ import annotations

from drivers.base import Driver, Observation
from drivers.errors import Refused
from reconciler.plan.model import Refresh
from specs.desired import digest
from specs.xml import is_xml
from state import Store
from state.records import Record, RecordDocuments


def write_record(
    driver: Driver,
    store: Store,
    refresh: Refresh,
    version: str,
    *,
    known: Record | None,
    fingerprint: str = "",
    content: str = "",
    live_ok: bool = True,
    settled: bool = True,
    machine: str = "",
) -> Observation | None:
    """Reads the resource back and records it beside its declaration; None, and nothing is recorded,
    when it is not there.

    Until it is `settled` (all of its actions are done) no power state is recorded. A secret keeps the
    fingerprint that is known of its value unless it was set anew. Refused when what is read back cannot be
    made sense of.
    """
    seen = driver.observe_one(refresh.address.kind, refresh.native)
    if seen is None:
        return None
    if not is_xml(seen.document):
        raise Refused("its document cannot be read")  # the next plan would compare with it
    store.put(
        Record(
            address=refresh.address,
            host=refresh.host,
            native=refresh.native,
            declared_digest=refresh.declared_digest,
            readback_digest=digest(seen.document),
            version=version,
            live_digest=digest(seen.live) if seen.live and live_ok else "",
            autostart=seen.autostart,
            power=seen.power if settled else None,
            fingerprint=fingerprint or (known.fingerprint if known else ""),
            policy=refresh.policy,
            content=content or refresh.content,
            uuid=seen.uuid,
            machine=machine,
        ),
        RecordDocuments(refresh.declared, seen.document),
    )
    return seen

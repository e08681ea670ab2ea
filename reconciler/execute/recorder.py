"""Writing down what stands: the record of a resource, when its definition stands and when all is done."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace

from drivers.base import Observation
from drivers.base.errors import DriverError, Refused
from reconciler.compare import compare_live
from reconciler.execute.context import ExecutionContext
from reconciler.execute.marking import with_mark
from reconciler.execute.meanwhile import changed_meanwhile
from reconciler.execute.own_changes import OwnChanges
from reconciler.mishaps import told
from reconciler.operations import Adopt, Fill, Migrate
from reconciler.plan.model import Action, Outcome, Plan, Refresh, Result
from specs.desired import digest
from specs.identity import Address
from specs.xml import is_xml
from state import StateError
from state.records import Record, RecordDocuments


class Recorder:
    """Writes the records that a plan leads to; shared by all workers of a run."""

    def __init__(self, plan: Plan, context: ExecutionContext, own_changes: OwnChanges) -> None:
        self._plan, self._context, self._own_changes = plan, context, own_changes
        self._refreshes: Mapping[Address, Refresh] = {each.address: each for each in plan.refreshes}
        self._left: dict[Address, int] = {}
        self._set: dict[Address, frozenset[str]] = {}
        """The paths that this plan sets: what is read back there is the hypervisor's answer."""

        for action in plan.actions:
            self._left[action.address] = self._left.get(action.address, 0) + (not action.deferred)
            paths = (reason.path for reason in action.reasons)
            self._set[action.address] = self._set.get(action.address, frozenset()).union(paths)
        self._failed: set[Address] = set()
        self._arrived: set[Address] = set()
        self._mutex = threading.Lock()

    def refresh_untouched(self) -> None:
        """Records of resources that need no action: adopted ones, and those an upgrade rewrote."""
        # A volume that waits to be filled is not what its record would say.
        touched = {a.address for a in self._plan.actions if not a.deferred or isinstance(a.operation, Fill)}
        for refresh in self._plan.refreshes:
            if refresh.address not in touched and refresh.host in self._context.drivers:
                self._try_to_write(refresh)

    def recorded(self, outcome: Outcome, seen: Observation | None) -> Outcome:
        """The outcome, once what stands is written down: when the definition stands, so that a crash loses
        nothing, and after the resource's last action. What was `seen` right after it is not read again."""
        action, failed = outcome.action, outcome.result is Result.FAILED
        if isinstance(action.operation, Migrate) and not failed:
            self._vouch_for_what_came_along(action.address)
        last, clean = self.count_off(action, failed=failed)
        if outcome.result is Result.DONE:
            self._own_changes.did(action)
        refresh = self._refreshes.get(action.address)
        stands = action.operation.stands and not failed
        if refresh is None or not (stands or (last and clean)):
            return outcome
        try:
            if not self._own_changes.vouched(action.address):
                refresh = replace(refresh, live_ok=False)
            fresh = self._own_changes.started(action.address) or isinstance(action.operation, Adopt)
            read = self._write(refresh, seen, settled=clean and last, look=not fresh)
            if read is None:
                return replace(outcome, result=Result.FAILED, message="it is not there afterwards")
            self._own_changes.saw(action.host, action.address, read)
        except DriverError as error:
            return replace(outcome, message=f"done, but it could not be read back: {error}")
        except StateError:
            raise
        except Exception as error:  # noqa: BLE001 - what is done is done; the next plan looks again
            return replace(outcome, message=f"done, but it could not be read back: {told(error)}")
        return outcome

    def _vouch_for_what_came_along(self, domain: Address) -> None:
        """A guest is where it belongs: from now on its volumes hold its data there."""
        self._arrived.add(domain)
        for refresh in self._refreshes.values():
            if refresh.awaits == domain:
                self._try_to_write(refresh)

    def _try_to_write(self, refresh: Refresh) -> None:
        try:
            self._write(refresh, None, settled=True)
        except StateError:
            raise
        except Exception:  # noqa: BLE001, S110 - it only costs a comparison next time
            pass

    def count_off(self, action: Action, *, failed: bool) -> tuple[bool, bool]:
        """Whether this was the resource's last action, and whether all of them went well."""
        with self._mutex:
            self._left[action.address] -= 1
            if failed:
                self._failed.add(action.address)
            return self._left[action.address] == 0, action.address not in self._failed

    def _write(
        self, refresh: Refresh, seen: Observation | None, *, settled: bool, look: bool = False
    ) -> Observation | None:
        """Reads the resource back, unless it was just seen, and records it beside its declaration, on the
        object itself (its mark) and in the state; None, and nothing is recorded, when it is not there.
        Refused when what is read back cannot be made sense of. A live document is vouched for, and a power
        state recorded, only when it is `settled`: all of its actions are done; with `look`, only when it
        shows no difference from the definition."""
        seen = seen or self._context.drivers[refresh.host].observe.one(refresh.address.kind, refresh.native)
        if seen is not None:
            if not is_xml(seen.document):
                raise Refused("its document cannot be read")  # the next plan would compare with it
            ours = self._set.get(refresh.address, frozenset())
            if changed_meanwhile(refresh, seen, self._context, ours):
                return seen  # what was recorded before tells the next plan so
            if look and settled and refresh.live_ok and not self._runs_as_defined(refresh, seen):
                refresh = replace(refresh, live_ok=False)
            marked = with_mark(refresh, seen, self._context, self._plan.commit)
            seen, known = marked.seen, self._context.records.get(refresh.address)
            if changed_meanwhile(refresh, seen, self._context, ours):
                return seen  # while it was marked
            record = self._record(refresh, seen, known, settled=settled)
            if not marked.well:
                record = replace(record, readback_digest="")  # so that the next run tries again
            self._context.store.put(record, RecordDocuments(refresh.declared, seen.document))
        return seen

    def _runs_as_defined(self, refresh: Refresh, seen: Observation) -> bool:
        if not seen.at_work or not is_xml(seen.at_work):
            return not seen.at_work
        dialect = self._context.dialect(refresh.host)
        found = compare_live(seen.kind, seen.document, seen.at_work, dialect, refresh.declared)
        return not (found.changes or found.pending)

    def _record(self, refresh: Refresh, seen: Observation, known: Record | None, *, settled: bool) -> Record:
        """A secret keeps the fingerprint that is known of its value unless it was set anew."""
        address, host, context = refresh.address, refresh.host, self._context
        fingerprint = self._own_changes.fingerprint(address) or (known.fingerprint if known else "")
        return Record(
            address=address,
            host=host,
            native=refresh.native,
            declared_digest=""
            if refresh.awaits and refresh.awaits not in self._arrived
            else refresh.declared_digest,
            readback_digest=digest(seen.document),
            version=context.versions.get(host, ""),
            live_digest=digest(seen.at_work) if seen.at_work and refresh.live_ok and settled else "",
            autostart=seen.autostart,
            power=seen.power if settled else None,
            fingerprint=fingerprint,
            policy=refresh.policy,
            content=self._own_changes.content(address) or refresh.content,
            uuid=seen.uuid,
            machine=context.machines.get(host, ""),
            stamp=seen.stamp,
        )

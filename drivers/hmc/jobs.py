"""Jobs of the console: asked for, followed until they end, cancelled when nobody wants them any more.

IBM: "Jobs", "PowerOn_LogicalPartition Job", "MigrateRecover_LogicalPartition Job"; pypowervm's Job wrapper
for how one is cancelled (POST of /jobs/ID/cancel) and cleaned up (DELETE of /jobs/ID)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from drivers.base.errors import DriverError, NotFound, Refused, Transient, Unreachable
from drivers.hmc.atom import read_entries
from drivers.hmc.client import UOM_ROOT
from drivers.hmc.elements import SCHEMA, WEB, Element, add, every, made, text, to_bytes
from drivers.hmc.session import HmcSession

_TYPE = "application/vnd.ibm.powervm.web+xml; type=JobRequest"
_WAITING = frozenset({"NOT_STARTED", "RUNNING"})
_FINE = frozenset({"COMPLETED_OK", "COMPLETED_WITH_WARNINGS", "COMPLETED"})
_FIRST, _LONGEST = 0.05, 3.0
"""Seconds between two looks at a job: they grow, for most jobs take seconds and a migration minutes."""

FOREVER = 3600.0


class JobFailed(Refused):
    """The console did not do it; `message` is its own, with its code (HSCL…)."""


class JobLate(Transient):
    """The job did not end in time, and was cancelled."""


@dataclass(frozen=True, slots=True)
class HmcJob:
    """What is asked for: an operation of a kind of resource (at its path), with its parameters."""

    path: str
    group: str
    operation: str
    parameters: Mapping[str, str]


def run_job(
    session: HmcSession,
    job: HmcJob,
    *,
    patience: float = FOREVER,
    cancel: threading.Event | None = None,
    looking: Callable[[], None] = lambda: None,
) -> Mapping[str, str]:
    """Has a job done and gives its results. `looking` is called at each look, while it goes on.

    Raises JobFailed with the console's words, JobLate when it did not end within `patience` seconds or was
    cancelled, Unreachable where nobody can tell.
    """
    where = f"{UOM_ROOT}{job.path}/do/{job.operation}"
    reply = session.send("PUT", where, body=to_bytes(request(job)), kind=_TYPE)
    answer = read_entries(reply.body)[0].element
    number = text(answer, "JobID")
    if not number:
        raise Unreachable(f"the console gave no job for {job.operation}", "look at the partition again")
    try:
        answer = _followed(session, number, answer, time.monotonic() + patience, cancel, looking)
    finally:
        _clean_up(session, number)
    return _results(job, answer)


def request(job: HmcJob) -> Element:
    """The job as it is asked for."""
    root = made("JobRequest", namespace=WEB, root=True)
    asked = made("RequestedOperation", namespace=WEB)
    root.append(asked)
    add(asked, "OperationName", job.operation)
    add(asked, "GroupName", job.group)
    add(asked, "ProgressType", "DISCRETE")
    holder = made("JobParameters", namespace=WEB)
    root.append(holder)
    for name, value in job.parameters.items():
        parameter = made("JobParameter", namespace=WEB)
        parameter.set("schemaVersion", SCHEMA)
        add(parameter, "ParameterName", name)
        add(parameter, "ParameterValue", value)
        holder.append(parameter)
    return root


def _followed(
    session: HmcSession,
    number: str,
    answer: Element,
    until: float,
    cancel: threading.Event | None,
    looking: Callable[[], None],
) -> Element:
    pause, stop = _FIRST, cancel or threading.Event()
    while text(answer, "Status") in _WAITING:
        if stop.wait(pause) or time.monotonic() > until:
            _cancel(session, number)
            raise JobLate("cancelled" if stop.is_set() else "it did not end in time")
        pause = min(pause * 1.5, _LONGEST)
        looking()
        answer = read_entries(session.get(f"{UOM_ROOT}/jobs/{number}").body)[0].element
    return answer


def _results(job: HmcJob, answer: Element) -> Mapping[str, str]:
    results = {
        text(each, "ParameterName"): text(each, "ParameterValue")
        for each in every(answer, "Results/JobParameter")
    }
    if text(answer, "Status") in _FINE:
        return results
    said = results.get("result", "") or text(answer, "ResponseException/Message")
    said = " ".join(said.split()) or f"job {text(answer, 'Status') or 'without a status'}"
    raise JobFailed(f"{job.operation} failed: {said}")


def _cancel(session: HmcSession, number: str) -> None:
    with suppress(Refused, NotFound, Transient):  # it may have ended right now
        session.send("POST", f"{UOM_ROOT}/jobs/{number}/cancel")


def _clean_up(session: HmcSession, number: str) -> None:
    """A job that ended is forgotten by itself, some time; one that runs is not to be removed."""
    with suppress(DriverError):
        session.send("DELETE", f"{UOM_ROOT}/jobs/{number}")

"""Partitions activated and shut down, by jobs of the console.

IBM: "PowerOn_LogicalPartition Job", "PowerOff_LogicalPartition Job"; pypowervm's power task for the codes
that say that it was so already."""

from __future__ import annotations

import threading
import time

from drivers.base.errors import Refused
from drivers.hmc.client import HmcClient
from drivers.hmc.definer import partition_path
from drivers.hmc.jobs import HmcJob, JobFailed, JobLate, run_job
from drivers.hmc.partition import FAILED, OFF, Partition, read_partition
from specs.desired import StopPolicy

_ON_ALREADY, _OFF_ALREADY = ("HSCL3681",), ("HSCL1558",)
_OFF_IN = 120.0
"""Seconds that a partition may take to be off once the console has forced it."""
_METHODS = {
    "agent": {"operation": "osshutdown", "immediate": "false", "restart": "false"},
    "acpi": {"operation": "shutdown", "immediate": "false", "restart": "false"},
}
"""The stop policy's methods: by the guest's RMC, and by the delayed shutdown of the console."""
_FORCE = {"operation": "shutdown", "immediate": "true", "restart": "false"}


def activate(client: HmcClient, partition: Partition) -> None:
    """Activates a partition with its profile; one that runs is no error."""
    if partition.state == FAILED:
        raise Refused(f"{partition.name} is in state 'error'", "shut it down by force, then start it")
    if not partition.is_off:
        return
    parameters = {"bootmode": "norm", "force": "false", "novsi": "true"}
    if partition.profile:  # one that was never active has no current configuration yet
        parameters["LogicalPartitionProfile"] = partition.profile
    try:
        _job(client, partition, "PowerOn", parameters)
    except JobFailed as failure:
        if not any(code in failure.message for code in _ON_ALREADY):
            raise


def shut_down(client: HmcClient, partition: Partition, policy: StopPolicy) -> None:
    """Stops a partition by the policy's methods until its deadline, by force only if it says so."""
    until = time.monotonic() + policy.deadline
    if _is_off(client, partition):
        return
    told = []
    for method in policy.methods:
        if method not in _METHODS:
            told.append(f"{method}: not known here")
            continue
        try:
            _job(client, partition, "PowerOff", _METHODS[method], patience=max(until - time.monotonic(), 1))
        except (JobFailed, JobLate) as failure:
            told.append(f"{method}: {failure.message}")
        if _is_off(client, partition, until):
            return
    if not policy.force:
        raise Refused(
            f"'{partition.name}' did not shut down within {policy.deadline:g} s"
            + (f" ({'; '.join(told)})" if told else ""),
            "it runs on; allow force, or a longer deadline, in its stop policy",
        )
    try:
        _job(client, partition, "PowerOff", _FORCE, patience=_OFF_IN)
    except JobFailed as failure:
        if not any(code in failure.message for code in _OFF_ALREADY):
            raise
    if not _is_off(client, partition, time.monotonic() + _OFF_IN):
        raise Refused(f"'{partition.name}' was shut down by force, and is not off", "look at the console")


def _job(
    client: HmcClient,
    partition: Partition,
    operation: str,
    parameters: dict[str, str],
    patience: float = 900.0,
) -> None:
    job = HmcJob(partition_path(partition), "LogicalPartition", operation, parameters)
    run_job(client.session, job, patience=patience)


def _is_off(client: HmcClient, partition: Partition, until: float = 0.0) -> bool:
    """Whether it is off, or gets so until then."""
    pause = threading.Event()
    while read_partition(client.entry(partition_path(partition)).element).state != OFF:
        if time.monotonic() >= until:
            return False
        pause.wait(min(1.0, max(until - time.monotonic(), 0.05)))
    return True

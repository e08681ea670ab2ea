"""Live Partition Mobility: partitions go from one managed system to another, of one console or of two.

IBM: "MigrateValidate_LogicalPartition", "Migrate_LogicalPartition", "MigrateAbort_LogicalPartition" and
"MigrateRecover_LogicalPartition Job"; the parameters as in pypowervm's migration task. A partition tells how
far it is (ProgressPartitionDataRemaining, …Total, in MiB)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

from drivers.base import Destination, Move, MoveProgress
from drivers.base.errors import DriverError, NotFound, Refused, Transient, Unreachable, Unsupported
from drivers.hmc.client import HmcClient
from drivers.hmc.definer import partition_path
from drivers.hmc.elements import integer
from drivers.hmc.jobs import FOREVER, HmcJob, JobLate, run_job
from drivers.hmc.partition import Partition
from drivers.hmc.system import SystemView

_MIB = 1 << 20
_VALIDATED_IN = 900.0


class HmcMover:
    """drivers.base.Mover."""

    def __init__(self, client: HmcClient, system: str) -> None:
        """Of one system of a console."""
        self._client, self._system = client, system

    def move(
        self,
        name: str,
        destination: Destination,
        move: Move,
        progress: Callable[[MoveProgress], None],
        cancel: threading.Event,
    ) -> None:
        """Validates, then migrates. The console does both for a partition that runs and for one that does
        not."""
        self._client.session.require_writable(f"move {name}")
        other = destination.move
        if not isinstance(other, HmcMover):
            raise Unsupported(f"a partition cannot move to {destination.uri}")
        view = SystemView(self._client, self._system)
        partition = view.partition(name)
        if partition is None:
            raise NotFound(f"no partition '{name}'")
        if move.live is partition.is_off:
            raise Refused(f"'{name}' is {partition.state}", "run plan again")
        there = SystemView(other._client, other._system)
        if there.partition(name) is not None:
            raise Refused(f"there is a partition '{name}' at {destination.uri} already")
        wanted = self._parameters(other, there)
        self._run(partition, "MigrateValidate", wanted, patience=_VALIDATED_IN)
        patience = move.policy.timeout if move.live and move.policy.timeout else FOREVER
        try:
            self._run(
                partition,
                "Migrate",
                wanted,
                patience=patience,
                cancel=cancel,
                looking=lambda: self._tell(partition, progress),
            )
        except JobLate as late:
            self._give_up(name, partition, there, late)
        except (Refused, Transient) as failure:
            self._recover(partition)
            raise Refused(f"'{name}' did not move: {failure.message}", "it is where it was") from failure
        if there.partition(name) is None and SystemView(other._client, other._system).partition(name) is None:
            raise Unreachable(f"'{name}' moved, says the console, and is not there", "look at both systems")

    def cpu_problem(self, domain: str) -> str:
        """What a system can give a partition only MigrateValidate tells, and it is asked at each move."""
        self._client.session.check_open()
        return ""

    def _parameters(self, other: HmcMover, there: SystemView) -> dict[str, str]:
        parameters = {"TargetManagedSystemName": there.system.name}
        theirs, ours = other._client.session.place, self._client.session.place
        if theirs.address != ours.address:  # by another console, which the two let each other do (mkauthkeys)
            parameters["TargetRemoteHMCIPAddress"] = theirs.address.partition("://")[2].partition(":")[0]
            parameters["TargetRemoteHMCUserID"] = theirs.user
        return parameters

    def _run(
        self,
        partition: Partition,
        operation: str,
        parameters: dict[str, str],
        *,
        patience: float,
        cancel: threading.Event | None = None,
        looking: Callable[[], None] = lambda: None,
    ) -> None:
        job = HmcJob(partition_path(partition), "LogicalPartition", operation, parameters)
        run_job(self._client.session, job, patience=patience, cancel=cancel, looking=looking)

    def _tell(self, partition: Partition, progress: Callable[[MoveProgress], None]) -> None:
        with suppress(DriverError):  # it may have left right now
            seen = self._client.entry(partition_path(partition)).element
            total = integer(seen, "ProgressPartitionDataTotal") * _MIB
            progress(MoveProgress(integer(seen, "ProgressPartitionDataRemaining") * _MIB, total))

    def _give_up(self, name: str, partition: Partition, there: SystemView, late: JobLate) -> None:
        """Stops a migration that takes too long, or that nobody wants any more."""
        with suppress(Refused, Transient):
            self._run(partition, "MigrateAbort", {}, patience=_VALIDATED_IN)
        self._recover(partition)
        if SystemView(self._client, self._system).partition(name) is None:
            raise Unreachable(f"'{name}' was on its way when its move was given up", "look at both systems")
        raise Refused(f"'{name}' did not move: {late.message}", "it is where it was") from late

    def _recover(self, partition: Partition) -> None:
        """Has the console put in order what a failed migration left; nothing of that is no error."""
        with suppress(DriverError):
            self._run(partition, "MigrateRecover", {"force": "false"}, patience=_VALIDATED_IN)

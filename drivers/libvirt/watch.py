"""A domain on its way: how far it is, and what its policy says of a move that takes too long."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any

import libvirt

from drivers.base import MoveProgress
from specs.guests import MigrationPolicy

_POLL = 0.5
_SOON = 0.1
"""Seconds between two looks, and between two while something is to be done to the move."""


class Watch:
    """Looks after one move, whose time counts from when this is made: `with watch: …` until it is over."""

    def __init__(
        self,
        domain: libvirt.virDomain,
        policy: MigrationPolicy,
        progress: Callable[[MoveProgress], None],
        cancel: threading.Event,
    ) -> None:
        self.policy = policy
        self._domain, self._progress, self._cancel = domain, progress, cancel
        self._until = time.monotonic() + policy.timeout if policy.timeout else math.inf
        self._tuned, self._hastened = not policy.downtime, False
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    @property
    def abandoned(self) -> bool:
        """Whether the move is not wanted any more: cancelled, or out of time."""
        return self._cancel.is_set() or self.out_of_time

    @property
    def out_of_time(self) -> bool:
        """Whether its time is up and the guest is to stay."""
        return self._late and self.policy.on_timeout == "abort"

    @property
    def _late(self) -> bool:
        return time.monotonic() >= self._until

    def _look(self) -> None:
        while not self._over.wait(self._pause()):
            with suppress(libvirt.libvirtError):  # between two phases there is no job
                said = self._domain.jobStats()
                if not _is_a_move(said):
                    continue
                if self.abandoned:
                    # Again until it is over: one that comes between two phases has no effect.
                    self._domain.abortJob()
                else:
                    self._look_after(said)

    def _pause(self) -> float:
        if self.abandoned or not self._tuned or (self._late and not self._hastened):
            return _SOON
        return _POLL if self._late else min(_POLL, self._until - time.monotonic())

    def _look_after(self, said: Mapping[str, Any]) -> None:
        if not self._tuned:
            self._domain.migrateSetMaxDowntime(self.policy.downtime)
            self._tuned = True
        total = int(said.get("data_total", 0))
        rate = int(said.get("memory_bps", 0)) + int(said.get("disk_bps", 0))
        self._progress(MoveProgress(int(said.get("data_remaining", 0)), total, rate))
        # A guest that is paused before anything is sent would arrive as one that was paused by a person.
        if self._late and not self._hastened and total:
            self._hasten()
            self._hastened = True

    def _hasten(self) -> None:
        if self.policy.on_timeout == "post-copy":
            self._domain.migrateStartPostCopy()
        elif self.policy.on_timeout == "force":
            self._domain.suspend()  # its memory changes no more; libvirt lets it go on at the destination


def _is_a_move(said: Mapping[str, Any]) -> bool:
    """Whether the domain's job is a move away, not somebody's backup that the move still waits for."""
    away = libvirt.VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT
    return bool(said.get("type")) and said.get("operation", away) == away

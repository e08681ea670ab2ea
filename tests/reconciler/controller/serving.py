"""A service over a fleet of simulated hosts, in this process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from reconciler.controller.foldertree import FolderKeeper
from reconciler.controller.hostround import RoundSettings
from reconciler.controller.review import Review
from reconciler.controller.service import Service
from reconciler.controller.serving import ServiceSettings, Serving
from reconciler.controller.trees import TreeLoading
from reconciler.engine.round import ExecutionOptions, Planned
from reconciler.log import Log
from reconciler.plan import Options
from reconciler.plan.model import Action
from specs.compiling.loader import load
from specs.guard import Guard
from state import OpenState, open_state
from tests.reconciler.cli.lab import UUID, Lab

PATIENCE = 60.0


class Seen(Review):
    """Remembers the plans that were made."""

    def __init__(self, log: Log, plans: list[tuple[str, Planned]], *, allow_data_loss: bool = False) -> None:
        super().__init__(log, allow_data_loss=allow_data_loss)
        self._plans = plans

    def tell(self, host: str, planned: Planned, reviewed: Planned, why: str = "") -> None:
        super().tell(host, planned, reviewed, why)
        self._plans.append((host, planned))


@dataclass
class Fleet:
    """What a service over a lab says and does."""

    lab: Lab
    log: list[str] = field(default_factory=list)
    plans: list[tuple[str, Planned]] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        loading = TreeLoading(load, lambda _: Options(), Guard)
        self.keeper = FolderKeeper(self.lab.tree, loading)

    def log_line(self, message: str, **about: object) -> None:
        if about.get("event") not in ("plan", "change", "tree"):
            self.log.append(message)

    @property
    def serving(self) -> Serving:
        found = self.service.serving
        assert found is not None
        return found

    def state(self) -> OpenState:
        return open_state(str(self.lab.path / "state.db"), fleet="shop", uuid=UUID)

    def edited(self) -> None:
        """The files are others now."""
        self.service.wake_source.set()

    def until(self, true: Callable[[], bool]) -> None:
        """Waits, however slow the machine is."""
        deadline = time.monotonic() + PATIENCE
        while not true():
            assert time.monotonic() < deadline, "\n".join(self.log)
            time.sleep(0.02)

    def settles(self) -> None:
        """Until nothing is left to do."""

        def settled() -> bool:
            charge = self.service.serving and self.service.serving.charge
            return (
                bool(charge)
                and self.lab("plan", "TREE", "--state", self._url(), "--detailed-exitcode").code == 0
            )

        self.until(settled)

    def rests(self) -> None:
        """Until every host was looked at once more after the last thing was done."""
        hosts = set(load(self.lab.tree).hosts)

        def quiet() -> bool:
            last = dict(self.plans)
            return last.keys() == hosts and not any(planned.plan.actions for planned in last.values())

        self.until(quiet)

    def done(self) -> list[Action]:
        """The actions that were begun."""
        return [a for _, planned in self.plans for a in planned.plan.actions if not a.deferred]

    def _url(self) -> str:
        return str(self.lab.path / "state.db")

    @contextmanager
    def running(
        self,
        *,
        interval: float = 3600,
        observe: bool = False,
        workers: int = 4,
        allow_data_loss: bool = False,
    ) -> Iterator[Fleet]:
        """The service, until the block ends."""
        self.service = Service(
            ServiceSettings(
                name="run tree",
                keeper=self.keeper,
                store=lambda _: self._opened(),
                rounds=RoundSettings(
                    ExecutionOptions("run", self.stop),
                    review=Seen(self.log_line, self.plans, allow_data_loss=allow_data_loss),
                    observe=observe,
                ),
                log=self.log_line,
                interval=interval,
                jitter=0.0,
                workers=workers,
                patience=1.0,
            ),
            self.stop,
        )
        thread = threading.Thread(target=self.service.run)
        thread.start()
        try:
            yield self
        finally:
            self.stop.set()
            thread.join(PATIENCE)
            assert not thread.is_alive()

    @contextmanager
    def _opened(self) -> Iterator[OpenState]:
        store = self.state()
        try:
            yield store
        finally:
            store.close()

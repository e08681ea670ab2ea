"""Watching the hosts that are ours: one subscription each, kept alive, and a wake-up when something that is
not our own doing has happened there and settled."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

from drivers.base import Change
from drivers.base.errors import DriverError, Unsupported
from reconciler.controller.echoes import Echoes
from reconciler.controller.settling import Thing, Wake, WakeUps
from reconciler.controller.subscriptions import Subscriptions
from reconciler.mishaps import told
from reconciler.operations import Rename
from reconciler.plan.model import Action

End = Callable[[], None]
Subscribe = Callable[[str, Callable[[Change], None], Callable[[], None]], End]
"""From a host's name, who is told of changes, and who of their loss, to what ends the subscription. It may
hang; it raises what drivers raise (drivers.base.Watcher.events)."""


@dataclass(slots=True, eq=False)
class _Subscription:
    """One attempt at a host, and what came of it."""

    host: str
    end: End | None = None
    over: bool = False


class Watching:
    """Subscriptions to hosts. `woken` is called from one thread; it returns at once and raises nothing."""

    def __init__(
        self, subscribe: Subscribe, woken: Callable[[Wake], None], log: Callable[[str], None]
    ) -> None:
        self._subscribe, self._woken, self._log = subscribe, woken, log
        self._news = threading.Condition()
        self._hosts = Subscriptions()
        self._settling, self._echoes = WakeUps(), Echoes()
        self._current: dict[str, _Subscription] = {}
        self._said: dict[str, str] = {}
        self._over = False
        self._thread = threading.Thread(target=self._run, name="watching", daemon=True)

    def start(self) -> None:
        """Begins."""
        self._thread.start()

    def stop(self) -> None:
        """Ends all subscriptions. Nobody waits for a host that hangs."""
        self.keep(())
        with self._news:
            self._over = True
            self._news.notify_all()
        self._thread.join(timeout=2)

    @property
    def watched(self) -> frozenset[str]:
        """The hosts that tell of changes now; all others are found out about by looking alone."""
        with self._news:
            return self._hosts.open

    def keep(self, hosts: Collection[str]) -> None:
        """Watches these hosts and no others from now on."""
        with self._news:
            gone = [self._current.pop(host) for host in self._current.keys() - set(hosts)]
            ends = [each.end for each in gone if each.end]
            for each in gone:
                each.over = True
            self._hosts.set_hosts(hosts, time.monotonic())
            self._settling.keep(hosts)
            self._said = {host: why for host, why in self._said.items() if host in hosts}
            self._news.notify_all()
        for end in ends:
            end()

    def acting(self, action: Action) -> None:
        """An action begins: what it does will be told, and is no news."""
        names = [action.native]
        if isinstance(action.operation, Rename):
            names.append(action.operation.to)
        with self._news:
            for host in action.hosts:
                self._echoes.acting(host, action.address.kind, names, action.verb)

    def looking(self, hosts: Collection[str]) -> tuple[Change, ...]:
        """A look at these hosts begins, which sees all that was told so far: what that was, as far as it
        woke nobody yet."""
        with self._news:
            for host in hosts:
                self._echoes.looking(host)
            now = time.monotonic()
            return tuple(change for host in hosts for change in self._settling.looking(host, now))

    def unsettled(self, host: str) -> frozenset[Thing]:
        """What is on its way to something else on a host, such as a guest that reboots: nothing should be
        done about it yet. A wake-up follows when it has settled."""
        with self._news:
            return self._settling.unsettled(host, time.monotonic())

    def _run(self) -> None:
        while not self._over:
            with self._news:
                now = time.monotonic()
                wakes, opening = self._settling.due(now), self._hosts.take(now)
                for host in opening:
                    self._begin(host)
                if not wakes and not opening:
                    until = min(self._settling.next_due(), self._hosts.next_due(now))
                    self._news.wait(min(60.0, max(0.0, until - now)))
            for wake in wakes:
                self._woken(wake)

    def _begin(self, host: str) -> None:
        """Opens it in a thread of its own, which ends with that: a host may hang for as long as it likes."""
        subscription = self._current[host] = _Subscription(host)
        threading.Thread(target=self._open, args=(subscription,), name=f"watch {host}", daemon=True).start()

    def _open(self, subscription: _Subscription) -> None:
        host = subscription.host
        try:
            end = self._subscribe(
                host, lambda change: self._tell(subscription, change), lambda: self._lost(subscription)
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, looking finds what is not told
            self._failed(subscription, error)
            return
        with self._news:
            late = subscription.over
            if not late:
                subscription.end = end
                self._hosts.opened(host, time.monotonic())
                self._said.pop(host, None)
                self._settling.note(host, None, time.monotonic())
                self._news.notify_all()
        if late:
            end()

    def _failed(self, subscription: _Subscription, error: Exception) -> None:
        host, why = subscription.host, str(error) if isinstance(error, DriverError) else told(error)
        with self._news:
            if subscription.over:
                return
            subscription.over = True
            unsupported = isinstance(error, Unsupported)
            self._hosts.failed(host, time.monotonic(), unsupported=unsupported)
            new, self._said[host] = self._said.get(host) != why, why
            self._news.notify_all()
        if new:
            self._log(f"host {host} tells of no changes, only looking finds them: {why}")

    def _tell(self, subscription: _Subscription, change: Change) -> None:
        with self._news:
            if subscription.over or self._echoes.expects(subscription.host, change):
                return
            self._settling.note(subscription.host, change, time.monotonic())
            self._news.notify_all()

    def _lost(self, subscription: _Subscription) -> None:
        with self._news:
            if subscription.over:
                return
            subscription.over = True
            self._hosts.lost(subscription.host, time.monotonic())
            self._news.notify_all()

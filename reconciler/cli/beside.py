"""What runs beside a controller: the server that shows it, systemd that watches it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.counting import Counters
from reconciler.faults import Fault
from reconciler.log import log
from reconciler.notify.beside import notifying
from reconciler.systemd import Manager, Pulse

if TYPE_CHECKING:
    from reconciler.controller.service import Service
    from reconciler.server.hooks import Hooks, WebhookVerdict
    from reconciler.server.serving import Server
    from reconciler.server.settings import ServerSettings
    from specs.desired import Desired
    from state import OpenState

_STUCK = 60.0
"""Seconds without progress after which the loop is stuck."""

_STATUS = 1.0
"""Seconds between two lines for `systemctl status`."""

_STREAMS = 5.0
"""Seconds that requests under way have when we stop."""


class Beside:
    """Started before there is a tree or a state, for people ask first when there is none."""

    def __init__(self, serving: ServerSettings | None, webhook_secret: str | None, late: float) -> None:
        """Raises Fault for options that do not go together."""
        self.counters = Counters()
        self._manager = Manager.of()
        self._pulse = Pulse(self._manager)
        self._words: Callable[[], str] = lambda: ""
        self._told = float("-inf")
        self._serving = replace(serving, late=late) if serving is not None else None
        self._secret = _secret(webhook_secret) if webhook_secret else b""
        if self._secret and serving is None:
            raise Fault("--webhook-secret: nothing is served without --listen HOST:PORT")
        self._server: Server | None = None
        self._desired: Callable[[], Desired | None] = lambda: None

    def beat(self) -> None:
        """The loop has made progress."""
        self._pulse.beat()
        now = time.monotonic()
        if now - self._told >= _STATUS:
            self._told = now
            self._manager.status(self._words())

    @contextmanager
    def over(self, service: Service) -> Iterator[None]:
        """While the block runs, the service can be asked how it is."""
        self._desired = lambda: service.desired
        self._words = lambda: _words(service)
        if self._serving is not None:
            self._server = _started(self._serving, self._hooks(service))
            log(f"listening on {self._server.address}")
        self._manager.ready()
        try:
            yield
        finally:
            self._manager.stopping()
            if self._server is not None:
                self._server.stop(_STREAMS)

    @contextmanager
    def with_state(self, store: OpenState, desired: Desired) -> Iterator[None]:
        """While the block runs, this state is shown, and people are told what is in its outbox."""
        if self._server is not None:
            self._server.show(store, desired.fleet.name)
        try:
            with notifying(store, self._desired):
                yield
        finally:
            if self._server is not None:
                self._server.hide()

    def _hooks(self, service: Service) -> Hooks:
        from reconciler.server.hooks import Health, Hooks

        def health() -> Health:
            return Health(self._pulse.idle, _STUCK, service.waiting, service.missing)

        hook = self._webhook(service) if self._secret else None
        return Hooks(health=health, wake=service.wake, on_webhook=hook, counters=self.counters)

    def _webhook(self, service: Service) -> Callable[[Mapping[str, str], bytes], WebhookVerdict]:
        from reconciler.inputs.git.webhook import is_authentic
        from reconciler.server.hooks import WebhookVerdict

        def received(headers: Mapping[str, str], body: bytes) -> WebhookVerdict:
            if not is_authentic(headers, body, self._secret):
                return WebhookVerdict.REFUSED
            service.wake_source.set()
            return WebhookVerdict.ACCEPTED

        return received


def _words(service: Service) -> str:
    """How the service does, in a line."""
    serving, desired = service.serving, service.desired
    if serving is None or desired is None or service.missing:
        return f"needs {', '.join(service.missing) or 'a moment'}"
    charge = serving.following.charge
    commit = f" at {charge.commit[:12]}" if charge is not None and charge.commit else ""
    ours = sum(1 for host in desired.hosts if serving.tenure.holds(host))
    return f"fleet {desired.fleet.name}{commit}: works {ours} of {len(desired.hosts)} hosts"


def _secret(given: str) -> bytes:
    from reconciler.inputs.git.remote import secret_source
    from reconciler.inputs.secrets import SecretError, read_text
    from specs.guard import Guard
    from specs.guard.guard import SecretRules

    try:
        text = read_text(secret_source(given), guard=Guard(secrets=SecretRules(env=("*",), folders=("/",))))
    except (SecretError, Fault) as error:
        raise Fault(f"--webhook-secret: {error}") from None
    if not text.strip():
        raise Fault("--webhook-secret: what is read there is empty")
    return text.strip().encode()


def _started(settings: ServerSettings, hooks: Hooks) -> Server:
    """A server that answers. Raises Fault where it cannot."""
    from reconciler.server.serving import Server

    server = Server(settings, None, hooks)
    try:
        server.start()
    except ModuleNotFoundError as error:
        extra = "oidc" if error.name in ("authlib", "joserfc") else "server"
        raise Fault(
            f"--listen needs what is not installed ({error}): pip install 'virt-reconcile[{extra}]'"
        ) from None
    return server

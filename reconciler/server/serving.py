"""The server: a thread of the controller's process that answers, and ends when it is told to."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reconciler.faults import Fault
from reconciler.server.hooks import Hooks
from reconciler.server.nothing import no_state
from reconciler.server.settings import ListenAddress, ServerSettings
from state import OpenState

if TYPE_CHECKING:
    import uvicorn
    from starlette.applications import Starlette

_CONNECTIONS = 200
"""At once; who comes after them gets 503. Each page with a stream takes one."""
_PATIENCE = 15.0
"""Seconds for the head of the first request of a connection, and between two requests."""


class Server:
    """Serves from `start` to `stop`: without a state, how it goes; with one (`show`), also what is in it. The
    state is not the server's to close, and stays open until it is taken back (`hide`) or the server stops."""

    def __init__(self, settings: ServerSettings, state: OpenState | None, hooks: Hooks) -> None:
        self._settings, self._state, self._hooks = settings, state, hooks
        self._running: _Running | None = None

    def show(self, state: OpenState, fleet: str) -> None:
        """From now on this is the state that is shown, of the fleet of this name."""
        self._put(state, replace(self._settings, fleet=fleet))

    def hide(self) -> None:
        """The state is about to be closed: nothing is asked of it any more."""
        self._put(None, self._settings)

    def _put(self, state: OpenState | None, settings: ServerSettings) -> None:
        self._state, self._settings = state, settings
        if self._running:
            self._running.put(state or no_state(), settings)

    @property
    def address(self) -> ListenAddress:
        """Where it listens, with the port that it really has."""
        if self._running is None:
            return self._settings.listen
        return ListenAddress(self._settings.listen.host, self._running.port)

    def start(self) -> None:
        """Begins to answer. Raises Fault where the settings would let in whom they should not, or the
        address cannot be had."""
        from reconciler.server.app import build_app
        from reconciler.server.tokens import read_tokens

        settings = self._settings
        settings.check()
        if settings.tokens:
            read_tokens(settings.tokens)
        app = build_app(self._state or no_state(), settings, self._hooks)
        self._running = _Running(app, settings, _listen(settings.listen))
        self._running.start()

    def stop(self, deadline: float = 5.0) -> None:
        """Answers no more: what runs has until the deadline (seconds), streams end at once."""
        if self._running:
            self._running.stop(deadline)
            self._running = None


class _Running(threading.Thread):
    """The thread, and the loop in it."""

    def __init__(self, app: Starlette, settings: ServerSettings, listening: socket.socket) -> None:
        super().__init__(name="server", daemon=True)
        self._app, self._listening, self._begun = app, listening, threading.Event()
        self.port: int = listening.getsockname()[1]
        self._uvicorn = _uvicorn_for(app, settings)
        self._loop: asyncio.AbstractEventLoop | None = None

    def put(self, state: OpenState, settings: ServerSettings) -> None:
        """Each request from now on finds these."""
        self._app.state.settings, self._app.state.state = settings, state

    def run(self) -> None:
        """Serves until it is stopped."""
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._begun.set()
        await self._uvicorn.serve(sockets=[self._listening])

    def stop(self, deadline: float) -> None:
        """Ends the thread; one that does not end in time is left behind, and keeps nobody."""
        self._begun.wait(deadline)
        # What is not done by then is cancelled by uvicorn itself, a second before we go on without it.
        self._uvicorn.config.timeout_graceful_shutdown = max(0, int(deadline - 1))
        self._uvicorn.should_exit = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._app.state.closing.set)
        self.join(deadline)


def _listen(address: ListenAddress) -> socket.socket:
    """A socket that is bound already, so that whoever starts us is told when it cannot be."""
    listening = socket.socket(address.family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((address.host, address.port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        why = os.strerror(error.errno or 0)
        raise Fault(f"--listen {address}: {why}; another address or port may be free") from None
    return listening


def _uvicorn_for(app: Starlette, settings: ServerSettings) -> uvicorn.Server:
    import uvicorn
    from uvicorn.protocols.http.h11_impl import H11Protocol

    from reconciler.server.limits import HEADERS

    class Impatient(H11Protocol):
        """A connection on which nobody asks for anything is closed; uvicorn waits for ever for the first."""

        def connection_made(self, transport: Any) -> None:
            """Begins to wait."""
            super().connection_made(transport)
            self.loop.call_later(_PATIENCE, self._give_up)

        def _give_up(self) -> None:
            if self.cycle is None and not self.transport.is_closing():
                self.transport.close()

    return uvicorn.Server(
        uvicorn.Config(
            app,
            http=Impatient,
            ws="none",
            lifespan="off",
            loop="asyncio",
            log_config=None,
            log_level="error",  # what strangers send is no matter for our log
            access_log=False,
            server_header=False,
            proxy_headers=bool(settings.proxies),
            forwarded_allow_ips=list(settings.proxies),
            h11_max_incomplete_event_size=HEADERS,
            limit_concurrency=_CONNECTIONS,
            timeout_keep_alive=int(_PATIENCE),
        )
    )

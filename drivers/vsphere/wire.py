"""HTTPS to a vCenter or an ESX: connections that are kept, time limits, and what became of broken calls."""

from __future__ import annotations

import http.client
import select
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from drivers.base.errors import Unreachable
from drivers.vsphere.uri import VsphereSettings

PATIENCE = 60.0
"""Seconds that an answer may take; a vCenter answers within a few, and long work is a task."""

_CONNECTING = 15.0


class BrokenCall(Unreachable):
    """The connection broke after something was sent: nobody can tell whether it was done."""


class Wire:
    """Connections to one server, one for each call at a time."""

    def __init__(self, settings: VsphereSettings) -> None:
        """Nothing is opened before the first call."""
        self._settings = settings
        self._idle: list[http.client.HTTPSConnection] = []
        self._lock = threading.Lock()
        self._context: ssl.SSLContext | None = None
        self._closed = False

    @property
    def called(self) -> str:
        """The server's address, for people."""
        port = "" if self._settings.port == 443 else f":{self._settings.port}"
        return f"{self._settings.address}{port}"

    def post(
        self, path: str, body: bytes, headers: Mapping[str, str], *, patience: float = PATIENCE
    ) -> tuple[int, bytes, str]:
        """Status, body and session cookie of the answer. Raises Unreachable where nothing was sent, Broken
        where something may have been done."""
        with self._connection(patience) as connection:
            answer = self._ask(lambda: connection.request("POST", path, body, dict(headers)), connection)
            with self._breaking():
                return answer.status, answer.read(), answer.getheader("Set-Cookie") or ""

    @contextmanager
    def transfer(
        self, method: str, path: str, body: Iterator[bytes] | None, headers: Mapping[str, str]
    ) -> Iterator[http.client.HTTPResponse]:
        """One file up or down, over a connection of its own."""
        connection = self._open(PATIENCE)
        try:
            yield self._ask(
                lambda: connection.request(method, path, body, dict(headers), encode_chunked=False),
                connection,
            )
        except (OSError, http.client.HTTPException) as error:
            raise BrokenCall(f"the connection to {self.called} broke: {_reason(error)}") from error
        finally:
            connection.close()

    def close(self) -> None:
        """Closes what is idle; what is under way ends by itself, and later calls are refused."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _ask(
        self, send: Callable[[], None], connection: http.client.HTTPSConnection
    ) -> http.client.HTTPResponse:
        with self._breaking():
            send()
            return connection.getresponse()

    @contextmanager
    def _breaking(self) -> Iterator[None]:
        try:
            yield
        except TimeoutError as error:
            raise BrokenCall(f"{self.called} did not answer in time") from error
        except (OSError, http.client.HTTPException) as error:
            raise BrokenCall(f"the connection to {self.called} broke: {_reason(error)}") from error

    @contextmanager
    def _connection(self, patience: float) -> Iterator[http.client.HTTPSConnection]:
        connection = self._taken() or self._open(patience)
        if connection.sock is not None:
            connection.sock.settimeout(patience)
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        with self._lock:
            if not self._closed:
                self._idle.append(connection)
                return
        connection.close()

    def _taken(self) -> http.client.HTTPSConnection | None:
        """A connection that is idle and that the server has not closed meanwhile: nothing is sent into one
        that is dead."""
        while True:
            with self._lock:
                if self._closed:
                    raise Unreachable(f"the connection to {self.called} is closed")
                if not self._idle:
                    return None
                connection = self._idle.pop()
            if connection.sock is not None and not select.select([connection.sock], [], [], 0)[0]:
                return connection
            connection.close()

    def _open(self, patience: float) -> http.client.HTTPSConnection:
        if self._closed:
            raise Unreachable(f"the connection to {self.called} is closed")
        connection = http.client.HTTPSConnection(
            self._settings.address, self._settings.port, timeout=_CONNECTING, context=self._trust()
        )
        try:
            connection.connect()
        except ssl.SSLCertVerificationError as error:
            raise Unreachable(
                f"{self.called} shows a certificate that is not trusted here: {error.verify_message}",
                "name the file of its authority: vsphere://…?cafile=FILE",
            ) from error
        except OSError as error:
            raise Unreachable(f"cannot connect to {self.called}: {_reason(error)}") from error
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sock.settimeout(patience)
        return connection

    def _trust(self) -> ssl.SSLContext:
        """Whom we believe: the system's authorities, or the file that the URI names."""
        if self._context is None:
            try:
                context = ssl.create_default_context(cafile=self._settings.cafile or None)
            except (OSError, ssl.SSLError) as error:
                raise Unreachable(
                    f"the file of certificates '{self._settings.cafile}' cannot be used: {_reason(error)}"
                ) from error
            if not self._settings.verify:
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            self._context = context
        return self._context


def _reason(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__

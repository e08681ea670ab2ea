"""A WinRM endpoint on this machine: HTTPS, a login by Negotiate, and psrpcore's side of PowerShell remoting.

    with HyperVEndpoint(HyperVModel()) as endpoint:
        endpoint.cut("act", after=True)     # the next script of that name takes effect, the reply gets lost
        endpoint.forget_shells()            # as when WinRM is started anew

Scripts run in the model, one at a time.
"""

from __future__ import annotations

import base64
import ssl
import sys
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from xml.etree import ElementTree

import spnego

from drivers.hyperv.scripts import NAMES, script
from tests.support.hyperv import envelopes
from tests.support.hyperv.model import HyperVModel
from tests.support.hyperv.running import run
from tests.support.hyperv.sessions import ServedShell

USER, PASSWORD = "WORKGROUP\\admin", "correct horse"
_SCRIPTS = {script(name): name for name in NAMES}


class HyperVEndpoint:
    """Serves a model, until it is left; `folder` gets the certificate and the list of users."""

    def __init__(self, model: HyperVModel, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.model, self.folder = model, folder
        self.calls: list[str] = []
        self._cuts: list[tuple[str, bool]] = []
        self._shells: dict[str, ServedShell] = {}
        self._server = _Quiet(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._users = folder / "users"
        self._authority = envelopes.certificate(folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._authority)
        self._server.socket = context.wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> HyperVEndpoint:
        self._users.write_text(f"WORKGROUP:admin:{PASSWORD}\n")
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def environment(self) -> dict[str, str]:
        """What a process has to have set that talks to it, and that it runs in."""
        return {"NTLM_USER_FILE": str(self._users), "REQUESTS_CA_BUNDLE": str(self._authority)}

    @property
    def uri(self) -> str:
        """What the driver is to open."""
        return f"hyperv://localhost:{self._server.server_address[1]}?auth=ntlm"

    @property
    def credentials(self) -> dict[str, str]:
        """Who is let in."""
        return {"authname": USER, "passphrase": PASSWORD}

    def cut(self, name: str, *, after: bool) -> None:
        """Breaks the connection at the next script of that name, before or after it took effect."""
        self._cuts.append((name, after))

    def forget_shells(self) -> None:
        """No session is known any more."""
        self._shells.clear()

    def answer(self, request: ElementTree.Element) -> str:
        """The reply to an envelope; raises ConnectionError where the connection is to break."""
        action, shell_id = envelopes.action_of(request), envelopes.shell_of(request)
        if action == "Create":
            shell = ServedShell(envelopes.created_by(request))
            self._shells[shell.id] = shell
            return envelopes.created(request, shell.id)
        found = self._shells.get(shell_id)
        if found is None:
            return envelopes.fault(request, envelopes.NO_SUCH_SHELL)
        if action == "Command":
            return self._command(found, request)
        if action == "Receive":
            data, done = found.output(envelopes.command_of(request))
            return (
                envelopes.received(request, data, done=done)
                if data
                else envelopes.fault(request, envelopes.NOTHING_YET)
            )
        if action == "Delete":
            del self._shells[shell_id]
        return envelopes.plain(request)

    def _command(self, shell: ServedShell, request: ElementTree.Element) -> str:
        command = envelopes.command_of(request)
        text, asked = shell.command(uuid.UUID(command), envelopes.argument_of(request))
        name = _SCRIPTS[text]  # nothing but what is shipped
        self.calls.append(name)
        cut = next((each for each in self._cuts if each[0] == name), None)
        if cut is not None:
            self._cuts.remove(cut)
            if not cut[1]:
                raise ConnectionError
        shell.finish(uuid.UUID(command), lambda: run(self.model, text, asked))
        if cut is not None:
            raise ConnectionError
        return envelopes.commanded(request, command)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        endpoint = self

        class Handler(_Door):
            def reply(self, request: ElementTree.Element) -> str:
                return endpoint.answer(request)

        return Handler


class _Quiet(ThreadingHTTPServer):
    """A client that hangs up is nothing to print."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Door(BaseHTTPRequestHandler):
    """One connection: who is it, and what do they want. A login is good for its connection."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # a reply is one packet, and waits for no acknowledgement
    timeout = 30
    _login: Any = None

    def reply(self, request: ElementTree.Element) -> str:
        raise NotImplementedError

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if not (self._login and self._login.complete) and not self._log_in():
            return
        if not body:
            return self._send(200, "")
        try:
            told = self.reply(ElementTree.fromstring(body))
        except ConnectionError:
            self.close_connection = True
            return None
        return self._send(500 if "Fault>" in told else 200, told)

    def _log_in(self) -> bool:
        given = self.headers.get("Authorization", "")
        if not given.startswith("Negotiate "):
            self._send(401, "", challenge="Negotiate")
            return False
        if self._login is None:
            self._login = spnego.server(protocol="ntlm")
        try:
            token = self._login.step(base64.b64decode(given.removeprefix("Negotiate ")))
        except spnego.exceptions.SpnegoError:
            self._login = None
            self._send(401, "", challenge="Negotiate")
            return False
        if not self._login.complete:
            self._send(401, "", challenge=f"Negotiate {base64.b64encode(token or b'').decode()}")
            return False
        return True

    def _send(self, status: int, text: str, challenge: str = "") -> None:
        data = text.encode()
        self.send_response(status)
        if challenge:
            self.send_header("WWW-Authenticate", challenge)
        self.send_header("Content-Type", "application/soap+xml;charset=UTF-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""

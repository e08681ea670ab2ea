"""A proxy before a vCenter that breaks calls: cuts the connection before or after they take effect, forgets
sessions, answers with faults or nonsense. It has the certificate of the tests."""

from __future__ import annotations

import http.client
import http.server
import re
import socket
import ssl
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self
from weakref import WeakKeyDictionary

from tests.support.vsphere import certificate

_CALL = re.compile(rb"<(?:[a-z]+:)?Body[^>]*>\s*<(?:\w+:)?(\w+)")
_FAULT = """<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope
 xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<soapenv:Body><soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>{text}</faultstring>
<detail><{name}Fault xmlns="urn:vim25" xsi:type="{name}"/></detail>
</soapenv:Fault></soapenv:Body></soapenv:Envelope>"""

Answer = Callable[[bytes], tuple[int, bytes]]


class VsphereProxy:
    """Passes everything on, but for the calls of a name that shall break once: `cut_before`, `cut_after`,
    `fault`, `replaced`."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._broken: dict[str, str] = {}
        self.faults: dict[str, str] = {}
        self.replaced: dict[str, Callable[[bytes], bytes]] = {}
        self.calls: list[str] = []
        self._trust = ssl.create_default_context(cafile=str(certificate()[0]))
        self._behind: WeakKeyDictionary[object, http.client.HTTPSConnection] = WeakKeyDictionary()
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                proxy.pass_on(self)

            def log_message(self, format: str, *args: object) -> None:
                return

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate())
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.address = f"127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def cut(self, call: str, when: str) -> None:
        """The next call of that name is cut: 'before' it reaches the server, or 'after' it took effect."""
        self._broken[call] = when

    def pass_on(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        found = _CALL.search(body)
        call = found[1].decode() if found else ""
        self.calls.append(call)
        when = self._broken.pop(call, "")
        if when == "before":
            self._drop(handler)
            return
        if call in self.faults:
            name = self.faults.pop(call)
            self._answer(handler, 500, _FAULT.format(name=name, text="as the test wants").encode(), "")
            return
        status, answer, cookie = self._asked(handler, body)
        if when == "after":
            self._drop(handler)
            return
        if call in self.replaced:
            status, answer = 200, self.replaced[call](answer)
        self._answer(handler, status, answer, cookie)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _asked(self, handler: http.server.BaseHTTPRequestHandler, body: bytes) -> tuple[int, bytes, str]:
        connection = self._behind.get(handler)
        if connection is None:
            connection = http.client.HTTPSConnection(self._address, timeout=30, context=self._trust)
            self._behind[handler] = connection
        headers = {k: v for k, v in handler.headers.items() if k.lower() in ("cookie", "soapaction")}
        connection.request("POST", handler.path, body, {**headers, "Content-Type": "text/xml"})
        answer = connection.getresponse()
        found = answer.status, answer.read(), answer.getheader("Set-Cookie") or ""
        return found

    def _answer(
        self, handler: http.server.BaseHTTPRequestHandler, status: int, answer: bytes, cookie: str
    ) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(answer)))
        if cookie:
            handler.send_header("Set-Cookie", cookie)
        handler.end_headers()
        handler.wfile.write(answer)

    def _drop(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        handler.connection.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

"""Servers that receivers are: one that takes posts, one that takes mail."""

from __future__ import annotations

import socketserver
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from types import MappingProxyType


@dataclass
class Posted:
    """What came, and what is answered: each status in turn, the last one for ever."""

    statuses: list[int] = field(default_factory=lambda: [200])
    headers: Mapping[str, str] = field(default_factory=dict)
    bodies: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    silent: bool = False
    url: str = ""
    came: threading.Condition = field(default_factory=threading.Condition)
    let_go: threading.Event = field(default_factory=threading.Event)

    def wait(self, number: int) -> None:
        """Until so many came."""
        with self.came:
            assert self.came.wait_for(lambda: len(self.bodies) >= number, 60), self.bodies


@contextmanager
def web_server(**values: object) -> Iterator[Posted]:
    """A server on the loopback."""
    posted = Posted(**values)  # type: ignore[arg-type]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            with posted.came:
                posted.bodies.append(body)
                posted.keys.append(self.headers["idempotency-key"])
                status = posted.statuses.pop(0) if len(posted.statuses) > 1 else posted.statuses[0]
                posted.came.notify_all()
            if posted.silent:
                posted.let_go.wait(60)
            self.send_response(status)
            for name, value in posted.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        posted.url = f"http://127.0.0.1:{server.server_port}/hook/T0P-S3CR3T"
        serving = threading.Thread(target=server.serve_forever, args=(0.05,))
        serving.start()
        try:
            yield posted
        finally:
            posted.let_go.set()
            server.shutdown()
            serving.join()


@dataclass
class Mailed:
    """What came: envelopes and mails; what is refused: the answers by command."""

    answers: Mapping[str, str] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    mails: list[str] = field(default_factory=list)
    port: int = 0


@contextmanager
def mail_server(
    certificate: Path | None = None, answers: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Mailed]:
    """A server on the loopback that takes any mail (RFC 5321); with a certificate it offers STARTTLS, and
    after that a login."""
    mailed = Mailed(answers)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.say("220 here")
            encrypted = False
            while line := self.rfile.readline().decode().strip():
                mailed.commands.append(line)
                verb = line.partition(" ")[0].upper()
                if verb in mailed.answers:
                    self.say(mailed.answers[verb])
                elif verb == "EHLO" and certificate:
                    self.say(f"250-here\r\n250 {'AUTH PLAIN' if encrypted else 'STARTTLS'}")
                elif verb == "STARTTLS" and certificate:
                    self.say("220 go on")
                    self.encrypt(certificate)
                    encrypted = True
                elif verb == "DATA":
                    self.say("354 go on")
                    mailed.mails.append("".join(iter(self.line_of_mail, ".\r\n")))
                    self.say("250 taken")
                else:
                    self.say({"AUTH": "235 it is you", "QUIT": "221 bye"}.get(verb, "250 ok"))

        def encrypt(self, certificate: Path) -> None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            try:
                within = context.wrap_socket(self.connection, server_side=True)
            except OSError:  # the certificate was not taken
                self.rfile, self.wfile = BytesIO(), BytesIO()
                return
            self.rfile, self.wfile = within.makefile("rb"), within.makefile("wb")

        def line_of_mail(self) -> str:
            return self.rfile.readline().decode()

        def say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())
            self.wfile.flush()

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        mailed.port = server.server_address[1]
        serving = threading.Thread(target=server.serve_forever, args=(0.05,))
        serving.start()
        try:
            yield mailed
        finally:
            server.shutdown()
            serving.join()

"""The ways to a repository: ssh with a key, https with a token that goes nowhere else."""

from __future__ import annotations

import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from reconciler.inputs.git.mirror import Mirror
from reconciler.inputs.git.remote import Remote, secret_source
from reconciler.inputs.sources import SourceError
from tests.support.repositories import Upstream

FAKE_SSH = """#!/bin/sh
echo "$*" >> {log}
for last; do :; done
exec sh -c "$last"
"""


def test_ssh_uses_the_key_and_asks_nobody(
    upstream: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs, log, key = tmp_path / "bin", tmp_path / "log", tmp_path / "key"
    programs.mkdir()
    key.write_text("")
    (programs / "ssh").write_text(FAKE_SSH.format(log=log))
    (programs / "ssh").chmod(0o755)
    monkeypatch.setenv("PATH", str(programs), prepend=":")
    remote = Remote(f"git@example.org:{upstream.folder}", "main", ssh_key=str(key))
    assert Mirror(tmp_path / "keep" / "mirror.git", remote).fetch() == upstream.head
    asked = log.read_text().splitlines()[0]
    assert "-oBatchMode=yes -oStrictHostKeyChecking=yes" in asked
    assert f"-oIdentitiesOnly=yes -i {key}" in asked
    assert f"git@example.org git-upload-pack '{upstream.folder}'" in asked


class Server:
    """An https server that answers everything alike, and remembers what it was sent."""

    def __init__(self, certificate: Path, status: int, location: str = "") -> None:
        self.logins: list[str] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.logins.append(self.headers.get("Authorization", ""))
                self.send_response(status)
                if location:
                    self.send_header("Location", location + self.path)
                if status == 401:
                    self.send_header("WWW-Authenticate", "Basic")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self._server.server_port}"

    @contextmanager
    def running(self) -> Iterator[Server]:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
    ]
    command += ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"]
    command += ["-keyout", str(folder / "key"), "-out", str(folder / "cert")]
    subprocess.run(command, check=True, capture_output=True)
    both = folder / "both"
    both.write_text((folder / "key").read_text() + (folder / "cert").read_text())
    return both


@pytest.fixture
def token(certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("GIT_SSL_CAINFO", str(certificate))
    monkeypatch.setenv("no_proxy", "*")
    file = tmp_path / "token"
    file.write_text("hunter2\n")
    return f"file:{file}"


def problem(server: Server, token: str, tmp_path: Path) -> str:
    remote = Remote(f"{server.url}/fleet.git", token=secret_source(token) if token else None)
    with pytest.raises(SourceError) as caught:
        Mirror(tmp_path / "keep" / "mirror.git", remote).fetch()
    return str(caught.value)


def test_a_token_is_sent_and_nobody_is_asked_for_another(
    certificate: Path, token: str, tmp_path: Path
) -> None:
    with Server(certificate, 401).running() as server:
        assert "see --token" in problem(server, token, tmp_path)
        assert "see --token" in problem(server, "", tmp_path)
    assert {login for login in server.logins if login} == {"Basic eC1hY2Nlc3MtdG9rZW46aHVudGVyMg=="}
    assert server.logins[0]
    assert not server.logins[-1]


def test_a_token_does_not_follow_to_another_server(certificate: Path, token: str, tmp_path: Path) -> None:
    with Server(certificate, 200).running() as other, Server(certificate, 301, other.url).running() as server:
        assert "hunter2" not in problem(server, token, tmp_path)
    assert server.logins
    assert not other.logins

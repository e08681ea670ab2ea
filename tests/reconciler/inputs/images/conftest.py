"""A web server with faults, on this machine."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


@dataclass
class Web:
    """What the server gives, and what it was asked for."""

    address: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    status: dict[str, int] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    cut_once: set[str] = field(default_factory=set)
    cut: set[str] = field(default_factory=set)
    stalls: set[str] = field(default_factory=set)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)


@pytest.fixture
def web() -> Iterator[Web]:
    told = Web()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            told.asked.append((path, {k.lower(): v for k, v in self.headers.items()}))
            if path in told.redirects:
                self.send_response(302)
                self.send_header("Location", told.redirects[path])
                self.end_headers()
                return
            data = told.files.get(path)
            status = told.status.get(path, 200 if data is not None else 404)
            etag = f'"{hash(data)}"'
            if status == 200 and self.headers.get("If-None-Match") == etag:
                status = 304
            if status != 200 or data is None:
                self.send_response(status)
                self.end_headers()
                return
            begin = 0
            span = re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))
            if span and self.headers.get("If-Range") == etag:
                begin = int(span[1])
            self.send_response(206 if begin else 200)
            if begin:
                self.send_header("Content-Range", f"bytes {begin}-{len(data) - 1}/{len(data)}")
            self.send_header("Content-Length", str(len(data) - begin))
            self.send_header("ETag", etag)
            self.end_headers()
            whole = path not in told.cut | told.cut_once | told.stalls
            self.wfile.write(data[begin:] if whole else data[begin : begin + (len(data) - begin) // 2])
            told.cut_once.discard(path)
            if path in told.stalls:
                self.wfile.flush()
                time.sleep(1)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    told.address = f"http://127.0.0.1:{server.server_port}"
    yield told
    server.shutdown()
    server.server_close()
    thread.join()

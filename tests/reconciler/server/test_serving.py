"""The thread that serves: real connections, good ones and bad ones, and its end."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import httpx
import pytest
from sse_starlette import EventSourceResponse
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from reconciler.faults import Fault
from reconciler.server import pages, serving
from reconciler.server.hooks import Hooks
from reconciler.server.serving import Server
from reconciler.server.settings import ListenAddress, ServerSettings
from tests.reconciler.server.conftest import DoubleState, People

ANY_PORT = ServerSettings(ListenAddress(port=0))
LONG = 30.0


async def told(request: Request) -> Response:
    client = request.client.host if request.client else ""
    return PlainTextResponse(f"{request.url.scheme} {client}")


def count(request: Request) -> Response:
    app = request.app.state
    return PlainTextResponse(f"{app.settings.fleet} {len(app.state.host_standings())}")


async def endless(request: Request) -> Response:
    async def events() -> AsyncIterator[dict[str, str]]:
        yield {"data": "first"}
        await asyncio.sleep(3600)

    return EventSourceResponse(events())


async def slow(request: Request) -> Response:
    request.app.state.hooks.wake([])
    await asyncio.sleep(3600)
    return Response()


@pytest.fixture(autouse=True, scope="module")
def _pages() -> Iterator[None]:
    made = [
        Route("/told", told),
        Route("/endless", endless),
        Route("/slow", slow),
        Route("/count", count),
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pages, "routes", lambda: list(made))
        yield


@pytest.fixture(scope="module")
def server(_pages: None) -> Iterator[Server]:
    """One for all that asks it nicely, or not."""
    server = Server(ANY_PORT, DoubleState().open(), Hooks())
    server.start()
    yield server
    server.stop(LONG)


def raw(server: Server, request: bytes) -> bytes:
    with socket.create_connection((server.address.host, server.address.port), timeout=LONG) as connection:
        connection.sendall(request)
        answer = b""
        while part := connection.recv(65536):
            answer += part
        return answer


def url(server: Server, path: str) -> str:
    return f"http://{server.address}{path}"


def test_it_answers_at_a_port_that_it_tells_and_nothing_after_its_end(state: DoubleState) -> None:
    server = Server(ANY_PORT, state.open(), Hooks())
    server.start()
    assert server.address.port > 0
    answer = httpx.get(url(server, "/told"))
    assert answer.text == "http 127.0.0.1"
    assert "server" not in answer.headers
    address = server.address
    server.stop(LONG)
    server.stop(LONG)
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://{address}/told")


def test_a_state_may_come_later_and_go_again(state: DoubleState) -> None:
    server = Server(ANY_PORT, None, Hooks())
    server.start()
    assert httpx.get(url(server, "/count")).status_code == 503
    server.show(state.open(), "prod")
    assert httpx.get(url(server, "/count")).text == "prod 0"
    server.hide()
    assert httpx.get(url(server, "/count")).status_code == 503
    server.stop(LONG)


def test_it_listens_on_ipv6(state: DoubleState) -> None:
    server = Server(ServerSettings(ListenAddress("::1", 0)), state.open(), Hooks())
    server.start()
    assert httpx.get(url(server, "/told")).text == "http ::1"
    server.stop(LONG)


def test_an_address_that_is_taken_is_told(server: Server, state: DoubleState) -> None:
    second = Server(ServerSettings(server.address), state.open(), Hooks())
    with pytest.raises(Fault, match=r"Address already in use; another address or port may be free"):
        second.start()


def test_what_is_wrong_with_the_tokens_is_told_before_anybody_is_answered(
    state: DoubleState, people: People
) -> None:
    people.file.write_text("broken")
    with pytest.raises(Fault, match="tokens:1"):
        Server(replace(ANY_PORT, tokens=people.file), state.open(), Hooks()).start()


LOCAL = b"Host: 127.0.0.1\r\nConnection: close\r\n"


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n", 400),
        (b"GET\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.0\r\n\r\n", 421),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nX: \x00\r\n" + LOCAL + b"\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n" + LOCAL + b"\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n" + LOCAL + b"\r\n", 400),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 40000 + b"\r\n" + LOCAL + b"\r\n", 431),
        (b"GET /" + b"x" * 40000 + b" HTTP/1.1\r\n" + LOCAL + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nCookie: virt-reconcile=\xff\xfe\r\n" + LOCAL + b"\r\n", 404),
    ],
)
def test_what_is_no_request_is_told_so_and_nothing_of_ours(
    server: Server, request_: bytes, status: int
) -> None:
    answer = raw(server, request_)
    assert answer.startswith(b"HTTP/1.1 %d " % status), answer[:200]
    assert b"Traceback" not in answer
    assert httpx.get(url(server, "/told")).status_code == 200


@pytest.mark.parametrize(
    "path", [b"/../../../etc/passwd", b"/static/../../../../etc/passwd", b"/static/%2e%2e/x"]
)
def test_no_path_leads_out(server: Server, path: bytes) -> None:
    answer = raw(server, b"GET " + path + b" HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 404 ")


def test_who_asks_for_nothing_is_not_waited_for(state: DoubleState, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "_PATIENCE", 0.2)
    server = Server(ANY_PORT, state.open(), Hooks())
    server.start()
    assert raw(server, b"") == b""
    assert raw(server, b"GET / HTTP/1.1\r\nHost: ") == b""
    server.stop(LONG)


@pytest.mark.parametrize(
    ("proxies", "told"),
    [((), "http 127.0.0.1"), (("127.0.0.0/8",), "https 192.0.2.9"), (("192.0.2.1",), "http 127.0.0.1")],
)
def test_a_proxy_is_believed_where_it_was_named(
    state: DoubleState, proxies: tuple[str, ...], told: str
) -> None:
    server = Server(replace(ANY_PORT, proxies=proxies), state.open(), Hooks())
    server.start()
    headers = {"X-Forwarded-For": "192.0.2.9", "X-Forwarded-Proto": "https"}
    assert httpx.get(url(server, "/told"), headers=headers).text == told
    server.stop(LONG)


def test_a_stream_ends_with_the_server(state: DoubleState) -> None:
    server = Server(ANY_PORT, state.open(), Hooks())
    server.start()
    with httpx.stream("GET", url(server, "/endless"), timeout=LONG) as stream:
        lines = stream.iter_lines()
        assert next(lines) == "data: first"
        assert stream.headers["cache-control"] == "no-store"
        begun = time.monotonic()
        server.stop(LONG)
        assert time.monotonic() - begun < LONG / 2
        assert set(lines) <= {""}


def test_what_runs_for_ever_does_not_hold_the_end_up(state: DoubleState) -> None:
    asked = threading.Event()
    server = Server(ANY_PORT, state.open(), Hooks(wake=lambda _: asked.set()))
    server.start()
    request = b"GET /slow HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with socket.create_connection((server.address.host, server.address.port), timeout=LONG) as connection:
        connection.sendall(request)
        assert asked.wait(LONG)
        begun = time.monotonic()
        server.stop(1.5)
        assert time.monotonic() - begun < LONG / 2

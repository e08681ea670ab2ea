"""How much and how long a request may be, and that none outlives the server."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reconciler.server.words import refusal

HEADERS = 32 * 1024
"""Bytes of a request's path and headers; uvicorn's own limit is for those that come in pieces."""


class SizeLimit:
    """No more is read of a request than it may say, nor for longer than `seconds`."""

    def __init__(self, app: ASGIApp, most: int, larger: Mapping[str, int], seconds: float = 20) -> None:
        self._app, self._most, self._larger, self._seconds = app, most, larger, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        head = [
            scope.get("raw_path", b""),
            scope["query_string"],
            *(part for pair in scope["headers"] for part in pair),
        ]
        if sum(map(len, head)) > HEADERS:
            words = f"its address and headers are too much: {HEADERS // 1024} KiB are allowed"
            await refusal(Request(scope), 431, words)(scope, receive, send)
            return
        most = self._larger.get(scope["path"], self._most)
        told = Headers(scope=scope).get("content-length", "0")
        if not told.isdigit() or int(told) > most:
            await refusal(Request(scope), 413, _too_much(most))(scope, receive, send)
            return
        await self._app(scope, self._counted(receive, most), send)

    def _counted(self, receive: Receive, most: int) -> Receive:
        read, ended = 0, False

        async def counted() -> Message:
            nonlocal read, ended
            if ended:  # what comes now is the end of the connection, and may take its time
                return await receive()
            try:
                message = await asyncio.wait_for(receive(), self._seconds)
            except TimeoutError:
                raise HTTPException(408, "the request took too long to arrive") from None
            read += len(message.get("body", b""))
            ended = not message.get("more_body", False)
            if read > most:
                raise HTTPException(413, _too_much(most))
            return message

        return counted


def _too_much(most: int) -> str:
    return f"that is too much: {most // 1024} KiB are allowed"


class Closing:
    """When the server stops, whoever serves an endless stream is told that its client has gone; and the
    stream gets a proper end, so that its client knows it as one."""

    def __init__(self, app: ASGIApp, closing: asyncio.Event) -> None:
        self._app, self._closing = app, closing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        streaming = False

        async def noted(message: Message) -> None:
            nonlocal streaming
            await send(message)
            streaming = message["type"] == "http.response.start" or message.get("more_body", False)

        await self._app(scope, self._until_closing(receive), noted)
        if streaming:
            await send({"type": "http.response.body", "body": b""})

    def _until_closing(self, receive: Receive) -> Receive:
        async def until_closing() -> Message:
            message = asyncio.ensure_future(_next(receive))
            closing = asyncio.ensure_future(self._closing.wait())
            try:
                await asyncio.wait((message, closing), return_when=asyncio.FIRST_COMPLETED)
                return message.result() if message.done() else {"type": "http.disconnect"}
            finally:
                message.cancel()
                closing.cancel()

        return until_closing


async def _next(receive: Receive) -> Message:
    return await receive()

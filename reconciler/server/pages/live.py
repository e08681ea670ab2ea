"""A run's changes as server-sent events, resumable by the number of the journal."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from anyio import sleep
from anyio.to_thread import run_sync
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.requests import Request

from reconciler.server.pages.desk import desk_of
from reconciler.server.pages.rendering import rendered
from reconciler.server.pages.runs import OPEN, outcomes, row_id, run_of
from state.errors import StateError
from state.journal import ActionEntry, Journal

_EVERY = 0.5
"""Seconds between two looks into the journal."""


async def changes(request: Request) -> EventSourceResponse:
    """The rows of a run that changed after a number of the journal, until the run is over. What the browser
    has seen (`Last-Event-ID`) counts before what its page was made with."""
    after = _number(
        request.headers.get("last-event-id", ""), _number(request.query_params.get("after", ""), 0)
    )
    events = _events(request, request.path_params["number"], after)
    return EventSourceResponse(events, headers={"cache-control": "no-store"})


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else otherwise


async def _events(request: Request, run: int, number: int) -> AsyncIterator[ServerSentEvent]:
    """Ends with the run. The state is asked for each time, for it may be taken away: the stream ends too, and
    the browser comes back."""
    root = request.scope.get("root_path", "")
    try:
        while True:
            journal = desk_of(request).state
            known = await run_sync(run_of, journal, run)
            over = known is None or known.status != OPEN
            while changed := await run_sync(journal.changes_after, number):
                number = changed[-1].number
                if ours := [action for action in changed if action.run == run]:
                    yield ServerSentEvent(await run_sync(_moved, journal, root, run, ours), id=str(number))
            if over:
                yield ServerSentEvent(known.status if known else "gone", event="over", id=str(number))
                return
            await sleep(_EVERY)
    except StateError:
        return


def _moved(journal: Journal, root: str, run: int, changed: Sequence[ActionEntry]) -> str:
    """The rows that changed, and how far the run is."""
    counts = outcomes(journal.actions(run))
    return rendered("moved.html", root=root, actions=changed, counts=counts, row_id=row_id)

"""The addresses of the pages, and what answers each."""

from __future__ import annotations

from gzip import compress
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from reconciler.server.pages.bar import bar_of
from reconciler.server.pages.cut import Cut, page_of
from reconciler.server.pages.decide import decide, end, look
from reconciler.server.pages.desk import desk_of, without_nul
from reconciler.server.pages.fleet import Filter, fleet_view
from reconciler.server.pages.live import changes
from reconciler.server.pages.map import map_document, tag_of
from reconciler.server.pages.rendering import answer
from reconciler.server.pages.resource import resource_view
from reconciler.server.pages.runs import row_id, run_view, runs_of
from specs.identity import Address

_STATIC = Path(__file__).parent / "static"


def routes() -> list[BaseRoute]:
    """All paths of the page."""
    return [
        Route("/", _fleet),
        Route("/map.json", _map),
        Route("/resource", _resource),
        Route("/runs", _runs),
        Route("/runs/{number:int}", _run),
        Route("/runs/{number:int}/changes", changes),
        Route("/hosts", _hosts),
        Route("/commits", _commits),
        Route("/decisions", _decisions),
        Route("/help", _help),
        Route("/decide", decide, methods=["POST"]),
        Route("/end", end, methods=["POST"]),
        Route("/look", look, methods=["POST"]),
        Mount("/static", _Assets(directory=_STATIC)),
    ]


class _Assets(StaticFiles):
    """Files that a browser keeps, and asks each time whether they are what they were."""

    def file_response(self, *args: Any, **named: Any) -> Response:
        response = super().file_response(*args, **named)
        response.headers["cache-control"] = "no-cache"
        return response


def _page(request: Request, template: str, **values: Any) -> Response:
    """A page with the bar above it."""
    desk = desk_of(request)
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    values.setdefault("bar", None)
    values["bar"] = values["bar"] or bar_of(desk)
    return answer(request, template, here=here, visitor=desk.visitor, operates=desk.operates, **values)


def _fleet(request: Request) -> Response:
    desk = desk_of(request)
    bar = bar_of(desk)
    return _page(
        request,
        "fleet.html",
        bar=bar,
        view=fleet_view(desk.state, bar.vigil, Filter.of(request.query_params)),
    )


def _map(request: Request) -> Response:
    desk = desk_of(request)
    document = map_document(desk.state.standings_map(), bar_of(desk).vigil)
    headers = {"etag": tag_of(document), "cache-control": "no-cache", "vary": "accept-encoding"}
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        document = compress(document, 1)
        headers["content-encoding"] = "gzip"
    return Response(document, media_type="application/json", headers=headers)


def _resource(request: Request) -> Response:
    text = without_nul(request.query_params.get("address", ""))
    try:
        address = Address.parse(text)
    except ValueError:
        words = f"'{text}' is no address; one looks like Domain/web or Network/lan@hv1"
        raise HTTPException(404, words) from None
    desk = desk_of(request)
    bar = bar_of(desk)
    view = resource_view(desk, bar.vigil, address)
    if view is None:
        raise HTTPException(404, f"nothing is known of {address}: no look at a host told of it")
    return _page(request, "resource.html", bar=bar, view=view)


def _runs(request: Request) -> Response:
    return _page(request, "runs.html", runs=runs_of(desk_of(request).state))


def _run(request: Request) -> Response:
    number = request.path_params["number"]
    params = request.query_params
    page = page_of(params) if "page" in params else None
    view = run_view(desk_of(request).state, number, params.get("only", ""), page)
    if view is None:
        raise HTTPException(404, f"there is no run {number}, or it is so old that it was removed")
    return _page(request, "run.html", view=view, row_id=row_id)


def _hosts(request: Request) -> Response:
    bar = bar_of(desk_of(request))
    hosts = sorted(bar.vigil.hosts.values(), key=lambda host: not host.why)
    page = Cut(len(hosts), page_of(request.query_params))
    return _page(request, "hosts.html", bar=bar, hosts=hosts[page.first : page.end], cut=page)


def _commits(request: Request) -> Response:
    return _page(request, "commits.html", commits=desk_of(request).state.commits())


def _decisions(request: Request) -> Response:
    desk = desk_of(request)
    known = sorted(desk.state.decisions(past=True), key=lambda each: -each.at)
    holding = [each for each in known if each.holds(desk.now)]
    past = [each for each in known if not each.holds(desk.now)]
    return _page(request, "decisions.html", holding=holding, past=past[:200])


def _help(request: Request) -> Response:
    return _page(request, "help.html")

"""What people decide on the pages: plain forms, for those who may, written down with author and reason."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from reconciler.server.access import Role, require
from reconciler.server.forms import form
from reconciler.server.pages.desk import Desk, desk_of, without_nul
from reconciler.server.pages.rendering import query
from reconciler.server.pages.subject import subject_in
from specs.identity import Address
from specs.units import parse_duration
from state.decisions import Verb

_LONGEST = 1000
"""Characters of a reason, and of what it is about."""
_COMMITS = 200
"""As many as a state keeps."""

_CENTURY = 100 * 365 * 86400.0
_OPPOSITE = {Verb.SUSPEND: Verb.OBSERVE, Verb.OBSERVE: Verb.SUSPEND}
"""What is decided of a part of the fleet; all else is of commits."""

Fields = Mapping[str, str]


def _deed(act: Callable[[Desk, Fields], str]) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that does what a form asks for, and goes on to the page that shows it."""

    async def endpoint(request: Request) -> Response:
        require(request, Role.OPERATE)
        fields = {key: without_nul(value) for key, value in (await form(request)).items()}
        try:
            where = await run_in_threadpool(act, desk_of(request), fields)
        except ValueError as error:
            raise HTTPException(400, str(error)) from None
        return RedirectResponse(request.scope.get("root_path", "") + where, 303)

    return endpoint


@_deed
def decide(desk: Desk, fields: Fields) -> str:
    """Pins, skips or approves a commit; suspends or only observes a part of the fleet."""
    verb, reason = _verb(fields), fields.get("reason", "").strip()
    subject = _subject(desk, verb, fields.get("subject", "").strip())
    if not reason and verb is not Verb.APPROVE:
        raise ValueError("say why: others will want to know")
    if len(reason) > _LONGEST:
        raise ValueError(f"a reason has at most {_LONGEST} characters")
    desk.state.decide(verb, subject, desk.visitor.name, reason, _expiry(desk, fields.get("for", "").strip()))
    if verb in _OPPOSITE:  # the later word counts
        desk.state.end_decision(_OPPOSITE[verb], subject, desk.visitor.name)
    return _told(desk, verb, subject)


@_deed
def end(desk: Desk, fields: Fields) -> str:
    """Ends a decision that is in force: unpins, resumes."""
    verb, subject = _verb(fields), fields.get("subject", "").strip()
    if not desk.state.end_decision(verb, subject, desk.visitor.name):
        raise ValueError("there is nothing to end: somebody else ended it, or its time was over")
    return _told(desk, verb, subject)


@_deed
def look(desk: Desk, fields: Fields) -> str:
    """Has one host looked at now, or all."""
    known, host = sorted(desk.state.host_standings()), fields.get("host", "")
    if host and host not in known:
        raise ValueError("that host is not known")
    desk.wake([host] if host else known)
    return "/hosts"


def _verb(fields: Fields) -> Verb:
    try:
        return Verb(fields.get("verb", ""))
    except ValueError:
        raise ValueError(f"that cannot be decided; what can: {', '.join(Verb)}") from None


def _subject(desk: Desk, verb: Verb, text: str) -> str:
    if len(text) > _LONGEST:
        raise ValueError(f"what it is about has at most {_LONGEST} characters")
    if verb in _OPPOSITE:
        return subject_in(desk.state, text)
    if text not in {note.commit for note in desk.state.commits(_COMMITS)}:
        raise ValueError("that commit is not known: a controller has to have seen it")
    return text


def _expiry(desk: Desk, lasts: str) -> float | None:
    seconds = parse_duration(lasts) if lasts else None
    if seconds is not None and not 0 < seconds < _CENTURY:
        raise ValueError("how long it lasts: longer than nothing, and no century; leave it empty for no end")
    return desk.now + seconds if seconds else None


def _told(desk: Desk, verb: Verb, subject: str) -> str:
    """Wakes whom it concerns, and gives the page that shows it."""
    host = _host_of(desk, subject) if verb in _OPPOSITE else None
    known = sorted(desk.state.host_standings())
    desk.wake([host] if host in known else known)
    if verb not in _OPPOSITE:
        return "/commits"
    return f"/resource?{query(address=subject)}" if host else "/decisions"


def _host_of(desk: Desk, subject: str) -> str | None:
    """The host of the resource that is meant; None where it is no single one."""
    try:
        found = desk.state.standing(Address.parse(subject))
    except ValueError:
        return None
    return found[0].host if found else None

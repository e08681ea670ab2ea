"""Who asks, and what he may do: by a bearer token, by the cookie that a login set, or as anybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException

from reconciler.faults import Fault
from reconciler.server.sessions import BY_PROVIDER, COOKIE, Sessions
from reconciler.server.tokens import Role, Token, TokenFile, find_token

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

    from reconciler.server.settings import ServerSettings

__all__ = ["Doorkeeper", "Role", "Visitor", "require", "visitor"]

ANYBODY = "anybody"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks: a name for the audit, what he may do here and now, and whether a cookie said so."""

    name: str
    role: Role
    session: bool = False
    read_only: bool = False
    """Whether nobody may operate here, whatever his role."""

    def may(self, role: Role) -> bool:
        """Whether he may do what takes this role."""
        return role is Role.VIEW or (self.role is Role.OPERATE and not self.read_only)


def visitor(request: HTTPConnection) -> Visitor:
    """Who asks; where nobody had to say so, anybody who looks."""
    known = request.scope.get("visitor")
    return known if isinstance(known, Visitor) else Visitor(ANYBODY, Role.VIEW, read_only=True)


def require(request: HTTPConnection, role: Role) -> Visitor:
    """Who asks, if he may do what takes this role; else 403, with the reason."""
    who = visitor(request)
    if who.may(role):
        return who
    if who.read_only:
        raise HTTPException(403, "nothing can be changed here: this controller runs without --operate")
    raise HTTPException(403, f"'{who.name}' may look, and not operate: it takes a token of that role")


class Doorkeeper:
    """Tells who asks. Threads share it."""

    def __init__(self, settings: ServerSettings, sessions: Sessions) -> None:
        self._settings, self._sessions = settings, sessions
        self._tokens = TokenFile(settings.tokens) if settings.tokens else None

    def who(self, request: HTTPConnection) -> Visitor | None:
        """Who asks; None when he has to say so first. A wrong token is 401, whatever the cookie says."""
        if not self._settings.guarded:
            return Visitor(ANYBODY, Role.VIEW, read_only=True)
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            token = self.token(secret.strip())
            if token is None:
                raise HTTPException(401, "this token is not known here", {"WWW-Authenticate": "Bearer"})
            return self._visitor(token.name, token.role)
        return self._of_session(request.cookies.get(COOKIE, ""))

    def token(self, secret: str) -> Token | None:
        """The token that somebody shows; None when it is not known."""
        known = self._known()
        return find_token(known, secret) if secret else None

    def _of_session(self, cookie: str) -> Visitor | None:
        """A session is worth what its token is worth now: one that was taken out ends it."""
        session = self._sessions.read(cookie)
        if session is None:
            return None
        if session.proof.startswith(BY_PROVIDER):
            role = Role(session.proof.removeprefix(BY_PROVIDER))
            return self._visitor(session.name, role, session=True) if self._settings.oidc else None
        token = self._known().get(session.name)
        if token is None or session.proof != token.digest:
            return None
        return self._visitor(token.name, token.role, session=True)

    def _visitor(self, name: str, role: Role, *, session: bool = False) -> Visitor:
        return Visitor(name, role, session, read_only=not self._settings.operate)

    def _known(self) -> dict[str, Token]:
        try:
            return dict(self._tokens.now()) if self._tokens else {}
        except Fault as error:
            raise HTTPException(503, f"nobody can be let in: {error}") from None

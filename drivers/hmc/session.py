"""One logon at a console, and requests within it: a session that ended is opened once more.

IBM: "Logon and Logoff" (PUT and DELETE of /rest/api/web/Logon; X-API-Session goes with each request), "HTTP
Status Codes". A console allows few sessions, so an endpoint has one, and logs off."""

from __future__ import annotations

import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass

import httpx

from drivers.base.errors import NotFound, Refused, Transient, Unreachable
from drivers.hmc.atom import problem_of, session_of
from drivers.hmc.elements import WEB, add, made, to_bytes
from drivers.hmc.uri import ConsolePlace

LOGON = "/rest/api/web/Logon"
_LOGON_TYPE = "application/vnd.ibm.powervm.web+xml; type=LogonRequest"
_CONNECT, _READ, _CHANGE = 15.0, 120.0, 600.0
"""Seconds: to be connected, to be answered, and to see a change made (the console waits for the VIOS)."""

_LOST = frozenset({401, 403})
"""No session, or one that ended: 401 (pypowervm's Session), 403 (IBM's "Request Headers")."""
_BUSY = frozenset({429, 502, 503, 504})
_BUSY_WORDS = ("is busy", "retry the operation", "VIOS0014", "HSCL3205")
"""What a console says of a VIOS that works for somebody else (pypowervm's vios_busy helper)."""


class Stale(Transient):
    """What was to be changed is another one by now: HTTP 412, its ETag no longer fits."""


@dataclass(frozen=True, slots=True)
class HmcReply:
    """An answer: its body, and the ETag of what it shows."""

    body: bytes
    etag: str = ""


class HmcSession:
    """Requests to a console, from several threads at once."""

    def __init__(self, place: ConsolePlace, *, readonly: bool = False) -> None:
        """Connects at the first request."""
        self.place, self.readonly = place, readonly
        self._lock = threading.Lock()
        self._token = ""
        self._closed = False
        self._http = httpx.Client(
            base_url=place.address,
            verify=_trust(place),
            timeout=httpx.Timeout(_READ, connect=_CONNECT),
            trust_env=False,
        )

    def get(self, path: str, *, accept: str = "application/atom+xml", wait: float = _READ) -> HmcReply:
        """Reads. A connection that was cut is tried once more: reading changes nothing."""
        try:
            return self._ask("GET", path, {"Accept": accept}, b"", wait)
        except Unreachable:
            self.check_open()
            return self._ask("GET", path, {"Accept": accept}, b"", wait)

    def send(self, method: str, path: str, *, body: bytes = b"", kind: str = "", etag: str = "") -> HmcReply:
        """Changes something: once, for when the connection is cut nobody knows whether it was done.

        Refused over a read-only connection; Stale where the ETag no longer fits."""
        self.require_writable(f"{method} {path}")
        headers = {"Accept": "application/atom+xml; charset=UTF-8"}
        if kind:
            headers["Content-Type"] = kind
        if etag:
            headers["If-Match"] = etag
        return self._ask(method, path, headers, body, _CHANGE)

    def require_writable(self, what: str) -> None:
        """Refused over a read-only connection; Unreachable over a closed one."""
        self.check_open()
        if self.readonly:
            raise Refused(f"{what}: the connection is read-only")

    def check_open(self) -> None:
        """Unreachable once the connection is closed."""
        if self._closed:
            raise Unreachable(f"the connection to {self.place.uri} is closed", "open it again")

    @property
    def closed(self) -> bool:
        """Whether nobody may ask any more."""
        return self._closed

    def close(self) -> None:
        """Logs off, so that the console has the session back; what still waits for an answer ends."""
        token, self._closed, self._token = self._token, True, ""
        with suppress(httpx.HTTPError):
            if token:
                self._http.delete(LOGON, headers={"X-API-Session": token}, timeout=5.0)
        self._http.close()

    def _ask(self, method: str, path: str, headers: dict[str, str], body: bytes, wait: float) -> HmcReply:
        token = self._session("")
        answer = self._request(method, path, headers, body, token, wait)
        if answer.status_code in _LOST:  # it was not let in, so nothing was done: once more, logged on anew
            answer = self._request(method, path, headers, body, self._session(token), wait)
        _check(answer, f"{method} {path}")
        return HmcReply(answer.content, answer.headers.get("etag", "").strip('"'))

    def _request(
        self, method: str, path: str, headers: dict[str, str], body: bytes, token: str, wait: float
    ) -> httpx.Response:
        self.check_open()
        try:
            return self._http.request(
                method,
                path,
                content=body or None,
                headers={**headers, "X-API-Session": token},
                timeout=httpx.Timeout(wait, connect=_CONNECT),
            )
        except (httpx.HTTPError, RuntimeError) as error:  # a closed client raises the latter
            raise _unreachable(self.place, error) from error

    def _session(self, lost: str) -> str:
        """The session that is open; a new one in place of the one that was lost."""
        with self._lock:
            if not self._token or self._token == lost:
                self._token = self._logon()
            return self._token

    def _logon(self) -> str:
        self.check_open()
        if not self.place.user or not self.place.password:
            raise Unreachable(
                f"{self.place.uri}: no user or no password to log on with",
                "set credentials: {username: NAME, password: {env: VARIABLE}} of the Host",
            )
        request = made("LogonRequest", namespace=WEB)
        add(request, "UserID", self.place.user)
        add(request, "Password", self.place.password)
        try:
            answer = self._http.put(LOGON, content=to_bytes(request), headers={"Content-Type": _LOGON_TYPE})
        except (httpx.HTTPError, RuntimeError) as error:
            raise _unreachable(self.place, error) from error
        if answer.status_code in _LOST:
            raise Unreachable(
                f"{self.place.uri}: the console does not let user '{self.place.user}' in",
                "look at the credentials of the Host, and whether the user may use the console remotely",
            )
        _check(answer, "logon")
        token = session_of(answer.content)
        if not token:
            raise Unreachable(f"{self.place.uri}: the console gave no session", "is this an HMC?")
        return token


def _check(answer: httpx.Response, what: str) -> None:
    """Raises what an answer means that is no success."""
    status = answer.status_code
    if status < 300:
        return
    said = problem_of(answer.content) or answer.reason_phrase
    if status == 412:
        raise Stale(f"{what}: it was changed meanwhile: {said}", "the same call may go through later")
    if status in (404, 410):
        raise NotFound(f"{what}: {said}")
    if status in _LOST:
        raise Refused(f"{what}: the user may not do this: {said}", "give it a task role that may")
    if status in _BUSY or any(word.lower() in said.lower() for word in _BUSY_WORDS):
        raise Transient(f"{what}: {said}")
    raise Refused(f"the console refuses it: {said}")


def _unreachable(place: ConsolePlace, error: Exception) -> Unreachable:
    if isinstance(error, httpx.TimeoutException):
        return Unreachable(f"{place.uri} did not answer in time", "the console may be busy, or not be there")
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return Unreachable(
            f"{place.uri}: the console's certificate is not trusted: {error}",
            "add its issuer to this machine's certificates, or name a file with it in SSL_CERT_FILE",
        )
    return Unreachable(f"{place.uri} cannot be reached: {error or type(error).__name__}")


def _trust(place: ConsolePlace) -> ssl.SSLContext | bool:
    """Whom the console's certificate must be signed by: those that this machine trusts."""
    return place.verify and place.address.startswith("https") and ssl.create_default_context()

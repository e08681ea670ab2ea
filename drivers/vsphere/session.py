"""A session of a vCenter or an ESX: logged in when it is first needed, and once more when it was lost."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.cookies import SimpleCookie
from xml.sax.saxutils import escape

from drivers.base.errors import DriverError, Refused, Unreachable
from drivers.vsphere import faults
from drivers.vsphere.soap import ACTION, Element, child, children, envelope, reading, tag, text
from drivers.vsphere.uri import VsphereSettings
from drivers.vsphere.wire import PATIENCE, BrokenCall, Wire

Ref = tuple[str, str]
"""A managed object: its type and its identifier."""

_INSTANCE = ("ServiceInstance", "ServiceInstance")
_PATH = "/sdk"
_COOKIE = "vmware_soap_session"


@dataclass(frozen=True, slots=True)
class VsphereService:
    """What the server says of itself, and the managers that it has, by their names in ServiceContent."""

    product: str
    version: str
    is_vcenter: bool
    identity: str
    managers: Mapping[str, Ref]

    def manager(self, name: str) -> Ref:
        """A manager ('propertyCollector'). Raises Refused where the server has none."""
        if name not in self.managers:
            raise Refused(f"the server has no {name}")
        return self.managers[name]


class VsphereSession:
    """Calls over a wire. May be used by several threads."""

    def __init__(
        self, settings: VsphereSettings, credentials: Mapping[str, str], wire: Wire | None = None
    ) -> None:
        """Nothing is asked before the first call."""
        self.wire = wire or Wire(settings)
        self._user = credentials.get("authname") or settings.user
        self._password = credentials.get("passphrase", "")
        self._cookie = ""
        self._logins = 0
        self._lock = threading.RLock()
        self._service: VsphereService | None = None

    @property
    def service(self) -> VsphereService:
        """What the server is; asked for once."""
        with self._lock:
            if self._service is None:
                self._service = _service(self._once("RetrieveServiceContent", _INSTANCE, ""))
            return self._service

    @property
    def cookie(self) -> str:
        """What says who we are, for files that go up or down."""
        with self._lock:
            if not self._cookie:
                self.login()
            return f"{_COOKIE}={self._cookie}"

    def login(self) -> None:
        """Logs in anew. Raises Unreachable in words where the server does not let us in."""
        if not self._user:
            raise Unreachable(
                f"{self.wire.called} asks who we are",
                "set credentials: {username: NAME, password: {env: VARIABLE}} of the Host",
            )
        manager = self.service.manager("sessionManager")
        with self._lock:
            self._cookie = ""
            body = f"<userName>{escape(self._user)}</userName><password>{escape(self._password)}</password>"
            self._once("Login", manager, body)
            self._logins += 1

    def ask(self, call: str, this: Ref, body: str = "", *, patience: float = PATIENCE) -> Element:
        """A call that changes nothing, and so is tried once more where the connection broke."""
        try:
            return self.do(call, this, body, patience=patience)
        except BrokenCall:
            return self.do(call, this, body, patience=patience)

    def do(self, call: str, this: Ref, body: str = "", *, patience: float = PATIENCE) -> Element:
        """The element that a call returns. What breaks while it is under way is not sent again, for it may
        have been done (Broken)."""
        return reading(self.send(envelope(call, this, body), call, patience=patience))

    def send(self, request: bytes, doing: str, *, patience: float = PATIENCE) -> bytes:
        """The answer to a request, which is no fault; a session that was lost is opened again, once. A server
        that knows no session has done nothing."""
        with self._lock:
            if not self._cookie:
                self.login()
            before = self._logins
        try:
            return self._sent(request, doing, patience)
        except faults.SessionLost:
            with self._lock:
                if self._logins == before:
                    self.login()
            return self._sent(request, doing, patience)

    def close(self) -> None:
        """Logs out, as far as the server still listens: sessions are few (500 of a vCenter, by default)."""
        with self._lock:
            if self._cookie and self._service is not None:
                with suppress(DriverError):
                    self._once("Logout", self._service.manager("sessionManager"), "", patience=5.0)
            self._cookie = ""
        self.wire.close()

    def _once(self, call: str, this: Ref, body: str, *, patience: float = PATIENCE) -> Element:
        return reading(self._sent(envelope(call, this, body), call, patience))

    def _sent(self, request: bytes, doing: str, patience: float) -> bytes:
        headers = {"SOAPAction": ACTION, "Content-Type": "text/xml; charset=utf-8"}
        if self._cookie:
            headers["Cookie"] = f"{_COOKIE}={self._cookie}"
        status, answer, cookie = self.wire.post(_PATH, request, headers, patience=patience)
        if cookie and _COOKIE in (jar := SimpleCookie(cookie)):
            self._cookie = jar[_COOKIE].value
        if status == 200:
            return answer
        if status != 500:
            raise Unreachable(f"{self.wire.called} answers {doing} with HTTP status {status}")
        fault = reading(answer)
        if tag(fault) != "Fault":
            raise Refused(f"{self.wire.called} answers {doing} with an error and does not say which")
        raise faults.of_answer(fault, _words(doing, self.wire.called))


def _words(doing: str, server: str) -> str:
    return f"cannot log in to {server}" if doing == "Login" else doing


def _service(answer: Element) -> VsphereService:
    content = child(answer, "returnval")
    about = child(content, "about")
    managers = {
        tag(each): (str(each.get("type")), each.text or "") for each in children(content) if each.get("type")
    }
    if about is None or "propertyCollector" not in managers:
        raise Refused("the server does not say what it is", "is it a vCenter or an ESX?")
    return VsphereService(
        text(about, "name"),
        f"{text(about, 'fullName') or text(about, 'version')}",
        text(about, "apiType") == "VirtualCenter",
        text(about, "instanceUuid"),
        managers,
    )

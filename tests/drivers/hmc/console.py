"""A console of our own, over real HTTP: stateful, with ETags, jobs, events and faults, fed from recorded
replies.

What it checks it checks as the documentation says that a console does; every body that it takes is read by
IBM's own client first, and its elements must stand in the order that this has for them."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer

from lxml import etree

from drivers.hmc.elements import UOM, WEB, Element, add, made, tag_of, text
from specs.xml import parse
from tests.drivers.hmc.jobs import Jobs
from tests.drivers.hmc.recorded import element, order_of, wrapped
from tests.drivers.hmc.resources import Resource, Resources, seeded
from tests.drivers.hmc.rules import Rejected, check

USER, PASSWORD = "hscroot", "abc123"
ATOM = "http://www.w3.org/2005/Atom"


@dataclass
class Fault:
    """What happens to the next requests that match 'METHOD path' (a pattern): cut-before, cut-after, expire,
    lie (told as done, and not done), stale (somebody else changes it first), or an HTTP status."""

    pattern: str
    what: str
    times: int = 1


@dataclass
class Console:
    """One console, until it is stopped."""

    resources: Resources = field(default_factory=seeded)
    faults: list[Fault] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    bodies: list[Element] = field(default_factory=list)
    sessions: set[str] = field(default_factory=set)
    logons: int = 0
    events: list[tuple[str, str, str]] = field(default_factory=list)
    heard: dict[str, int] = field(default_factory=dict)
    cut: tuple[int, str] = (0, "")
    """Which of the changes from now on is cut, and how."""
    lock: threading.RLock = field(default_factory=threading.RLock)
    told: threading.Condition = field(default_factory=threading.Condition)
    ended: bool = False

    def __post_init__(self) -> None:
        self.jobs = Jobs(self)

    def fault(self, pattern: str, what: str, times: int = 1) -> None:
        self.faults.append(Fault(pattern, what, times))

    def taken(self, request: str) -> str:
        if self.cut[0] and not request.startswith("GET") and "Logon" not in request:
            self.cut = (self.cut[0] - 1, self.cut[1])
            if not self.cut[0]:
                return self.cut[1]
        for fault in self.faults:
            if fault.times and re.search(fault.pattern, request):
                fault.times -= 1
                return fault.what
        return ""

    def changed(self, resource: Resource, detail: str = "Other", what: str = "MODIFY_URI") -> None:
        resource.changes += 1
        self.tell(what, f"{resource.kind}/{resource.uuid}", detail, self.resources.system_of(resource))

    def tell(self, what: str, path: str, detail: str = "", system: str = "") -> None:
        below = f"ManagedSystem/{system}/" if system else ""
        with self.told:
            self.events.append((what, f"https://hmc/rest/api/uom/{below}{path}", detail))
            self.told.notify_all()


class Answer(Exception):
    """An answer that is not the usual one."""

    def __init__(self, status: int, body: bytes = b"", etag: str = "") -> None:
        self.status, self.body, self.etag = status, body, etag


def respond(console: Console, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
    """What the console answers to a request."""
    bare, _, query = path.partition("?")
    if bare == "/rest/api/web/Logon":
        return _logon(console, method, headers, body)
    if headers.get("x-api-session", "") not in console.sessions:
        return Answer(401, error(401, "no valid session"))
    parts = bare.removeprefix("/rest/api/uom/").split("/")
    if parts[0] == "Event":
        return _events(console, query)
    with console.lock:
        try:
            if parts[0] == "jobs":
                return console.jobs.ask(method, parts[1:])
            if len(parts) > 2 and parts[-2] == "do":
                return console.jobs.begin(parts[-1], _found(console, parts[:-2]), parse(body, blanks=False))
            if method == "GET":
                return _read(console, parts)
            return _write(console, method, parts, headers, body)
        except Rejected as problem:
            return Answer(problem.status, error(problem.status, str(problem)))
        except Answer as answer:
            return answer


def _logon(console: Console, method: str, headers: dict[str, str], body: bytes) -> Answer:
    if method == "DELETE":
        console.sessions.discard(headers.get("x-api-session", ""))
        return Answer(204)
    request = parse(body)
    if (text(request, "UserID"), text(request, "Password")) != (USER, PASSWORD):
        return Answer(401, error(401, "HSCL0000 the user name or password is not valid"))
    console.logons += 1
    token = f"session-{console.logons}"
    console.sessions.add(token)
    answer = etree.Element(f"{{{WEB}}}LogonResponse")
    add(answer, "X-API-Session", token)
    return Answer(200, etree.tostring(answer))


def _read(console: Console, parts: list[str]) -> Answer:
    if parts[-2:] == ["quick", "All"]:
        found_all = console.resources.of(parts[-3], parts[-4])
        short = [{"UUID": e.uuid, "PartitionName": text(e.element, "PartitionName")} for e in found_all]
        return Answer(200, json.dumps(short).encode())
    if len(parts) % 2 == 0:
        found = _found(console, parts)
        return Answer(200, etree.tostring(entry(found)), found.etag)
    parent = _found(console, parts[:-1]).uuid if len(parts) > 1 else ""
    found_all = console.resources.of(parts[-1], parent)
    return Answer(200, feed(found_all)) if found_all else Answer(204)


def _write(console: Console, method: str, parts: list[str], headers: dict[str, str], body: bytes) -> Answer:
    if method == "DELETE":
        found = _found(console, parts)
        check(console.resources, method, found, None)
        del console.resources.all[found.uuid.lower()]
        console.tell("DELETE_URI", f"{found.kind}/{found.uuid}", "", console.resources.system_of(found))
        return Answer(204)
    sent = parse(body, blanks=False)
    console.bodies.append(sent)
    _in_order(sent)
    expected = f"application/vnd.ibm.powervm.uom+xml; type={tag_of(sent)}"
    if headers.get("content-type") != expected:
        raise Rejected(f"the content type is not {expected}", 415)
    if method == "PUT":
        parent = _found(console, parts[:-1])
        new = check(console.resources, method, parent, sent)
        assert new is not None
        console.changed(new, "", "ADD_URI")
        return Answer(200, etree.tostring(entry(new)), new.etag)
    found = _found(console, parts)
    if headers.get("if-match", "") != found.etag:
        raise Rejected("the etag does not match", 412)
    check(console.resources, method, found, sent)
    console.changed(found)
    return Answer(200, etree.tostring(entry(found)), found.etag)


def _in_order(sent: Element) -> None:
    """IBM's client reads what is sent, and has its elements in this order."""
    order = order_of(wrapped(sent))
    tags = [tag_of(each) for each in sent]
    known = [tag for tag in tags if tag in order]
    assert known or not order, f"pypowervm knows nothing of {tag_of(sent)}"
    assert known == sorted(known, key=order.index), f"{tag_of(sent)}: {known}"


def _found(console: Console, parts: list[str]) -> Resource:
    resource = console.resources.all.get(parts[-1].lower())
    if resource is None or resource.kind != parts[-2]:
        raise Rejected(f"no {parts[-2]} {parts[-1]}", 404)
    return resource


def _events(console: Console, query: str) -> Answer:
    queue = query.partition("APPLICATIONID=")[2].rpartition("=")[2]
    if queue not in console.heard:
        console.heard[queue] = len(console.events)
        return Answer(200, _event_feed([("NEW_CLIENT", "", "")]))
    with console.told:
        console.told.wait_for(lambda: console.ended or len(console.events) > console.heard[queue], timeout=10)
        new = console.events[console.heard[queue] :]
        console.heard[queue] = len(console.events)
    return Answer(200, _event_feed(new)) if new else Answer(204)


def _event_feed(events: list[tuple[str, str, str]]) -> bytes:
    found = []
    for what, where, detail in events:
        event = made("Event", root=True)
        add(event, "EventType", what)
        add(event, "EventID", "1")
        add(event, "EventData", where)
        add(event, "EventDetail", detail)
        found.append(Resource("Event", "248c622f-d4aa-3202-b833-ccbeceefaf35", "", event))
    return feed(found)


def entry(resource: Resource) -> Element:
    root = etree.Element(f"{{{ATOM}}}entry")
    etree.SubElement(root, f"{{{ATOM}}}id").text = resource.uuid
    etree.SubElement(root, f"{{{UOM}}}etag").text = resource.etag
    etree.SubElement(root, f"{{{ATOM}}}content").append(deepcopy(resource.element))
    return root


def feed(resources: list[Resource]) -> bytes:
    root = etree.Element(f"{{{ATOM}}}feed")
    root.extend([entry(each) for each in resources])
    return etree.tostring(root)


def error(status: int, message: str) -> bytes:
    """An error as real consoles tell one."""
    told = element("fake_httperror.txt")
    for tag, value in (("HTTPStatus", str(status)), ("Message", message)):
        found = told.find(f"{{{WEB}}}{tag}")
        assert found is not None
        found.text = value
    root = etree.Element(f"{{{ATOM}}}entry")
    etree.SubElement(root, f"{{{ATOM}}}content").append(told)
    return etree.tostring(root)


def _handler(console: Console) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def log_message(self, *_: object) -> None:
            pass

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = f"{self.command} {self.path}"
            console.requests.append(request)
            fault = console.taken(request)
            if fault == "cut-before":
                return self._cut()
            answer = _faulty(
                console, fault, lambda: respond(console, self.command, self.path, headers, body), self.path
            )
            if fault == "cut-after":
                return self._cut()
            self.send_response(answer.status)
            if answer.etag:
                self.send_header("ETag", answer.etag)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)
            self.wfile.flush()
            return None

        def _cut(self) -> None:
            self.close_connection = True
            self.connection.close()

        do_GET = do_PUT = do_POST = do_DELETE = _serve

    return Handler


def _faulty(console: Console, fault: str, do: Callable[[], Answer], path: str) -> Answer:
    if fault == "expire":
        console.sessions.clear()
    if fault.isdigit():
        return Answer(int(fault), error(int(fault), "HSCL9999 an injected fault"))
    if fault == "stale":
        resource = console.resources.all.get(path.partition("?")[0].rpartition("/")[2].lower())
        assert resource is not None
        resource.changes += 1
    if fault == "lie":
        with console.lock:
            before = deepcopy(console.resources)
            answer = do()
            console.resources = before
            return answer
    return do()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def server_bind(self) -> None:
        TCPServer.server_bind(self)  # without asking who it is, which takes long
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]


@contextmanager
def running(console: Console | None = None) -> Iterator[tuple[Console, str]]:
    """A console that answers, and its address."""
    console = console or Console()
    server = _Server(("127.0.0.1", 0), _handler(console))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield console, f"127.0.0.1:{server.server_address[1]}"
    finally:
        with console.told:
            console.ended = True
            console.told.notify_all()
        server.shutdown()
        server.server_close()
        thread.join(5)

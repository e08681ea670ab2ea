"""A host's own log of calls: who called what upon which object, as libvirtd itself tells it.

Each line of libvirtd's log names its thread. A thread that takes up a request says for which client
(virNetServerHandleJob), then the called function says its arguments (VIR_DEBUG in src/libvirt-*.c); the
client's socket is known since it was accepted (RPC_SERVER_CLIENT_NEW), with the address that it came from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

FILTERS = (
    "3:rpc.netserverprogram 2:rpc.netserverclient 1:rpc.netserver 2:rpc.netsocket 1:libvirt.domain"
    " 1:libvirt.network 1:libvirt.storage 1:libvirt.secret 1:libvirt.nwfilter"
)
"""What libvirtd has to log; the first filter that fits a source counts (virLogSourceUpdate)."""

_LINE = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+\+0000): (\d+): (\w+) : (?:(\w+):\d+ : )?(.*)")
_FUNCTION = re.compile(r"vir(Domain|Network|StoragePool|StorageVol|Secret|NWFilter)([A-Z]\w+)")
_READING = re.compile(
    r"\w*Get|Lookup|List|Is[A-Z]|Ref$|Free$|Dispose|Num|Has|InterfaceAddresses|InterfaceStats|BlockStats"
    r"|MemoryStats|MemoryPeek|BlockPeek|OpenConsole|Screenshot|Download|Refresh|AgentSetResponseTimeout"
    r"|Port[A-Z]|EventState|Snapshot(Num|List|Is|Current|Has)"
)
_NAME = re.compile(r"name=([^,]+), uuid=")
_ELEMENT = re.compile(r"<name>([^<]*)</name>")


@dataclass(frozen=True, slots=True)
class Call:
    """One call that may change something. `client` is the address that it came from, '' for one on the host
    itself; `name` is '' where the log does not tell it."""

    at: float
    host: str
    client: str
    function: str
    kind: str
    name: str


@dataclass(slots=True)
class _Reader:
    host: str
    addresses: dict[str, str] = field(default_factory=dict)
    clients: dict[str, str] = field(default_factory=dict)
    threads: dict[str, str] = field(default_factory=dict)

    def note(self, thread: str, function: str, text: str) -> None:
        """What a line tells of sockets, clients and threads."""
        if text.startswith("libvirt version"):  # another libvirtd: all pointers are new
            self.addresses, self.clients, self.threads = {}, {}, {}
        elif text.startswith("RPC_SOCKET_NEW"):
            self.addresses[_value(text, "sock")] = _value(text, "remoteAddr").partition(";")[0]
        elif text.startswith("RPC_SERVER_CLIENT_NEW"):
            self.clients[_value(text, "client")] = self.addresses.get(_value(text, "sock"), "")
        elif function == "virNetServerHandleJob":
            self.threads[thread] = self.clients.get(_value(text, "client"), "")

    def client(self, thread: str) -> str:
        """The address for which a thread works."""
        address = self.threads.get(thread, "")
        return "" if address == "127.0.0.1" else address


def read_calls(host: str, lines: Iterable[str]) -> Iterator[Call]:
    """The calls that may change something, in the order of the log."""
    reader = _Reader(host)
    pending: tuple[float, str, str] | None = None
    document = ""
    for line in lines:
        found = _LINE.match(line)
        if not found:
            document += line
            continue
        if pending:
            yield _call(reader, pending, document)
        at, thread, _, function, text = found.groups()
        pending, document = None, text
        if function and _changes(function):
            pending = (_seconds(at), thread, function)
        else:
            reader.note(thread, function or "", text)
    if pending:
        yield _call(reader, pending, document)


def calls_of(host: str, log: Path) -> list[Call]:
    """The calls in a host's log."""
    with log.open(errors="replace") as lines:
        return list(read_calls(host, lines))


def _call(reader: _Reader, pending: tuple[float, str, str], text: str) -> Call:
    at, thread, function = pending
    name = _NAME.search(text) or _ELEMENT.search(text)
    kind = _FUNCTION.match(function)
    assert kind
    return Call(at, reader.host, reader.client(thread), function, kind[1], name[1] if name else "")


def _changes(function: str) -> bool:
    """Whatever is not known to read is taken to change something."""
    found = _FUNCTION.fullmatch(function)
    return found is not None and not _READING.match(found[2])


def _value(text: str, name: str) -> str:
    found = re.search(rf"\b{name}=(\S+)", text)
    return found[1].rstrip(",") if found else ""


def _seconds(at: str) -> float:
    return datetime.strptime(at, "%Y-%m-%d %H:%M:%S.%f%z").timestamp()

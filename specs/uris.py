"""Which connection URIs files may say: schemes, transports and parameters, as data.

libvirt's remote URIs (https://libvirt.org/uri.html, src/remote/remote_driver.c) can name a program that is
run on this side (command, netcat, the ext transport), files that are read here (keyfile, pkipath,
known_hosts, authfile, test:///FILE) and another URI to open over there (name). None of these is on the list.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from urllib.parse import quote

from specs.diagnostics import did_you_mean

DRIVERS = "virt_reconcile.drivers"
"""The group of entry points under which other drivers are found."""

_FLAG = re.compile("[01]")
_ANYTHING_PLAIN = re.compile(r"[A-Za-z0-9._,:-]+")
_SOCKET = re.compile(r"(?:/[A-Za-z0-9._-]+)*/(?:libvirt|virt[a-z]+d)-sock(?:-ro)?")
_EVERYWHERE = {"mode": re.compile("auto|legacy|direct"), "auth": re.compile("none|sasl|tls")}
_SSH = {
    **_EVERYWHERE,
    "no_tty": _FLAG,
    "no_verify": _FLAG,
    "proxy": re.compile("auto|native|netcat"),
}
_LIBSSH = {
    **_SSH,
    "sshauth": _ANYTHING_PLAIN,
    "known_hosts_verify": re.compile("normal|auto|ignore"),
}
TRANSPORTS: Mapping[str, Mapping[str, re.Pattern[str]]] = {
    "": _EVERYWHERE,
    "unix": {**_EVERYWHERE, "socket": _SOCKET},
    "ssh": _SSH,
    "libssh": _LIBSSH,
    "libssh2": _LIBSSH,
    "tls": {**_EVERYWHERE, "no_verify": _FLAG, "no_sanity": _FLAG},
    "tcp": _EVERYWHERE,
}
"""Transports with the parameters that each may have, and their values."""

_DIRECT = {"no_verify": _FLAG, "auto_answer": _FLAG, "transport": re.compile("https?")}
_ANY_PATH = re.compile(r"(?:[A-Za-z0-9._~/+:@,=-]|%20)*")


@dataclass(frozen=True, slots=True)
class Scheme:
    """A hypervisor: the paths that its URIs may have, and its parameters where libvirt needs no daemon; of a
    driver of our own its `transports`, where these are not libvirt's."""

    paths: re.Pattern[str]
    direct: Mapping[str, re.Pattern[str]] | None = None
    transports: Mapping[str, Mapping[str, re.Pattern[str]]] | None = None


_DAEMON = Scheme(re.compile("/?|/system|/session"))
_SYSTEM = Scheme(re.compile("/?|/system"))
SCHEMES: Mapping[str, Scheme] = {
    **dict.fromkeys(("qemu", "bhyve", "vz", "openvz", "ch"), _DAEMON),
    **dict.fromkeys(("lxc", "xen"), _SYSTEM),  # virLXCDriver and libxl know no session
    **dict.fromkeys(("vmwarews", "vmwareplayer", "vmwarefusion"), _DAEMON),
    "test": Scheme(re.compile("/default")),
    "esx": Scheme(re.compile("/?"), {**_DIRECT, "vcenter": _ANYTHING_PLAIN}),
    "gsx": Scheme(re.compile("/?"), _DIRECT),
    "vpx": Scheme(_ANY_PATH, _DIRECT),
    "phyp": Scheme(_ANY_PATH, {}),
}
"""libvirt's own schemes."""

_WINRM = {
    "transport": re.compile("https?"),
    "auth": re.compile("negotiate|kerberos|ntlm|basic"),
    "no_verify": _FLAG,
}
_PRODUCT = {"product": re.compile("workstation|player|fusion")}
_NAMED = re.compile(r"(?:[A-Za-z0-9._,:+-]|%20)+")
_PLACES = dict.fromkeys(("cluster", "host", "datastore", "folder"), _NAMED)
NATIVE: Mapping[str, Scheme] = {
    "hmc": Scheme(_ANY_PATH, transports={"": {"no_verify": _FLAG, "transport": re.compile("https?")}}),
    "vmware": Scheme(_ANY_PATH, transports={"": _PRODUCT, "ssh": _PRODUCT}),
    "hyperv": Scheme(re.compile("/?"), transports={"": _WINRM, "ssh": {}}),
    "vbox": Scheme(re.compile("/?"), transports={"": {}, "ssh": {}}),
    "vsphere": Scheme(_ANY_PATH, transports={"": {**_PLACES, "no_verify": _FLAG}}),
}
"""Schemes of drivers of our own."""

_WHY = {
    "command": "runs a program on this machine",
    "netcat": "names a program that is run",
    "ext": "runs a program on this machine",
    "keyfile": "names a file of this machine",
    "cafile": "names a file of this machine",
    "pkipath": "names files of this machine",
    "known_hosts": "names a file of this machine",
    "authfile": "names a file of this machine",
    "socket": "names a socket of this machine; one of libvirt's own is called libvirt-sock",
    "name": "opens another URI on the other side",
    "tls_priority": "may weaken the connection",
    "root": "names a folder of this machine",
}
_WEAK = {
    "no_verify": ("1", "whoever answers is taken for the host"),
    "no_sanity": ("1", "certificates are used as they are"),
    "known_hosts_verify": ("ignore", "whoever answers is taken for the host"),
    "transport": ("http", "nothing is encrypted, the password neither"),
}
_WHOLE = re.compile(
    r"(?P<scheme>[A-Za-z0-9]+)(?:\+(?P<transport>[A-Za-z0-9]+))?:"
    r"(?://(?:(?P<user>[^@/?#]*)@)?(?P<host>\[[0-9a-fA-F:.]+\]|[^:/?#@\[\]]*)(?::(?P<port>[0-9]+))?)?"
    r"(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?"
)
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class Parts:
    """A URI taken apart; the names of parameters in small letters, as libvirt compares them."""

    scheme: str
    transport: str
    user: str
    host: str
    port: str
    path: str
    parameters: tuple[tuple[str, str], ...]


def parts_of(uri: str) -> Parts | None:
    """The parts of a URI; None where it cannot be read without doubt."""
    found = _WHOLE.fullmatch(uri)
    if found is None or not uri.isascii() or not uri.isprintable() or ";" in (found["query"] or ""):
        return None  # libvirt takes ';' for '&' (virURIParseParams)
    given = tuple(
        (name.lower(), value)
        for name, _, value in (
            piece.partition("=") for piece in filter(None, (found["query"] or "").split("&"))
        )
    )
    return Parts(
        found["scheme"].lower(),
        (found["transport"] or "").lower(),
        found["user"] or "",
        found["host"] or "",
        found["port"] or "",
        found["path"],
        given,
    )


def in_the_tree(uri: str, root: Path) -> str:
    """A URI as it is meant in the files of a tree: a simulated host's file may be told from there, so that a
    tree holds no path of the machine that it was written on."""
    scheme, _, rest = uri.partition(":")
    if scheme != "sim" or rest[:1] in ("", "/", "?"):
        return uri
    return f"sim://{quote(str(root.resolve()))}/{rest}"


def refusal(uri: str) -> str:
    """Why a tree may not say this URI, with what is allowed; '' when it may."""
    if uri.startswith("sim:"):
        return ""
    parts = parts_of(uri)
    if parts is None:
        return "it cannot be read without doubt: write SCHEME[+TRANSPORT]://[USER@]HOST/PATH?NAME=VALUE"
    scheme = SCHEMES.get(parts.scheme) or NATIVE.get(parts.scheme)
    if scheme is None:
        known = {"sim", *SCHEMES, *NATIVE, *_other_drivers()}
        return (
            ""
            if parts.scheme in known
            else f"no driver knows '{parts.scheme}'{did_you_mean(parts.scheme, known)}"
        )
    return _transport(parts, scheme) or _place(parts, scheme) or _parameters(parts, scheme)


def weaknesses(uri: str) -> tuple[str, ...]:
    """What a person should know of an allowed URI: whom it lets listen, or answer."""
    parts = parts_of(uri)
    if parts is None or parts.scheme not in {*SCHEMES, *NATIVE}:
        return ()
    found = [f"{name}={value}: {_WEAK[name][1]}" for name, value in parts.parameters if _is_weak(name, value)]
    if parts.transport == "tcp":
        found.append(
            "tcp is not encrypted: whoever is in between reads and changes all of it; use tls or ssh"
        )
    return tuple(found)


def matches(uri: str, pattern: str) -> bool:
    """Whether a URI is one of those that a pattern of the controller's policy means: each part by itself,
    so that no part of a tree's choice reaches over into another."""
    given, wanted = parts_of(uri), parts_of(pattern)
    if given is None or wanted is None or ".." in given.path.split("/") or "%" in uri or _misnamed(given):
        return False
    pairs = (
        (given.scheme, wanted.scheme),
        (given.transport, wanted.transport),
        (given.user, wanted.user),
        (given.host, wanted.host),
        (given.port, wanted.port),
        (given.path, wanted.path),
    )
    allowed = dict(wanted.parameters)
    return all(value == sample or fnmatchcase(value, sample) for value, sample in pairs) and all(
        name in allowed and fnmatchcase(value, allowed[name]) for name, value in given.parameters
    )


def _is_weak(name: str, value: str) -> bool:
    return name in _WEAK and value == _WEAK[name][0]


def _other_drivers() -> set[str]:
    from importlib.metadata import entry_points

    return {point.name for point in entry_points(group=DRIVERS)}


def _transport(parts: Parts, scheme: Scheme) -> str:
    known = TRANSPORTS if scheme.transports is None else scheme.transports
    if parts.transport in known:
        return ""
    why = f", which {_WHY[parts.transport]}," if parts.transport in _WHY else ""
    listed = ", ".join(name or "none" for name in known)
    return f"the transport '{parts.transport}'{why} is not allowed; allowed: {listed}"


def _place(parts: Parts, scheme: Scheme) -> str:
    wrong = _misnamed(parts)
    if wrong:
        return (
            f"'{wrong}' is no name of a user or host: letters, digits, '.', '_', '-', and no '-' at its begin"
        )
    if not scheme.paths.fullmatch(parts.path) or ".." in parts.path.split("/"):
        allowed = "no other path than /default, for that is a file's name" if parts.scheme == "test" else ""
        allowed = "/system" if scheme is _SYSTEM else allowed
        return f"the path '{parts.path}' is not allowed; allowed: {allowed or '/system, /session'}"
    return ""


def _misnamed(parts: Parts) -> str:
    """A user or host that a program could take for an option of its own, or for more than a name."""
    given = (parts.user, parts.host if not parts.host.startswith("[") else "")
    return next((value for value in given if value and not _NAME.fullmatch(value)), "")


def _parameters(parts: Parts, scheme: Scheme) -> str:
    direct = scheme.direct is not None and not parts.transport
    remote = TRANSPORTS[parts.transport or ("tls" if parts.host else "")]
    allowed = scheme.direct if direct and scheme.direct is not None else remote
    if scheme.transports is not None:
        allowed = scheme.transports[parts.transport]
    for name, value in parts.parameters:
        if name not in allowed:
            why = f", which {_WHY[name]}," if name in _WHY else ""
            near = did_you_mean(name, allowed) or "; none is allowed here"
            return f"the parameter '{name}'{why} is not allowed{near}"
        if not allowed[name].fullmatch(value):
            why = f", which {_WHY[name]}" if name in _WHY else ""
            return f"{name}={value} is not allowed{why}"
    return ""

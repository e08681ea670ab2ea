"""What to run once, when a host cannot be reached: by what ssh and libvirt say of the way to it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from string import Template

from specs.uris import parts_of


@dataclass(frozen=True, slots=True)
class HostWay:
    """How a host is reached: by which transport ('ssh', 'tls', …; '' on this machine), and as whom."""

    transport: str = ""
    host: str = ""
    user: str = ""
    port: int = 0

    @classmethod
    def of(cls, uri: str) -> HostWay:
        """The way that a libvirt URI takes; nowhere in particular where it cannot be read."""
        parts = parts_of(uri)
        if parts is None:
            return cls()
        kind = parts.transport or ("tls" if parts.host else "")
        kind = "ssh" if kind in ("libssh", "libssh2") else kind
        return cls(kind, parts.host.strip("[]"), parts.user, int(parts.port or 0))

    @property
    def target(self) -> str:
        """USER@HOST, as far as the URI says it."""
        return shlex.quote(f"{self.user}@{self.host}" if self.user else self.host)

    def words(self) -> Mapping[str, str]:
        """What advice is made of: commands here, and there as whoever may do everything."""
        apart = self.port if self.transport == "ssh" else 0
        port, known = (f"-p {apart} ", f"[{self.host}]:{apart}") if apart else ("", self.host)
        there = f"ssh -t {port}{self.target}" + ("" if self.user == "root" else " sudo")
        return {
            "ssh": f"ssh {port}{self.target}",
            "copy": f"ssh-copy-id {port}{self.target}",
            "there": there,
            "forget": f"ssh-keygen -R {shlex.quote(known)}",
            "host": self.host or "this machine",
            "port": str(self.port or 22),
            "user": self.user or "your user there",
            "login": shlex.quote(self.user) if self.user else "$USER",
            "transport": self.transport,
        }


@dataclass(frozen=True, slots=True)
class Advice:
    """What is wrong, in place of words of a program, and what a person runs once."""

    why: str
    hint: str


@dataclass(frozen=True, slots=True)
class Sign:
    """`said` in what a program says means `why`; `hint` is what to do, both with the words of a way."""

    said: re.Pattern[str]
    why: str
    hint: str

    def advice(self, way: HostWay, *, agent: bool = True) -> Advice:
        """What to do on that way. With no `agent`, a key with a passphrase is of no use."""
        words = way.words()
        hint = Template(self.hint).substitute(words)
        if self is NOT_LET_IN and not agent:
            hint += "; there is no ssh-agent, and a key with a passphrase needs one (ssh-add)"
        return Advice(Template(self.why).substitute(words), hint)


def _sign(said: str, why: str, hint: str) -> Sign:
    return Sign(re.compile(said, re.IGNORECASE | re.DOTALL), why, hint)


CHANGED = _sign(
    "identification has changed|host key verification failed !!!",
    "the host shows another key than the one that is known here",
    "was it installed anew, or is it another machine? Only if you are sure, once: $forget; $ssh",
)
UNKNOWN = _sign(
    "host key verification failed|verify the session host key",
    "the host's key is not known here",
    "look at its fingerprint and accept it, once, as the user that runs this: $ssh",
)
NOT_LET_IN = _sign(
    r"permission denied \(|private key passphrase|reading private key|too many authentication failures",
    "it does not let us in: no key that ssh has is one of $user's",
    "give it one, once: $copy",
)
NO_NAME = _sign(
    "could not resolve hostname|unable to resolve address|name or service not known|"
    "temporary failure in name resolution|no address associated|nodename nor servname",
    "nobody knows the name $host",
    "is it spelt right? `getent hosts $host` tells; else write its address",
)
NO_SSHD = _sign(
    "connect to host .* connection refused|connection refused",
    "nobody listens on its port $port",
    "is sshd running there (sudo apt install openssh-server), or has it another port"
    " (qemu+ssh://$host:PORT/system)?",
)
NO_ANSWER = _sign(
    "timed out|no route to host|network is unreachable",
    "it did not answer",
    "is it up, and does a firewall let us through to port $port? `$ssh` shows how far it gets",
)

OTHER = _sign("$^", "", "does `$ssh` work?")

_SSH = (
    CHANGED,
    UNKNOWN,
    NOT_LET_IN,
    NO_NAME,
    NO_ANSWER,
    _sign(
        r"(nc|netcat|ncat|virt-ssh-helper): (command )?not found|"
        r"(nc|netcat|ncat|virt-ssh-helper): no such file",
        "the host lacks what leads from ssh to its libvirt",
        "install it there, once: $there apt install libvirt-daemon-system netcat-openbsd",
    ),
    _sign(
        r"(sock|nc: unix|virt-ssh-helper).*permission denied",
        "$user may not use libvirt there",
        "give the right, once: $there adduser $login libvirt",
    ),
    _sign(
        r"(sock|nc: unix|virt-ssh-helper).*(no such file|connection refused)|connect failed: no such file",
        "libvirt's daemon is not running there",
        "start it, once: $there systemctl enable --now libvirtd.socket; is it not installed:"
        " $there apt install libvirt-daemon-system",
    ),
    NO_SSHD,
    _sign(
        "cannot find 'ssh'", "this machine has no ssh", "install it, once: sudo apt install openssh-client"
    ),
    _sign(
        "remote command terminated",
        "what leads from ssh to its libvirt failed",
        "does this work? $ssh virsh list",
    ),
)

_NET = (
    NO_NAME,
    NO_ANSWER,
    _sign(
        "connection refused",
        "no libvirtd is listening there",
        "have it listen, once: $there systemctl enable --now libvirtd-${transport}.socket; or use qemu+ssh://$host/system",
    ),
    _sign(
        "cannot read (ca )?certificate|cannot read private key",
        "this machine has no certificates for TLS",
        "https://libvirt.org/kbase/tlscerts.html tells how they are made; or use qemu+ssh://$host/system",
    ),
)


def advice(uri: str, said: str, *, agent: bool = True) -> Advice | None:
    """What to do about what was said when a connection to another machine was opened; None where that is
    not known."""
    way = HostWay.of(uri)
    signs = (_SSH if way.transport == "ssh" else _NET) if way.host else ()
    found = next((sign for sign in signs if sign.said.search(said)), None)
    return found.advice(way, agent=agent) if found else None

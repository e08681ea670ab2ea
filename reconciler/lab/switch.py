"""The network between hosts: a bridge in a network namespace of its own."""

from __future__ import annotations

import subprocess
from pathlib import Path

from reconciler.lab.errors import LabError
from reconciler.lab.holder import NamespaceHolder

PREFIX = "10.77.0"
"""The hosts' network; it exists nowhere but in their namespaces."""

_SCRIPT = Path(__file__).with_name("switch.sh")


def address_of(number: int) -> str:
    """The address of the host of that number, from 1 on."""
    return f"{PREFIX}.{number}"


class Switch:
    """The bridge; the machine's own network never sees it. `log` takes what goes wrong."""

    def __init__(self, log: Path) -> None:
        self.holder = NamespaceHolder(["unshare", "--net", "bash", str(_SCRIPT)], log)

    def plug(self, name: str, host: int, address: str) -> None:
        """Gives the host whose first process is `host` an interface with that address."""
        here = self.holder.process.pid
        _ip(here, f"link add name {name} type veth peer name eth0 netns {host}")
        _ip(here, f"link set {name} master switch up")
        _ip(host, f"address add {address}/24 dev eth0")
        _ip(host, "link set eth0 up")

    def close(self) -> None:
        """Ends the network."""
        self.holder.end()


def _ip(namespace: int, command: str) -> None:
    entered = ["nsenter", "--net", "--target", str(namespace), "ip", *command.split()]
    done = subprocess.run(  # noqa: S603 - a command of ours
        entered, capture_output=True, text=True, timeout=30, check=False
    )
    if done.returncode:
        raise LabError(f"`ip {command}` failed: {done.stderr.strip()}")

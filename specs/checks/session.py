"""What a user's own libvirt does otherwise than files may expect: told, though it is not refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from specs.models.domain import DomainSpec
from specs.models.network import NetworkSpec

if TYPE_CHECKING:
    from specs.models.base import Resource

Place = tuple[str | int, ...]


def isolated(model: Resource | None, host: str) -> Iterator[tuple[Place, str]]:
    """Why a network without forwarding cannot be started there."""
    spec: Any = getattr(model, "spec", None)
    if not isinstance(spec, NetworkSpec) or spec.state != "active" or spec.xml_file:
        return
    if spec.forward.mode == "isolated":
        yield (
            ("spec",),
            f"{host} (a user's session) may make no bridge, which a network of its own needs: use"
            " qemu:///system, or user: true in the interface in place of a network",
        )


def told_of_sessions(model: Resource | None, host: str) -> Iterator[tuple[Place, str]]:
    """Of a domain: where in its spec, and what to know."""
    spec: Any = getattr(model, "spec", None)
    if not isinstance(spec, DomainSpec):
        return
    if spec.autostart:
        yield (
            ("spec", "autostart"),
            f"{host} is a user's session, which nothing starts with the machine: the guest starts when the"
            " session is first asked for something, and ends with it unless"
            " `loginctl enable-linger USER` was run once",
        )
    for number, nic in enumerate(spec.interfaces):
        if nic.bridge:
            yield (
                ("spec", "interfaces", number, "bridge"),
                f"{host} is a user's session: qemu-bridge-helper plugs it in if it may, by a line once:"
                f" echo 'allow {nic.bridge}' | sudo tee -a /etc/qemu/bridge.conf",
            )

"""Trees of many hosts and guests: a file for each host, as people keep them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

HEAD = "apiVersion: virt-reconcile/v1\n"
NAME = "bench"
FLEET = "6d5c6a3e-17a5-4a63-9a4c-1f1d8b1f0c52"


def write_fleet(folder: Path, hosts: int, guests: int, sims: Path) -> Path:
    """A tree of so many simulated hosts, whose guests are spread evenly; each host is a file of `sims`."""
    folder.mkdir(parents=True, exist_ok=True)
    sims.mkdir(parents=True, exist_ok=True)
    (folder / "fleet.yaml").write_text(
        f"{HEAD}kind: Fleet\nmetadata: {{name: {NAME}}}\nspec: {{uuid: {FLEET}}}\n"
    )
    for number in range(hosts):
        own = range(number, guests, hosts)
        (folder / f"{host_name(number)}.yaml").write_text("---\n".join(_of_host(number, own, sims)))
    return folder


def host_name(number: int) -> str:
    """What the host of that number is called."""
    return f"h{number:04}"


def guest_name(number: int) -> str:
    """What the guest of that number is called."""
    return f"vm{number:06}"


def _of_host(number: int, guests: Iterable[int], sims: Path) -> list[str]:
    name = host_name(number)
    uri = f"sim://{sims / name}.db"
    return [
        f'{HEAD}kind: Host\nmetadata: {{name: {name}}}\nspec: {{uri: "{uri}"}}\n',
        *(guest(one, name) for one in guests),
    ]


def guest(number: int, host: str, memory: str = "256MiB") -> str:
    """The document of a small guest."""
    return (
        f"{HEAD}kind: Domain\nmetadata: {{name: {guest_name(number)}, labels: {{app: app{number % 20}}}}}\n"
        f"spec:\n  host: {host}\n  type: qemu\n  state: stopped\n  memory: {memory}\n  vcpus: 2\n"
        f"  disks:\n    - file: /var/lib/libvirt/images/{guest_name(number)}.qcow2\n"
    )

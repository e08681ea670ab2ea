"""Trees that are valid, at random: what is mutated, and what is put on hosts."""

from __future__ import annotations

from random import Random
from typing import Any
from uuid import UUID

Values = dict[str, Any]

SECRET_VALUE = "open-sesame-4711"
"""What a secret of these trees holds; it must never be shown."""


def documents(rng: Random) -> list[Values]:
    """A fleet on one or two simulated hosts, all of whose references lead somewhere."""
    hosts = ["one", "two"][: rng.choice((1, 1, 2))]
    made = [
        _document("Fleet", "shop", {"uuid": str(UUID(int=rng.getrandbits(128))), "prune": rng.random() < 0.5})
    ]
    made += [_document("Host", host, {"uri": f"sim:host.db?host={host}"}) for host in hosts]
    for host in hosts:
        at = {"host": host} if len(hosts) > 1 else {}
        made += _network(rng, at) + _storage(rng, at)
    if rng.random() < 0.3:
        made.append(
            _document(
                "NetworkFilter", "quiet", {"rules": [{"action": "drop", "direction": "in"}], "host": hosts[0]}
            )
        )
    if rng.random() < 0.3:
        usage = {"type": "ceph"}
        made.append(_document("Secret", "key", {"usage": usage, "value": {"file": "key"}, "host": hosts[0]}))
    made += [_domain(rng, f"g{number}", rng.choice(hosts)) for number in range(rng.randrange(1, 4))]
    rng.shuffle(made)
    return made


def _document(kind: str, name: str, spec: Values) -> Values:
    return {"apiVersion": "virt-reconcile/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}


def _network(rng: Random, at: Values) -> list[Values]:
    spec: Values = {"ips": [{"address": "10.1.0.1/24"}], **at}
    if rng.random() < 0.5:
        hosts = [{"mac": "52:54:00:00:00:01", "ip": "10.1.0.5", "name": "g0"}]
        ranges = [{"start": "10.1.0.10", "end": f"10.1.0.{rng.randrange(20, 200)}"}]
        spec["ips"][0]["dhcp"] = {"ranges": ranges, "hosts": hosts[: rng.randrange(2)]}
    if rng.random() < 0.5:
        spec["forward"] = rng.choice(("nat", "route"))
    return [_document("Network", "lan", spec)]


def _storage(rng: Random, at: Values) -> list[Values]:
    made = [_document("StoragePool", "images", {"target": "/srv/images", **at})]
    for number in range(3):
        spec: Values = {"pool": "images", "capacity": f"{rng.choice((1, 2, 64))}MiB", **at}
        if rng.random() < 0.3:
            spec["format"] = rng.choice(("raw", "qcow2"))
        elif rng.random() < 0.3:
            spec |= {"source": "image", "onSourceChange": rng.choice(("ignore", "replace"))}
        if rng.random() < 0.3:
            spec["onDelete"] = "delete"
        made.append(_document("Volume", f"v{number}.img", spec))
    return made


def _domain(rng: Random, name: str, host: str) -> Values:
    number = int(name[1:])
    spec: Values = {
        "host": host,
        "memory": rng.choice(("64MiB", "1GiB", {"size": "1GiB", "max": "2GiB"})),
        "vcpus": rng.choice((1, 2, {"count": 1, "max": 4})),
        "state": rng.choice(("running", "running", "stopped", "paused")),
        "stop": {"deadline": "50ms", "force": True},
    }
    extras: Values = {
        "autostart": True,
        "title": "a guest",
        "description": "of <many> & few",
        "restart": rng.choice(("never", "if-needed")),
        "agent": True,
        "graphics": "vnc",
        "video": "virtio",
        "rng": "/dev/urandom",
        "protect": False,
        "xml": "<domain><devices><watchdog model='i6300esb' action='reset'/></devices></domain>",
    }
    spec |= {key: extras[key] for key in rng.sample(sorted(extras), rng.randrange(5))}
    if rng.random() < 0.8:
        spec["disks"] = [{"target": "vda", "volume": {"pool": "images", "name": f"v{number}.img"}}]
    if rng.random() < 0.7:
        spec["interfaces"] = [{"network": "lan", "mac": f"52:54:00:00:00:0{number + 1}"}]
        spec["interfaces"][0] |= rng.choice(({}, {"link": "down"}, {"model": "e1000"}))
    made = _document("Domain", name, spec)
    if rng.random() < 0.5:
        made["metadata"]["labels"] = {"app": rng.choice(("web", "db"))}
    return made

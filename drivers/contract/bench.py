"""What every test of the contract works with: a host, its samples, and words that read well."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest

from drivers.base import (
    Observation,
)
from drivers.contract.complete import CompleteHost
from drivers.contract.features import Feature
from drivers.contract.host import ContractHost
from specs.desired import StopPolicy
from specs.identity import Kind

T = TypeVar("T")

FORCE = StopPolicy(methods=(), deadline=5, force=True)
MARK = '<vr:owner xmlns:vr="urn:virt-reconcile:1" fleet="contract" digest="0123"/>'
NAMES = {
    Kind.DOMAIN: "contract",
    Kind.NETWORK: "contract",
    Kind.STORAGE_POOL: "contract",
    Kind.VOLUME: "contract/disk.img",
    Kind.SECRET: "ceph:contract secret",
    Kind.NETWORK_FILTER: "contract",
}
DEFINABLE = {
    Kind.DOMAIN: Feature.DOMAIN,
    Kind.NETWORK: Feature.NETWORK,
    Kind.STORAGE_POOL: Feature.POOL,
    Kind.SECRET: Feature.SECRET,
    Kind.NETWORK_FILTER: Feature.FILTER,
}
ABSENT = "contract-absent"
OTHER_UUID = "11111111-2222-4333-8444-555555555555"

needs = pytest.mark.needs
proves = pytest.mark.proves
"""Names calls, and keywords of calls ('lifecycle.undefine discards'), that the test shows to be done: it
fails when a driver ignores them."""

every_kind = pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=needs(feature), id=kind) for kind, feature in DEFINABLE.items()]
)


class Bench:
    """A driver with the samples of its host, in words that read well in a test."""

    def __init__(self, driver: CompleteHost, host: ContractHost, folder: Path) -> None:
        self.driver = driver
        self.samples = host.samples
        self.hears_after = host.hears_after
        self.host = host
        self.folder = self.place = folder

    def sample(self, what: str) -> str:
        """One of the host's samples, in this test's folder."""
        return str(getattr(self.samples, what)).replace("{folder}", str(self.folder))

    def document(self, kind: Kind) -> str:
        """The sample of a kind."""
        words = {
            Kind.DOMAIN: "domain",
            Kind.NETWORK: "network",
            Kind.STORAGE_POOL: "pool",
            Kind.VOLUME: "volume",
            Kind.SECRET: "secret",
            Kind.NETWORK_FILTER: "filter",
        }
        return self.sample(words[kind])

    def name(self, kind: Kind) -> str:
        """What the sample of a kind is called; a volume as its document says: some hosts want an ending."""
        said = text_of(self.samples.volume, "name") if kind is Kind.VOLUME else ""
        return f"contract/{said}" if said else NAMES[kind]

    @property
    def disk(self) -> str:
        """What the sample of a volume is called."""
        return self.name(Kind.VOLUME)

    @property
    def copy(self) -> str:
        """What a copy of it is called, with the same ending."""
        return f"contract/copy.{self.disk.rpartition('.')[2]}"

    def document_of_copy(self) -> str:
        """The document of a copy."""
        one, other = (f"<name>{each.partition('/')[2]}</name>" for each in (self.disk, self.copy))
        return self.document(Kind.VOLUME).replace(one, other)

    def define(self, kind: Kind) -> Observation:
        """Defines the sample of a kind, and looks at it."""
        self.driver.lifecycle.define(kind, self.name(kind), self.document(kind))
        return self.see(kind)

    def look(self, kind: Kind) -> Observation | None:
        """The sample of a kind as it is now; None when it is not there."""
        return self.driver.observe.one(kind, self.name(kind))

    def see(self, kind: Kind) -> Observation:
        """The sample of a kind, which is there."""
        seen = self.look(kind)
        assert seen is not None
        return seen

    def running(self, document: str = "domain") -> Observation:
        """A domain that runs."""
        self.driver.lifecycle.define(Kind.DOMAIN, "contract", self.sample(document))
        self.driver.lifecycle.start(Kind.DOMAIN, "contract")
        return self.see(Kind.DOMAIN)

    def network(self) -> Observation:
        """The network, active."""
        self.define(Kind.NETWORK)
        if Feature.START_NETWORK in self.host.features:
            self.driver.lifecycle.start(Kind.NETWORK, "contract")
        return self.see(Kind.NETWORK)

    def plugged(self) -> Observation:
        """A domain that runs with a NIC in the network."""
        self.network()
        return self.running("plugged")

    def talker(self) -> Observation:
        """A domain that runs, and has something to say."""
        if "source network" in self.samples.talker:
            self.network()
        return self.running("talker")

    def pool(self) -> None:
        """The pool, ready to take volumes."""
        if Feature.POOL in self.host.features:
            self.define(Kind.STORAGE_POOL)
        if Feature.BUILD in self.host.features:
            self.driver.lifecycle.build_pool("contract")
        if Feature.START_POOL in self.host.features:
            self.driver.lifecycle.start(Kind.STORAGE_POOL, "contract")

    def volume(self) -> Observation:
        """A volume in the pool."""
        self.pool()
        return self.define(Kind.VOLUME)

    def live(self) -> str:
        """The live document of the domain, which runs."""
        live = self.see(Kind.DOMAIN).live
        assert live is not None
        return live


def uuid_of(observation: Observation) -> str:
    """The UUID that an object has."""
    match = re.search(r"<uuid>([0-9a-f-]{36})</uuid>", observation.document)
    assert match is not None
    return match[1]


def text_of(document: str, tag: str) -> str:
    """The text of the first element of that name; '' without one."""
    match = re.search(rf"<{tag}\b[^>]*>([^<]*)</{tag}>", document)
    return match[1] if match else ""


def same_elements(one: str, other: str) -> bool:
    """Equal but for the order of elements, which libvirt may change once."""
    return sorted(re.findall(r"<[^>]+>[^<]*", one)) == sorted(re.findall(r"<[^>]+>[^<]*", other))


@dataclass(frozen=True)
class Pieces:
    """Content as it is given, a hole as its length; breaks off behind them if it has an error."""

    given: tuple[bytes | int, ...]
    error: Exception | None = None

    @property
    def size(self) -> int:
        """Bytes from the first to the last."""
        return sum(piece if isinstance(piece, int) else len(piece) for piece in self.given)

    def pieces(self) -> Iterator[bytes | int]:
        """What was given, until it breaks off."""
        yield from self.given
        if self.error:
            raise self.error


class Broken(Exception):
    """What a content may raise."""


PIECE = 256 << 10
NOISE = random.Random(3).randbytes(PIECE)


def whole(pieces: Iterable[bytes | int]) -> bytes:
    """All bytes, holes included."""
    return b"".join(bytes(piece) if isinstance(piece, int) else piece for piece in pieces)


def silent(_done: int) -> None:
    """Takes note of no progress."""
    return


def eventually(look: Callable[[], T], seconds: float = 30) -> T:
    """What `look` gives once it gives something."""
    until = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < until, f"nothing within {seconds:g} s"
        time.sleep(0.1)
    return found

"""The mark beside the record: written only where it is ours, and where what it says is not there yet."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from drivers.base import Host, Observation
from drivers.base.errors import Refused, Transient
from reconciler.execute.context import ExecutionContext
from reconciler.execute.marking import Marked, with_mark
from reconciler.plan.model import Refresh
from specs.desired import FleetPolicy, PowerState
from specs.documents.marks import Mark, read_mark, remarked
from specs.identity import Address, Kind
from state import OpenState

UUID = "11111111-2222-4333-8444-555555555555"
MARK = Mark("shop", "old", "c0", uuid=UUID, name="web")
DECLARED = "<domain><name>web</name></domain>"
REFRESH = Refresh(Address(Kind.DOMAIN, "web"), "hv1", "web", DECLARED, "new")


def document(mark: Mark = MARK, memory: int = 1) -> str:
    return (
        f"<domain><name>web</name><uuid>{UUID}</uuid><metadata>{mark}</metadata><memory>{memory}</memory>"
        "</domain>"
    )


SEEN = Observation(Kind.DOMAIN, "web", document(), power=PowerState.STOPPED)


@dataclass
class OneDomain:
    """A host with one domain, whose mark can be written; `fault` is raised once it is."""

    seen: Observation
    fault: Exception | None = None
    written: list[str] = field(default_factory=list)

    @property
    def lifecycle(self) -> Any:
        return self

    @property
    def observe(self) -> Any:
        return self

    def set_mark(self, kind: Kind, name: str, mark: str) -> None:
        assert (kind, name) == (Kind.DOMAIN, "web")
        self.written.append(mark)
        known = read_mark(f"<domain><metadata>{mark}</metadata></domain>")
        assert known is not None
        live = remarked(self.seen.live, known) if self.seen.live else None
        self.seen = replace(self.seen, document=remarked(self.seen.document, known), live=live)
        if self.fault:
            raise self.fault

    def one(self, kind: Kind, name: str) -> Observation | None:
        self.written.append("looked")
        return self.seen


def marked(host: OneDomain, refresh: Refresh = REFRESH, fleet: str = "shop") -> Observation:
    return attempt(host, refresh, fleet).seen


def attempt(host: OneDomain, refresh: Refresh = REFRESH, fleet: str = "shop") -> Marked:
    context = ExecutionContext(
        drivers={"hv1": cast(Host, host)},
        store=cast(OpenState, None),
        run=0,
        versions={},
        fleet=FleetPolicy(name=fleet),
    )
    return with_mark(refresh, host.seen, context, "c1")


def test_it_says_what_was_declared_and_read_back_and_is_not_looked_at_again() -> None:
    host = OneDomain(SEEN)
    seen = marked(host)
    assert seen == host.seen
    mark = read_mark(seen.document)
    assert mark is not None
    assert (mark.digest, mark.commit, mark.uuid) == ("new", "c1", UUID)
    assert mark == mark.vouching(DECLARED, SEEN.document)
    assert mark.vouches_for(seen.document)
    assert len(host.written) == 1
    assert marked(host) == seen
    assert len(host.written) == 1


def test_what_runs_is_looked_at_again() -> None:
    host = OneDomain(replace(SEEN, live=document(), power=PowerState.RUNNING))
    seen = marked(host)
    assert host.written[1:] == ["looked"]
    assert seen == host.seen
    assert seen.live is not None
    assert "readback" in seen.live


def test_one_whose_reply_was_lost_is_looked_at_again() -> None:
    host = OneDomain(SEEN, Transient("the connection was reset"))
    found = attempt(host)
    assert host.written[1:] == ["looked"]
    assert "readback" in found.seen.document
    assert found.well


def test_one_that_could_not_be_written_is_told() -> None:
    class Refusing(OneDomain):
        def set_mark(self, kind: Kind, name: str, mark: str) -> None:
            raise Refused("metadata is read-only today")

    assert attempt(Refusing(SEEN)) == Marked(SEEN, well=False)


def test_a_newer_read_back_is_said_anew() -> None:
    host = OneDomain(SEEN)
    marked(host)
    mark = read_mark(host.seen.document)
    assert mark is not None
    host.seen = replace(SEEN, document=document(mark, memory=2))
    seen = marked(host)
    renewed = read_mark(seen.document)
    assert renewed is not None
    assert renewed.vouches_for(seen.document)
    assert renewed.readback != mark.readback


@pytest.mark.parametrize(
    ("seen", "refresh", "fleet"),
    [
        (SEEN, REFRESH, "another"),
        (replace(SEEN, document=document(replace(MARK, uuid="of another"))), REFRESH, "shop"),
        (replace(SEEN, document=DECLARED), REFRESH, "shop"),
        (replace(SEEN, persistent=False), REFRESH, "shop"),
        (SEEN, replace(REFRESH, declared=f"<domain>(secret:{'0' * 32})</domain>"), "shop"),
        (replace(SEEN, document=document().replace("web", f"(secret:{'0' * 32})")), REFRESH, "shop"),
    ],
    ids=["another fleet", "a copy", "none", "no definition", "a secret declared", "a secret there"],
)
def test_it_is_left_alone(seen: Observation, refresh: Refresh, fleet: str) -> None:
    host = OneDomain(seen)
    assert marked(host, refresh, fleet) == seen
    assert host.written == []


def test_what_keeps_no_mark_is_not_given_one() -> None:
    host = OneDomain(replace(SEEN, kind=Kind.STORAGE_POOL))
    assert marked(host) == host.seen
    assert host.written == []

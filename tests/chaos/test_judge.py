"""The judge is not blind: what must not be is found, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.chaos.calls import Call, read_calls
from tests.chaos.judge import Case, Frozen, judged
from tests.chaos.witness import Act

ONE, TWO = "10.77.0.101", "10.77.0.102"
DECLARED = {("Domain", "web"): {"running"}, ("Domain", "old"): {"running", "absent"}}

LINES = (
    "63: info : libvirt version: 9.0.0, package: 9.0.0-4+deb12u2 (Debian)",
    "63: info : virNetSocketNew:294 : RPC_SOCKET_NEW: sock=0x5a fd=28 remoteAddr=10.77.0.101;40404",
    "63: info : virNetServerClientNewInternal:409 : RPC_SERVER_CLIENT_NEW: client=0x77 sock=0x5a",
    "63: info : virNetSocketNew:294 : RPC_SOCKET_NEW: sock=0x5b fd=29 remoteAddr=127.0.0.1;0",
    "63: info : virNetServerClientNewInternal:409 : RPC_SERVER_CLIENT_NEW: client=0x78 sock=0x5b",
    "68: debug : virNetServerHandleJob:152 : server=0x55 client=0x77 message=0x1 prog=0x2",
    "69: debug : virNetServerHandleJob:152 : server=0x55 client=0x78 message=0x1 prog=0x2",
    "68: debug : virDomainDefineXMLFlags:6660 : conn=0x7f, xml=<domain>\n  <name>web</name>\n, flags=0x0",
    "69: debug : virDomainDestroy:503 : dom=0x7f, (VM: name=web, uuid=4be955b8)",
    "68: debug : virDomainGetXMLDesc:2500 : dom=0x7f, (VM: name=web, uuid=4be955b8)",
)
LOG = "".join(f"2026-11-26 19:34:06.70{n}+0000: {line}\n" for n, line in enumerate(LINES))


def _act(address: str = "Domain/web", token: int = 1, after: float = 10.0, ended: float | None = 12.0) -> Act:
    return Act("hv1", address, "define", token, after, after + 0.1, ended)


def _call(
    at: float = 11.0,
    client: str = ONE,
    function: str = "virDomainDefineXML",
    name: str = "web",
    kind: str = "Domain",
) -> Call:
    return Call(at, "hv1", client, function, kind, name)


def _judged(*calls: Call, acts: tuple[Act, ...], frozen: tuple[Frozen, ...] = ()) -> list[str]:
    return judged(Case((ONE, TWO), DECLARED, calls, acts, frozen))


def test_calls_are_read_with_their_client() -> None:
    found = list(read_calls("hv1", LOG.splitlines(keepends=True)))
    assert [(call.client, call.function, call.kind, call.name) for call in found] == [
        (ONE, "virDomainDefineXMLFlags", "Domain", "web"),
        ("", "virDomainDestroy", "Domain", "web"),
    ]
    assert found[1].at - found[0].at == pytest.approx(0.001, abs=1e-5)


def test_what_the_journal_announces_is_right() -> None:
    assert _judged(_call(), acts=(_act(),)) == []


def test_what_others_do_is_theirs() -> None:
    assert _judged(_call(client=""), _call(client="10.77.0.7"), acts=()) == []


@pytest.mark.parametrize(
    ("call", "acts"),
    [
        (_call(), ()),
        (_call(at=9.0), (_act(),)),
        (_call(at=13.0), (_act(),)),
        (_call(), (_act("Domain/old"),)),
        (_call(), (replace(_act(), host="hv2"),)),
        (_call(), (_act("Network/web@hv1"),)),
        (_call(at=20.0), (_act(ended=None), _act(after=14.0, ended=15.0))),
    ],
)
def test_what_the_journal_does_not_announce_is_found(call: Call, acts: tuple[Act, ...]) -> None:
    (wrong,) = _judged(call, acts=acts)
    assert "the journal has no such action" in wrong


def test_what_nobody_declared_is_found() -> None:
    (wrong,) = _judged(_call(name="stranger"), acts=(_act("Domain/stranger"),))
    assert "nobody ever declared that" in wrong
    (wrong,) = _judged(_call(function="virDomainDestroy"), acts=(_act(),))
    assert "nobody ever declared it stopped" in wrong
    assert _judged(_call(function="virDomainDestroy", name="old"), acts=(_act("Domain/old"),)) == []


def test_a_controller_whose_host_was_taken_does_nothing_more() -> None:
    acts = (_act(), _act("Domain/old", token=2, after=13.0, ended=14.0), _act(after=14.5, ended=15.0))
    calls = (_call(), _call(at=13.5, client=TWO, name="old"), _call(at=14.8))
    (wrong,) = _judged(*calls, acts=acts)
    assert "its token was no longer the newest" in wrong


def test_nobody_hides_behind_the_token_of_another() -> None:
    acts = (_act(), _act(token=2, after=13.0, ended=14.0))
    calls = (_call(), _call(at=13.2, client=TWO), _call(at=13.4, client=TWO), _call(at=13.6))
    (wrong,) = _judged(*calls, acts=acts)
    assert f"only {TWO} had a token for that" in wrong


def test_what_was_in_flight_at_a_freeze_is_no_fault() -> None:
    acts = (_act(ended=None), _act(token=2, after=18.0, ended=20.0))
    calls = (_call(), _call(at=18.5, client=TWO), _call(at=19.0, client=TWO), _call(at=25.1))
    frozen = (Frozen(ONE, 11.5, 25.0),)
    assert _judged(*calls, acts=acts, frozen=frozen) == []
    assert len(_judged(*calls, acts=acts)) == 1
    late = _call(at=27.0)
    assert len(_judged(*calls, late, acts=acts, frozen=frozen)) == 1

"""What this controller did itself is no news until it has looked, and nobody else's doing is taken for it."""

from __future__ import annotations

from typing import get_args

import pytest

from drivers.base import Change, Happening
from reconciler.controller.echoes import _TOLD, Echoes
from reconciler.operations import AnyOperation
from specs.identity import Kind


@pytest.fixture
def echoes() -> Echoes:
    return Echoes()


def told(what: Happening, name: str = "web", kind: Kind = Kind.DOMAIN) -> Change:
    return Change(kind, name, what)


def test_every_operation_has_its_echo() -> None:
    verbs = {operation.__dataclass_fields__["verb"].default for operation in get_args(AnyOperation)}
    assert _TOLD.keys() == verbs


def test_our_own_doing_is_expected_until_the_next_look(echoes: Echoes) -> None:
    echoes.acting("hv1", Kind.DOMAIN, ["web"], "start")
    for what in (Happening.STARTED, Happening.RESUMED, Happening.STARTED, Happening.METADATA):
        assert echoes.expects("hv1", told(what))
    echoes.looking("hv2")
    assert echoes.expects("hv1", told(Happening.STARTED))
    echoes.looking("hv1")
    assert not echoes.expects("hv1", told(Happening.STARTED))


def test_what_others_do_is_news(echoes: Echoes) -> None:
    echoes.acting("hv1", Kind.DOMAIN, ["web"], "start")
    assert not echoes.expects("hv1", told(Happening.STOPPED)), "somebody stopped it right away"
    assert not echoes.expects("hv1", told(Happening.STARTED, "db"))
    assert not echoes.expects("hv1", told(Happening.STARTED, kind=Kind.NETWORK))
    assert not echoes.expects("hv2", told(Happening.STARTED))


def test_several_actions_on_one_object_add_up(echoes: Echoes) -> None:
    echoes.acting("hv1", Kind.DOMAIN, ["old", "web"], "rename")
    echoes.acting("hv1", Kind.DOMAIN, ["web"], "define")
    assert echoes.expects("hv1", told(Happening.REMOVED, "old"))
    assert echoes.expects("hv1", told(Happening.DEFINED))


def test_volumes_and_their_pools_are_told_of_without_a_name_or_instead(echoes: Echoes) -> None:
    echoes.acting("hv1", Kind.VOLUME, ["pool/disk"], "fill")
    assert echoes.expects("hv1", told(Happening.DEFINED, "", Kind.VOLUME))
    assert echoes.expects("hv1", told(Happening.CONTENT, "pool", Kind.STORAGE_POOL))
    assert not echoes.expects("hv1", told(Happening.STOPPED, "pool", Kind.STORAGE_POOL))

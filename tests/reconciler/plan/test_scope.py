"""--only: what is outside of the scope, and of what it needs, costs nothing."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.plan import Options, Selector, drafting, make_plan, unconverged
from reconciler.plan.converge import converge
from reconciler.plan.questions import about_differences, about_values
from reconciler.plan.scope import scope_of
from specs.desired import Declared
from specs.identity import Address, Kind
from specs.secret_source import SecretSource
from tests.reconciler.plan.facts import changed, declare, desire, observe, world

WEB, DB, LAN, OTHER = (
    Address(Kind.DOMAIN, "web"),
    Address(Kind.DOMAIN, "db"),
    Address(Kind.NETWORK, "lan", "hv1"),
    Address(Kind.DOMAIN, "other"),
)
ONLY_WEB = Options(only=(Selector.parse("Domain/web"),))


def tree() -> list[Declared]:
    return [
        declare(name="web", requires=(LAN,), after=(DB,)),
        declare(name="db"),
        declare(name="other"),
        declare("<network><name>lan</name></network>", Kind.NETWORK, "lan"),
    ]


def test_the_scope_is_what_is_selected_and_what_it_needs() -> None:
    scope = scope_of(desire(*tree()), world(), ONLY_WEB)
    assert [address for address in (WEB, DB, LAN, OTHER) if address in scope] == [WEB, DB, LAN]
    assert OTHER in scope_of(desire(*tree()), world(), Options())


def test_only_the_scope_is_asked_about() -> None:
    secret = declare("<secret/>", Kind.SECRET, "s", secret=SecretSource(text="x"))
    desired, seen = desire(*tree(), secret), world()
    assert unconverged(desired, seen, ONLY_WEB) == {WEB, DB, LAN}
    assert about_differences(desired, seen, ONLY_WEB).compared == frozenset({WEB, DB, LAN})
    assert about_values(desired, seen, scope_of(desired, seen, ONLY_WEB)).secrets == ()
    assert about_values(desired, seen, scope_of(desired, seen, Options())).secrets == (secret,)


def test_nothing_outside_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[str] = []

    def counting(declared: Declared, *rest: Any) -> Any:
        compared.append(declared.native)
        return converge(declared, *rest)

    monkeypatch.setattr(drafting, "converge", counting)
    seen = world(
        *(observe(each.document, name=each.native) for each in tree() if each.address.kind is Kind.DOMAIN)
    )
    everything = make_plan(desire(*tree()), seen, Options())
    assert sorted(compared) == ["db", "other", "web"]
    compared.clear()
    chosen = make_plan(desire(*tree()), seen, ONLY_WEB)
    assert sorted(compared) == ["db", "web"]
    of_web = [verdict for verdict in everything.verdicts if verdict.address == WEB]
    assert [verdict for verdict in chosen.verdicts if verdict.address == WEB] == of_web
    assert OTHER not in {verdict.address for verdict in chosen.verdicts}


def test_whether_something_is_converged_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    desired, seen = desire(*tree()), world()
    answered = changed(seen, compared=about_differences(desired, seen, Options()).compared)
    expected = make_plan(desired, seen, Options())

    def again(*_: object) -> bool:
        raise AssertionError("asked again")

    monkeypatch.setattr(drafting, "is_converged", again)
    assert make_plan(desired, answered, Options()) == expected

"""The host itself is none of its guests: not seen, not adopted, not touched."""

from __future__ import annotations

import pytest

from drivers.base.errors import NotFound, Refused
from reconciler.contract.settling import HostTree
from specs.desired import StopPolicy
from specs.identity import Kind
from tests.hypervisors.xen.specimens import document

_FORCE = StopPolicy(methods=(), deadline=1, force=True)


def test_it_is_seen_nowhere(settling: HostTree) -> None:
    seen = settling.driver.observe.inventory()
    assert (Kind.DOMAIN, "Domain-0") not in seen.objects
    assert (Kind.DOMAIN, "Domain-0") not in seen.failures
    assert settling.driver.observe.one(Kind.DOMAIN, "Domain-0") is None
    settling.declare({"web": "memory: 64MiB"})
    settling.apply()
    for told in (settling.said("status"), settling.said("plan", "--verbose")):
        assert "Domain-0" not in told[1]


def test_it_is_not_touched(settling: HostTree) -> None:
    lifecycle = settling.driver.lifecycle
    with pytest.raises(NotFound, match="the host itself"):
        lifecycle.stop(Kind.DOMAIN, "Domain-0", _FORCE)
    with pytest.raises(NotFound):
        lifecycle.undefine(Kind.DOMAIN, "Domain-0")
    with pytest.raises(NotFound):
        lifecycle.set_mark(Kind.DOMAIN, "Domain-0", "<a/>")
    with pytest.raises(Refused):
        lifecycle.define(Kind.DOMAIN, "Domain-0", document("Domain-0", "hvm"))


def test_it_is_not_to_be_declared(settling: HostTree) -> None:
    settling.declare({"Domain-0": "memory: 64MiB"})
    code, said = settling.said("validate")
    assert code == 3
    assert "the host itself" in said

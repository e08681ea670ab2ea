"""What running guests can be asked."""

from __future__ import annotations

import pytest

from drivers.base import (
    AddressSource,
)
from drivers.base.errors import NotFound, Refused, Unreachable, Unsupported
from drivers.contract.bench import (
    ABSENT,
    FORCE,
    Bench,
    eventually,
    needs,
    proves,
)
from drivers.contract.features import Feature
from specs.identity import Kind


@needs(Feature.START_DOMAIN, Feature.NETWORK, Feature.LEASE)
def test_a_lease_tells_a_guests_address(bench: Bench) -> None:
    bench.talker()
    (lease,) = eventually(lambda: bench.driver.guest.addresses("contract", AddressSource.LEASE))
    assert lease.mac == "52:54:00:c0:00:02"
    assert 100 <= int(lease.address.removeprefix("192.168.213.")) <= 200
    assert lease.source is AddressSource.LEASE
    bench.driver.lifecycle.stop(Kind.DOMAIN, "contract", FORCE)
    with pytest.raises(Refused):
        bench.driver.guest.addresses("contract", AddressSource.LEASE)


@needs(Feature.START_DOMAIN, Feature.NETWORK, Feature.AGENT)
def test_the_agent_answers_while_its_guest_runs(bench: Bench) -> None:
    bench.talker()
    eventually(lambda: bench.driver.guest.agent_answers("contract"))
    told = eventually(lambda: bench.driver.guest.addresses("contract", AddressSource.AGENT))
    assert [address.mac for address in told] == ["52:54:00:c0:00:02"]
    bench.driver.lifecycle.stop(Kind.DOMAIN, "contract", FORCE)
    assert not bench.driver.guest.agent_answers("contract")


@needs(Feature.START_DOMAIN, Feature.AGENT)
def test_a_guest_without_an_agent_is_no_error(bench: Bench) -> None:
    bench.running()
    assert not bench.driver.guest.agent_answers("contract")
    with pytest.raises(Unsupported):
        bench.driver.guest.addresses("contract", AddressSource.AGENT)


@needs(Feature.DOMAIN, Feature.GUEST)
def test_an_absent_guest_cannot_be_asked(bench: Bench) -> None:
    for call in (
        lambda: bench.driver.guest.addresses(ABSENT, AddressSource.LEASE),
        lambda: bench.driver.guest.agent_answers(ABSENT),
        lambda: bench.driver.guest.console(ABSENT),
    ):
        with pytest.raises(NotFound):
            call()


@needs(Feature.START_DOMAIN, Feature.CONSOLE)
@proves("guest.console")
def test_a_console_goes_both_ways_and_ends_with_its_guest(bench: Bench) -> None:
    bench.talker()
    console = bench.driver.guest.console("contract")
    assert console.read()
    console.write(b"typed\n")
    bench.driver.lifecycle.stop(Kind.DOMAIN, "contract", FORCE)
    while console.read():
        pass
    console.close()
    with pytest.raises(Refused):
        bench.driver.guest.console("contract")


@needs(Feature.START_DOMAIN, Feature.CONSOLE)
def test_a_closed_console_ends(bench: Bench) -> None:
    bench.talker()
    console = bench.driver.guest.console("contract")
    console.close()
    while console.read():
        pass
    with pytest.raises(Unreachable):
        console.write(b"late")
    bench.driver.guest.console("contract").close()
    with pytest.raises(Refused):
        bench.driver.guest.console("contract", "no-such-console")

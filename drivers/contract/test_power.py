"""Domains start and stop, pause and go on, and whoever asks twice is not wrong."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from drivers.base.errors import Refused
from drivers.contract.bench import (
    FORCE,
    OTHER_UUID,
    Bench,
    needs,
    proves,
)
from drivers.contract.features import Feature
from specs.desired import PowerState, StopPolicy
from specs.identity import Kind


@needs(Feature.START_DOMAIN)
@proves("lifecycle.start", "lifecycle.stop")
def test_starting_and_stopping_a_domain_twice_is_no_error(bench: Bench) -> None:
    defined = bench.define(Kind.DOMAIN)
    assert (defined.power, defined.live) == (PowerState.STOPPED, None)
    bench.driver.lifecycle.start(Kind.DOMAIN, "contract")
    started = bench.see(Kind.DOMAIN)
    assert started.power is PowerState.RUNNING
    bench.driver.lifecycle.start(Kind.DOMAIN, "contract")
    assert bench.see(Kind.DOMAIN) == started
    for _ in range(2):
        bench.driver.lifecycle.stop(Kind.DOMAIN, "contract", FORCE)
        stopped = bench.see(Kind.DOMAIN)
        assert (stopped.power, stopped.live) == (PowerState.STOPPED, None)
        assert stopped.persistent


@needs(Feature.GRACEFUL_STOP)
def test_a_guest_that_reacts_is_stopped_gracefully(bench: Bench) -> None:
    bench.running()
    time.sleep(bench.hears_after)
    bench.driver.lifecycle.stop(Kind.DOMAIN, "contract", StopPolicy(methods=("acpi",), deadline=60))
    assert bench.see(Kind.DOMAIN).power is PowerState.STOPPED


@needs(Feature.START_DOMAIN)
def test_without_force_and_methods_a_guest_runs_on(bench: Bench) -> None:
    bench.running()
    with pytest.raises(Refused):
        bench.driver.lifecycle.stop(Kind.DOMAIN, "contract", StopPolicy(methods=(), deadline=0, force=False))
    assert bench.see(Kind.DOMAIN).power is PowerState.RUNNING


@needs(Feature.PAUSED_START)
@proves("lifecycle.start paused", "lifecycle.resume")
def test_a_domain_may_start_paused(bench: Bench) -> None:
    bench.define(Kind.DOMAIN)
    bench.driver.lifecycle.start(Kind.DOMAIN, "contract", paused=True)
    assert bench.see(Kind.DOMAIN).power is PowerState.PAUSED
    bench.driver.lifecycle.resume("contract")
    assert bench.see(Kind.DOMAIN).power is PowerState.RUNNING


@needs(Feature.SUSPEND)
def test_suspend_and_resume_keep_the_guest(bench: Bench) -> None:
    before = bench.running()
    bench.driver.lifecycle.suspend("contract")
    assert bench.see(Kind.DOMAIN).power is PowerState.PAUSED
    bench.driver.lifecycle.resume("contract")
    after = bench.see(Kind.DOMAIN)
    assert after.power is PowerState.RUNNING
    assert (after.live is None) is (before.live is None)
    assert after.uuid == before.uuid


@needs(Feature.SUSPEND)
def test_a_stopped_domain_is_not_suspended(bench: Bench) -> None:
    bench.define(Kind.DOMAIN)
    for verb in (bench.driver.lifecycle.suspend, bench.driver.lifecycle.resume):
        with pytest.raises(Refused):
            verb("contract")


@needs(Feature.SUSPEND)
@proves("lifecycle.suspend", "lifecycle.resume")
def test_suspending_and_resuming_twice_is_no_error(bench: Bench) -> None:
    bench.running()
    for _ in range(2):
        bench.driver.lifecycle.suspend("contract")
    assert bench.see(Kind.DOMAIN).power is PowerState.PAUSED
    for _ in range(2):
        bench.driver.lifecycle.resume("contract")
    assert bench.see(Kind.DOMAIN).power is PowerState.RUNNING


@needs(Feature.SUSPEND, Feature.SHARED)
def test_what_several_do_at_once_fails_for_none_of_them(bench: Bench) -> None:
    driver = bench.driver
    bench.define(Kind.DOMAIN)

    def together(verb: Callable[[], None], power: PowerState) -> None:
        with ThreadPoolExecutor(4) as workers:
            for done in [workers.submit(verb) for _ in range(4)]:
                done.result()
        assert bench.see(Kind.DOMAIN).power is power

    together(lambda: driver.lifecycle.start(Kind.DOMAIN, "contract"), PowerState.RUNNING)
    for _ in range(3):
        together(lambda: driver.lifecycle.suspend("contract"), PowerState.PAUSED)
        together(lambda: driver.lifecycle.resume("contract"), PowerState.RUNNING)
    together(lambda: driver.lifecycle.stop(Kind.DOMAIN, "contract", FORCE), PowerState.STOPPED)


@needs(Feature.START_NETWORK, Feature.START_POOL, Feature.SHARED)
def test_networks_and_pools_that_several_start_and_stop_at_once_fail_for_none(bench: Bench) -> None:
    driver = bench.driver
    bench.define(Kind.NETWORK)
    bench.pool()
    driver.lifecycle.stop(Kind.STORAGE_POOL, "contract", FORCE)
    for kind in (Kind.NETWORK, Kind.STORAGE_POOL):
        for verb, power in (
            (partial(driver.lifecycle.start, kind, "contract"), PowerState.ACTIVE),
            (partial(driver.lifecycle.stop, kind, "contract", FORCE), PowerState.INACTIVE),
        ):
            with ThreadPoolExecutor(4) as workers:
                for done in [workers.submit(verb) for _ in range(4)]:
                    done.result()
            assert bench.see(kind).power is power


@needs(Feature.START_DOMAIN)
@proves("lifecycle.stop uuid")
def test_another_object_of_the_same_name_is_not_stopped(bench: Bench) -> None:
    before = bench.running()
    with pytest.raises(Refused):
        bench.driver.lifecycle.stop(Kind.DOMAIN, "contract", FORCE, uuid=OTHER_UUID)
    assert bench.see(Kind.DOMAIN) == before
    bench.driver.lifecycle.stop(Kind.DOMAIN, "contract", FORCE, uuid=before.uuid)
    assert bench.see(Kind.DOMAIN).power is PowerState.STOPPED

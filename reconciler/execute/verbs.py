"""From a plan's verbs to a driver's calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from drivers.base import Driver, NetworkSection, SectionCommand
from reconciler.execute.devices import as_defined
from reconciler.plan.model import Action, Verb
from specs.desired import StopPolicy

Call = Callable[[Driver, Action], None]


def _define(driver: Driver, action: Action) -> None:
    driver.define(action.address.kind, action.native, action.document)


def _undefine(driver: Driver, action: Action) -> None:
    keep_state = action.arguments.get("keep_state") == "true"
    driver.undefine(action.address.kind, action.native, uuid=action.uuid, keep_state=keep_state)


def _start(driver: Driver, action: Action) -> None:
    paused = action.arguments.get("paused") == "true"
    driver.start(action.address.kind, action.native, paused=paused)


def _stop(driver: Driver, action: Action) -> None:
    driver.stop(action.address.kind, action.native, stop_policy(action), uuid=action.uuid)


def parts(action: Action) -> tuple[Action, ...]:
    """The calls that an action is made of, each tried again by itself: a restart whose start failed must
    not stop the guest a second time."""
    if action.verb is Verb.RESTART:
        return replace(action, verb=Verb.STOP), replace(action, verb=Verb.START)
    return (action,)


def _update_network(driver: Driver, action: Action) -> None:
    given = action.arguments
    driver.update_network(
        action.native,
        NetworkSection(given["section"]),
        SectionCommand(given["command"]),
        action.document,
        int(given.get("parent", "-1")),
    )


def stop_policy(action: Action) -> StopPolicy:
    """The stop policy that an action carries."""
    given = action.arguments
    return StopPolicy(
        tuple(filter(None, given["methods"].split(","))), float(given["deadline"]), given["force"] == "true"
    )


CALLS: Mapping[Verb, Call] = {
    Verb.ADOPT: lambda driver, a: driver.set_metadata(a.native, a.document),
    Verb.DEFINE: _define,
    Verb.UNDEFINE: _undefine,
    Verb.BUILD: lambda driver, a: driver.build_pool(
        a.native, overwrite=a.arguments.get("overwrite") == "true"
    ),
    Verb.START: _start,
    Verb.STOP: _stop,
    Verb.SUSPEND: lambda driver, a: driver.suspend(a.native),
    Verb.RESUME: lambda driver, a: driver.resume(a.native),
    Verb.AUTOSTART: lambda driver, a: driver.set_autostart(
        a.address.kind, a.native, a.arguments["on"] == "true"
    ),
    Verb.ATTACH: lambda driver, a: driver.attach_device(a.native, as_defined(driver, a)),
    Verb.DETACH: lambda driver, a: driver.detach_device(a.native, a.document),
    Verb.UPDATE: lambda driver, a: driver.update_device(a.native, a.document),
    Verb.SET_MEMORY: lambda driver, a: driver.set_memory(a.native, int(a.arguments["kib"])),
    Verb.SET_VCPUS: lambda driver, a: driver.set_vcpus(a.native, int(a.arguments["count"])),
    Verb.SET_TEXT: lambda driver, a: driver.set_text(a.native, a.arguments["field"], a.arguments["value"]),
    Verb.TUNE: lambda driver, a: driver.tune(a.native, a.arguments["path"], a.arguments["value"]),
    Verb.UPDATE_NETWORK: _update_network,
    Verb.RESIZE: lambda driver, a: driver.resize_volume(a.native, int(a.arguments["capacity"])),
}
"""Every verb but RESTART, which is two, and SET_VALUE, whose value no plan carries."""

"""Operations by their verbs, for tests that are about all of them."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.base import NetworkSection, SectionCommand
from reconciler.operations import (
    Adopt,
    AnyOperation,
    Attach,
    Await,
    Build,
    Define,
    Detach,
    Effect,
    Fill,
    Migrate,
    Resize,
    Restart,
    Resume,
    SetAutostart,
    SetMemory,
    SetText,
    SetValue,
    SetVcpus,
    Start,
    Stop,
    Suspend,
    Tune,
    Undefine,
    UpdateDevice,
    UpdateNetwork,
    Verb,
)
from specs.desired import StopPolicy
from specs.guests import Ready


def operation(
    verb: Verb,
    document: str = "",
    arguments: Mapping[str, str] | None = None,
    effect: Effect = Effect.NONE,
) -> AnyOperation:
    """The operation of that verb, from values as plans show them; usual ones for those not given."""
    given = dict(arguments or {})

    def flag(name: str) -> bool:
        return given.get(name) == "true"

    def several(name: str) -> tuple[str, ...]:
        return tuple(filter(None, given.get(name, "").split(",")))

    stop = StopPolicy(several("methods"), float(given.get("deadline", "1")), flag("force"))
    made: dict[Verb, AnyOperation] = {
        Verb.ADOPT: Adopt(document),
        Verb.DEFINE: Define(document, effect, flag("if_missing")),
        Verb.UNDEFINE: Undefine(effect, flag("keep_state")),
        Verb.BUILD: Build(flag("overwrite")),
        Verb.START: Start(flag("paused")),
        Verb.STOP: Stop(stop, effect),
        Verb.RESTART: Restart(stop, flag("paused")),
        Verb.SUSPEND: Suspend(),
        Verb.RESUME: Resume(),
        Verb.AUTOSTART: SetAutostart(flag("on")),
        Verb.ATTACH: Attach(document),
        Verb.DETACH: Detach(document),
        Verb.UPDATE: UpdateDevice(document),
        Verb.SET_MEMORY: SetMemory(int(given.get("kib", "1"))),
        Verb.SET_VCPUS: SetVcpus(int(given.get("count", "1"))),
        Verb.SET_TEXT: SetText(given.get("field", "title"), given.get("value", "")),
        Verb.TUNE: Tune(given.get("path", "cputune/shares"), given.get("value", "1")),
        Verb.UPDATE_NETWORK: UpdateNetwork(
            document,
            NetworkSection(given.get("section", "ip-dhcp-host")),
            SectionCommand(given.get("command", "add")),
            int(given.get("parent", "-1")),
        ),
        Verb.RESIZE: Resize(int(given.get("capacity", "1"))),
        Verb.SET_VALUE: SetValue(),
        Verb.FILL: Fill(
            document,
            given.get("from", ""),
            effect,
            given.get("origin", ""),
            flag("replace"),
            flag("if_missing"),
            several("marks"),
            several("strays"),
        ),
        Verb.AWAIT: Await(Ready("lease")),
        Verb.MIGRATE: Migrate(document, given.get("from", ""), flag("live"), several("disks")),
    }
    return made[verb]

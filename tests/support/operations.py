"""Operations by their verbs, for tests that are about all of them."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.base import Belonging, NetworkSection, SectionCommand
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
    Reconfigure,
    Release,
    Rename,
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
)
from specs.desired import StopPolicy
from specs.guests import Ready


def operation(
    verb: str,
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
    made: dict[str, AnyOperation] = {
        "adopt": Adopt(document),
        "define": Define(document, effect, flag("if_missing")),
        "rename": Rename(given.get("to", "new")),
        "release": Release(flag("marked")),
        "undefine": Undefine(effect, tuple(map(Belonging, several("discards")))),
        "build": Build(flag("overwrite")),
        "start": Start(flag("paused")),
        "stop": Stop(stop, effect),
        "restart": Restart(stop, flag("paused")),
        "reconfigure": Reconfigure(stop, flag("paused"), xml=document),
        "suspend": Suspend(),
        "resume": Resume(),
        "autostart": SetAutostart(flag("on")),
        "attach": Attach(document),
        "detach": Detach(document),
        "update": UpdateDevice(document),
        "set-memory": SetMemory(int(given.get("kib", "1"))),
        "set-vcpus": SetVcpus(int(given.get("count", "1"))),
        "set-text": SetText(given.get("field", "title"), given.get("value", "")),
        "tune": Tune(given.get("path", "cputune/shares"), given.get("value", "1")),
        "update-network": UpdateNetwork(
            document,
            NetworkSection(given.get("section", "ip-dhcp-host")),
            SectionCommand(given.get("command", "add")),
            int(given.get("parent", "-1")),
        ),
        "resize": Resize(int(given.get("capacity", "1"))),
        "set-value": SetValue(),
        "fill": Fill(
            document,
            given.get("from", ""),
            effect,
            given.get("origin", ""),
            flag("replace"),
            flag("if_missing"),
            several("marks"),
            several("strays"),
        ),
        "await": Await(Ready("lease")),
        "migrate": Migrate(document, given.get("from", ""), flag("live"), several("disks")),
    }
    return made[verb]

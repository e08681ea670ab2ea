"""Machines are removed: their settings go, their disks and what their firmware wrote stay."""

from __future__ import annotations

from collections.abc import Collection

from drivers.base.belongings import Belonging
from drivers.base.errors import NotFound, Refused
from drivers.vbox.manage import VBoxManage
from drivers.vbox.observe import VBoxObserver
from specs.desired import PowerState

_CLEAN = """
rm -f -- "$1" "$1-prev"
cd "${1%/*}" && rm -rf -- Logs && rmdir -- Snapshots 2>/dev/null
cd / && rmdir -- "${1%/*}" 2>/dev/null
exit 0
"""
"""The settings file, its older one and the logs; a folder only where nothing else is in it. With the file in
its place no machine of that name could be made again."""


def remove_machine(
    manage: VBoxManage, observer: VBoxObserver, name: str, discards: Collection[Belonging]
) -> None:
    """Removes a machine that is off. Refused where it has what would be lost and may not be."""
    found = observer.machine(name)
    if found is None:
        raise NotFound(f"there is no machine '{name}' on the host")
    file, power, _ = found
    if power is not PowerState.STOPPED:
        raise Refused(f"machine '{name}' runs", "stop it first")
    settings = file.settings()
    has = {Belonging.SNAPSHOTS: bool(settings.snapshots), Belonging.MANAGED_SAVE: settings.saved}
    for what, there in has.items():
        if there and what not in discards:
            raise Refused(
                f"machine '{name}' has {what}, which would be lost", "say that they may be discarded"
            )
    if settings.saved:
        manage.do("discardstate", file.uuid)
    for snapshot in reversed(list(settings.snapshots)):
        manage.do("snapshot", file.uuid, "delete", snapshot, long=True)
    forget_machine(manage, file.uuid)


def forget_machine(manage: VBoxManage, uuid: str) -> None:
    """Takes a machine out of the registry, and its settings file with it."""
    path = manage.facts(uuid).get("CfgFile", "")
    manage.do("unregistervm", uuid)
    if path.endswith(".vbox"):
        manage.shell(_CLEAN, path)

"""Images are made, grown, copied and deleted: by VirtualBox in its own formats, else as plain files.

VirtualBox remembers each image that it opened, and takes a new file at the same path for a stranger; so it is
made to forget an image whenever no machine has it (closemedium).
"""

from __future__ import annotations

from contextlib import suppress

from drivers.base.errors import DriverError, NotFound, Refused
from drivers.native.holdings import NativeVolume
from drivers.vbox.manage import VBoxManage
from drivers.vbox.volumes import FORMATS, format_of

_MAKE = """
[ -e "$1" ] && { echo "'$1' is there already" >&2; exit 1; }
truncate -s "$2" -- "$1"
"""


def create_volume(manage: VBoxManage, folder: str, volume: NativeVolume) -> None:
    """Makes an image; Refused where there is one."""
    path = path_in(folder, volume.name or "")
    form = volume.format or "raw"
    if volume.backing:
        raise Refused(f"volume '{volume.name}': an image over another one is made by a snapshot only")
    size = volume.capacity or 0
    if form == "raw":
        manage.shell(_MAKE, path, str(size))
        return
    if form not in FORMATS:
        raise Refused(f"volume '{volume.name}': no format '{form}'", f"allowed: raw, {', '.join(FORMATS)}")
    if manage.commands.run(["test", "-e", path]).status == 0:
        raise Refused(f"'{path}' is there already")
    forget(manage, path)
    told = ("--filename", path, "--sizebyte", str(size), "--format", FORMATS[form])
    manage.do("createmedium", "disk", *told, long=True)
    forget(manage, path)


def delete_volume(manage: VBoxManage, folder: str, name: str) -> None:
    """Deletes an image; Refused while a machine has it."""
    path = path_in(folder, name)
    user = machine_with(manage, path)
    if user:
        raise Refused(f"'{path}' is a disk of machine {user}", "take it out there first")
    forget(manage, path)
    manage.shell('rm -- "$1"', path)


def grow(manage: VBoxManage, path: str, capacity: int) -> None:
    """Makes an image larger; Refused where it is larger already."""
    form, now = look_at(manage, path)
    if capacity < now:
        raise Refused(f"'{path}' has {now} bytes, and an image does not shrink")
    if capacity == now:
        return
    if form == "raw":
        manage.shell('truncate -s "$2" -- "$1"', path, str(capacity))
        return
    manage.do("modifymedium", "disk", path, "--resizebyte", str(capacity), long=True)
    forget(manage, path)


def copy(manage: VBoxManage, source: str, target: str, volume: NativeVolume) -> None:
    """Makes an image as a whole copy of another one, as large as that or larger."""
    form, size = look_at(manage, source)
    wanted = volume.format or form
    if wanted == form == "raw":
        manage.shell('[ -e "$2" ] && exit 1; cp --sparse=always -- "$1" "$2"', source, target)
    elif wanted in FORMATS and form in FORMATS:
        forget(manage, target)
        manage.do("clonemedium", "disk", source, target, "--format", FORMATS[wanted], long=True)
        forget(manage, target)
        forget(manage, source)
    else:
        raise Refused(f"a {form} image is not copied into one of format {wanted}")
    if (volume.capacity or 0) > size:
        grow(manage, target, volume.capacity or 0)


def look_at(manage: VBoxManage, path: str) -> tuple[str, int]:
    """Format and capacity of an image; NotFound where there is none."""
    said = manage.commands.run(
        ["sh", "-c", 'stat -c %s -- "$1" && head -c 512 -- "$1"', "sh", path], repeatable=True
    )
    if said.status:
        raise NotFound(f"there is no image '{path}'")
    size, _, head = said.output.partition(b"\n")
    return format_of(head, int(size))


def forget(manage: VBoxManage, path: str) -> None:
    """Makes VirtualBox forget an image, unless a machine has it."""
    with suppress(DriverError):
        manage.do("closemedium", "disk", path)


def machine_with(manage: VBoxManage, path: str) -> str:
    """The machines that have an image, as VirtualBox calls them; '' where none has."""
    try:
        said = manage.look("showmediuminfo", "disk", path)
    except DriverError:
        return ""
    lines = said.splitlines()
    users = [line.partition(":")[2].strip() for line in lines if line.startswith("In use by VMs:")]
    return ", ".join(users)


def path_in(folder: str, name: str) -> str:
    """The file of a volume. Refused for a name that leads elsewhere."""
    if not name or "/" in name or name in (".", "..") or "\n" in name:
        raise Refused(f"'{name}' is no name of a volume")
    return f"{folder.rstrip('/')}/{name}"

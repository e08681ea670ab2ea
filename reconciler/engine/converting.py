"""Copying a stopped guest's disk to another host: read there, converted here by qemu-img, written there."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from drivers.base import Host, needed
from drivers.base.errors import DriverError, Refused
from drivers.base.progress import Transfer
from reconciler.inputs.images.content import FileContent, Stamp
from reconciler.inputs.images.errors import ImageError
from reconciler.inputs.images.inspect import inspect
from reconciler.plan.conversion import DiskCopy
from reconciler.underway import doing
from specs.desired import OFF
from specs.documents.volume_facts import bare_volume, to_be_filled
from specs.identity import Kind

_LONGEST = 24 * 3600.0
"""Seconds that qemu-img may take for one disk."""


def copy_disk(
    copy: DiskCopy, origin: Host, goal: Host, *, still_off: Callable[[], bool], tell: Callable[[str], None]
) -> None:
    """Makes one volume at the goal. Raises a DriverError or ImageError: what was made until then is taken
    away again. The origin is only read; `still_off` says whether the guest has not run meanwhile."""
    with TemporaryDirectory(prefix="virt-reconcile-") as folder:
        fetched, made = Path(folder) / "fetched", Path(folder) / "made"
        tell(f"reading {copy.source}")
        with doing(f"reading {copy.source}") as far:
            _fetch(origin, copy.source, fetched, far)
        if not still_off():
            raise Refused("the guest was started meanwhile: what was read is thrown away; stop it first")
        with fetched.open("rb") as file:
            inspect(file, copy.form, exact=True, what=copy.source)
        if copy.into != copy.form:
            tell(f"converting {copy.form} to {copy.into}")
            with doing(f"converting {copy.source} to {copy.into}"):
                _convert(fetched, copy.form, made, copy.into)
        else:
            made = fetched
        tell(f"writing {copy.made}")
        with _taken_back(goal, copy.made):
            content = FileContent(made, Stamp.at_rest(made))
            document = to_be_filled(bare_volume(copy.made, 1), max(content.size, 1), "raw")
            needed.lifecycle(goal).define(Kind.VOLUME, copy.made, document)
            with doing(f"writing {copy.made}") as far:
                size = content.size
                needed.storage(goal).upload(copy.made, content, lambda done: far(Transfer("", done, size)))


def is_off(host: Host, domain: str) -> bool:
    """Whether a guest is known to be stopped."""
    seen = host.observe.one(Kind.DOMAIN, domain)
    return seen is not None and seen.power in OFF and seen.live is None


def _fetch(host: Host, name: str, path: Path, far: Callable[[Transfer], None]) -> None:
    """A volume's bytes as a file with its holes."""
    with path.open("wb") as file:
        for piece in needed.storage(host).download(name):
            if isinstance(piece, int):
                file.seek(piece, os.SEEK_CUR)
            else:
                file.write(piece)
            far(Transfer("", file.tell()))
        file.truncate(file.tell())


def _convert(source: Path, form: str, made: Path, into: str) -> None:
    """By qemu-img, which is told both formats: a guest's own bytes never decide how they are read."""
    command = ("qemu-img", "convert", "-f", form, "-O", into, str(source), str(made))
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_LONGEST, check=False)  # noqa: S603
    except FileNotFoundError:
        raise ImageError("qemu-img is not installed here: apt install qemu-utils") from None
    except subprocess.TimeoutExpired:
        raise ImageError(f"qemu-img convert took more than {_LONGEST / 3600:g} hours") from None
    if done.returncode:
        raise ImageError(f"qemu-img convert failed: {done.stderr.strip() or done.returncode}")


@contextmanager
def _taken_back(host: Host, name: str) -> Iterator[None]:
    """What is made here is deleted again where it was not finished; what was there before is never touched,
    for making a volume that exists is refused."""
    before = host.observe.one(Kind.VOLUME, name)
    if before is not None:
        raise Refused(f"there is a volume {name} by now; nothing is overwritten")
    try:
        yield
    except (DriverError, ImageError):
        with suppress(DriverError):
            needed.lifecycle(host).undefine(Kind.VOLUME, name)
        raise

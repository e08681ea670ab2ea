"""python -m tests.adoption LIBVIRT-SOURCE [--show]: how many files are read and make a valid tree."""

from __future__ import annotations

import argparse
import contextlib
import io
import tempfile
from collections.abc import Iterator
from pathlib import Path

from reconciler.cli.main import call

FOLDERS = {
    "xl.cfg": ("xlconfigdata", "*.cfg"),
    "xm": ("xmconfigdata", "*.cfg"),
    "lxc.conf": ("lxcconf2xmldata", "*.config"),
    "bhyve": ("bhyveargv2xmldata", "*.args"),
    ".vmx": ("vmx2xmldata", "*.vmx"),  # for a desktop, or for an ESX where it has what desktops have not
    "QEMU XML": ("qemuxml2argvdata", "*.xml"),
    "networks": ("networkxml2xmlin", "*.xml"),
    "pools": ("storagepoolxml2xmlin", "*.xml"),
}
"""libvirt's folders of such files."""


ELSEWHERE = {".vmx": ("--host", "esx1=esx://esx1.example/")}
"""Another host that files of a kind may be for."""


def adopted(file: Path, *options: str) -> tuple[int, str]:
    """The exit code of adopting a file into a new tree, and the last line that was said."""
    said = io.StringIO()
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(said),
    ):
        code = call(["adopt", str(file), "--to", folder, *options])
        if code == 0:
            code = call(["validate", folder])
    lines = said.getvalue().strip().splitlines() or [""]
    return code, next((line for line in lines if "error" in line or ": " in line), lines[-1])


def scores(tests: Path, show: bool) -> Iterator[str]:
    """A line for each kind of file, and with `show` one for each that is not read."""
    for title, (folder, pattern) in FOLDERS.items():
        files = sorted((tests / folder).glob(pattern))
        results = {file: adopted(file) for file in files}
        if title in ELSEWHERE:
            refused = [file for file, (code, _) in results.items() if code]
            results |= {file: adopted(file, *ELSEWHERE[title]) for file in refused}
        good = [file for file, (code, _) in results.items() if code == 0]
        if show:
            yield from (f"    {file.name}: {told}" for file, (code, told) in results.items() if code)
        yield f"{title:12}{len(good):>6} of {len(files)}"


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m tests.adoption", description=__doc__)
    options.add_argument("source", type=Path, help="libvirt's unpacked source")
    options.add_argument("--show", action="store_true", help="tells what is not read, and why")
    given = options.parse_args()
    if not (given.source / "tests").is_dir():
        options.error(f"{given.source} is no libvirt source: it has no tests")
    for line in scores(given.source / "tests", given.show):
        print(line, flush=True)


if __name__ == "__main__":
    main()

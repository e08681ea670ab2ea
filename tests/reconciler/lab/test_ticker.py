"""The guest that counts."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from reconciler.lab import ticker
from tests.support import full


@pytest.mark.parametrize(
    ("source", "address", "sector"),
    [
        (Path(ticker.__file__).with_name("ticker.s"), "0x7c00", ticker.boot_sector()),
        (Path(full.__file__).with_name("full.s"), "0x600", full.first_sector()),
    ],
    ids=["ticker", "full"],
)
def test_the_program_is_what_its_source_assembles_to(
    tmp_path: Path, source: Path, address: str, sector: bytes
) -> None:
    if not (shutil.which("as") and shutil.which("ld")):
        pytest.skip("no assembler (binutils)")
    made, linked = tmp_path / "made.o", tmp_path / "linked"
    subprocess.run(["as", "--32", source, "-o", made], check=True)
    layout = ["-m", "elf_i386", "-e", "start", "-Ttext", address, "--oformat", "binary"]
    subprocess.run(["ld", *layout, "-o", linked, made], check=True)
    assert linked.read_bytes() == sector


def test_its_disk_is_one_megabyte_that_firmware_boots() -> None:
    image = ticker.disk_image()
    assert len(image) == 1024 * 1024
    assert image[510:512] == b"\x55\xaa"

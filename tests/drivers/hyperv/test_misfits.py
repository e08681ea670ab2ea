"""What does not fit is said before any host is asked."""

from __future__ import annotations

import pytest

from tests.reconciler.cli.lab import Lab


@pytest.mark.parametrize(
    ("edited", "words"),
    [
        ("memory: 1023MiB", "memory 1023 MiB; allowed: 32 MiB"),
        ("memory: 1GiB\n  watchdog: i6300esb", "watchdog"),
        ("memory: 1GiB\n  firmware: uefi\n  boot: [hd]", "each disk and interface has its own boot"),
        (
            "memory: 1GiB\n  firmware: uefi\n  disks: [{device: cdrom, bus: ide}]",
            "second generation, which has SCSI alone",
        ),
    ],
)
def test_what_does_not_fit_is_said_offline(hyperv: Lab, edited: str, words: str) -> None:
    hyperv.write(
        "web.yaml",
        f"apiVersion: virt-reconcile/v1\nkind: Domain\nmetadata: {{name: web}}\nspec:\n  {edited}\n",
    )
    said = hyperv("validate", "TREE")
    assert said.code == 3
    assert words in said.out + said.err

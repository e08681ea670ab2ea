"""What is told while a guest has not let go of a device yet."""

from __future__ import annotations

from typing import Any, cast

import pytest

from drivers.base.errors import Refused
from drivers.base.progress import Wait, listening
from drivers.libvirt import devices

DISK = "<disk type='file' device='disk'><target dev='vdb'/></disk>"


class Reluctant:
    """A domain that shows a device for some looks after it was asked to let go of it."""

    def __init__(self, looks: int) -> None:
        self.looks, self.asked = looks, 0

    def detachDeviceFlags(self, _device: str, _flags: int) -> None:
        self.asked += 1

    def XMLDesc(self, _flags: int) -> str:
        self.looks -= 1
        return f"<domain><devices>{DISK if self.looks >= 0 else ''}</devices></domain>"


def test_a_detach_says_what_it_waits_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "_POLL", 0.001)
    heard: list[Any] = []
    with listening(heard.append):
        devices.detach(cast(Any, Reluctant(2)), DISK)
    wait, over = heard
    assert isinstance(wait, Wait)
    assert (wait.what, wait.limit, over) == ("the guest to let go of vdb", 30.0, None)


def test_it_is_over_when_the_guest_never_lets_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "_POLL", 0.001)
    monkeypatch.setattr(devices, "_UNPLUG_DEADLINE", 0.0)
    heard: list[Any] = []
    with listening(heard.append), pytest.raises(Refused, match="did not let go of the disk"):
        devices.detach(cast(Any, Reluctant(1000)), DISK)
    assert heard[-1] is None

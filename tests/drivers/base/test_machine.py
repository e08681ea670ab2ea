"""Which machine answers: a UUID that nothing vouches for is no proof, the host's name is."""

from __future__ import annotations

import pytest

from drivers.base.machine import lasting, machine_identity, same_machine

SURE = machine_identity("qemu/system", "1111")
MADE_UP = machine_identity("qemu/system", "2222", "hv1")


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (SURE, True),
        (machine_identity("qemu/system", "3333"), False),
        (machine_identity("lxc/system", "1111"), False),
        (machine_identity("qemu/system", "1111", "hv1"), True),  # its tables cannot be read any more
        (machine_identity("qemu/system", "3333", "hv1"), False),
    ],
)
def test_a_uuid_that_the_firmware_tells_is_the_machines(other: str, same: bool) -> None:
    assert same_machine(SURE, other) is same
    assert same_machine(other, SURE) is same


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (machine_identity("qemu/system", "3333", "hv1"), True),
        (machine_identity("qemu/system", "2222", "renamed"), True),
        (machine_identity("qemu/system", "3333", "hv2"), False),
        (machine_identity("lxc/system", "3333", "hv1"), False),
    ],
)
def test_a_daemon_without_a_uuid_makes_one_up_at_each_start(other: str, same: bool) -> None:
    assert same_machine(MADE_UP, other) is same
    assert (lasting(MADE_UP) == lasting(other)) is (same and "renamed" not in other)


def test_what_lasts_of_a_simulated_host_is_all_of_it() -> None:
    assert lasting("sim /srv/host.db hv1") == "sim /srv/host.db hv1"

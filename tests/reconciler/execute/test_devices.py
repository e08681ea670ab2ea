"""The address at which a device is plugged in."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from drivers.base import Observation
from reconciler.execute.devices import as_defined
from reconciler.operations import Attach
from reconciler.plan.model import Action
from specs.identity import Address, Kind

_NIC = "<interface type='network'><mac address='52:54:00:00:00:01'/><source network='lan'/>{}</interface>"
_AT_4 = "<address type='pci' domain='0x0000' bus='0x00' slot='0x04' function='0x0'/>"
_AT_5 = _AT_4.replace("0x04", "0x05")


@dataclass
class Host:
    """A host with one guest, whose definition has the device already."""

    running: str

    @property
    def observe(self) -> Host:
        return self

    def one(self, kind: Kind, name: str) -> Observation:
        return Observation(kind, name, _guest(_NIC.format(_AT_4)), self.running)


def _guest(devices: str) -> str:
    return f"<domain><name>web</name><devices>{devices}</devices></domain>"


@pytest.mark.parametrize(
    ("running", "kept"),
    [(f"<video>{_AT_5}</video>", True), (f"<video>{_AT_4}</video>", False), ("", True)],
    ids=["the place is free", "a device that leaves at the next start is there", "nothing runs there"],
)
def test_it_gets_the_definitions_address_where_that_is_free(running: str, kept: bool) -> None:
    address = Address(Kind.DOMAIN, "web")
    action = Action(
        id="attach Domain/web",
        address=address,
        host="hv1",
        native="web",
        operation=(attach := Attach(_NIC.format(""))),
    )
    given = as_defined(Host(_guest(running)), action, attach)  # type: ignore[arg-type]
    assert ('slot="0x04"' in given) == kept
    assert "52:54:00:00:00:01" in given

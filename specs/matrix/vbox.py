"""Oracle VirtualBox."""

from __future__ import annotations

from specs.matrix.model import EVERYTHING, Ability, Hypervisor, Usual

VBOX = Hypervisor(
    family="vbox",
    title="VirtualBox",
    schemes=("vbox",),
    types=("vbox",),
    # vboxStorageDriver has no storageVolUpload, Resize or CreateXMLFrom
    can=EVERYTHING - {Ability.FILL, Ability.READ, Ability.COPY, Ability.GROW},
    images=("vdi", "vmdk"),
    usual=Usual(bus="sata"),
)

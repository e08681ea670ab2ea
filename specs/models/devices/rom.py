"""The boot ROM of a device."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from specs.models.base import AbsolutePath, Bool, Model
from specs.places import ON_OFF, At


class Rom(Model):
    """The boot ROM of a NIC or of a device of the host."""

    file: Annotated[AbsolutePath | None, At("@file")] = Field(
        default=None, description="An image on the host; the device's own by default."
    )
    bar: Annotated[Bool | None, At("@bar", form=ON_OFF)] = Field(
        default=None, description="Whether the guest sees it."
    )
    enabled: Annotated[Bool | None, At("@enabled")] = Field(
        default=None, description="false: there is none at all."
    )


def rom_of(value: Any) -> Any:
    """`rom: /usr/share/card.rom` is its file."""
    return {"file": value} if isinstance(value, str) else value

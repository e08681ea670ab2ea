"""Encryption of volumes, and of the disks that are made of them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from specs.models.base import Model, Name
from specs.places import At


class Encryption(Model):
    """LUKS encryption."""

    secret: Annotated[Name, At("secret[@type=passphrase]/@uuid")] = Field(
        description="The Secret that holds the passphrase."
    )

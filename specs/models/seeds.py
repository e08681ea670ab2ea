"""What a guest is configured by at its first boot, as the files say it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, Strict, WithJsonSchema, model_validator

from specs.models.base import Model, Name, Text
from specs.paths import resolve

FIELDS = ("cloudInit", "ignition", "configDrive")
"""The fields of a Domain's spec that make a seed."""

_SETTINGS = frozenset({"pool", "onSeedChange", "target", "bus", "label"})


_DRIVE_PATH = re.compile(r"[^/*:;?\\]{1,64}(/[^/*:;?\\]{1,64}){0,6}")
"""Folders and a name that Joliet can hold (ISO 9660 goes eight levels deep, the root being one)."""


def file_of(value: Any) -> str | None:
    """The file that a content is read from, written {file: PATH}."""
    path = value.get("file") if isinstance(value, Mapping) and len(value) == 1 else None
    return path if isinstance(path, str) else None


def _content(value: Any) -> Any:
    if not isinstance(value, (str, dict)):
        raise ValueError("write text, a mapping, or {file: PATH}")
    return value


def _text_content(value: Any) -> Any:
    if not isinstance(value, str) and file_of(value) is None:
        raise ValueError("write text, or {file: PATH}")
    return value


_TEXT_SCHEMA = {"type": "string"}
_FILE_SCHEMA = {"type": "object", "properties": {"file": {"type": "string"}}, "required": ["file"]}
Content = Annotated[
    Any, AfterValidator(_content), WithJsonSchema({"anyOf": [_TEXT_SCHEMA, {"type": "object"}]})
]
TextContent = Annotated[
    Any, AfterValidator(_text_content), WithJsonSchema({"anyOf": [_TEXT_SCHEMA, _FILE_SCHEMA]})
]


def _label(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_.-]{1,32}", value):
        raise ValueError(f"'{value}' is no volume label: 1 to 32 letters, digits, '_', '.' and '-'")
    return value


class _SeedSpec(Model):
    """What all seeds have."""

    pool: Name | None = Field(
        default=None,
        description="The pool for its volume; by default that of the first disk that is a volume.",
    )
    on_seed_change: Literal["ignore", "reseed", "rebuild"] = Field(
        default="ignore",
        description="What a change does to a guest that exists: nothing; it finds the new seed at its next"
        " boot; or its volumes with onSourceChange: replace are made anew, and their data is lost.",
    )


class _DriveSpec(_SeedSpec):
    """A seed that the guest sees as a CD."""

    target: Text | None = Field(
        default=None, description="The device in the guest; the next free one by default."
    )
    bus: Literal["sata", "scsi", "ide", "usb", "xen"] | None = Field(
        default=None, description="The bus of the drive; what suits the machine by default."
    )


class CloudInit(_DriveSpec):
    """cloud-init's NoCloud seed. Each part is text, a mapping, or {file: PATH} with a path relative to this
    file."""

    user_data: Content | None = Field(
        default=None, description="The user data; a mapping is written as #cloud-config."
    )
    meta_data: Content | None = Field(
        default=None, description="The metadata; instance-id and local-hostname are added where it has none."
    )
    network_config: Content | None = Field(default=None, description="The network configuration.")
    vendor_data: Content | None = Field(
        default=None, description="The vendor data; a mapping is written as #cloud-config."
    )


class Ignition(_SeedSpec):
    """Ignition's configuration, given through QEMU's fw_cfg."""

    config: Content = Field(description="JSON as text, a mapping, or {file: PATH} relative to this file.")


class ConfigDrive(_DriveSpec):
    """A CD with files: OpenStack's config drive, an answer file of an installer, or anything else."""

    label: Annotated[str, Strict(), AfterValidator(_label)] = Field(
        default="config-2", description="The volume label."
    )
    files: dict[Text, TextContent] = Field(
        default={}, description="Paths on the drive, each with its text or {file: PATH}."
    )
    user_data: Content | None = Field(default=None, description="openstack/latest/user_data (config-2).")
    meta_data: Content | None = Field(
        default=None,
        description="openstack/latest/meta_data.json (config-2); uuid, name and hostname are added where it"
        " has none.",
    )
    network_config: Content | None = Field(
        default=None, description="openstack/latest/network_data.json (config-2)."
    )

    @model_validator(mode="after")
    def _fitting(self) -> ConfigDrive:
        openstack = (self.user_data, self.meta_data, self.network_config)
        if self.label != "config-2" and any(part is not None for part in openstack):
            raise ValueError("userData, metaData and networkConfig go with label: config-2")
        if self.label != "config-2" and not self.files:
            raise ValueError("a config drive needs files")
        for path in self.files:
            if not _DRIVE_PATH.fullmatch(path) or {".", ".."} & set(path.split("/")):
                raise ValueError(f"'{path}' is no path on the drive, such as openstack/latest/user_data")
            if any(other.startswith(f"{path}/") for other in self.files):
                raise ValueError(f"'{path}' is a file and a folder")
        return self


def contents(spec: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The contents in a Domain's spec as the files say it, each with its place in the spec."""
    for field in FIELDS:
        seed = spec.get(field)
        for key, value in seed.items() if isinstance(seed, dict) else ():
            if key == "files" and isinstance(value, dict):
                yield from (((field, key, name), inner) for name, inner in value.items())
            elif key not in _SETTINGS:
                yield (field, key), value


def seen_from(spec: Mapping[str, Any], file: str, folder: str) -> dict[str, Any]:
    """A template's spec for the Domains of a folder: what it reads is relative to the template's file."""
    moved: dict[str, Any] = dict(spec)
    for path, value in contents(spec):
        name = file_of(value)
        if name is None:
            continue
        target = resolve(file, name)
        seen = posixpath.relpath(f"/{target}", f"/{folder}") if target else f"/{name}"
        inner = moved
        for step in path[:-1]:
            inner[step] = dict(inner[step])
            inner = inner[step]
        inner[path[-1]] = {"file": seen}
    return moved

"""Where a volume's content comes from, as the files say it."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, Strict, model_validator

from specs.models.base import Model, Text

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def is_url(text: str) -> bool:
    """Whether a text has a URL's scheme."""
    return _URL.match(text) is not None


def _path(value: str) -> str:
    if not value.strip() or value.endswith("/"):
        raise ValueError("write the path of a file")
    if value.startswith("~"):
        raise ValueError("'~' is not expanded; write a path relative to this file, or an absolute one")
    if is_url(value):
        raise ValueError("only http and https URLs are fetched; for a file, write its path alone")
    return value


def _url(value: str) -> str:
    try:
        parts = urlsplit(value)
        whole = parts.scheme in ("http", "https") and parts.hostname and not re.search(r"\s", value)
    except ValueError:
        whole = False
    if not whole:
        raise ValueError("this is no URL such as https://host/path; only http and https are fetched")
    return value


def _path_or_url(value: str) -> str:
    return _url(value) if is_url(value) else _path(value)


def _sha256(value: str) -> str:
    if not re.fullmatch("[0-9a-fA-F]{64}", value):
        raise ValueError("a SHA-256 checksum is written sha256: and 64 hexadecimal digits; no other is taken")
    return value.lower()


def _volume(value: str) -> str:
    if not re.fullmatch(r"[^/@\n][^/\n]*(/[^/\n]+)?", value):
        raise ValueError(f"'{value}' is no volume; write its name, or pool/name")
    return value


File = Annotated[Text, AfterValidator(_path)]
Url = Annotated[Text, AfterValidator(_url)]


class Checksum(Model):
    """What the file must be, as it is published: its SHA-256, or a list in which that is looked up."""

    sha256: Annotated[str, Strict(), AfterValidator(_sha256)] | None = Field(
        default=None, description="64 hexadecimal digits."
    )
    sums: Annotated[Text, AfterValidator(_path_or_url)] | None = Field(
        default=None, description="A published list such as SHA256SUMS: a URL, or a path as for file."
    )
    name: Text | None = Field(
        default=None, description="The name in the list; the last part of the file or url by default."
    )

    @model_validator(mode="after")
    def _one(self) -> Checksum:
        if (self.sha256 is None) == (self.sums is None):
            raise ValueError("a checksum is exactly one of sha256 and sums")
        if self.name is not None and self.sums is None:
            raise ValueError("name goes with sums")
        return self


def _checksum(value: Any) -> Any:
    return {"sha256": value.removeprefix("sha256:")} if isinstance(value, str) else value


class VolumeSource(Model):
    """What a new volume is filled with: exactly one of file, url, volume."""

    file: File | None = Field(
        default=None,
        description="An image on the machine that runs this program; relative to this file, or absolute.",
    )
    url: Url | None = Field(default=None, description="An image behind an http or https URL.")
    volume: Annotated[Text, AfterValidator(_volume)] | None = Field(
        default=None,
        description="A volume of the same pool, or pool/name on the same host, that is copied.",
    )
    checksum: Annotated[Checksum | None, BeforeValidator(_checksum)] = Field(
        default=None, description="'sha256:HEX', or a mapping; of the file before it is decompressed."
    )
    compression: Literal["auto", "none", "gz", "xz", "zst"] = Field(
        default="auto", description="How it is compressed; by its first bytes by default."
    )
    format: Text | None = Field(
        default=None,
        description="Its format, which must be the volume's: with raw, bytes are taken as they are,"
        " whatever they look like.",
    )

    @model_validator(mode="after")
    def _one(self) -> VolumeSource:
        given = [name for name in ("file", "url", "volume") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("a source is exactly one of file, url and volume")
        if self.volume and (self.checksum or self.compression != "auto" or self.format):
            raise ValueError("checksum, compression and format go with file or url")
        return self


def short_source(value: Any) -> Any:
    """A text is a URL if it looks like one, else a path."""
    if not isinstance(value, str):
        return value
    return {"url" if is_url(value) else "file": value}

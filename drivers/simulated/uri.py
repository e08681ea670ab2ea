"""What a `sim:` URI says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from drivers.base.errors import Unsupported
from specs.diagnostics import did_you_mean

_SECONDS = {"ms": 0.001, "s": 1.0, "": 1.0}
_KIB = {"KiB": 1, "MiB": 1024, "GiB": 1024**2, "TiB": 1024**3}


@dataclass(frozen=True, slots=True)
class Settings:
    """The parts of a URI; `delay`, `boot` and `move` (how long a running guest travels) in seconds. Below
    the path `shared` all hosts of a file see the same volumes."""

    uri: str
    path: Path
    host: str = "default"
    delay: float = 0.0
    cpus: int = 16
    memory_kib: int = 64 * 1024**2
    boot: float = 0.0
    move: float = 0.0
    shared: str = ""


def parse_uri(uri: str) -> Settings:
    """The settings of `sim:///PATH?…` (or `sim:PATH`, relative to the working directory).

    Raises Unsupported with what is allowed.
    """
    parts = urlsplit(uri)
    if parts.netloc or not parts.path:
        raise Unsupported(f"'{uri}' names no file", "write sim:///absolute/path or sim:relative/path")
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    allowed = ("host", "delay", "cpus", "memory", "boot", "move", "shared")
    for key in given:
        if key not in allowed:
            raise Unsupported(f"'{uri}': unknown parameter '{key}'{did_you_mean(key, allowed)}")
    defaults = Settings(uri, Path(unquote(parts.path)))
    return Settings(
        uri,
        defaults.path,
        given.get("host") or defaults.host,
        _amount(uri, "delay", given.get("delay", "0"), _SECONDS, "50ms or 2s"),
        int(_amount(uri, "cpus", given.get("cpus", str(defaults.cpus)), {"": 1}, "16")),
        int(_amount(uri, "memory", given.get("memory", "64GiB"), _KIB, "64GiB")),
        _amount(uri, "boot", given.get("boot", "0"), _SECONDS, "5s"),
        _amount(uri, "move", given.get("move", "0"), _SECONDS, "2s"),
        given.get("shared", ""),
    )


def _amount(uri: str, key: str, text: str, units: dict[str, float] | dict[str, int], example: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([A-Za-z]*)", text)
    if not match or match[2] not in units:
        raise Unsupported(f"'{uri}': {key}={text} cannot be read", f"write for example {key}={example}")
    return float(match[1]) * units[match[2]]

"""A .vmx file: lines of `key = "value"`, of which VMware keeps those that it does not know.

Keys have no case. What is changed is changed in its line; everything else stays as it is written.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_ENTRY = re.compile(r"\s*([^\s=#]+)\s*=\s*(.*?)\s*\Z")
_SILENT = re.compile(r"\s*(#.*)?\Z")
_ENCODING = re.compile(rb"""^\s*\.encoding\s*=\s*["']?([^"'\s]+)""", re.IGNORECASE | re.MULTILINE)
_PIPE = re.compile(r"\|([0-9A-Fa-f]{2})")
_UNSAFE = re.compile(r'[|"\x00-\x1f\x7f]')


class NotVmx(ValueError):
    """The text is no .vmx file, or says what makes no sense."""


@dataclass(frozen=True, slots=True)
class VmxFile:
    """The lines of a file, and the value of each key (in lower case) with its line's number."""

    lines: tuple[str, ...] = ()
    entries: Mapping[str, tuple[int, str]] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The file."""
        return "".join(f"{line}\n" for line in self.lines)

    def get(self, key: str) -> str | None:
        """The value of a key; None where there is none, or an empty one."""
        found = self.entries.get(key.lower())
        return found[1] if found is not None and found[1] else None

    def word(self, key: str) -> str:
        """A value in lower case, as VMware compares them; '' for none."""
        return (self.get(key) or "").lower()

    def yes(self, key: str, default: bool = False) -> bool:
        """TRUE or FALSE; raises NotVmx for anything else."""
        value = self.word(key)
        if value not in ("", "true", "false"):
            raise NotVmx(f"{key} is '{self.get(key)}'; a .vmx file says TRUE or FALSE")
        return value == "true" if value else default

    def number(self, key: str, default: int = 0) -> int:
        """A whole number, 'unlimited' is -1; raises NotVmx for anything else."""
        value = self.word(key)
        if value == "unlimited":
            return -1
        if value and not re.fullmatch(r"-?[0-9]{1,20}", value):
            raise NotVmx(f"{key} is '{self.get(key)}', which is no number")
        return int(value) if value else default

    def matching(self, pattern: str) -> Iterator[re.Match[str]]:
        """The keys, in lower case, that a pattern fits."""
        compiled = re.compile(pattern)
        return (found for key in self.entries if (found := compiled.fullmatch(key)))

    def edited(self, edits: Mapping[str, str | None]) -> VmxFile:
        """The file with other values; None takes a key away, and a new one comes last."""
        lines: list[str | None] = list(self.lines)
        for key, value in edits.items():
            line = None if value is None else f'{key} = "{escaped(value)}"'
            place = self.entries.get(key.lower())
            if place is not None:
                lines[place[0]] = line
            elif line is not None:
                lines.append(line)
        return parse_vmx("\n".join(line for line in lines if line is not None))


def parse_vmx(text: str) -> VmxFile:
    """The file with that text; of a key that is there twice the last counts. Raises NotVmx."""
    lines = tuple(text.replace("\r\n", "\n").removesuffix("\n").split("\n")) if text else ()
    entries: dict[str, tuple[int, str]] = {}
    for number, line in enumerate(lines):
        found = _ENTRY.match(line)
        if found is not None:
            entries[found[1].lower()] = (number, unescaped(_unquoted(found[2])))
        elif not _SILENT.match(line):
            raise NotVmx(f"line {number + 1} is no entry of a .vmx file (key = \"value\"): '{line[:60]}'")
    return VmxFile(lines, entries)


def decoded(data: bytes) -> str:
    """The text of a file in the encoding that it names itself; UTF-8 where it names none. Raises NotVmx."""
    name = encoding_of(data)
    try:
        return data.decode(name)
    except UnicodeDecodeError as error:
        raise NotVmx(f"it is not in {name}, as it says itself") from error


def encoding_of(data: bytes) -> str:
    """The name of the encoding, as Python knows it. Raises NotVmx."""
    found = _ENCODING.search(data)
    name = found[1].decode(errors="replace") if found else "UTF-8"
    try:
        return codecs.lookup(name).name
    except LookupError as error:
        raise NotVmx(f"its encoding '{name}' is not known") from error


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] == '"':
        return value[1:-1]
    return value


def escaped(value: str) -> str:
    """A value as it is written: what would end it, or its line, as |XX (virVMXEscapeHexPipe)."""
    return _UNSAFE.sub(lambda found: f"|{ord(found[0]):02X}", value)


def unescaped(value: str) -> str:
    """A value as it is meant."""
    return _PIPE.sub(lambda found: chr(int(found[1], 16)), value) if "|" in value else value

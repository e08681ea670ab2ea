"""The settings of a file, asked for by name and kind; what nobody asked for is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from drivers.xen.syntax import NotXenConfiguration, Value, settings_in

_YES, _NO = frozenset({"1", "yes", "true", "on"}), frozenset({"0", "no", "false", "off"})


class XenSettings:
    """What a file says."""

    def __init__(self, text: str) -> None:
        self._said: Mapping[str, Value] = settings_in(text)
        self._asked: set[str] = set()

    def _get(self, name: str) -> Value | None:
        self._asked.add(name)
        return self._said.get(name)

    def text(self, name: str) -> str:
        """A text; '' where there is none. Of a list its first."""
        value = self._get(name)
        if isinstance(value, list):
            value = value[0] if value else ""
        if isinstance(value, list):
            raise NotXenConfiguration(f"{name} is no list of lists")
        return value or ""

    def number(self, name: str, otherwise: int = 0) -> int:
        """A whole number."""
        value = self.text(name)
        try:
            return int(value, 0) if value else otherwise
        except ValueError:
            raise NotXenConfiguration(f"{name} is a number, not {value!r}") from None

    def flag(self, name: str) -> bool | None:
        """Yes or no; None where nothing is said."""
        value = self.text(name).lower()
        if value and value not in _YES | _NO:
            raise NotXenConfiguration(f"{name} is 0 or 1, not {value!r}")
        return value in _YES if value else None

    def texts(self, name: str) -> list[str]:
        """A list of texts; a single text is a list of one."""
        value = self._get(name)
        values = value if isinstance(value, list) else [value] if value else []
        return [each for each in values if isinstance(each, str)]

    def lists(self, name: str) -> list[list[str]]:
        """A list of lists of texts."""
        value = self._get(name)
        lists = [each for each in value if isinstance(each, list)] if isinstance(value, list) else []
        return [[each for each in one if isinstance(each, str)] for one in lists]

    def ignored(self, *names: str) -> None:
        """Says of settings that nothing comes of them here."""
        self._asked.update(names)

    def unread(self) -> Iterator[str]:
        """The settings that nobody asked for."""
        return iter(sorted(self._said.keys() - self._asked))


def options_in(text: str) -> dict[str, str]:
    """'mac=…,bridge=…' as a mapping; what has no '=' is said."""
    pairs = (part.strip().partition("=") for part in text.split(",") if part.strip())
    return {key.strip(): value.strip() if sign else "1" for key, sign, value in pairs}

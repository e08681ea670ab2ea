"""What stands on a page."""

from __future__ import annotations

from typing import Any

from lxml import html


class Shown:
    """A page, to be asked for what is on it."""

    def __init__(self, text: str) -> None:
        self._root: Any = html.document_fromstring(text)

    def find(self, path: str) -> list[Any]:
        """What is at an XPath."""
        found: list[Any] = self._root.xpath(path)
        return found

    def texts(self, path: str) -> list[str]:
        """The texts of all elements at an XPath, white space folded."""
        return [_text(found) for found in self.find(path)]

    def rows(self, table: str) -> list[list[str]]:
        """The cells of a table's rows."""
        found = self.find(f"//table[contains(@class, '{table}')]/tbody/tr")
        return [[_text(cell) for cell in row] for row in found]

    def chips(self) -> dict[str, int]:
        """Word → number."""
        return {_of(chip, "word"): int(_of(chip, "number")) for chip in self.find("//nav[@class='chips']/a")}


def _text(element: Any) -> str:
    return " ".join(element.text_content().split())


def _of(chip: Any, part: str) -> str:
    return str(chip.xpath(f"string(span[@class='{part}'])")).replace(",", "")

"""A page as the tests see it: its blocks and remarks in order, its anchors, its links, its words of code."""

from __future__ import annotations

import functools
import re
import shlex
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from textwrap import dedent

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.docs import ROOT, pages

_REMARK = re.compile(r"<!-- (?P<verb>scene: (?P<stage>\w+)|meanwhile)\n?(?P<script>.*?)-->", re.DOTALL)
_PARSER = MarkdownIt("commonmark").enable("table")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: `said` is what stands behind its language; `line` is that of its first fence."""

    page: str
    line: int
    ends: int
    language: str
    said: dict[str, str]
    text: str
    indent: str = ""

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment for the tests: begins a scene on a stage, or goes on in it; and commands that nobody sees."""

    page: str
    line: int
    stage: str
    script: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


@dataclass(frozen=True, slots=True)
class Page:
    """One page, read."""

    path: str
    parts: tuple[Block | Remark, ...]
    indented: tuple[int, ...]
    anchors: frozenset[str] = frozenset()
    links: tuple[tuple[int, str], ...] = ()
    codes: tuple[tuple[int, str], ...] = field(default=())

    @property
    def blocks(self) -> tuple[Block, ...]:
        """Its blocks alone."""
        return tuple(part for part in self.parts if isinstance(part, Block))


@functools.cache
def all_pages() -> tuple[Page, ...]:
    """Every page."""
    return tuple(map(read_page, pages()))


def blocks(*languages: str) -> tuple[Block, ...]:
    """The blocks of all pages that are in one of these languages."""
    return tuple(block for page in all_pages() for block in page.blocks if block.language in languages)


def read_page(path: Path) -> Page:
    """Reads a page."""
    name, text = str(path.relative_to(ROOT)), path.read_text()
    tokens, lines = _PARSER.parse(text), text.splitlines()
    return Page(
        path=name,
        parts=tuple(_parts(name, tokens, lines)),
        indented=tuple(token.map[0] + 1 for token in tokens if token.type == "code_block" and token.map),
        anchors=frozenset(_anchors(tokens)),
        links=tuple(_inline(tokens, "link_open", lambda token: str(token.attrs["href"]))),
        codes=tuple(_inline(tokens, "code_inline", lambda token: token.content)),
    )


def _parts(name: str, tokens: list[Token], lines: list[str]) -> Iterator[Block | Remark]:
    for token in tokens:
        if not token.map:
            continue
        line, ends = token.map
        if token.type == "fence":
            language, *words = shlex.split(token.info)
            said = {key: value for key, _, value in (word.partition("=") for word in words)}
            indent = lines[line][: len(lines[line]) - len(lines[line].lstrip())]
            yield Block(name, line + 1, ends, language, said, token.content, indent)
        elif token.type == "html_block" and (found := _REMARK.search(token.content)):
            yield Remark(name, line + 1, found["stage"] or "", dedent(found["script"]).strip())


def _anchors(tokens: list[Token]) -> Iterator[str]:
    """The headings' anchors, as GitHub makes them."""
    seen: Counter[str] = Counter()
    for heading, inline in pairwise(tokens):
        if heading.type == "heading_open":
            shown = "".join(child.content for child in inline.children or ())
            anchor = re.sub(r"[^\w\- ]", "", shown.lower()).replace(" ", "-")
            yield f"{anchor}-{seen[anchor]}" if seen[anchor] else anchor
            seen[anchor] += 1


def _inline(tokens: list[Token], kind: str, of: Callable[[Token], str]) -> Iterator[tuple[int, str]]:
    for token in tokens:
        for child in token.children or ():
            if child.type == kind and token.map:
                yield token.map[0] + 1, of(child)

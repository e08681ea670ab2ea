"""Where libvirt documents hold secrets in plain text, as data, and changing the values there."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lxml import etree

from specs.xml import parse

Change = Callable[[str, Callable[[str], str]], str]
"""Gives a value's replacement; its second argument writes a value as its place wants it."""

REFERENCE = re.compile(r"\$\{secret:([^{}/\s]+)\}")
"""What stands for the value of a declared Secret."""

_TELLING = (
    r"passw(?:or)?d|passphrase|passwd|token|secret|credential|api[-_]?key|private[-_]?key|access[-_]?key"
)
_NAME = re.compile(_TELLING, re.IGNORECASE)


def _pair(value: str) -> re.Pattern[str]:
    """KEY=VALUE where the key tells; values in double quotes may hold what else would end them."""
    return re.compile(
        rf"(?P<key>[\w.-]*(?:{_TELLING})[\w.-]*)=(?:\"(?P<quoted>[^\"]*)\"|(?P<bare>(?!\"){value}+))",
        re.IGNORECASE,
    )


_PAIR, _QUERY_PAIR, _OPTION_PAIR = _pair(r"\S"), _pair(r"[^\s&]"), _pair(r"(?:[^\s,]|,,)")
_HARMLESS = re.compile(r"(?:^secret|[-_.]secret|file|path|uuid|id|name|type|url|format)\Z", re.IGNORECASE)
"""Keys that only refer to a secret, as QEMU's password-secret= does."""

_CREDENTIAL = re.compile(r"io\.systemd\.credential(?:\.binary)?:[^=]*=(?P<bare>.*)\Z", re.DOTALL)
_SET_CREDENTIAL = re.compile(r"systemd\.set_credential(?:_binary)?=[^:\s]+:(?P<bare>\S+)")
_OPTION = r"(?P<bare>(?:[^,]|,,)+)"
_SECRET_OBJECT = re.compile(rf"(?<![^,])data={_OPTION}")
_SECRET_JSON = re.compile(r'"data"\s*:\s*"(?P<bare>(?:[^"\\]|\\.)+)"')
_FW_CFG = re.compile(rf"(?<![^,])string={_OPTION}")
_SMBIOS = re.compile(rf"io\.systemd\.credential(?:\.binary)?:[^=,]*={_OPTION}")
_WHOLE = re.compile(r"\s*(?P<bare>\S(?:.*\S)?)\s*\Z", re.DOTALL)

_HINT = re.compile(r"passwd|cookie|commandline|fwcfg|oemStrings|initenv|initarg|cmdline|query=")
"""What a document holds that has any such place; most have none, and are not parsed."""


@dataclass(frozen=True, slots=True)
class SensitiveValue:
    """One value: in an attribute of an element, or in its text (attribute '')."""

    element: etree._Element
    attribute: str
    start: int
    end: int
    escape: Callable[[str], str]

    @property
    def value(self) -> str:
        """The value itself."""
        return _text(self.element, self.attribute)[self.start : self.end]

    @property
    def tag(self) -> str:
        """The element's name."""
        return _tag(self.element)

    def describe(self) -> str:
        """The element that holds it, as a person finds it."""
        named = self.element.get("name")
        return f"<{_tag(self.element)}{f' name={named!r}' if named else ''}>"


def may_hold(document: str) -> bool:
    """Whether a document has a place for secrets at all: most have none, and need not be looked through."""
    return _HINT.search(document) is not None


def places(root: etree._Element) -> Iterator[SensitiveValue]:
    """Every place that holds a secret, in the order of the document; of one text from its end."""
    for element in root.iter(etree.Element):
        if element.get("passwd"):
            yield from _found(element, "passwd", (_WHOLE,))
        rule = _RULES.get(_tag(element))
        if rule:
            yield from rule(element)


def referenced(root: etree._Element) -> tuple[str, ...]:
    """The names of the Secrets whose values a document takes."""
    found = (REFERENCE.fullmatch(place.value) for place in places(root))
    return tuple(dict.fromkeys(match[1] for match in found if match))


def speaks_of_secrets(text: str) -> bool:
    """Whether a text such as a seed's may hold one, by its words."""
    return _NAME.search(text) is not None


def rewritten(document: str, change: Change) -> str:
    """The document with every secret value changed; the same text where there is none."""
    if not may_hold(document):
        return document
    root = parse(document, comments=True)
    touched = False
    for place in list(places(root)):
        touched = True
        text = _text(place.element, place.attribute)
        new = text[: place.start] + change(place.value, place.escape) + text[place.end :]
        if place.attribute:
            place.element.set(place.attribute, new)
        else:
            place.element.text = new
    return etree.tostring(root, encoding="unicode") if touched else document


def without(document: str) -> tuple[str, tuple[str, ...]]:
    """The document without the elements and attributes that hold secrets, and what was left out."""
    if not may_hold(document):
        return document, ()
    root = parse(document, comments=True)
    found = list(places(root))
    for place in found:
        element: etree._Element | None = place.element
        if place.attribute in ("passwd", "query"):
            place.element.attrib.pop(place.attribute, "")
            continue
        if _tag(place.element) in ("arg", "env"):
            element = place.element.getparent()  # an argument means something behind its option only
        while element is not None and (parent := element.getparent()) is not None:
            parent.remove(element)
            element = (
                parent if _tag(parent) in ("cookies", "oemStrings", "sysinfo") and not len(parent) else None
            )
    told = tuple(dict.fromkeys(place.describe() for place in found))
    return (etree.tostring(root, encoding="unicode"), told) if found else (document, ())


def _of_arg(element: etree._Element) -> Iterator[SensitiveValue]:
    value = element.get("value", "")
    if value.startswith("secret") or '"secret"' in value:
        patterns: tuple[re.Pattern[str], ...] = (_SECRET_JSON if value.startswith("{") else _SECRET_OBJECT,)
        escape = _in_json if value.startswith("{") else _in_option
        yield from _found(element, "value", patterns, escape)
    elif value.startswith(("name=", "opt/")) and "string=" in value:
        yield from _found(element, "value", (_FW_CFG,), _in_option)
    else:
        yield from _found(element, "value", (_SMBIOS, _SET_CREDENTIAL, _OPTION_PAIR), _in_option)


def _of_env(element: etree._Element) -> Iterator[SensitiveValue]:
    if _tells(element.get("name", "")):
        yield from _found(element, "value", (_WHOLE,))


def _of_initenv(element: etree._Element) -> Iterator[SensitiveValue]:
    if _tells(element.get("name", "")):
        yield from _found(element, "", (_WHOLE,))


def _of_entry(element: etree._Element) -> Iterator[SensitiveValue]:
    parent = element.getparent()
    if parent is not None and _tag(parent) == "sysinfo" and parent.get("type") == "fwcfg":
        yield from _found(element, "", (_WHOLE,))
    elif parent is not None and _tag(parent) == "oemStrings":
        yield from _found(element, "", (_CREDENTIAL, _PAIR))


_RULES: dict[str, Callable[[etree._Element], Iterator[SensitiveValue]]] = {
    "cookie": lambda element: _found(element, "", (_WHOLE,)),
    "source": lambda element: _found(element, "query", (_QUERY_PAIR,)),
    "arg": _of_arg,
    "env": _of_env,
    "initenv": _of_initenv,
    "initarg": lambda element: _found(element, "", (_PAIR,)),
    "entry": _of_entry,
    "cmdline": lambda element: _found(element, "", (_SET_CREDENTIAL, _PAIR)),
}
"""By an element's name, whatever its namespace: formatdomain.html, and drvqemu.html for QEMU's arguments."""


def _found(
    element: etree._Element,
    attribute: str,
    patterns: tuple[re.Pattern[str], ...],
    escape: Callable[[str], str] = str,
) -> Iterator[SensitiveValue]:
    text = _text(element, attribute)
    spans: list[tuple[int, int]] = []
    for pattern in patterns:
        for match in pattern.finditer(text):
            groups = match.groupdict()
            if groups.get("key") and _HARMLESS.search(groups["key"]):
                continue
            span = match.span("quoted") if groups.get("quoted") else match.span("bare")
            if span[0] >= 0 and not any(start < span[1] and span[0] < end for start, end in spans):
                spans.append(span)
    for start, end in sorted(spans, reverse=True):
        yield SensitiveValue(element, attribute, start, end, escape)


def _tells(name: str) -> bool:
    """Whether a name says that its value is a secret."""
    return bool(_NAME.search(name)) and not _HARMLESS.search(name)


def _in_option(value: str) -> str:
    return value.replace(",", ",,")  # QemuOpts


def _in_json(value: str) -> str:
    return json.dumps(value)[1:-1]


def _tag(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _text(element: etree._Element, attribute: str) -> str:
    return (element.get(attribute) if attribute else element.text) or ""

"""Whose a file is: what other tools keep beside a tree is left alone, and what looks like ours is not.

Ours is what says `apiVersion: virt-reconcile/…`, and what was meant to: a kind of ours without an apiVersion
or with another word there, a group that is nearly ours, a broken file in which that stands somewhere.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import Any

from specs.identity import FACTS, Kind

_GROUP = "virt-reconcile"
_NEAR = 0.8
"""How alike two words must be, so that one is taken for a slip of the other."""

_LONGEST = 60
"""Characters of a word that is compared: more are no slip."""

_KINDS = tuple(str(kind) for kind in Kind)
_TAGS = tuple(facts.tag for facts in FACTS.values() if facts.tag)
_MOST_ITEMS = 100
_HEAD = 16 * 1024
"""Bytes in which the first element of a broken XML file is looked for."""

_VERSION = re.compile(r"^[ \t]*[\"']?api_?version[\"']?[ \t]*:?[ \t]*[\"']?([^\s\"'#]+)", re.I | re.M)
_KIND = re.compile(r"^[\"']?kind[\"']?[ \t]*:[ \t]*[\"']?([\w-]+)", re.M)
_KIND_KEY = re.compile(r"^[\"']?kind[\"']?[ \t]*:", re.M)
_BODY = re.compile(r"^[\"']?(metadata|spec)[\"']?[ \t]*:", re.M)
_PROLOGUE = re.compile(rb"<!--.*?-->|<\?.*?\?>|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>", re.S)
_ELEMENT = re.compile(rb"<([A-Za-z_][\w.:-]*)")


def is_ours(value: Any) -> bool:
    """Whether a YAML document is a declaration, or was meant to be one."""
    if isinstance(value, list):
        return any(isinstance(item, dict) and is_ours(item) for item in value[:_MOST_ITEMS])
    if not isinstance(value, dict):
        return False
    version = version_of(value)[1]
    if version is not None and is_our_group(str(version)):
        return True
    if version is not None and "/" in str(version):
        return False
    if isinstance(value.get("items"), list):
        return is_ours(value["items"])
    kind = value.get("kind")
    if kind == Kind.SECRET and version is not None:  # Kubernetes has one of that name, without a spec
        return "spec" in value
    if isinstance(kind, str):
        body = len(value) == 1 or "metadata" in value or "spec" in value
        return kind in _KINDS or (version is None and body and _is_near(kind, _KINDS))
    return version is None and set(value) == {"metadata", "spec"}


def version_of(value: dict[str, Any]) -> tuple[str, Any]:
    """The key that says the version of a document, however it is spelt, and what it says; ('', None) where
    none does."""
    if "apiVersion" in value:
        return "apiVersion", value["apiVersion"]
    key = next((k for k in value if k.replace("_", "").casefold() == "apiversion"), "")
    return key, value.get(key)


def is_our_group(version: str) -> bool:
    """Whether an apiVersion is ours, or a slip of it."""
    group = version.partition("/")[0].casefold()
    return _GROUP in group or _is_near(group, (_GROUP,))


def is_broken_but_ours(text: str) -> bool:
    """Whether text that is no YAML looks as if it were to declare something."""
    if f"{_GROUP}/v" in text:
        return True
    return any(_looks_ours(part) for part in re.split(r"^---", text, flags=re.M))


def _looks_ours(part: str) -> bool:
    versions = _VERSION.findall(part)
    if any(map(is_our_group, versions)) or (not versions and _KIND_KEY.search(part)):
        return True
    body = set(_BODY.findall(part))
    if not body or any("/" in version for version in versions):
        return False
    return any(kind in _KINDS and (kind != Kind.SECRET or "spec" in body) for kind in _KIND.findall(part))


def is_broken_but_libvirts(data: bytes) -> bool:
    """Whether what is no well-formed XML begins as a document of libvirt does, or holds no element at all."""
    first = _ELEMENT.search(_PROLOGUE.sub(b"", data[:_HEAD]))
    return first is None or is_libvirts(first[1].decode())


def is_libvirts(tag: str) -> bool:
    """Whether a root element is one of libvirt's, or a slip of one."""
    return tag in _TAGS or tag.startswith("domain") or _is_near(tag, _TAGS)


def told(value: Any) -> str:
    """What a document of another tool is, as far as it says so."""
    if isinstance(value, list):
        return "a list"
    if not isinstance(value, dict):
        return "no mapping"
    version, kind = version_of(value)[1], value.get("kind")
    if version is not None and isinstance(kind, str):
        return f"{kind} of {version}"
    keys = ", ".join(map(str, list(value)[:3]))
    return f"no apiVersion; {keys}" if keys else "an empty mapping"


def _is_near(word: str, words: tuple[str, ...]) -> bool:
    if word in words:
        return True
    if len(word) > _LONGEST:
        return False
    like = (SequenceMatcher(None, word.casefold(), each.casefold()) for each in words)
    return any(each.real_quick_ratio() >= _NEAR and each.ratio() >= _NEAR for each in like)

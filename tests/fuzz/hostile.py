"""Values that nobody means, for any place in a tree, a document or a command line.

No value names a real hypervisor, a program to run or an address on a network.
"""

from __future__ import annotations

from random import Random
from typing import Any

TEXTS = (
    "", " ", "a" * 300, "x\x1b[31mred", "a\u202eb", "z\u200bz", "é" * 60, "日本", "\U0001f600", "..", ".",
    "../x",
    "a/b", "/etc/passwd", "/dev/zero", "/dev/null", "/", "//x", "a b", "a\nb", "a\tb", "'", '"', "<x/>",
    "&amp;",
    "]]>", "<!-- x", "%s", "%n", "{0}", "{name}", "${HOME}", "$(id)", "`id`", "-x", "--yes", "@", "a@b",
    "a:b", "#",
    "*", "?", "[", "null", "true", "~", "0", "-1", "1e9", "0x10", "nan", "inf", "1" * 40, "1GiB", "-1GiB",
    "1.5GiB",
    "99999999999999EiB", "5m", "-5m", "10.0.0.1/24", "10.0.0.1/99", "::1/64", "52:54:00:00:00:01",
    "52:54:00:00:00",
    "00000000-0000-0000-0000-000000000000", "one", "lan", "web", "images", "a.img", "all", "none", "default",
    "\ufeffx", "\u2028", "a\u0301", "İ", "ß", "１２", "CON", ".hidden", "x" * 5000, "\ud800", "\x85", "\x7f",
)  # fmt: skip
NUMBERS = (0, 1, -1, 2, 3, 64, 255, 256, 65535, 65536, 2**31, 2**32, 2**63, 2**64, 10**25, 0.5, -0.0, 1e308)


def text(rng: Random) -> str:
    return rng.choice(TEXTS)


def value(rng: Random, depth: int = 0) -> Any:
    """Anything that YAML can hold."""
    kind = rng.randrange(8 if depth < 3 else 6)
    if kind < 3:
        return text(rng)
    if kind == 3:
        return rng.choice(NUMBERS)
    if kind == 4:
        return rng.choice((True, False, None))
    if kind == 5:
        return rng.choice(([], {}, [None], {"": None}))
    if kind == 6:
        return [value(rng, depth + 1) for _ in range(rng.randrange(4))]
    return {text(rng): value(rng, depth + 1) for _ in range(rng.randrange(4))}

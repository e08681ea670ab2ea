"""Names as people see them: what cannot be seen in one, and which ones look alike."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Controls (C0, C1, of direction), characters without width, and what is drawn as nothing: Unicode's
Default_Ignorable_Code_Point, and the blanks that are no white space."""

_WORD = re.compile(r"[^\W\d_]+")

_LATIN = str.maketrans(
    # Cyrillic
    "аеорсухіјѕԁһӏԛԝѵвкмнтгпь"
    # Greek
    "αεικνορτυχγηωβ"
    # Armenian
    "օսհոցզ"
    # Latin letters that are easily taken for others
    "ıɑɡ",
    "aeopcyxijsdhlqwvbkmhtrnbaeiknoptuxynwbouhngqiag",
)
"""Letters of other scripts, lower case, that are drawn as a Latin one."""


def unseen(name: str) -> str:
    """The first character of a name that nobody sees, as 'U+200B (ZERO WIDTH SPACE)'; '' for none."""
    found = _UNSEEN.search(name)
    if not found:
        return ""
    called = unicodedata.name(found[0], "a control character")
    return f"U+{ord(found[0]):04X} ({called})"


def spelt(name: str) -> str:
    """A name with what nobody sees spelt out."""
    return _UNSEEN.sub(lambda found: f"\\u{{{ord(found[0]):04x}}}", name)


def look(name: str) -> str:
    """What two names have in common that a person may take for one another: the same but for case, for
    characters that are not seen, for white space, for the way in which an accent is written, and for
    letters of other scripts that look like Latin ones."""
    if name.isascii():
        return " ".join(name.lower().split())
    folded = unicodedata.normalize("NFKC", _UNSEEN.sub("", name)).casefold()
    return " ".join(folded.translate(_LATIN).split())


def mixed_scripts(name: str) -> str:
    """The scripts of a word that has letters of several, as 'CYRILLIC and LATIN'; '' for none."""
    if name.isascii():
        return ""
    for word in _WORD.findall(name):
        scripts = sorted(set(_scripts(word)))
        if len(scripts) > 1:
            return " and ".join(scripts)
    return ""


_ALPHABETS = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "GEORGIAN"})
"""Scripts whose letters are taken for one another; others are mixed by those who write in them."""


def _scripts(word: str) -> Iterator[str]:
    for letter in word:
        script = unicodedata.name(letter, "").partition(" ")[0]
        if script in _ALPHABETS:
            yield script

"""What a forked child had to import, its parent imports: the children after it have it already.

Commands import late what they need; a child that does so again for each call does little else.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path

_FILE = "imported.json"
_AT_FIRST = frozenset(sys.modules)


def leave_word(folder: Path) -> None:
    """A child's last act: what it knows beyond what its parent began with."""
    (folder / _FILE).write_text(json.dumps(sorted(sys.modules.keys() - _AT_FIRST)))


def take_over(folder: Path) -> None:
    """In the parent, when a child has ended; one that was killed left no word."""
    with suppress(FileNotFoundError):
        names = json.loads((folder / _FILE).read_text())
        for name in names:
            if name not in sys.modules:
                with suppress(ImportError):  # no module, but something in the place of one
                    import_module(name)

"""What editors need in a tree: the schema as a file of it, and the line that leads a document to it.

Both go into git with the tree: the path is relative, so that it holds wherever the tree is cloned to.
"""

from __future__ import annotations

import json

SCHEMA_FILE = ".virt-reconcile.schema.json"
"""Where the schema lies in a tree; names with a dot in front declare nothing."""


def schema_text() -> str:
    """The schema as a file, one kind of mapping a line: what changes from version to version is seen."""
    from specs.schema import schema

    made = schema()
    models = made.pop("$defs")
    head = json.dumps(made, ensure_ascii=False)
    lines = (f"{json.dumps(name)}: {json.dumps(model, ensure_ascii=False)}" for name, model in models.items())
    return f'{head[:-1]}, "$defs": {{\n' + ",\n".join(lines) + "\n}}\n"


def modeline(path: str) -> str:
    """The comment that tells yaml-language-server, and all editors that use it, the schema of a document in
    a file of the tree."""
    return f"# yaml-language-server: $schema={'../' * path.count('/')}{SCHEMA_FILE}\n"


def with_modelines(text: str, path: str) -> str:
    """A file's text with the line before each of its documents: it counts for its own one alone."""
    line = modeline(path)
    return line + text.replace("\n---\n", f"\n---\n{line}")

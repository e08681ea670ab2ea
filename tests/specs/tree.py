"""Small trees for tests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from specs.compiling.loader import load
from specs.desired import Desired
from specs.diagnostics import InvalidTree

HOST = (
    'apiVersion: virt-reconcile/v1\nkind: Host\nmetadata: {name: h1}\nspec: {uri: "sim:///nowhere/sim.db"}\n'
)


def document(kind: str, name: str, spec: str) -> str:
    """One document, its spec in flow style on line 4."""
    return f"apiVersion: virt-reconcile/v1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {spec}\n"


def domain(name: str = "web", more: str = "") -> str:
    return document("Domain", name, f"{{memory: 1GiB{', ' if more else ''}{more}}}")


def many(*documents: str) -> str:
    return "---\n".join(documents)


def write(root: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def loaded(root: Path, files: Mapping[str, str | bytes]) -> Desired:
    """The tree of the files, with one host."""
    return load(write(root, {"host.yaml": HOST, **files}))


def refused(root: Path, files: Mapping[str, str | bytes]) -> list[str]:
    """What is wrong with the tree of the files; they must not load."""
    try:
        loaded(root, files)
    except InvalidTree as error:
        return [str(problem) for problem in error.problems]
    raise AssertionError("the tree loads")


def host(name: str, more: str = "", labels: str = "") -> str:
    """A simulated host; `labels` in flow style without braces."""
    uri = f'uri: "sim:///nowhere/sim.db?host={name}"'
    text = document("Host", name, f"{{{uri}{', ' if more else ''}{more}}}")
    return text.replace(f"{{name: {name}}}", f"{{name: {name}, labels: {{{labels}}}}}", 1)


THREE = many(host("hv1", labels="rack: a"), host("hv2", labels="rack: a"), host("hv3", labels="rack: b"))
"""Three hosts, two of them in one rack."""

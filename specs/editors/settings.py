"""What each editor is told of a tree: which of its own files says it, and how."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lxml import etree

from specs.editors import SCHEMA_FILE
from specs.editors.jsonc import with_entry
from specs.xml import NotXml, parse


@dataclass(frozen=True, slots=True)
class TreePlace:
    """A tree in the folder that an editor opens: '' where it is that folder, else 'path/to/tree/'."""

    prefix: str = ""

    @property
    def schema(self) -> str:
        """The path of the schema."""
        return f"{self.prefix}{SCHEMA_FILE}"

    @property
    def globs(self) -> list[str]:
        """What files of the tree are called."""
        return [f"{self.prefix}**/*.yaml", f"{self.prefix}**/*.yml"]


@dataclass(frozen=True, slots=True)
class Editor:
    """The file by which an editor knows a folder ('' where a person has to put it), its new text made of what
    is there ('' for nothing), and what else it needs. `merge` raises ValueError where it cannot."""

    file: str
    merge: Callable[[str, TreePlace], str]
    needs: str


def _json(*path: str) -> Callable[[str, TreePlace], str]:
    """The schemas of yaml-language-server at a path of JSON with comments."""
    return lambda text, place: with_entry(text, (*path, f"./{place.schema}"), place.globs)


_HELIX = "language-server.yaml-language-server.config.yaml.schemas"


def _helix(text: str, place: TreePlace) -> str:
    found = tomllib.loads(text)  # its errors are ValueErrors
    for key in _HELIX.split("."):
        found = found.get(key, {})
    if found.get(f"./{place.schema}") == place.globs:
        return text
    if found:
        raise ValueError(f"it has [{_HELIX}] already")
    return (
        f"{text}{text and chr(10)}[{_HELIX}]\n{json.dumps('./' + place.schema)} = {json.dumps(place.globs)}\n"
    )


def _emacs(text: str, place: TreePlace) -> str:
    globs = " ".join(map(json.dumps, place.globs))
    said = f"(:yaml (:schemas (:./{place.schema} [{globs}])))"
    if said in text:
        return text
    if text.strip():
        raise ValueError("there is something in it already")
    return f"((nil . ((eglot-workspace-configuration . {said}))))\n"


def _neovim(_: str, place: TreePlace) -> str:
    globs = ", ".join(map(json.dumps, place.globs))
    return (
        "vim.lsp.config('yamlls', { settings = { yaml = { schemas = {\n"
        f"  [{json.dumps('./' + place.schema)}] = {{ {globs} }},\n"
        "} } } })\nvim.lsp.enable('yamlls')\n"
    )


_JETBRAINS = """\
<project version="4"><component name="JsonSchemaMappingsProjectConfiguration"><state><map>\
</map></state></component></project>
"""


def _jetbrains(text: str, place: TreePlace) -> str:
    try:
        root = parse(text or _JETBRAINS)
    except NotXml as error:
        raise ValueError(str(error)) from None
    known = root.find("component/state/map")
    if known is None:
        raise ValueError("it has no map of schemas")
    if known.find(f".//option[@name='relativePathToSchema'][@value='{place.schema}']") is not None:
        return text
    entry = etree.SubElement(known, "entry", key=f"virt-reconcile {place.prefix}".strip())
    info = etree.SubElement(etree.SubElement(entry, "value"), "SchemaInfo")
    etree.SubElement(info, "option", name="name", value=entry.get("key", ""))
    etree.SubElement(info, "option", name="relativePathToSchema", value=place.schema)
    patterns = etree.SubElement(etree.SubElement(info, "option", name="patterns"), "list")
    folder = place.prefix.rstrip("/")
    kind, path = ("Directory", folder) if folder else ("Pattern", "*.yaml")
    item = etree.SubElement(patterns, "Item")
    for name, value in ((kind.lower(), "true"), ("path", path), ("mappingKind", kind)):
        etree.SubElement(item, "option", name=name, value=value)
    etree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{etree.tostring(root, encoding="unicode")}\n'


EDITORS: Mapping[str, Editor] = {
    "vscode": Editor(".vscode/settings.json", _json("yaml.schemas"), "the extension redhat.vscode-yaml"),
    "zed": Editor(
        ".zed/settings.json", _json("lsp", "yaml-language-server", "settings", "yaml", "schemas"), ""
    ),
    "coc": Editor(".vim/coc-settings.json", _json("yaml.schemas"), "coc-yaml (:CocInstall coc-yaml)"),
    "helix": Editor(".helix/languages.toml", _helix, "yaml-language-server on the PATH"),
    "emacs": Editor(".dir-locals.el", _emacs, "eglot, and yaml-language-server on the PATH"),
    "jetbrains": Editor(".idea/jsonSchemas.xml", _jetbrains, ""),
    "neovim": Editor("", _neovim, "yaml-language-server on the PATH"),
}
"""By the names that people type."""

"""Links lead somewhere, every page is listed, and what pages name in the clone is there."""

from __future__ import annotations

import importlib.util
import re

from tests.docs import ROOT
from tests.docs.page import all_pages, blocks, read_page

_MODULE = re.compile(r"python3? -m (tests[\w.]*|specs[\w.]*)")
_REQUIREMENTS = re.compile(r"-r (\S+\.lock)")


def test_every_link_leads_to_a_file_and_an_anchor_of_it() -> None:
    known = {page.path: page.anchors for page in all_pages()}
    wrong = []
    for page in (*all_pages(), read_page(ROOT / "CHANGELOG.md")):
        for line, link in page.links:
            if "://" in link or link.startswith("mailto:"):
                continue
            file, _, anchor = link.partition("#")
            target = (ROOT / page.path).parent / file if file else ROOT / page.path
            name = str(target.resolve().relative_to(ROOT))
            if not target.exists() or (anchor and anchor not in known.get(name, frozenset())):
                wrong.append(f"{page.path}:{line}: {link}")
    assert wrong == []


def test_every_page_is_listed() -> None:
    listed = {link.partition("#")[0] for _, link in read_page(ROOT / "docs/README.md").links}
    there = {str(path.relative_to(ROOT / "docs")) for path in (ROOT / "docs").rglob("*.md")}
    assert there - listed - {"README.md"} == set()


def test_modules_and_locks_that_pages_call_are_there() -> None:
    texts = [(str(block), block.text) for block in blocks("sh", "console")]
    texts += [(f"{page.path}:{line}", code) for page in all_pages() for line, code in page.codes]
    called = [(where, name) for where, text in texts for name in _MODULE.findall(text)]
    assert len(called) > 15
    assert [each for each in called if importlib.util.find_spec(each[1]) is None] == []
    locks = [(where, name) for where, text in texts for name in _REQUIREMENTS.findall(text)]
    assert [each for each in locks if not (ROOT / each[1]).exists()] == []


def test_files_that_sentences_name_are_there() -> None:
    """Paths from the root of the clone, such as `deploy/service.env`."""
    tops = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")}
    for page in all_pages():
        for line, code in page.codes:
            if re.fullmatch(r"[a-z\d_./-]+", code) and code.partition("/")[0] in tops and "/" in code:
                assert (ROOT / code).exists() or any(ROOT.glob(code)), f"{page.path}:{line}: {code}"


def test_nothing_is_installed_from_an_index_that_does_not_have_it() -> None:
    """It is on no index: a reader installs it from the clone."""
    for block in blocks("sh"):
        assert not re.search(r"pip install[^&;\n]*\bvirt-reconcile\b", block.text), str(block)


def test_virsh_is_told_which_libvirt() -> None:
    """Without -c an ordinary user gets a libvirt of his own, which has none of these guests."""
    told = [(block, line) for block in blocks("sh", "console") for line in block.text.splitlines()]
    wrong = [
        (str(block), line)
        for block, line in told
        if re.search(r"(^|\$ |\| ?)virsh (?!.*(-c|--connect) )", line)
    ]
    assert wrong == []


def test_sudo_is_given_a_program_that_it_finds() -> None:
    """sudo looks in the system's folders alone: one of these has to hold what was installed in a venv."""
    readme = (ROOT / "README.md").read_text()
    assert "ln -sf ~/vr/bin/virt-reconcile /usr/local/bin/" in readme
    assert not re.search(r"export PATH=~/vr", readme)

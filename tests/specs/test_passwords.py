"""Passwords in plain text are refused: what the tree says ends up in plans and in the state."""

from __future__ import annotations

from pathlib import Path

import pytest

from specs.compiling.loader import load
from specs.diagnostics import InvalidTree

DOMAIN = """\
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {name: web}
spec:
  memory: 64MiB
  xml: "<domain><devices><graphics type='vnc' passwd='hunter2'/></devices></domain>"
"""


def test_a_password_is_refused_without_repeating_it(tmp_path: Path) -> None:
    (tmp_path / "web.yaml").write_text(DOMAIN)
    with pytest.raises(InvalidTree) as caught:
        load(tmp_path, {"": "sim:///tmp/x.db"})
    (problem,) = caught.value.problems
    assert problem.origin.line == 6
    assert "plain text" in problem.message
    assert "hunter2" not in str(problem)


def test_a_raw_document_is_no_way_around(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(
        "<domain><name>a</name><memory>1024</memory><os><type>hvm</type></os>"
        "<devices><graphics type='spice' passwd='hunter2'/></devices></domain>"
    )
    with pytest.raises(InvalidTree, match="plain text"):
        load(tmp_path, {"": "sim:///tmp/x.db"})

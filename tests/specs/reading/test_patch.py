"""One value of a file is changed, and not a character besides."""

from __future__ import annotations

import pytest

from specs.reading.patch import with_host

BLOCK = """\
# the shop
kind: Domain
metadata: {name: db}
spec:
  host: hv1   # for now
  memory: 1GiB
---
kind: Domain
metadata:
  name: web
spec:
    # no host
    memory: 1GiB
"""


@pytest.mark.parametrize(
    ("text", "name", "changed"),
    [
        (BLOCK, "db", BLOCK.replace("host: hv1", "host: hv2")),
        (BLOCK, "web", BLOCK.replace("    memory: 1GiB", "    host: hv2\n    memory: 1GiB")),
        (
            "{kind: Domain, metadata: {name: web}, spec: {host: 'hv1', memory: 1GiB}}",
            "web",
            "{kind: Domain, metadata: {name: web}, spec: {host: hv2, memory: 1GiB}}",
        ),
        (
            "kind: Domain\nmetadata: {name: web}\nspec: {memory: 1GiB}\n",
            "web",
            "kind: Domain\nmetadata: {name: web}\nspec: {host: hv2, memory: 1GiB}\n",
        ),
        (BLOCK, "missing", None),
        ("kind: Domain\nmetadata: {name: web}\n", "web", None),
    ],
)
def test_the_host_is_set(text: str, name: str, changed: str | None) -> None:
    assert with_host(text, "Domain", name, "hv2") == changed

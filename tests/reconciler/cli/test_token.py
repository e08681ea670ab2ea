"""token: the secret is shown once, its digest is kept."""

from __future__ import annotations

import stat

from reconciler.server.tokens import Role, find_token, read_tokens
from tests.reconciler.cli.lab import Lab


def test_a_token_is_shown_once_and_its_line_is_added(lab: Lab) -> None:
    file = lab.tree.parent / "tokens"
    first = lab("token", "vera", "--role", "view", "--tokens", str(file))
    file.write_text(file.read_text().rstrip("\n"))
    second = lab("token", "otto", "--role", "operate", "--tokens", str(file))
    tokens = read_tokens(file)
    assert [(t.name, t.role) for t in tokens.values()] == [("vera", Role.VIEW), ("otto", Role.OPERATE)]
    for said, name in ((first, "vera"), (second, "otto")):
        assert said.code == 0
        found = find_token(tokens, said.out.strip())
        assert found is not None
        assert found.name == name
        assert said.out.strip() not in said.err + file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_without_a_file_the_line_is_shown(lab: Lab) -> None:
    said = lab("token", "vera", "--role", "view")
    assert "vera view sha256:" in said.err
    assert said.out.startswith("vr_")


def test_a_name_that_is_there_or_cannot_be_is_refused(lab: Lab) -> None:
    file = lab.tree.parent / "tokens"
    assert lab("token", "vera", "--role", "view", "--tokens", str(file)).code == 0
    again = lab("token", "vera", "--role", "operate", "--tokens", str(file))
    assert (again.code, again.out) == (1, "")
    assert "has a token named 'vera' already" in again.err
    assert "is no name for a token" in lab("token", "v v", "--role", "view").err
    assert "--role" in lab("token", "vera").err

"""The file of tokens: who is in it is let in, and what is wrong with it is told without a token."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reconciler.faults import Fault
from reconciler.server.tokens import PREFIX, Role, TokenFile, digest_of, find_token, make_token, read_tokens


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "tokens"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    path.chmod(0o600)
    return path


def test_a_token_is_found_by_what_its_owner_shows_and_stands_nowhere(tmp_path: Path) -> None:
    secret, token = make_token("ci", Role.VIEW)
    other, second = make_token("otto@example.org", Role.OPERATE)
    path = written(tmp_path, f"# all\n\n{token}\n  {second}  \n")
    tokens = read_tokens(path)
    assert secret.startswith(PREFIX)
    assert len(secret) > 40
    assert secret not in path.read_text()
    assert find_token(tokens, secret) == token
    assert find_token(tokens, other) == second
    assert find_token(tokens, secret[:-1]) is None
    assert find_token(tokens, digest_of(secret)) is None
    assert find_token({}, secret) is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ci view vr_secret", "tokens:1: this is no token's line"),
        ("\nci view", "tokens:2: this is no token's line"),
        (f"ci admin sha256:{'0' * 64}", "a role is one of: view, operate"),
        (f"ci view sha256:{'0' * 63}", "this is no token's line"),
        (f"c/i view sha256:{'0' * 64}", "this is no token's line"),
        (f"ci view sha256:{'0' * 64}\nci view sha256:{'1' * 64}", "tokens:2: a second token is named 'ci'"),
        (b"\xff\xfe", "is no text"),
        (b"#" * (1024 * 1024 + 1), "is larger than 1024 KiB"),
    ],
)
def test_what_is_wrong_with_the_file_is_told_by_its_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(Fault, match=told) as error:
        read_tokens(written(tmp_path, text))
    assert "vr_secret" not in str(error.value)


def test_a_file_that_others_may_write_to_is_not_believed(tmp_path: Path) -> None:
    path = written(tmp_path, "")
    path.chmod(0o666)
    with pytest.raises(Fault, match="others may write to it"):
        read_tokens(path)


def test_a_link_is_followed_for_so_a_cluster_hands_secrets_over(tmp_path: Path) -> None:
    _, token = make_token("ci", Role.VIEW)
    (tmp_path / "link").symlink_to(written(tmp_path, str(token)))
    assert list(read_tokens(tmp_path / "link")) == ["ci"]


def test_what_is_taken_out_is_out_and_a_broken_file_lets_nobody_in(tmp_path: Path) -> None:
    _, token = make_token("ci", Role.VIEW)
    file = TokenFile(path := written(tmp_path, str(token)))
    assert list(file.now()) == ["ci"]
    path.write_text("what is this")
    os.utime(path, ns=(1, 1))
    for _ in range(2):
        with pytest.raises(Fault, match="no token's line"):
            file.now()
    path.write_text("")
    assert file.now() == {}
    path.unlink()
    with pytest.raises(Fault, match="No such file"):
        file.now()


@pytest.mark.parametrize("name", ["", "a b", "-x", "a\n", "ä", "x" * 65, "a/b"])
def test_a_name_that_cannot_stand_there_is_refused(name: str) -> None:
    with pytest.raises(Fault, match="is no name for a token"):
        make_token(name, Role.VIEW)

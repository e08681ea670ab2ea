"""Signatures: by whom, and what is none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.inputs.git.mirror import Mirror
from reconciler.inputs.git.remote import Remote
from reconciler.inputs.git.signers import Signers, signers_in, signers_of
from reconciler.inputs.sources import SourceError
from specs.desired import SignaturePolicy
from tests.support.repositories import GpgKey, Key, SshKey, Upstream


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Key]]:
    folder = tmp_path_factory.mktemp("keys")
    gpg = [GpgKey(folder, "gpg"), GpgKey(folder, "gpg-other")]
    ssh = [SshKey(folder, "ssh"), SshKey(folder, "ssh-other")]
    yield dict(zip(("gpg", "gpg-other", "ssh", "ssh-other"), [*gpg, *ssh], strict=True))
    for key in gpg:
        key.close()


@pytest.fixture(scope="module")
def signed(keys: dict[str, Key], tmp_path_factory: pytest.TempPathFactory) -> tuple[Mirror, dict[str, str]]:
    """A mirror, and its commits by the key that signed them."""
    folder = tmp_path_factory.mktemp("signed")
    upstream = Upstream(folder / "upstream")
    commits = {name: upstream.commit({"a": name}, name, key) for name, key in keys.items()}
    commits["nobody"] = upstream.commit({"a": "nobody"})
    # What was signed is another commit's: the signature stands over other words.
    raw = upstream.git("cat-file", "commit", commits["ssh"]).replace("\n\nssh", "\n\nforged")
    forged = folder / "forged"
    forged.write_text(f"{raw}\n")
    commits["forged"] = upstream.git("hash-object", "-t", "commit", "-w", str(forged))
    merged = ("commit-tree", "HEAD^{tree}", "-p", "HEAD", "-p", commits["forged"], "-m", "x")
    upstream.git("update-ref", "refs/heads/main", upstream.git(*merged))
    mirror = Mirror(folder / "keep" / "mirror.git", Remote(upstream.url, "main"))
    mirror.fetch()
    return mirror, commits


@pytest.mark.parametrize("kind", ["ssh", "gpg"])
def test_only_the_named_keys_count(
    kind: str, keys: dict[str, Key], signed: tuple[Mirror, dict[str, str]]
) -> None:
    mirror, commits = signed
    signers = Signers(keys[kind].public.encode(), "SIGNERS", kind == "gpg")
    assert signers.refusal(mirror, commits[kind]) == ""
    for name in commits.keys() - {kind}:
        told = f"commit {commits[name][:12]} is not signed by any of SIGNERS"
        assert signers.refusal(mirror, commits[name]) == told


@pytest.mark.parametrize(
    "text", ["", "# nothing\n", "me@example.org cert-authority {key}", "me@example.org ssh-ed25519 AAAA!\n"]
)
@pytest.mark.parametrize("gpg", [False, True])
def test_without_keys_nothing_is_signed(
    text: str, gpg: bool, keys: dict[str, Key], signed: tuple[Mirror, dict[str, str]]
) -> None:
    mirror, commits = signed
    data = text.format(key=keys["ssh"].public.partition(" ")[2]).encode()
    for name in ("ssh", "gpg", "nobody"):
        assert "holds no key" in Signers(data, "SIGNERS", gpg).refusal(mirror, commits[name])


def test_keys_of_the_user_do_not_count(
    keys: dict[str, Key], signed: tuple[Mirror, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror, commits = signed
    monkeypatch.setenv("GNUPGHOME", str(keys["gpg"].home))
    only = Signers(keys["gpg-other"].public.encode(), "SIGNERS", gpg=True)
    assert "not signed" in only.refusal(mirror, commits["gpg"])


def test_where_signers_are_read_from(keys: dict[str, Key], tmp_path: Path) -> None:
    file = tmp_path / "signers"
    file.write_text(keys["ssh"].public)
    file.chmod(0o644)
    assert signers_of(SignaturePolicy("signers"), tmp_path).data == file.read_bytes()
    assert signers_of(SignaturePolicy(str(file)), tmp_path / "other").named == str(file)
    file.chmod(0o666)
    with pytest.raises(SourceError, match="not trusted: others may write"):
        signers_in(file)
    with pytest.raises(SourceError, match="cannot be read"):
        signers_in(tmp_path / "none")
    with pytest.raises(SourceError, match="none: cannot be read"):
        signers_of(SignaturePolicy("none"), tmp_path)


def test_without_the_program_nothing_is_taken(
    keys: dict[str, Key], signed: tuple[Mirror, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror, commits = signed
    monkeypatch.setenv("PATH", "")
    for gpg in (False, True):
        with pytest.raises(SourceError, match="not installed"):
            Signers(keys["ssh"].public.encode(), "x", gpg).refusal(mirror, commits["ssh"])

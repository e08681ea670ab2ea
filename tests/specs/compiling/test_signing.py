"""By whom commits must be signed: what the Fleet says of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from specs.compiling.kept import load_cached
from specs.compiling.loader import load
from specs.desired import SignaturePolicy
from specs.diagnostics import InvalidTree
from tests.specs.tree import document, write


def fleet(spec: str) -> str:
    return document("Fleet", "f", f"{{{spec}}}")


@pytest.mark.parametrize(
    ("said", "policy"),
    [
        ("allowedSigners: signers", SignaturePolicy("sub/signers")),
        ("allowedSigners: ../keys/signers, scope: every", SignaturePolicy("keys/signers", every=True)),
        ("gpgKeyring: /etc/keyring.asc", SignaturePolicy("/etc/keyring.asc", gpg=True)),
    ],
)
def test_where_the_signers_are(tmp_path: Path, said: str, policy: SignaturePolicy) -> None:
    files = {"sub/fleet.yaml": fleet(f"signatures: {{{said}}}, approval: required")}
    root = write(tmp_path / "tree", {**files, "sub/signers": "me ssh-ed25519 A\n", "keys/signers": "x\n"})
    loaded = load(root)
    assert loaded.fleet.signatures == policy
    assert loaded.fleet.approval
    for _ in range(2):
        assert load_cached(root, None, tmp_path / "cache" / "tree.json").fleet == loaded.fleet


def test_other_signers_make_another_tree(tmp_path: Path) -> None:
    files = {"fleet.yaml": fleet("signatures: {allowedSigners: signers}")}
    before = load(write(tmp_path, {**files, "signers": "a\n"}))
    assert load(write(tmp_path, {"signers": "b\n"})).files != before.files


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("allowedSigners: none", "fleet.yaml:4:37: 'none': cannot be read"),
        ("gpgKeyring: ../none", "fleet.yaml:4:33: '../none': it leads out of the tree"),
        ("scope: tip", "say either allowedSigners or gpgKeyring"),
        ("allowedSigners: a, gpgKeyring: b", "say either allowedSigners or gpgKeyring"),
    ],
)
def test_what_cannot_be_meant(tmp_path: Path, said: str, message: str) -> None:
    with pytest.raises(InvalidTree) as caught:
        load(write(tmp_path, {"fleet.yaml": fleet(f"signatures: {{{said}}}")}))
    assert any(message in str(problem) for problem in caught.value.problems)

"""Whether a tree is what somebody signed: its commit, by a key that the controller's policy names."""

from __future__ import annotations

import shutil
from pathlib import Path

from specs.guard import Guard
from specs.guard.guard import is_called
from specs.reading.git import GitError, look, top_of

_NOBODY = "/bin/false"


def unsigned(tree: Path, fleet: str, guard: Guard) -> str:
    """Why a tree is not what an allowed signer has signed; '' when it is, or need not be."""
    for rule in guard.signed:
        if is_called(fleet, rule.fleets):
            wrong = _wrong(tree, rule.allowed_signers)
            if wrong:
                return f"{guard.named} (signedCommits) wants a signed tree: {wrong}"
    return ""


def _wrong(tree: Path, signers: str) -> str:
    top = top_of(tree)
    if top is None:
        return f"{tree} is no git working copy"
    keygen = shutil.which("ssh-keygen")
    if keygen is None:
        return "ssh-keygen, which looks at signatures, is not installed"
    settings = {
        "gpg.ssh.allowedSignersFile": signers,
        "gpg.ssh.program": keygen,
        "gpg.ssh.revocationFile": "",
        "gpg.minTrustLevel": "fully",
        # Other kinds of signatures are checked by programs that the working copy could name.
        "gpg.program": _NOBODY,
        "gpg.openpgp.program": _NOBODY,
        "gpg.x509.program": _NOBODY,
    }
    try:
        look(top, "verify-commit", "HEAD", settings=settings)
    except GitError:
        return f"the commit is not signed by any of {signers}"
    changed = _changed(tree, top)
    return f"{changed} is not as it was committed" if changed else ""


def _changed(tree: Path, top: Path) -> str:
    """A file that a load would read and that is not the commit's: changed, new, or ignored by git."""
    below = f"./{tree.resolve().relative_to(top)}"
    told = look(
        top, "status", "--porcelain", "-z", "--untracked-files=all", "--ignored=matching", "--", below
    )
    for line in told.split("\0"):
        path = line.strip().partition(" ")[2].strip()
        if path and not any(part.startswith(".") for part in path.rstrip("/").split("/")):
            return path
    return ""

"""A git repository that tests commit to, and keys to sign with."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

_IDENTITY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Test"), ("EMAIL", "test@example.org"))
}


class Upstream:
    """A repository elsewhere, as somebody works on it. `sign` are git's settings for signing."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.url = folder, f"file://{folder}"
        folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str, home: Path | None = None) -> str:
        """git in its work tree."""
        environment = {
            **os.environ,
            **_IDENTITY,
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GNUPGHOME": str(home or "/nonexistent"),
        }
        command = ["git", "-C", str(self.folder), "-c", "gc.auto=0", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def commit(
        self, files: Mapping[str, str | None], message: str = "change", sign: Key | None = None
    ) -> str:
        """Writes files (None removes one), and commits."""
        for name, text in files.items():
            path = self.folder / name
            if text is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
        self.git("add", "--all")
        settings = [
            word
            for name, value in (sign.settings if sign else {}).items()
            for word in ("-c", f"{name}={value}")
        ]
        how = ["--gpg-sign"] if sign else ["--no-gpg-sign"]
        home = sign.home if sign else None
        self.git(*settings, "commit", "--quiet", "--allow-empty", "-m", message, *how, home=home)
        return self.head

    @property
    def head(self) -> str:
        """The commit that its work tree is at."""
        return self.git("rev-parse", "HEAD")


class Key:
    """A key that signs. `public` is what a file of signers holds of it."""

    settings: Mapping[str, str]
    public: str
    home: Path | None = None


class SshKey(Key):
    """An ssh key."""

    def __init__(self, folder: Path, name: str = "me") -> None:
        file = folder / name
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(file)], check=True)
        self.settings = {"gpg.format": "ssh", "user.signingKey": str(file)}
        self.public = f"{name}@example.org {file.with_suffix('.pub').read_text()}"


class GpgKey(Key):
    """A GnuPG key, in a home of its own."""

    def __init__(self, folder: Path, name: str = "me") -> None:
        self.home = folder / f"gnupg-{name}"
        self.home.mkdir(mode=0o700)
        who = f"{name}@example.org"
        self._gpg("--passphrase", "", "--quick-generate-key", who, "ed25519", "sign", "never")
        self.settings = {"gpg.format": "openpgp", "user.signingKey": who}
        self.public = self._gpg("--armor", "--export", who)

    def close(self) -> None:
        """Ends its agent."""
        subprocess.run(["gpgconf", "--homedir", str(self.home), "--kill", "all"], check=False)

    def _gpg(self, *arguments: str) -> str:
        command = ["gpg", "--homedir", str(self.home), "--batch", "--quiet", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

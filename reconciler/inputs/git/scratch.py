"""Two revisions of a repository, and what merging one into the other gives; nothing is written there."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from reconciler.inputs.git.checkout import Checkouts
from reconciler.inputs.git.mirror import Mirror
from reconciler.inputs.git.remote import Remote
from reconciler.inputs.git.repository import Repository
from reconciler.inputs.sources import SourceError
from specs.reading.git import GitError, look, top_of

_HASH = re.compile(r"[0-9a-f]{7,64}")


@dataclass(frozen=True, slots=True)
class Revisions:
    """Two commits, and the tree that merging `head` into `base` gives. `folder_of` writes one's files."""

    base: str
    head: str
    merged: str
    checkouts: Checkouts

    def folder_of(self, tree: str) -> Path:
        """The folder with the files of `base` or of `merged`: the same for both, one after the other, so that
        nothing differs that does not differ in the files."""
        written = self.checkouts.of(tree)
        place = written.with_name("tree")
        shutil.rmtree(place, ignore_errors=True)
        return written.rename(place)


class _Scratch(Repository):
    """A repository of our own, without any settings, over the objects of another one."""

    def __init__(self, folder: Path, of: Path) -> None:
        super().__init__(folder)
        self.told("init", "--quiet", "--bare", "--template=", str(folder))
        (folder / "objects" / "info").mkdir(exist_ok=True)
        (folder / "objects" / "info" / "alternates").write_text(f"{of / 'objects'}\n")
        if (of / "shallow").is_file():
            shutil.copyfile(of / "shallow", folder / "shallow")

    def merge(self, base: str, head: str) -> str:
        """The tree that merging gives. Raises SourceError where it is for people to merge."""
        if self.descends(head, base):
            return head
        try:
            told = self.git("merge-tree", "--write-tree", "--name-only", "--no-messages", base, head)
        except GitError as error:
            if error.code == 1:
                raise SourceError(f"{head[:12]} cannot be merged into {base[:12]}: they conflict") from None
            raise SourceError(
                f"{head[:12]} cannot be merged into {base[:12]}: {error} (of a clone that is not whole, fetch"
                " all of the history)"
            ) from None
        return told.output.decode().split()[0]


@contextmanager
def of_working_copy(folder: Path, base: str, head: str) -> Iterator[Revisions]:
    """Two revisions of the working copy that a folder is part of. Raises SourceError."""
    top = top_of(folder)
    if top is None:
        raise SourceError(f"{folder} is no git working copy")
    try:
        common = Path(look(top, "rev-parse", "--path-format=absolute", "--git-common-dir", anybodys=True))
        own = Path(look(top, "rev-parse", "--absolute-git-dir", anybodys=True))
    except GitError as error:
        raise SourceError(str(error)) from None
    named = Repository(own)
    commits = {revision: named.resolve(revision) for revision in (base, head)}
    for revision, commit in commits.items():
        if not commit:
            raise SourceError(f"'{revision}' is no commit of {top}; fetch it first")
    within = str(folder.resolve().relative_to(top))
    with _merged(common, commits[base], commits[head], "" if within == "." else within) as found:
        yield found


@contextmanager
def of_remote(remote: Remote, base: str, head: str) -> Iterator[Revisions]:
    """Two commits of a repository elsewhere, each by its ref, or by its hash in the history of the remote's
    own. Raises SourceError."""
    with TemporaryDirectory() as place:
        folder = Path(place) / "keep" / "mirror.git"
        commits = [_fetched(Mirror(folder, remote), revision) for revision in (base, head)]
        mirror = Mirror(folder, replace(remote, ref=head if not _HASH.fullmatch(head) else remote.ref))
        if not mirror.descends(commits[1], commits[0]):
            mirror.look_back()
        with _merged(folder, commits[0], commits[1], remote.path) as found:
            yield found


def _fetched(mirror: Mirror, revision: str) -> str:
    if not _HASH.fullmatch(revision):
        return Mirror(mirror.folder, replace(mirror.remote, ref=revision)).fetch()
    mirror.fetch()
    commit = mirror.find(revision)
    if not commit:
        raise SourceError(f"'{revision}' is no commit in the history of {mirror.remote.told()}, or several")
    return commit


@contextmanager
def _merged(repository: Path, base: str, head: str, path: str) -> Iterator[Revisions]:
    with TemporaryDirectory() as place:
        scratch = _Scratch(Path(place) / "scratch.git", repository)
        merged = scratch.merge(base, head)
        yield Revisions(base, head, merged, Checkouts(Path(place) / "commits", scratch, path))

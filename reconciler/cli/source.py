"""Where a tree comes from: a folder, or a git repository."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from reconciler.cli.apart import compile_apart
from reconciler.cli.common import Common
from reconciler.faults import Fault
from reconciler.log import log
from reconciler.plan.select import missed

if TYPE_CHECKING:
    from reconciler.controller.trees import TreeKeeper
    from reconciler.inputs.git.keep import RepositoryKeep
    from reconciler.inputs.git.remote import Remote
    from specs.desired import Desired
    from state import OpenState

_SHORTEST = 4
_HASH = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def placed(common: Common, source: str) -> Common:
    """The options over a source. What is kept of a repository has a place in the user's state home, its
    state among it unless it is said otherwise. Raises Fault."""
    from reconciler.inputs.git.keep import folder_for
    from reconciler.inputs.git.remote import is_git_url
    from state.location import home

    if common.trust and not _HASH.fullmatch(common.trust):
        raise Fault("--trust: give the whole hash of the commit")
    if is_git_url(source):
        common = replace(common, repository=source)
        folder = folder_for(home() / "git", remote_of(common))
        return replace(common, tree=folder, kept=str(folder / "state.db"))
    for option in ("ref", "path", "ssh_key", "token", "trust"):
        if getattr(common, option):
            name = option.replace("_", "-")
            raise Fault(f"--{name} is for the URL of a git repository, and {source} is a folder")
    return common.at(Path(source))


def remote_of(common: Common) -> Remote:
    """The repository that the tree comes from. Raises Fault."""
    from reconciler.inputs.git.remote import Remote, secret_source

    token = secret_source(common.token) if common.token else None
    return Remote(common.repository, common.ref or "HEAD", common.path, common.ssh_key, token)


def keep_of(common: Common, cancel: Event | None = None) -> RepositoryKeep:
    """What is kept of the repository."""
    from reconciler.inputs.git.keep import RepositoryKeep

    return RepositoryKeep(common.tree, remote_of(common), cancel)


def keeper_of(
    common: Common, cancel: Event | None = None, *, pull: bool = False, unsigned: bool = False
) -> TreeKeeper:
    """Who keeps the source's tree in force. `cancel` ends a git that is under way; with `pull` a working copy
    is brought up to date; `unsigned` takes a folder that is not signed as the policy wants it."""
    from reconciler.cli.foreseeing import foreseen_unapproved
    from reconciler.controller.foldertree import FolderKeeper
    from reconciler.controller.foresight import Foresight
    from reconciler.controller.gittree import GitKeeper
    from reconciler.controller.trees import TreeLoading
    from reconciler.inputs import sources

    loading = TreeLoading(
        load=lambda root: _loaded(replace(common, tree=root)),
        options=lambda root: replace(common, tree=root).options(),
        guard=common.guard,
    )
    foresee = Foresight(lambda tree, in_force: foreseen_unapproved(common, tree, in_force)).of
    if common.repository:
        return GitKeeper(keep_of(common, cancel), loading, common.trust, foresee)
    return FolderKeeper(
        common.tree,
        loading,
        foresee=foresee,
        update=(lambda: sources.pull(common.tree)) if pull else lambda: None,
        refuse=(lambda _: "") if unsigned else common.unsigned,
    )


def _loaded(common: Common) -> Desired:
    compile_apart(common)
    desired = common.desired()
    known = {address: declared.labels for address, declared in desired.resources.items()}
    if wrong := missed(common.selectors(), known):  # it may have been removed, or be yet to come
        log(f"warning: --only: {wrong}")
    return desired


def identity_of(common: Common, *, whole: bool = False) -> Desired:
    """The tree that says whose state it is: while a folder's files are invalid, what they last were, or, if
    it need not be `whole`, no more than whose they are. Raises InvalidTree or Fault."""
    if not common.repository:
        return common.known(whole=whole)
    import time

    keeper = keeper_of(common)
    desired = keeper.identity(time.time())
    if desired is None:
        raise Fault(*keeper.problems or [f"{common.repository} holds no tree"])
    return desired


def located(
    common: Common, source: str, *, whole: bool = False, valid: bool = False
) -> tuple[Common, Desired]:
    """The options over a source, and its tree: of a repository the last good one, in the folder that is its
    own; of a folder as `identity_of` has it, unless its files have to be `valid`. Raises InvalidTree or
    Fault."""
    common = placed(common, source)
    desired = common.desired() if valid and not common.repository else identity_of(common, whole=whole)
    return replace(common, tree=Path(desired.root)), desired


def commit_meant(text: str, common: Common, store: OpenState) -> str:
    """The full hash of a commit, by its beginning: one that a controller saw, else one of the repository's.
    Raises Fault."""
    from reconciler.inputs.sources import SourceError

    begin = text.lower()
    if not re.fullmatch(rf"[0-9a-f]{{{_SHORTEST},64}}", begin):
        raise Fault(
            f"'{text}' is no commit; give its hash, or the first {_SHORTEST} or more characters of it"
        )
    found = [note.commit for note in store.commits(200) if note.commit.startswith(begin)]
    if len(found) > 1:
        raise Fault(f"'{text}' may be any of {', '.join(sorted(found))}")
    if found:
        return found[0]
    if not common.repository:
        raise Fault(f"no state of the folder is known as '{text}'; `commits` lists those that are")
    mirror = keep_of(common).mirror
    try:
        mirror.fetch()
        commit = mirror.find(begin)
    except SourceError as error:
        raise Fault(str(error)) from None
    if not commit:
        raise Fault(f"'{text}' is no commit in the history of {mirror.remote.told()}, or several")
    return commit

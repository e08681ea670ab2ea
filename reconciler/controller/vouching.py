"""Who vouches for a commit: the signers that the last good one names, and those of the controller's policy.

A commit never names its own. Of the first commit of all, the policy's signers count, or the word of whoever
runs the controller.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from reconciler.inputs.git.keep import Good, RepositoryKeep
from reconciler.inputs.git.signers import Signers, signers_in, signers_of
from reconciler.inputs.sources import SourceError
from specs.desired import FleetPolicy
from specs.guard import Guard
from specs.guard.guard import is_called


@dataclass(frozen=True, slots=True)
class Vouching:
    """What is asked of a new commit: by the last good one (`good`, whose keys are `signers`, None when it
    asks for none) and by the controller's policy. `trusted` is a commit that somebody vouches for; `lost`
    says why nobody else's word counts, where the last good one cannot be had."""

    keep: RepositoryKeep
    guard: Guard
    good: Good | None
    signers: Signers | None = None
    trusted: str = ""
    lost: str = ""

    @property
    def rules(self) -> tuple[object, ...]:
        """What it depends on."""
        return self.guard, self.good, self.signers, self.lost

    def refusal(self, commit: str) -> str:
        """Why a commit is not to be read at all; '' when it may be."""
        if self._is_known(commit):
            return ""
        wrong = self.lost or self._by_policy(commit, [self.good.fleet] if self.good else [])
        if wrong or self.good is None or self.signers is None or self.good.signatures is None:
            return wrong
        asked = [commit]
        if self.good.signatures.every:
            asked += self.keep.mirror.between(self.good.commit, commit)
        for each in dict.fromkeys(asked):
            wrong = self.signers.refusal(self.keep.mirror, each)
            if wrong:
                return f"{wrong}, as the last good commit {self.good.commit[:12]} wants it"
        return ""

    def refusal_of(self, commit: str, fleet: FleetPolicy) -> str:
        """Why a commit that was read is not taken; '' when it is."""
        if self._is_known(commit):
            return ""
        if self.good is None or fleet.name != self.good.fleet:
            wrong = self._by_policy(commit, [fleet.name])
            if wrong:
                return wrong
        first = self.good is None and fleet.signatures is not None
        if first and not any(is_called(fleet.name, rule.fleets) for rule in self.guard.signed):
            return (
                f"{fleet.origin}: the fleet asks for signatures, and nobody vouches for its first commit:"
                f" name who signs in {self.guard.named} (signedCommits), or say --trust {commit}"
            )
        return ""

    def _is_known(self, commit: str) -> bool:
        """Whether somebody vouches for it, or it is the good one itself: another state may not know it."""
        return commit == self.trusted or (self.good is not None and commit == self.good.commit)

    def _by_policy(self, commit: str, fleets: Iterable[str]) -> str:
        for rule in self.guard.signed:
            if any(is_called(fleet, rule.fleets) for fleet in fleets):
                wrong = signers_in(Path(rule.allowed_signers)).refusal(self.keep.mirror, commit)
                if wrong:
                    return f"{wrong} ({self.guard.named}: signedCommits)"
        return ""


def vouching_by(keep: RepositoryKeep, guard: Guard, good: Good | None, trusted: str = "") -> Vouching:
    """What is asked of the next commit, with the keys as they are now."""
    policy = good.signatures if good else None
    if good is None or policy is None:
        return Vouching(keep, guard, good, trusted=trusted)
    try:
        root = Path() if policy.file.startswith("/") else keep.folder_of(good.commit)
        return Vouching(keep, guard, good, signers_of(policy, root), trusted)
    except SourceError as error:
        return lost(keep, guard, trusted, f"the signers that commit {good.commit[:12]} names: {error}")


def lost(keep: RepositoryKeep, guard: Guard, trusted: str, why: str) -> Vouching:
    """Nothing is taken but what somebody vouches for."""
    hint = "nothing newer is taken, except what is named by --trust COMMIT"
    return Vouching(keep, guard, None, trusted=trusted, lost=f"{why}; {hint}")

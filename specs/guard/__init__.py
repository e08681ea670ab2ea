"""What the controller's owner lets trees say: read from outside of them, and checked when they are loaded."""

from specs.guard.guard import Ceiling, Guard, ImageRules, PrivilegeRule, SignedCommits

__all__ = ["Ceiling", "Guard", "ImageRules", "PrivilegeRule", "SignedCommits"]

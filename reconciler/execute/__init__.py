"""The plan's effects: actions become driver calls, outcomes become records."""

from reconciler.execute.executor import Crew, Progress, RetryPolicy, execute

__all__ = ["Crew", "Progress", "RetryPolicy", "execute"]

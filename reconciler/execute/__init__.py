"""The plan's effects: actions become driver calls, outcomes become records."""

from reconciler.execute.context import ExecutionContext, Progress, RetryPolicy
from reconciler.execute.walk import execute

__all__ = ["ExecutionContext", "Progress", "RetryPolicy", "execute"]

"""Looks over what is locked: `python -m tests.audit`."""

"""Kills at random moments: `python -m tests.kills --simulated 200 --real 30`.

tests/reconciler/execute kills at every call and write that we know of; here SIGKILL comes when it pleases.
"""

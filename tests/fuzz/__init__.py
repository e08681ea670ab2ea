"""Random trees, host documents, drivers' replies and command lines: `python -m tests.fuzz --minutes N`.

A case is a subject and a seed; the same seed makes the same case again. `judge` says what must hold.
"""

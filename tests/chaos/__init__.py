"""Faults at random upon a whole service: `python -m tests.chaos --minutes 10`.

Real hosts, guests, PostgreSQL and git; whatever befalls them, the hosts' own logs of calls say who did what,
and the journal says who was allowed to.
"""

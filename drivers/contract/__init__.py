"""What every driver owes, as tests that run against any host: see docs/drivers.md.

`features` says what a test may need of a host, `host` what a host's entry holds.
"""

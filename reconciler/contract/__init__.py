"""What becomes of any driver's host at the command line: what was applied plans empty, whatever is lost.

The second half of the contract of drivers: `pytest --pyargs drivers.contract reconciler.contract`.
"""

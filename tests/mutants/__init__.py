"""Asks whether the tests would notice: small faults are put into the code, one at a time.

Why a driver of its own upon mutmut's operators: `mutmut run` gives only the bodies of undecorated functions
other bodies, so that tables of data, properties and fields stay as they are, which much of the comparison
and of the dialects is; it takes no sample by a seed and keeps no list of survivors with reasons. cosmic-ray
starts a whole pytest for each fault and lets it run every test, which takes hours on two cores.
"""

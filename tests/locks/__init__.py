"""The lock files: what they are, how they are read and renewed.

`requirements.lock` is what a person installs; `locks/test.lock` is that and what the tests need, so CI
tests exactly what people get. `locks/build.lock` builds what comes as source, `locks/upkeep.lock` is for
renewing and auditing. All versions are pinned, and every file that an index has for them is hashed.
"""

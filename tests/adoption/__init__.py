"""The readers of other tools' files, over libvirt's own test data, which is not part of this repository:

    .venv/bin/python -m tests.adoption LIBVIRT-SOURCE

Each file is adopted into a new tree, as a person would. A file that libvirt itself refuses (it has no
document beside it) may be refused in a line, too.
"""

"""Other tools' files of guests, as libvirt documents: offline, within bounds, and nothing lost silently.

`kinds` tells what a file is; a reader makes documents of its text, and names what these have no place for;
`reading` does both for a path. A kind more is a line in `kinds`, and a function `text -> Read`.
"""

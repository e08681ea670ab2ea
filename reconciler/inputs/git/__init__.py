"""Git repositories elsewhere: mirrored without a work tree, each commit of use written into a folder."""

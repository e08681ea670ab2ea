"""The models of the files, one file per kind."""

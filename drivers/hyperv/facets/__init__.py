"""The facets of a Hyper-V host, one a file."""

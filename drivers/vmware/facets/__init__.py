"""The facets of a host with VMware's desktop products, one a file."""

"""The facets of a simulated host, one a file: every call passes the gate, and calls this package."""

"""The facets of a host of vSphere, one a file."""

"""The facets of a libvirt host, one a file: each turns a call into the functions of this package."""

"""Measures the comparison on real daemons of several versions of libvirt, and over upgrades between them."""

"""Specs and libvirt's documents: written by the places of the fields, and read back by them."""

"""Scores the comparison over libvirt's own pairs 'document given → document read back'."""

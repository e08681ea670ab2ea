"""Attacks that were tried on the product, each as a test: docs/threat-model.md says what holds."""

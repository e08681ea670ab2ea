"""What the tests on real hypervisors need: daemons of their own, guests that boot in seconds."""

"""A real Xen host for tests, made of Debian's packages and run inside QEMU."""

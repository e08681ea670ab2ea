"""A lab: several real libvirt hosts on one machine, each in namespaces of its own."""

"""What native drivers share: those that speak to a hypervisor without libvirt."""

"""A .vmx file → a machine, as libvirt reads it (virVMXParseConfig in src/vmx/vmx.c), and a little beyond:
what Workstation and Fusion write and libvirt refuses."""

from drivers.vmware.reading.machine import machine_of, on_the_desk, read_vmx

__all__ = ["machine_of", "on_the_desk", "read_vmx"]

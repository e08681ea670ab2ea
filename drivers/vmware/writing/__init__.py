"""A machine → the entries of its .vmx file (virVMXFormatConfig in src/vmx/vmx.c, and what Workstation and
Fusion need beyond). A file that is there is edited by what differs, key by key: all that VMware keeps in it
beside that stays as it is."""

from drivers.vmware.writing.machine import entries_of, vmx_of
from drivers.vmware.writing.merging import edited_vmx

__all__ = ["edited_vmx", "entries_of", "vmx_of"]

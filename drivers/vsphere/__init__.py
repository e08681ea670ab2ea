"""VMware vSphere: a vCenter with all its hosts, or a lone ESX, over the vSphere Web Services API."""

from drivers.vsphere.host import open_endpoint

__all__ = ["open_endpoint"]

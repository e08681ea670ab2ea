"""pyVmomi's calls over our own session: it knows the API's types, we know what a lost connection means."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from drivers.base.errors import Refused
from drivers.vsphere.session import Ref, VsphereSession

_VERSION = "vim.version.version11"
"""pyVmomi's name of the API of vSphere 6.5 (`drivers.vsphere.soap.API`), which all later ones speak."""


class Verbs:
    """Managed objects whose methods are called: `verbs.at(ref).PowerOnVM_Task()`."""

    def __init__(self, session: VsphereSession) -> None:
        """pyVmomi is imported when the first object is asked for."""
        self.session = session

    def at(self, ref: Ref) -> Any:
        """The managed object of a reference."""
        from pyVmomi import VmomiSupport

        return VmomiSupport.GetWsdlType("urn:vim25", ref[0])(ref[1], self._stub)

    def manager(self, name: str) -> Any:
        """One of the server's managers ('fileManager')."""
        return self.at(self.session.service.manager(name))

    def device(self, element: Any) -> Any:
        """A device as pyVmomi knows it, from what the server said of it."""
        from lxml import etree
        from pyVmomi import SoapAdapter, vim

        return SoapAdapter.Deserialize(etree.tostring(element), vim.vm.device.VirtualDevice, self._stub)

    @cached_property
    def _stub(self) -> Any:
        return _stub(self.session)


def ref_of(managed: Any) -> Ref:
    """The reference of a managed object."""
    return managed._wsdlName, managed._moId


def _stub(session: VsphereSession) -> Any:
    from pyVmomi.SoapAdapter import SoapResponseDeserializer, SoapStubAdapterBase

    class OverSession(SoapStubAdapterBase):  # type: ignore[misc]
        """Writes and reads what pyVmomi's own adapter does; the session sends it."""

        def InvokeMethod(self, mo: Any, info: Any, args: Any, outerStub: Any = None) -> Any:
            """Called by every method of a managed object."""
            request = self.SerializeRequest(mo, info, args)
            answer = session.send(request, info.wsdlName)
            try:
                return SoapResponseDeserializer(outerStub or self).Deserialize(answer, info.result)
            except Exception as error:
                raise Refused(f"the server's answer to {info.wsdlName} makes no sense") from error

    stub = OverSession(version=_VERSION)
    stub.requestContext = None
    return stub

"""WS-Management's envelopes ([MS-WSMV]): what a request wants, and how a reply to it looks."""

from __future__ import annotations

import base64
import datetime
from pathlib import Path
from xml.etree import ElementTree

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

NO_SUCH_SHELL, NOTHING_YET = 0x8033805B, 2150858793
_S = "http://www.w3.org/2003/05/soap-envelope"
_A = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
_W = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
_R = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
_T = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
_F = "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault"
_DONE = f"{_R}/CommandState/Done"


def action_of(request: ElementTree.Element) -> str:
    """'Create', 'Command', 'Receive', …"""
    return (request.findtext(f".//{{{_A}}}Action") or "").rpartition("/")[2]


def shell_of(request: ElementTree.Element) -> str:
    """The shell that it is about."""
    return request.findtext(f".//{{{_W}}}Selector[@Name='ShellId']") or ""


def command_of(request: ElementTree.Element) -> str:
    """The command that it is about; '' for the shell itself."""
    return next((each.attrib["CommandId"] for each in request.iter() if "CommandId" in each.attrib), "")


def created_by(request: ElementTree.Element) -> bytes:
    """What a new shell begins with."""
    (opening,) = request.iter("{http://schemas.microsoft.com/powershell}creationXml")
    return base64.b64decode(opening.text or "")


def argument_of(request: ElementTree.Element) -> bytes:
    """What a command begins with."""
    return base64.b64decode(request.findtext(f".//{{{_R}}}Arguments") or "")


def created(request: ElementTree.Element, shell: str) -> str:
    """The shell is there."""
    selector = f'<w:SelectorSet><w:Selector Name="ShellId">{shell}</w:Selector></w:SelectorSet>'
    return _envelope(
        request,
        f"<t:ResourceCreated><a:ReferenceParameters>{selector}</a:ReferenceParameters></t:ResourceCreated>"
        f"<r:Shell><r:ShellId>{shell}</r:ShellId></r:Shell>",
    )


def commanded(request: ElementTree.Element, command: str) -> str:
    """The command runs."""
    return _envelope(request, f"<r:CommandResponse><r:CommandId>{command}</r:CommandId></r:CommandResponse>")


def received(request: ElementTree.Element, data: bytes, *, done: bool) -> str:
    """What it gave out since."""
    state = f'<r:CommandState CommandId="{command_of(request)}" State="{_DONE}"/>' if done else ""
    stream = f'<r:Stream Name="stdout">{base64.b64encode(data).decode()}</r:Stream>'
    return _envelope(request, f"<r:ReceiveResponse>{stream}{state}</r:ReceiveResponse>")


def plain(request: ElementTree.Element) -> str:
    """It is done."""
    return _envelope(request, "")


def fault(request: ElementTree.Element, code: int) -> str:
    """It cannot be done."""
    detail = f'<f:WSManFault Code="{code}" Machine="HV1"><f:Message>no</f:Message></f:WSManFault>'
    return _envelope(
        request,
        "<s:Fault><s:Code><s:Value>s:Sender</s:Value></s:Code><s:Reason><s:Text>no</s:Text></s:Reason>"
        f"<s:Detail>{detail}</s:Detail></s:Fault>",
    )


def _envelope(request: ElementTree.Element, body: str) -> str:
    names = {"s": _S, "a": _A, "w": _W, "r": _R, "t": _T, "f": _F}
    declared = " ".join(f'xmlns:{short}="{long}"' for short, long in names.items())
    related = request.findtext(f".//{{{_A}}}MessageID")
    return (
        f"<s:Envelope {declared}><s:Header><a:RelatesTo>{related}</a:RelatesTo></s:Header>"
        f"<s:Body>{body}</s:Body></s:Envelope>"
    )


def certificate(folder: Path) -> Path:
    """A file with a key and a certificate of localhost, which is its own authority."""
    whole = folder / "endpoint.pem"
    if whole.exists():
        return whole
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    whole.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return whole

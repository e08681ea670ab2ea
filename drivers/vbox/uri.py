"""What a `vbox:` URI says: this machine's VirtualBox, or another one's by ssh."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.base.errors import Unsupported
from drivers.native.commands import Commands
from drivers.native.local import LocalCommands
from specs.uris import parts_of

_HOW = "write vbox:/// or vbox+ssh://[USER@]HOST[:PORT]/"


def commands_of(uri: str, credentials: Mapping[str, str]) -> Commands:
    """Where VBoxManage is run. Raises Unsupported for a URI that says something else, or without asyncssh."""
    parts = parts_of(uri)
    if parts is None or parts.scheme != "vbox" or parts.path not in ("", "/") or parts.parameters:
        raise Unsupported(f"'{uri}' cannot be read", _HOW)
    if not parts.transport and not parts.host:
        return LocalCommands()
    if parts.transport != "ssh" or not parts.host:
        raise Unsupported(f"'{uri}' leads nowhere: VBoxManage is run here, or by ssh", _HOW)
    try:
        from drivers.native.ssh import SshCommands
        from drivers.native.ssh_opening import SshAddress
    except ImportError as error:
        raise Unsupported(
            f"{uri} needs asyncssh, which is not installed", "install 'virt-reconcile[vbox]'"
        ) from error
    return SshCommands(SshAddress(parts.host.strip("[]"), parts.user, int(parts.port or 0)), credentials)

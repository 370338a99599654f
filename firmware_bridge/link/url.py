"""Opening a link by URL: `serial:PATH`, `socket://127.0.0.1:PORT`; `usb:` and `pipe:` are reserved."""

from __future__ import annotations

import re

from firmware_bridge.errors import LinkUrlError
from firmware_bridge.link.serial_port import SerialPort
from firmware_bridge.link.socket_port import SocketPort
from firmware_bridge.link.transport import Transport

_SOCKET = re.compile(r"socket://(?:127\.0\.0\.1|localhost):([0-9]{1,5})", re.ASCII)


def open_link(url: str) -> Transport:
    """Open a link to a signer.

    Args:
        url: of the signer.

    Raises:
        LinkUrlError: malformed, not on this computer, or of a kind kept for later.
        LinkBusyError: another program is talking to the signer.
        UnpluggedError: nothing is there.
    """
    if url.startswith(("usb:", "pipe:")):
        raise LinkUrlError("Signers over USB and named pipes are not reached by this version.")
    if url.startswith("serial:") and len(url) > 7:
        return SerialPort(url.removeprefix("serial:"))
    found = _SOCKET.fullmatch(url)
    if found and 0 < int(found[1]) < 65536:
        return SocketPort.connect(int(found[1]))
    raise LinkUrlError("The signer's URL is of no known kind, or not on this computer.")

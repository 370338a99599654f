"""Opening a link by URL: `serial:PATH`, `usb:...` (`usb_url`), `socket://127.0.0.1:PORT`; `pipe:` is reserved."""

from __future__ import annotations

import re

from firmware_bridge.errors import LinkUrlError
from firmware_bridge.link.serial_port import SerialPort
from firmware_bridge.link.socket_port import SocketPort
from firmware_bridge.link.transport import WRITE_SECONDS, Transport

_SOCKET = re.compile(r"socket://(?:127\.0\.0\.1|localhost):([0-9]{1,5})", re.ASCII)


def open_link(url: str, write_seconds: float = WRITE_SECONDS) -> Transport:
    """Open a link to a signer.

    Args:
        url: of the signer.
        write_seconds: so long may it take nothing of what is sent.

    Raises:
        LinkUrlError: malformed, not on this computer, or of a kind kept for later.
        LinkBusyError: another program is talking to the signer.
        LinkPermissionError: the system does not let this user open it.
        LinkDriverError: the system has no driver for it.
        LinkSeveralError: the URL fits more than one device.
        UnpluggedError: nothing is there.
    """
    if url.startswith("pipe:"):
        raise LinkUrlError("Signers behind named pipes are not reached by this version.")
    if url.startswith("usb:"):
        # libusb is loaded only where it is used.
        from firmware_bridge.link.usb_url import open_usb, read_usb_url

        return open_usb(read_usb_url(url), write_seconds=write_seconds)
    if url.startswith("serial:") and len(url) > 7:
        return SerialPort(url.removeprefix("serial:"), write_seconds)
    found = _SOCKET.fullmatch(url)
    if found and 0 < int(found[1]) < 65536:
        return SocketPort.connect(int(found[1]), write_seconds)
    raise LinkUrlError("The signer's URL is of no known kind, or not on this computer.")

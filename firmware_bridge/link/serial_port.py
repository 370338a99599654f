"""A serial line or pseudo-terminal through pyserial.

Traps (feasibility 1.3): DTR and RTS are kept low before opening, because some boards reset on them; pseudo-terminals have
no modem lines; a peer that is gone shows as three different errors and is one here.
"""

from __future__ import annotations

import errno

import serial

from firmware_bridge.errors import LinkBusyError, LinkTimeoutError, UnpluggedError

_BAUD = 115200
_WRITE_SECONDS = 10.0
_CHUNK = 65536
# The lock of another program, and a line that its holder opened for itself alone.
_HELD = (errno.EAGAIN, errno.EWOULDBLOCK, errno.EBUSY)


class SerialPort:
    """An open serial port."""

    def __init__(self, path: str) -> None:
        """Open it exclusively.

        Args:
            path: such as /dev/ttyACM0, /dev/pts/3 or COM4.

        Raises:
            LinkBusyError: another program holds it.
            UnpluggedError: there is none, or it may not be opened.
        """
        self._port = serial.Serial()
        self._port.port = path
        self._port.baudrate = _BAUD
        self._port.timeout = 0
        self._port.write_timeout = _WRITE_SECONDS
        self._port.dtr = False
        self._port.rts = False
        try:
            self._port.exclusive = True
            self._port.open()
        except (OSError, ValueError) as cause:
            if getattr(cause, "errno", None) in _HELD:
                raise LinkBusyError("Another program is talking to the signer.") from cause
            raise UnpluggedError("The signer's port cannot be opened.") from cause

    def read(self, timeout: float) -> bytes:
        """Give what has arrived; empty after the timeout."""
        try:
            self._port.timeout = timeout
            first = self._port.read(1)
            if not first:
                return b""
            self._port.timeout = 0
            return bytes(first + self._port.read(_CHUNK))
        except (OSError, TypeError) as cause:
            raise UnpluggedError("The signer was unplugged.") from cause

    def write(self, data: bytes) -> None:
        """Send everything."""
        try:
            sent = 0
            while sent < len(data):
                sent += self._port.write(data[sent : sent + 4096]) or 0
        except serial.SerialTimeoutException as cause:
            raise LinkTimeoutError("The signer does not take what is sent.") from cause
        except (OSError, TypeError) as cause:
            raise UnpluggedError("The signer was unplugged.") from cause

    def close(self) -> None:
        """Release the port."""
        try:
            self._port.close()
        except OSError:
            return

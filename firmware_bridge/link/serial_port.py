"""A serial line or pseudo-terminal through pyserial.

Traps (feasibility 1.3): DTR and RTS are kept low before opening, because some boards reset on them; pseudo-terminals have
no modem lines; a peer that is gone shows as three different errors and is one here. Linux takes half a minute to close a
port that holds what nobody takes, and its CDC-ACM driver cannot throw that away (measured in the guest of
tests/integration/test_usb_guest.py): nobody waits for it, a thread of its own does.
"""

from __future__ import annotations

import contextlib
import errno
import threading
import time

import serial

from firmware_bridge.errors import BridgeError, LinkBusyError, LinkPermissionError, LinkTimeoutError, UnpluggedError
from firmware_bridge.link.transport import WRITE_SECONDS

try:
    # No OSError: pyserial lets it out where a port goes between two of its own calls.
    from termios import error as _TerminalError
except ImportError:
    _TerminalError = OSError  # type: ignore[assignment, misc]

_BAUD = 115200
# So long may what was written still leave when the port is closed.
_DRAIN_SECONDS = 0.2
_CHUNK = 65536
# The lock of another program, and a line that its holder opened for itself alone.
_HELD = (errno.EAGAIN, errno.EWOULDBLOCK, errno.EBUSY)
_DENIED = (errno.EACCES, errno.EPERM)
# What pyserial raises: PortNotOpenError and SerialException are OSErrors, and a port closed by another thread is a TypeError.
_TROUBLE = (OSError, TypeError, ValueError, _TerminalError)


class SerialPort:
    """An open serial port."""

    def __init__(self, path: str, write_seconds: float = WRITE_SECONDS) -> None:
        """Open it exclusively.

        Args:
            path: such as /dev/ttyACM0, /dev/pts/3 or COM4.
            write_seconds: so long may the other side take nothing of what is sent.

        Raises:
            LinkBusyError: another program holds it.
            LinkPermissionError: the system does not let this user open it.
            UnpluggedError: there is none.
        """
        self._closed = False
        self._port = serial.Serial()
        self._port.port = path
        self._port.baudrate = _BAUD
        self._port.timeout = 0
        self._port.write_timeout = write_seconds
        self._port.dtr = False
        self._port.rts = False
        try:
            self._port.exclusive = True
            self._port.open()
        except _TROUBLE as cause:
            raise _not_opened(cause) from cause

    def read(self, timeout: float) -> bytes:
        """Give what has arrived; empty after the timeout."""
        self._check_open()
        try:
            self._port.timeout = max(timeout, 0)
            first = self._port.read(1)
            if not first:
                return b""
            self._port.timeout = 0
            return bytes(first + self._port.read(_CHUNK))
        except _TROUBLE as cause:
            raise UnpluggedError("The signer was unplugged.") from cause

    def write(self, data: bytes) -> None:
        """Send everything."""
        self._check_open()
        try:
            sent = 0
            while sent < len(data):
                sent += self._port.write(data[sent : sent + 4096]) or 0
        except serial.SerialTimeoutException as cause:
            raise LinkTimeoutError("The signer does not take what is sent.") from cause
        except _TROUBLE as cause:
            raise UnpluggedError("The signer was unplugged.") from cause

    def close(self) -> None:
        """Release the port; what does not leave at once is lost, and opening it again may then wait half a minute."""
        if self._closed:
            return
        self._closed = True
        if self._drained():
            self._let_go()
        else:
            threading.Thread(target=self._let_go, daemon=True).start()

    def _let_go(self) -> None:
        with contextlib.suppress(*_TROUBLE):
            self._port.close()

    def _drained(self) -> bool:
        """Whether all that was written has left; a port that is gone holds nothing."""
        with contextlib.suppress(*_TROUBLE):
            deadline = time.monotonic() + _DRAIN_SECONDS
            while self._port.out_waiting:
                if time.monotonic() >= deadline:
                    self._port.reset_output_buffer()
                    return not self._port.out_waiting
                time.sleep(0.005)
        return True

    def _check_open(self) -> None:
        if self._closed:
            raise UnpluggedError("The signer's link was closed.")


def _not_opened(cause: Exception) -> BridgeError:
    number = getattr(cause, "errno", None)
    if number in _HELD:
        return LinkBusyError("Another program is talking to the signer.")
    if number in _DENIED:
        return LinkPermissionError("The system lets this user not open the signer's port.")
    return UnpluggedError("The signer's port cannot be opened.")

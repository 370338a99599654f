"""The signer's end of a pseudo-terminal: POSIX only, imported only where the signer serves one."""

from __future__ import annotations

import os
import select
import termios
import tty

from firmware_bridge.errors import LinkTimeoutError, UnpluggedError
from firmware_bridge.link.transport import WRITE_SECONDS

_CHUNK = 65536


class PtyPort:
    """A pseudo-terminal whose other end is opened as a serial port.

    Attributes:
        path: of the other end.
    """

    def __init__(self, write_seconds: float = WRITE_SECONDS) -> None:
        """Make it, raw, and keep its other end open so that hosts may come and go.

        Args:
            write_seconds: so long may nobody read what is sent.
        """
        self._write_seconds = write_seconds
        self._own, self._other = os.openpty()
        tty.setraw(self._own)
        tty.setraw(self._other)
        mode = termios.tcgetattr(self._other)
        mode[3] &= ~termios.ECHO
        termios.tcsetattr(self._other, termios.TCSANOW, mode)
        os.set_blocking(self._own, False)
        self.path = os.ttyname(self._other)
        self._closed = False

    def read(self, timeout: float) -> bytes:
        """Give what has arrived; empty after the timeout."""
        self._check_open()
        try:
            ready, _, _ = select.select([self._own], [], [], max(timeout, 0))
            return os.read(self._own, _CHUNK) if ready else b""
        except BlockingIOError:
            return b""
        except (OSError, ValueError) as cause:
            raise UnpluggedError("The pseudo-terminal is gone.") from cause

    def write(self, data: bytes) -> None:
        """Send everything; what nobody reads in time is dropped with what waits before it."""
        self._check_open()
        at = 0
        while at < len(data):
            _, ready, _ = select.select([], [self._own], [], self._write_seconds)
            if not ready:
                termios.tcflush(self._own, termios.TCOFLUSH)
                raise LinkTimeoutError("Nobody reads what the signer sends.")
            try:
                at += os.write(self._own, data[at : at + 4096])
            except BlockingIOError:
                continue
            except OSError as cause:
                raise UnpluggedError("The pseudo-terminal is gone.") from cause

    def close(self) -> None:
        """Release both ends; again does nothing, since their numbers may be another file's by then."""
        if self._closed:
            return
        self._closed = True
        for descriptor in (self._own, self._other):
            os.close(descriptor)

    def _check_open(self) -> None:
        if self._closed:
            raise UnpluggedError("The pseudo-terminal is gone.")

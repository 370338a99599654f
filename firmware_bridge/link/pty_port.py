"""The signer's end of a pseudo-terminal: POSIX only, imported only where the signer serves one."""

from __future__ import annotations

import os
import select
import termios
import tty

from firmware_bridge.errors import LinkTimeoutError, UnpluggedError

_WRITE_SECONDS = 10.0
_CHUNK = 65536


class PtyPort:
    """A pseudo-terminal whose other end is opened as a serial port.

    Attributes:
        path: of the other end.
    """

    def __init__(self) -> None:
        """Make it, raw, and keep its other end open so that hosts may come and go."""
        self._own, self._other = os.openpty()
        tty.setraw(self._own)
        tty.setraw(self._other)
        mode = termios.tcgetattr(self._other)
        mode[3] &= ~termios.ECHO
        termios.tcsetattr(self._other, termios.TCSANOW, mode)
        os.set_blocking(self._own, False)
        self.path = os.ttyname(self._other)

    def read(self, timeout: float) -> bytes:
        """Give what has arrived; empty after the timeout."""
        try:
            ready, _, _ = select.select([self._own], [], [], timeout)
            return os.read(self._own, _CHUNK) if ready else b""
        except BlockingIOError:
            return b""
        except (OSError, ValueError) as cause:
            raise UnpluggedError("The pseudo-terminal is gone.") from cause

    def write(self, data: bytes) -> None:
        """Send everything; what nobody reads in time is dropped with what waits before it."""
        at = 0
        while at < len(data):
            _, ready, _ = select.select([], [self._own], [], _WRITE_SECONDS)
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
        """Release both ends."""
        for descriptor in (self._own, self._other):
            os.close(descriptor)

"""A stream socket on loopback, for a local signer where there are no pseudo-terminals."""

from __future__ import annotations

import socket

from firmware_bridge.errors import LinkTimeoutError, UnpluggedError
from firmware_bridge.link.transport import WRITE_SECONDS

_CONNECT_SECONDS = 5.0
_CHUNK = 65536


class SocketPort:
    """A connected socket."""

    def __init__(self, connected: socket.socket, write_seconds: float = WRITE_SECONDS) -> None:
        """Take over a connected socket; so many seconds may the other side take nothing of what is sent."""
        self._socket, self._write_seconds = connected, write_seconds

    @classmethod
    def connect(cls, port: int, write_seconds: float = WRITE_SECONDS) -> SocketPort:
        """Connect to a port of this computer.

        Raises:
            UnpluggedError: nobody listens.
        """
        try:
            return cls(socket.create_connection(("127.0.0.1", port), _CONNECT_SECONDS), write_seconds)
        except OSError as cause:
            raise UnpluggedError("No signer listens at this address.") from cause

    def read(self, timeout: float) -> bytes:
        """Give what has arrived; empty after the timeout."""
        try:
            self._socket.settimeout(max(timeout, 0.001))
            data = self._socket.recv(_CHUNK)
        except TimeoutError:
            return b""
        except OSError as cause:
            raise UnpluggedError("The signer was unplugged.") from cause
        if not data:
            raise UnpluggedError("The signer was unplugged.")
        return data

    def write(self, data: bytes) -> None:
        """Send everything."""
        try:
            self._socket.settimeout(self._write_seconds)
            self._socket.sendall(data)
        except TimeoutError as cause:
            raise LinkTimeoutError("The signer does not take what is sent.") from cause
        except OSError as cause:
            raise UnpluggedError("The signer was unplugged.") from cause

    def close(self) -> None:
        """Release the socket."""
        self._socket.close()

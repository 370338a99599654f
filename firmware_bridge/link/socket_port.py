"""A stream socket on loopback, for a local signer where there are no pseudo-terminals."""

from __future__ import annotations

import socket

from firmware_bridge.errors import LinkTimeoutError, UnpluggedError

_CONNECT_SECONDS = 5.0
_WRITE_SECONDS = 10.0
_CHUNK = 65536


class SocketPort:
    """A connected socket."""

    def __init__(self, connected: socket.socket) -> None:
        """Take over a connected socket."""
        self._socket = connected

    @classmethod
    def connect(cls, port: int) -> SocketPort:
        """Connect to a port of this computer.

        Raises:
            UnpluggedError: nobody listens.
        """
        try:
            return cls(socket.create_connection(("127.0.0.1", port), _CONNECT_SECONDS))
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
            self._socket.settimeout(_WRITE_SECONDS)
            self._socket.sendall(data)
        except TimeoutError as cause:
            raise LinkTimeoutError("The signer does not take what is sent.") from cause
        except OSError as cause:
            raise UnpluggedError("The signer was unplugged.") from cause

    def close(self) -> None:
        """Release the socket."""
        self._socket.close()

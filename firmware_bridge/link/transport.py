"""What a link must do: read what is there within a time, write everything, close."""

from __future__ import annotations

from typing import Protocol


class Transport(Protocol):
    """An open byte link to the other side."""

    def read(self, timeout: float) -> bytes:
        """Give what has arrived; empty after the timeout.

        Args:
            timeout: seconds.

        Raises:
            UnpluggedError: the other side is gone.
        """

    def write(self, data: bytes) -> None:
        """Send everything.

        Raises:
            UnpluggedError: the other side is gone.
            LinkTimeoutError: it does not take it.
        """

    def close(self) -> None:
        """Release the link."""

"""What a link must do: read what is there within a time, write everything, close (tests/contract/test_transport_contract.py).

Invariants: a stream of bytes in both directions, every byte as it was sent and in order; whatever way the other side goes
shows as one error; a link that was closed stays closed.
"""

from __future__ import annotations

from typing import Protocol

# So long may the other side take nothing of what is sent.
WRITE_SECONDS = 10.0


class Transport(Protocol):
    """An open byte link to the other side."""

    def read(self, timeout: float) -> bytes:
        """Give what has arrived; empty after the timeout.

        Args:
            timeout: seconds; none where it is negative.

        Raises:
            UnpluggedError: the other side is gone, or the link was closed.
        """

    def write(self, data: bytes) -> None:
        """Send everything.

        Raises:
            UnpluggedError: the other side is gone, or the link was closed.
            LinkTimeoutError: it does not take it.
        """

    def close(self) -> None:
        """Release the link, within moments: what the other side has not taken by then is lost. Again does nothing."""

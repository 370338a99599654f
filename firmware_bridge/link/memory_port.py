"""Two ends of a link in one process, for tests: what one writes, the other reads."""

from __future__ import annotations

import queue

from firmware_bridge.errors import UnpluggedError


class MemoryPort:
    """One end; `pair` gives both."""

    def __init__(self, incoming: queue.Queue[bytes | None], outgoing: queue.Queue[bytes | None]) -> None:
        """Join two queues; None in one means unplugged."""
        self._incoming, self._outgoing = incoming, outgoing
        self._gone = False

    def read(self, timeout: float) -> bytes:
        """Give what has arrived; empty after the timeout."""
        if self._gone:
            raise UnpluggedError("The signer was unplugged.")
        try:
            data = self._incoming.get(timeout=max(timeout, 0.001))
        except queue.Empty:
            return b""
        if data is None:
            self._gone = True
            raise UnpluggedError("The signer was unplugged.")
        return data

    def write(self, data: bytes) -> None:
        """Send everything."""
        if self._gone:
            raise UnpluggedError("The signer was unplugged.")
        self._outgoing.put(data)

    def close(self) -> None:
        """Unplug both ends."""
        self._gone = True
        self._outgoing.put(None)


def pair() -> tuple[MemoryPort, MemoryPort]:
    """Give the two ends of a new link."""
    one: queue.Queue[bytes | None] = queue.Queue()
    other: queue.Queue[bytes | None] = queue.Queue()
    return MemoryPort(one, other), MemoryPort(other, one)

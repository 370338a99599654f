"""Putting the parts of a message together.

Invariants: parts come in order from 0; anything else drops what was collected; no more is kept than a message may have.
"""

from __future__ import annotations

from firmware_bridge.errors import MessageError, MessageTooLargeError


class Parts:
    """Collects one message at a time."""

    def __init__(self, limit: int) -> None:
        """Start with nothing.

        Args:
            limit: bytes that a message may have.
        """
        self._limit = limit
        self._collected = bytearray()
        self._next = 0
        self._skipping = False

    def take(self, sequence: int, part: bytes, *, last: bool) -> bytes | None:
        """Take a part; give the message where this was its last.

        Raises:
            MessageTooLargeError: the message grew beyond the limit.
            MessageError: a part of it is missing. Either is said once; its other parts are skipped.
        """
        if sequence == 0:
            self._begin()
        if self._skipping:
            return None
        if sequence != self._next:
            self._skip()
            raise MessageError("A part of a message is missing.")
        if len(self._collected) + len(part) > self._limit:
            self._skip()
            raise MessageTooLargeError("The message is too large.")
        self._collected += part
        self._next += 1
        if not last:
            return None
        message = bytes(self._collected)
        self._begin()
        return message

    def _begin(self) -> None:
        self._collected.clear()
        self._next = 0
        self._skipping = False

    def _skip(self) -> None:
        self._begin()
        self._skipping = True

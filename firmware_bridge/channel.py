"""Messages over frames: cut into parts, put together again. The authenticated channel will stand in this place.

Invariants: parts of a message come in order from sequence 0; anything else drops what was collected; a message has at
most `MAX_MESSAGE` bytes. `PlainChannel` neither encrypts nor authenticates; its two methods are the seam.
"""

from __future__ import annotations

from firmware_bridge.errors import MessageError, MessageTooLargeError
from firmware_bridge.frames import MAX_PAYLOAD, PLAIN_CHANNEL, Frame, FrameType, encode_frame

MAX_MESSAGE = 1024 * 1024 + 4096


class PlainChannel:
    """The channel before there is an authenticated one."""

    def __init__(self) -> None:
        """Start with nothing collected."""
        self._parts = bytearray()
        self._next = 0
        self._skipping = False

    def wrap(self, message: bytes) -> bytes:
        """Give the bytes on the link that carry a message.

        Raises:
            MessageTooLargeError: it is larger than `MAX_MESSAGE`; nothing is to be sent.
        """
        if len(message) > MAX_MESSAGE:
            raise MessageTooLargeError(f"The message has {len(message)} bytes; at most {MAX_MESSAGE} are sent.")
        parts = [message[at : at + MAX_PAYLOAD] for at in range(0, len(message), MAX_PAYLOAD)] or [b""]
        last = len(parts) - 1
        return b"".join(
            encode_frame(Frame(FrameType.LAST if at == last else FrameType.DATA, PLAIN_CHANNEL, at, part))
            for at, part in enumerate(parts)
        )

    def take(self, frame: Frame) -> bytes | None:
        """Take a part; give the message where it is complete.

        Raises:
            MessageTooLargeError: the message grew beyond `MAX_MESSAGE`.
            MessageError: a part of it is missing. Either is said once; its other parts are skipped.
        """
        if frame.type not in (FrameType.DATA, FrameType.LAST):
            return None
        if frame.sequence == 0:
            self.clear()
        if self._skipping:
            return None
        if frame.sequence != self._next:
            self._skip()
            raise MessageError("A part of a message is missing.")
        if len(self._parts) + len(frame.payload) > MAX_MESSAGE:
            self._skip()
            raise MessageTooLargeError("The message is too large.")
        self._parts += frame.payload
        self._next += 1
        if frame.type is FrameType.DATA:
            return None
        message = bytes(self._parts)
        self.clear()
        return message

    def clear(self) -> None:
        """Forget what was collected, as where another host begins."""
        self._parts.clear()
        self._next = 0
        self._skipping = False

    def _skip(self) -> None:
        self.clear()
        self._skipping = True

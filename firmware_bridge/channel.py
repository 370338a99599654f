"""The authenticated channel: messages cut into sealed parts and put together again (docs/protocol.md section 3).

Invariants: every part is sealed with its frame's head, so that none can be changed, dropped, repeated, moved or sent by
another; a part that does not open ends the channel for good; a message has at most `MAX_MESSAGE` bytes.
"""

from __future__ import annotations

from firmware_bridge.errors import ChannelError, MessageTooLargeError
from firmware_bridge.frames import MAX_PAYLOAD, Frame, FrameType, Refusal, encode_frame, frame_head
from firmware_bridge.noise.cipher_state import TAG_BYTES
from firmware_bridge.noise.handshake import Split
from firmware_bridge.parts import Parts

MAX_MESSAGE = 1024 * 1024 + 4096
_PART = MAX_PAYLOAD - TAG_BYTES


class Channel:
    """One side of an open channel.

    Attributes:
        number: in the head of its frames.
        hash: of the handshake that made it.
        remote: the other side's static public key.
    """

    def __init__(self, number: int, split: Split) -> None:
        """Begin with the keys of a finished handshake."""
        self.number, self.hash, self.remote = number, split.hash, split.remote
        self._send, self._receive = split.send, split.receive
        self._parts = Parts(MAX_MESSAGE)
        self._broken = False

    def wrap(self, message: bytes) -> bytes:
        """Give the bytes on the link that carry a message.

        Raises:
            MessageTooLargeError: it is larger than `MAX_MESSAGE`; nothing is to be sent.
        """
        if len(message) > MAX_MESSAGE:
            raise MessageTooLargeError(f"The message has {len(message)} bytes; at most {MAX_MESSAGE} are sent.")
        parts = [message[at : at + _PART] for at in range(0, len(message), _PART)] or [b""]
        last = len(parts) - 1
        return b"".join(
            self.seal(FrameType.LAST if at == last else FrameType.DATA, at, part) for at, part in enumerate(parts)
        )

    def seal(self, kind: FrameType, sequence: int, content: bytes) -> bytes:
        """Give the bytes on the link of one sealed frame."""
        sealed = self._send.encrypt(frame_head(kind, self.number, sequence), content)
        return encode_frame(Frame(kind, self.number, sequence, sealed))

    def refuse(self, reason: Refusal) -> bytes:
        """Give the bytes on the link that refuse a message that cannot be named."""
        return self.seal(FrameType.REFUSED, 0, bytes([reason]))

    def open(self, frame: Frame) -> bytes:
        """Open a frame of this channel.

        Raises:
            ChannelError: it is not the next one that the other side sealed; the channel is of no further use.
        """
        if self._broken:
            raise ChannelError("The channel broke before.")
        try:
            return self._receive.decrypt(frame_head(frame.type, frame.channel, frame.sequence), frame.payload)
        except ChannelError:
            self._broken = True
            raise

    def take(self, frame: Frame) -> bytes | None:
        """Take a part; give the message where it is complete.

        Raises:
            ChannelError: see `open`.
            MessageTooLargeError: the message grew beyond `MAX_MESSAGE`.
            MessageError: its parts are out of order. Either is said once; its other parts are skipped.
        """
        return self._parts.take(frame.sequence, self.open(frame), last=frame.type is FrameType.LAST)

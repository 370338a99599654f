"""Frames on the link: COBS with a checksum; after any garbage the next zero byte begins anew (docs/protocol.md section 2).

Frame before COBS: version(1) type(1) channel(2) sequence(2) payload CRC-32(4, of all before); ended by a zero byte.

Invariants: sans-I/O; a frame has at most `MAX_FRAME` bytes; a damaged one is counted and skipped, never guessed at.
"""

from __future__ import annotations

import enum
import zlib
from dataclasses import dataclass

from firmware_bridge.errors import FrameError

VERSION = 1
# Of greetings, and of refusals where there is no channel.
NO_CHANNEL = 0
MAX_PAYLOAD = 4096
_HEAD = 6
_CRC = 4
MAX_FRAME = _HEAD + MAX_PAYLOAD + _CRC
MAX_ENCODED = MAX_FRAME + MAX_FRAME // 254 + 2


class FrameType(enum.IntEnum):
    """What a frame carries: greeting, handshake and its end, a part of a message and the last one, a refusal."""

    HELLO = 1
    HELLO_REPLY = 2
    DATA = 3
    HANDSHAKE = 4
    READY = 5
    LAST = 6
    REFUSED = 7


class Refusal(enum.IntEnum):
    """Why a signer takes no message, where no request can be named: the one byte of a REFUSED frame."""

    MALFORMED = 1
    TOO_LARGE = 2
    CHANNEL = 3
    BUSY = 4


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame.

    Attributes:
        type: what it carries.
        channel: the number that the signer gave in its reply to the hello; `NO_CHANNEL` before.
        sequence: number of this part within its message, or of this step of the handshake, from 0.
        payload: at most `MAX_PAYLOAD` bytes.
    """

    type: FrameType
    channel: int
    sequence: int
    payload: bytes


def frame_head(kind: FrameType, channel: int, sequence: int) -> bytes:
    """Give what stands before a frame's payload; the channel authenticates it together with the payload."""
    return bytes([VERSION, kind]) + channel.to_bytes(2, "big") + sequence.to_bytes(2, "big")


def encode_frame(frame: Frame) -> bytes:
    """Give a frame's bytes on the link, delimiter included."""
    body = frame_head(frame.type, frame.channel, frame.sequence) + frame.payload
    return _stuff(body + zlib.crc32(body).to_bytes(_CRC, "big")) + b"\0"


def encode_refusal(reason: Refusal) -> bytes:
    """Give the bytes on the link that refuse what was sent where there is no channel; nobody vouches for them."""
    return encode_frame(Frame(FrameType.REFUSED, 0, 0, bytes([reason])))


def decode_frame(stuffed: bytes) -> Frame:
    """Read what stood between two delimiters.

    Raises:
        FrameError: damaged, too long, or of another version or type.
    """
    if len(stuffed) > MAX_ENCODED:
        raise FrameError("A frame is too long.")
    body = _unstuff(stuffed)
    if not _HEAD + _CRC <= len(body) <= MAX_FRAME:
        raise FrameError("A frame is too short or too long.")
    content, crc = body[:-_CRC], body[-_CRC:]
    if zlib.crc32(content).to_bytes(_CRC, "big") != crc:
        raise FrameError("A frame's checksum is wrong.")
    if content[0] != VERSION or content[1] not in FrameType.__members__.values():
        raise FrameError("A frame is of another version or an unknown type.")
    return Frame(
        FrameType(content[1]), int.from_bytes(content[2:4], "big"), int.from_bytes(content[4:6], "big"), content[_HEAD:]
    )


class FrameReader:
    """Collects bytes from the link and gives whole frames.

    Attributes:
        damaged: how many pieces were skipped.
    """

    def __init__(self) -> None:
        """Start with nothing."""
        self._buffer = bytearray()
        self._overlong = False
        self.damaged = 0

    def feed(self, data: bytes) -> list[Frame]:
        """Take bytes and give the frames they complete."""
        frames = []
        *ends, rest = data.split(b"\0")
        for end in ends:
            self._keep(end)
            piece, overlong = bytes(self._buffer), self._overlong
            self._buffer.clear()
            self._overlong = False
            if not piece:
                continue
            try:
                if overlong:
                    raise FrameError("A frame is too long.")
                frames.append(decode_frame(piece))
            except FrameError:
                self.damaged += 1
        self._keep(rest)
        return frames

    def _keep(self, piece: bytes) -> None:
        room = MAX_ENCODED - len(self._buffer)
        self._overlong = self._overlong or len(piece) > room
        self._buffer += piece[:room]


def _stuff(data: bytes) -> bytes:
    """Encode with COBS: no zero byte remains."""
    out = bytearray()
    for block in data.split(b"\0"):
        rest = block
        while len(rest) >= 254:
            out += b"\xff" + rest[:254]
            rest = rest[254:]
        out += bytes([len(rest) + 1]) + rest
    return bytes(out)


def _unstuff(data: bytes) -> bytes:
    out = bytearray()
    at = 0
    while at < len(data):
        code = data[at]
        block = data[at + 1 : at + code]
        if code == 0 or len(block) != code - 1 or 0 in block:
            raise FrameError("A frame is not stuffed as it should be.")
        out += block
        at += code
        if code != 0xFF and at < len(data):
            out.append(0)
    return bytes(out)

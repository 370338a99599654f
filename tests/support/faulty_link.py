"""A link that harms one frame of one direction: the faults of a bad cable, a hub that restarts, and somebody on the wire."""

from __future__ import annotations

import enum
import random
import time
import zlib

from firmware_bridge.errors import UnpluggedError
from firmware_bridge.frames import Frame, FrameReader, FrameType, encode_frame
from firmware_bridge.link.memory_port import MemoryPort


class Fault(enum.Enum):
    DROP = "drop"
    DELAY = "delay"
    DUPLICATE = "duplicate"
    REORDER = "reorder"
    CORRUPT = "corrupt"
    FORGE = "forge"
    TRUNCATE = "truncate"
    WRONG_CHANNEL = "wrong channel"
    UNPLUG = "unplug"


class Direction(enum.Enum):
    TO_SIGNER = "to the signer"
    TO_HOST = "to the host"


class FaultyLink:
    """Passes everything on but one frame.

    Attributes:
        struck: whether the fault has come to pass.
        passed: frames of each direction, by type.
    """

    def __init__(self, inner: MemoryPort, direction: Direction, at: int, fault: Fault) -> None:
        self.inner, self.direction, self.at, self.fault = inner, direction, at, fault
        self.struck = False
        self.passed: dict[Direction, list[FrameType]] = {one: [] for one in Direction}
        self._readers = {one: FrameReader() for one in Direction}
        self._held: dict[Direction, bytes] = dict.fromkeys(Direction, b"")

    def read(self, timeout: float) -> bytes:
        return self._through(Direction.TO_HOST, self.inner.read(timeout))

    def write(self, data: bytes) -> None:
        self.inner.write(self._through(Direction.TO_SIGNER, data))

    def close(self) -> None:
        self.inner.close()

    def _through(self, direction: Direction, data: bytes) -> bytes:
        out = b""
        for frame in self._readers[direction].feed(data):
            place = len(self.passed[direction])
            self.passed[direction].append(frame.type)
            whole = encode_frame(frame)
            if (direction, place) == (self.direction, self.at):
                self.struck = True
                whole = self._harmed(direction, frame, whole)
            elif self._held[direction]:
                whole, self._held[direction] = whole + self._held[direction], b""
            out += whole
        return out

    def _harmed(self, direction: Direction, frame: Frame, whole: bytes) -> bytes:
        match self.fault:
            case Fault.DROP:
                return b""
            case Fault.DELAY:
                time.sleep(0.2)
                return whole
            case Fault.DUPLICATE:
                return whole + whole
            case Fault.REORDER:
                self._held[direction] = whole
                return b""
            case Fault.CORRUPT:
                return bytes([whole[0], whole[1] ^ 4 or 5]) + whole[2:]
            case Fault.TRUNCATE:
                return whole[: len(whole) // 2] + b"\0"
            case Fault.WRONG_CHANNEL:
                return encode_frame(Frame(frame.type, frame.channel ^ 1, frame.sequence, frame.payload))
            case Fault.FORGE:
                # With a checksum that is right: somebody who knows the frames.
                payload = bytearray(frame.payload or b"\0")
                at = random.Random(zlib.crc32(whole)).randrange(len(payload))
                payload[at] ^= 0x40
                return encode_frame(Frame(frame.type, frame.channel, frame.sequence, bytes(payload)))
        self.inner.close()
        raise UnpluggedError("The signer was unplugged.")

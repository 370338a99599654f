"""A frame as a PNG file: for the tests' pictures and for people who want to keep or send what a display showed.

Invariant: the same pixels always give the same bytes on one version of zlib; the tests compare pixels.
Source: PNG (ISO/IEC 15948), colour types 0 (one bit) and 2 (eight bits), filter 0, no interlace.
"""

from __future__ import annotations

import struct
import zlib

from firmware_bridge.signer.display.frame_buffer import InColour, Monochrome

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def png(frame: Monochrome | InColour) -> bytes:
    """Write a frame as PNG."""
    if isinstance(frame, Monochrome):
        stride, depth, kind = -(-frame.width // 8), 1, 0
        spare = 8 * stride - frame.width
        rows = [(row << spare).to_bytes(stride, "big") for row in frame.rows]
    else:
        stride, depth, kind = 3 * frame.width, 8, 2
        rows = [bytes(frame.data[at : at + stride]) for at in range(0, len(frame.data), stride)]
    head = struct.pack(">IIBBBBB", frame.width, frame.height, depth, kind, 0, 0, 0)
    body = zlib.compress(b"".join(b"\x00" + row for row in rows), 9)
    return _SIGNATURE + _chunk(b"IHDR", head) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

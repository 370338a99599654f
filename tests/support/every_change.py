"""Every way to change one byte of a file: each of its bits, cut there, taken out, a byte more, begun again behind its end.

The whole is long, so it comes in shares of every n-th place, each a test of its own; the tests stand in several files, since
one file is on one worker.
"""

from __future__ import annotations

from collections.abc import Iterator

SHARES = 8


def places(good: bytes, share: int) -> range:
    """Give the places of one share of `SHARES`."""
    return range(share, len(good), SHARES)


def flipped(good: bytes, at: int) -> Iterator[bytes]:
    """Give the file with each bit of one byte changed."""
    for bit in range(8):
        bad = bytearray(good)
        bad[at] ^= 1 << bit
        yield bytes(bad)


def moved(good: bytes, at: int) -> Iterator[bytes]:
    """Give the file shorter or longer at one byte, where that makes it another."""
    for bad in (good[:at], good[:at] + good[at + 1 :], good[:at] + b"\0" + good[at:], good + good[:at]):
        if bad != good:
            yield bad

"""A fixed loop that tells how fast this machine is right now: the unit that times are divided by.

The loop is SHA-256 over 64 bytes, chained, so that it depends on the interpreter and the hash library alone. Numbers
of two machines compare only as multiples of it.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from statistics import median

ROUNDS = 50_000


def loop_seconds(repeats: int = 5) -> float:
    """Seconds of the calibration loop, median of some runs."""
    return median(seconds(_loop) for _ in range(repeats))


def seconds(action: Callable[[], object]) -> float:
    """Seconds of one call."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def best(action: Callable[[], object], repeats: int = 5) -> float:
    """Seconds of the median call of some."""
    return median(seconds(action) for _ in range(repeats))


def _loop() -> None:
    digest = bytes(64)
    for _ in range(ROUNDS):
        digest = hashlib.sha256(digest).digest()

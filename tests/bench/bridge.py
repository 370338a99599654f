"""What a round trip through the bridge costs: the signer's own process behind a pseudo-terminal, inside the channel.

The goals are times; beside each stands the same as a multiple of the calibration loop, by which two machines compare.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from firmware_bridge import launcher
from firmware_bridge.client import SignerClient
from firmware_bridge.launcher import SignerStart
from hsm.software import SoftwareToken
from tests.bench.calibration import loop_seconds
from tests.bench.result import Result
from tests.support.link_host import HOST, INTRODUCED

TIMES = 200
# Bytes, and the seconds that their way there and back may take.
SIZES = ((64, 0.002), (4096, 0.005))


@contextmanager
def signer() -> Iterator[str]:
    """A signer's process over a software token; gives its URL."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        SoftwareToken.create(folder / "token", bytearray(b"123456")).close()
        wanted = SignerStart(token=f"software:{folder / 'token'}", hosts=(INTRODUCED,))
        try:
            yield launcher.start(folder / "signer", wanted).url
        finally:
            launcher.stop(folder / "signer")


def times(act: Callable[[], object]) -> list[float]:
    """Seconds of each call."""
    found = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        act()
        found.append(time.perf_counter() - begun)
    return found


def run() -> list[Result]:
    """Measure round trips of both sizes, opening a channel, and a request that is decided by the signer's worker."""
    loop = loop_seconds()
    results = []
    with signer() as url, SignerClient.open(url, HOST) as client:
        for size, seconds in SIZES:
            content = os.urandom(size)
            spent = statistics.median(times(partial(client.ping, content)))
            results.append(
                Result(
                    f"bridge.round_trip.{size}: milliseconds of {size} bytes there and back",
                    1000 * spent,
                    "ms",
                    1000 * seconds,
                )
            )
            results.append(
                Result(f"bridge.round_trip.{size}.loops: the same in calibration loops", spent / loop, "loops", None)
            )
        asked = statistics.median(times(client.info))
        results.append(
            Result(
                "bridge.request: milliseconds of a request that the signer's worker answers", 1000 * asked, "ms", None
            )
        )
        opened = statistics.median(times(client.exchange.initiator.establish)[:50])
        results.append(Result("bridge.open: milliseconds of greeting and handshake", 1000 * opened, "ms", None))
    return results

"""How many headers a catch-up fetches and what it costs: a million blocks unchanged, and with k changes of the set."""

from __future__ import annotations

import math
import time

from lightnode.consensus.genesis import ChainConfig, load_genesis
from lightnode.light_client.choices import SyncChoices
from lightnode.light_client.skipping import Skipper
from lightnode.light_client.trusted import Trusted
from tests.bench.result import Result
from tests.support.long_chain import LongChain

BLOCKS = 1_000_000
SHORT = 60_000
NOW = 1 << 40
CHOICES = SyncChoices(trusting_period=None)


def catch_up(chain: LongChain) -> tuple[int, float]:
    """Skip from genesis to the head; give how many different headers were fetched, and the CPU seconds without the server's."""
    config: ChainConfig = load_genesis(chain.genesis(), "besu")
    serving = 0.0
    give = chain.headers

    def timed(heights: list[int]) -> object:
        nonlocal serving
        began = time.process_time()
        try:
            return give(heights)
        finally:
            serving += time.process_time() - began

    chain.headers = timed  # type: ignore[method-assign,assignment]
    began = time.process_time()
    skipper = Skipper(config, chain, Trusted.at_genesis(config), CHOICES, lambda header, trusted: None)
    skipper.advance(chain.blocks, NOW)
    took = time.process_time() - began - serving
    if skipper.trusted.block_hash != chain.hash(chain.blocks):
        raise AssertionError("The catch-up ended elsewhere.")
    return len(chain.fetched), took


def changed(changes: int, blocks: int = SHORT) -> int:
    """Give how many headers a chain with some evenly spread changes costs; each trusted set shares too few with the next."""
    heights = [blocks * (index + 1) // (changes + 1) for index in range(changes)]
    return catch_up(LongChain(blocks, 4, heights))[0]


def run() -> list[Result]:
    """Catch up on a long chain, and on shorter ones with more and more changes."""
    fetched, took = catch_up(LongChain(BLOCKS))
    return [
        Result("sync.catch_up.headers: fetched over 1,000,000 blocks of one set", fetched, "headers", 40),
        Result("sync.catch_up.cpu: seconds of CPU for it", took, "s", 2.0),
        *(
            Result(
                f"sync.changes.{count}: headers fetched over k log2 n, with {count} changes in {SHORT:,} blocks",
                changed(count) / (count * math.log2(SHORT)), "ratio", 4.0,
            )
            for count in (2, 4, 8, 16)
        ),
    ]  # fmt: skip

"""Made chains that go on in two ways: the same members seal two blocks at one height."""

from __future__ import annotations

import copy
from typing import Any

from tests.support.made_chain import MadeChain


def grown(blocks: int, **settings: Any) -> MadeChain:
    """Give a chain of so many blocks."""
    chain = MadeChain(**settings)
    for _ in range(blocks):
        chain.block()
    return chain


def twin_of(chain: MadeChain) -> MadeChain:
    """Give the same chain, to go on otherwise."""
    twin = copy.copy(chain)
    twin.fields, twin.hashes = [list(row) for row in chain.fields], list(chain.hashes)
    twin.model, twin.keys = copy.deepcopy(chain.model), dict(chain.keys)
    return twin


def fork(chain: MadeChain, at: int, blocks: int, seconds: int = 2) -> MadeChain:
    """Let the members seal a second chain from a height on; only of chains whose set did not change above it."""
    twin = twin_of(chain)
    twin.fields, twin.hashes = twin.fields[:at], twin.hashes[:at]
    twin.block(seconds=seconds)
    for _ in range(blocks - 1):
        twin.block()
    return twin

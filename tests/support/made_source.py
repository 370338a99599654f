"""A made chain as a server of headers and proofs, which counts what it is asked and can be told to lie."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from lightnode.consensus.header import Header, decode_header
from lightnode.light_client.source import ClaimedHeader
from lightnode.rpc.errors import MissingAnswerError
from lightnode.wire import rlp
from lightnode.wire.types import Address
from tests.support.made_chain import MadeChain, State, proof_line


class MadeSource:
    """Answers from a made chain.

    Attributes:
        fetched: every height given, in order.
        requests: how many questions were asked.
        lie: changes a header before it is given.
    """

    def __init__(self, chain: MadeChain, name: str = "made") -> None:
        self.chain = chain
        self._name = name
        self.fetched: list[int] = []
        self.requests = 0
        self.lie: Callable[[Header], Header] = lambda header: header
        self.states: dict[int, State] = {}

    @property
    def name(self) -> str:
        """Give its name."""
        return self._name

    def chain_id(self) -> int:
        """Give that of made chains."""
        return 1337

    def head(self) -> int:
        """Give the height of the chain."""
        return self.chain.height

    def headers(self, heights: Sequence[int]) -> list[ClaimedHeader]:
        """Give headers, each counted."""
        self.requests += 1
        if any(height > self.chain.height for height in heights):
            raise MissingAnswerError("The chain is not that high.")
        self.fetched += heights
        return [ClaimedHeader(self.lie(self.header(height))) for height in heights]

    def header(self, height: int) -> Header:
        """Give a header as it is."""
        return decode_header(rlp.encode(self.chain.fields[height]))

    def proof(self, account: Address, slots: Sequence[int], height: int) -> Any:
        """Give a proof of the state after a block, which the test noted in `states`."""
        self.requests += 1
        below = max(at for at in self.states if at <= height)
        return proof_line(self.states[below], height, account, slots)["result"]

"""One node, asked through `lightnode.rpc`, as a source of headers and proofs.

Invariants: what a node announced and does not have yet is asked for again, a few times; nothing is believed.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from lightnode.consensus.errors import NumberError
from lightnode.consensus.header_json import header_from_json
from lightnode.light_client.source import ClaimedHeader
from lightnode.rpc.backoff import Backoff
from lightnode.rpc.errors import MissingAnswerError, TooBigError
from lightnode.rpc.ledger import Ledger
from lightnode.rpc.patience import patiently
from lightnode.wire import json_value as js
from lightnode.wire.types import Address


class LedgerSource:
    """A node behind a JSON-RPC address."""

    def __init__(self, ledger: Ledger, backoff: Backoff | None = None) -> None:
        """Ask through a ledger's client.

        Args:
            ledger: of the node.
            backoff: how trouble that passes is waited out; None where the person is told at once.
        """
        self.ledger = ledger
        self._backoff = backoff or Backoff(tries=1)

    @property
    def name(self) -> str:
        """Give its address."""
        return self.ledger.client.url

    def chain_id(self) -> int:
        """Give the chain id it says it works on."""
        return self._backoff.again(self.ledger.chain_id)

    def head(self) -> int:
        """Give the number of its newest block."""
        return self._backoff.again(self.ledger.height)

    def headers(self, heights: Sequence[int]) -> list[ClaimedHeader]:
        """Give headers in one batch, in two where an answer is too large, one by one where the last are not there yet.

        Raises:
            RpcError: the node gives trouble.
            NumberError: it gives another block than was asked for.
        """
        return [_claimed(block, height) for block, height in zip(self._blocks(heights), heights, strict=True)]

    def _blocks(self, heights: Sequence[int]) -> list[dict[str, Any]]:
        try:
            return self._backoff.again(lambda: self.ledger.blocks(heights))
        except TooBigError:
            if len(heights) < 2:
                raise
            middle = len(heights) // 2
            return self._blocks(heights[:middle]) + self._blocks(heights[middle:])
        except MissingAnswerError:
            return [patiently(partial(self.ledger.block, height)) for height in heights]

    def proof(self, account: Address, slots: Sequence[int], height: int) -> Any:
        """Give an `eth_getProof` answer."""
        return patiently(lambda: self._backoff.again(lambda: self.ledger.proof(account, slots, height)))


def _claimed(block: dict[str, Any], height: int) -> ClaimedHeader:
    printed, header = block.get("hash"), header_from_json(block)
    if header.number != height:
        raise NumberError(f"The node gave block {header.number} where block {height} was asked for.", height)
    return ClaimedHeader(header, None if printed is None else js.hash_value(printed))

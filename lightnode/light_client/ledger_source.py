"""One node, asked through `lightnode.rpc`, as a source of headers and proofs.

Invariants: what a node announced and does not have yet is asked for again, a few times; nothing is believed.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from lightnode.consensus.header_json import header_from_json
from lightnode.light_client.source import ClaimedHeader
from lightnode.rpc.errors import MissingAnswerError
from lightnode.rpc.ledger import Ledger
from lightnode.rpc.patience import patiently
from lightnode.wire import json_value as js
from lightnode.wire.types import Address


class LedgerSource:
    """A node behind a JSON-RPC address."""

    def __init__(self, ledger: Ledger) -> None:
        """Ask through a ledger's client."""
        self.ledger = ledger

    @property
    def name(self) -> str:
        """Give its address."""
        return self.ledger.client.url

    def chain_id(self) -> int:
        """Give the chain id it says it works on."""
        return self.ledger.chain_id()

    def head(self) -> int:
        """Give the number of its newest block."""
        return self.ledger.height()

    def headers(self, heights: Sequence[int]) -> list[ClaimedHeader]:
        """Give headers in one batch, or one by one where another node behind the address lacks the last ones yet."""
        try:
            found = self.ledger.blocks(heights)
        except MissingAnswerError:
            found = [patiently(partial(self.ledger.block, height)) for height in heights]
        return [_claimed(block) for block in found]

    def proof(self, account: Address, slots: Sequence[int], height: int) -> Any:
        """Give an `eth_getProof` answer."""
        return patiently(lambda: self.ledger.proof(account, slots, height))


def _claimed(block: dict[str, Any]) -> ClaimedHeader:
    printed = block.get("hash")
    return ClaimedHeader(header_from_json(block), None if printed is None else js.hash_value(printed))

"""One node, asked through `lightnode.rpc`, as a source of headers and proofs.

Invariants: nothing is believed; every request is bounded, and every call too, however often trouble that passes has it
asked again; what a node announced and does not have yet is such trouble: behind one address may stand several nodes.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from lightnode.consensus.header_json import header_from_json
from lightnode.light_client.source import ClaimedHeader
from lightnode.rpc.client import MAX_BATCH
from lightnode.rpc.errors import MissingAnswerError, TooBigError
from lightnode.rpc.ledger import Ledger
from lightnode.rpc.retrying import Attempts, Retrying
from lightnode.wire import json_value as js
from lightnode.wire.types import Address

Block = dict[str, Any]


class LedgerSource:
    """A node behind a JSON-RPC address; `fetched` counts the headers that it gave."""

    def __init__(self, ledger: Ledger, retrying: Retrying | None = None) -> None:
        """Ask through a ledger's client.

        Args:
            ledger: of the node.
            retrying: how trouble that passes is met; with the usual pauses where not given.
        """
        self.ledger = ledger
        self._retrying = retrying or Retrying()
        # Headers in one request; fewer once an answer was too big.
        self._most = MAX_BATCH
        self.fetched = 0

    @property
    def name(self) -> str:
        """Give its address."""
        return self.ledger.client.url

    def chain_id(self) -> int:
        """Give the chain id it says it works on."""
        return self._retrying.ask(self.ledger.chain_id)

    def head(self) -> int:
        """Give the number of its newest block."""
        return self._retrying.ask(self.ledger.height)

    def headers(self, heights: Sequence[int]) -> list[ClaimedHeader]:
        """Give headers in as few requests as it takes.

        Raises:
            MissingAnswerError: it lacks one of them.
            OtherBlockError: it gave another one.
            RpcError: other trouble, that did not pass within the call's budget.
        """
        call, found, rest = self._retrying.begin(), [], list(heights)
        while rest:
            part = rest[: self._most]
            try:
                found += self._blocks(call, part)
            except TooBigError:
                if len(part) == 1:
                    raise
                self._most = len(part) // 2
            else:
                del rest[: len(part)]
                self.fetched += len(part)
        return [_claimed(block) for block in found]

    def proof(self, account: Address, slots: Sequence[int], height: int) -> Any:
        """Give an `eth_getProof` answer."""
        return self._retrying.ask(lambda: self.ledger.proof(account, slots, height))

    def _blocks(self, call: Attempts, heights: Sequence[int]) -> list[Block]:
        lacking: list[bool] = []

        def batch() -> list[Block]:
            try:
                return self.ledger.blocks(heights)
            except MissingAnswerError:
                lacking.append(True)
                return []

        found = call.ask(batch)
        # Another node behind the address may lack the last ones yet: only those are waited for.
        return [call.ask(partial(self.ledger.block, height)) for height in heights] if lacking else found


def _claimed(block: Block) -> ClaimedHeader:
    printed = block.get("hash")
    return ClaimedHeader(header_from_json(block), None if printed is None else js.hash_value(printed))

"""Blocks and their bodies: eth_getBlockBy*, their counts, receipts of a block, transactions by index (J1, J2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lightnode.consensus.verified_header import VerifiedHeader
from lightnode.node import asked
from lightnode.node.named_block import NamedBlocks
from lightnode.node.ports import BodyProver
from lightnode.node.printed import quantity
from lightnode.node.proven_block import Network, print_block, print_placed, print_receipt


class BlockAnswers:
    """The methods; null stands for a block above the newest verified one, or an index that a proven body lacks."""

    def __init__(self, network: Network, blocks: NamedBlocks, bodies: BodyProver) -> None:
        """Answer for one network."""
        self._network = network
        self._blocks = blocks
        self._bodies = bodies
        self.table: dict[str, Callable[..., Any]] = {
            "eth_getBlockByNumber": self.by_number,
            "eth_getBlockByHash": self.by_hash,
            "eth_getBlockReceipts": self.receipts,
            "eth_getBlockTransactionCountByNumber": lambda tag: self._count(self._blocks.numbered(tag)),
            "eth_getBlockTransactionCountByHash": lambda name: self._count(self._hashed(name)),
            "eth_getTransactionByBlockNumberAndIndex": lambda tag, at: self._at(self._blocks.numbered(tag), at),
            "eth_getTransactionByBlockHashAndIndex": lambda name, at: self._at(self._hashed(name), at),
        }

    def by_number(self, tag: Any, whole: Any = False) -> Any:
        """eth_getBlockByNumber."""
        return self._print(self._blocks.numbered(tag), asked.flag(whole))

    def by_hash(self, name: Any, whole: Any = False) -> Any:
        """eth_getBlockByHash."""
        return self._print(self._hashed(name), asked.flag(whole))

    def receipts(self, tag: Any) -> Any:
        """eth_getBlockReceipts."""
        by_hash = isinstance(tag, dict) or (isinstance(tag, str) and len(tag) == 66)
        named = tag if isinstance(tag, dict) else {"blockHash": tag}
        header = self._blocks.any(named) if by_hash else self._blocks.numbered(tag)
        if header is None:
            return None
        body = self._bodies.body(header)
        return [print_receipt(self._network, body, index) for index in range(len(body.receipts))]

    def _hashed(self, name: Any) -> VerifiedHeader:
        return self._blocks.hashed(asked.hash_value(name))

    def _print(self, header: VerifiedHeader | None, whole: bool) -> Any:
        return None if header is None else print_block(self._network, self._bodies.transactions(header), whole=whole)

    def _count(self, header: VerifiedHeader | None) -> Any:
        return None if header is None else quantity(len(self._bodies.transactions(header).raw))

    def _at(self, header: VerifiedHeader | None, at: Any) -> Any:
        index = asked.quantity(at, 8)
        if header is None:
            return None
        block = self._bodies.transactions(header)
        return print_placed(self._network, block, index) if index < len(block.raw) else None

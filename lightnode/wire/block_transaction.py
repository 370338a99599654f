"""A transaction as a block holds it: always its bytes, and its meaning only where this program can read it.

A permissioned network belongs to many states. Blob transactions, EIP-7702 ones, GoQuorum's private ones or a larger one
than our own limit may stand beside an act of ours; they must not keep that act from being proven. Their bytes are held
against the transactions root like all others; what they say is nobody's business here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lightnode.errors import WireError
from lightnode.wire.keccak import keccak256
from lightnode.wire.transaction import LEGACY, SignedTransaction, decode_transaction
from lightnode.wire.transaction_body import body_from_json
from lightnode.wire.types import Hash32

# The chain id that v 37 and 38 would say. No network of ours has it; GoQuorum marks private transactions so.
_PRIVATE_MARK = 1


@dataclass(frozen=True, slots=True)
class BlockTransaction:
    """One transaction of a block.

    Attributes:
        raw: what the transactions trie holds.
        signed: its meaning; None for one that this program does not read.
    """

    raw: bytes
    signed: SignedTransaction | None

    def hash(self) -> Hash32:
        """Give the transaction hash."""
        return keccak256(self.raw)


def block_transaction(raw: bytes) -> BlockTransaction:
    """Take the bytes of one leaf of a transactions trie."""
    try:
        signed = decode_transaction(raw)
    except WireError:
        return BlockTransaction(raw, None)
    private = signed.unsigned.type == LEGACY and signed.unsigned.chain_id == _PRIVATE_MARK
    return BlockTransaction(raw, None if private else signed)


def block_transaction_from_json(obj: Any) -> BlockTransaction:
    """Read a transaction of `eth_getBlockByNumber`; its block's root decides whether the bytes are right.

    Raises:
        JsonError: a field is missing or malformed.
        TransactionTypeError: a type this program cannot put into bytes.
        TransactionJsonError: the object contradicts itself.
    """
    return block_transaction(body_from_json(obj, private_marks=True))

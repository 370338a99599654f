"""Transactions that wait for a block: admitted by Besu's rules, with Besu's codes and words.

Invariants: nothing enters that the next block could not include once its nonce's turn comes; one transaction waits for
each sender and nonce. The owner holds the lock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lightnode.devnet.errors import TransactionRefusedError
from lightnode.devnet.settings import GAS_LIMIT
from lightnode.devnet.world_state import WorldAccount
from lightnode.errors import LightNodeError
from lightnode.wire.curve import Curve
from lightnode.wire.transaction import SignedTransaction, UnsignedTransaction, decode_transaction
from lightnode.wire.types import Address, Hash32

MAX_POOL = 4096
_BASE_GAS, _CREATION_GAS, _ZERO_BYTE_GAS, _BYTE_GAS = 21_000, 32_000, 4, 16
_LISTED_ADDRESS_GAS, _LISTED_KEY_GAS = 2400, 1900


@dataclass(frozen=True, slots=True)
class Waiting:
    """A transaction in the pool.

    Attributes:
        transaction: decoded.
        sender: recovered from its signature.
        raw: as it was sent.
        name: its hash.
    """

    transaction: SignedTransaction
    sender: Address
    raw: bytes
    name: Hash32

    @property
    def unsigned(self) -> UnsignedTransaction:
        """What was signed."""
        return self.transaction.unsigned


def read(raw: bytes) -> Waiting:
    """Decode a raw transaction and recover its sender.

    Raises:
        TransactionRefusedError: malformed, or wrongly signed.
    """
    try:
        transaction = decode_transaction(raw)
        sender = transaction.sender(Curve.SECP256K1)
        transaction.demand_low_s(Curve.SECP256K1)
    except LightNodeError as cause:
        raise TransactionRefusedError(f"Invalid transaction: {cause.text}", -32602) from cause
    return Waiting(transaction, sender, raw, transaction.hash())


def intrinsic_gas(unsigned: UnsignedTransaction) -> int:
    """Give the gas that a transaction costs before anything runs, by the rules of London."""
    keys = sum(len(entry.storage_keys) for entry in unsigned.access_list)
    listed = len(unsigned.access_list) * _LISTED_ADDRESS_GAS + keys * _LISTED_KEY_GAS
    return intrinsic_gas_of(unsigned.data, creates=unsigned.to is None) + listed


def intrinsic_gas_of(data: bytes, *, creates: bool) -> int:
    """Give the same for a message without an access list."""
    zeros = data.count(0)
    creation = _CREATION_GAS if creates else 0
    return _BASE_GAS + creation + zeros * _ZERO_BYTE_GAS + (len(data) - zeros) * _BYTE_GAS


def price_of(unsigned: UnsignedTransaction) -> int:
    """Give the most that a sender pays for a unit of gas."""
    return unsigned.gas_price if unsigned.gas_price is not None else unsigned.max_fee_per_gas or 0


class TransactionPool:
    """All waiting transactions, in order of arrival."""

    def __init__(self, chain_id: int) -> None:
        """Begin empty.

        Args:
            chain_id: that every transaction must name.
        """
        self._chain_id = chain_id
        self._waiting: dict[Hash32, Waiting] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def find(self, name: bytes) -> Waiting | None:
        """Give a waiting transaction by its hash."""
        return self._waiting.get(Hash32(name))

    def add(self, item: Waiting, account: WorldAccount) -> None:
        """Admit a transaction.

        Args:
            item: as `read` gave it.
            account: the sender's, after the newest block.

        Raises:
            TransactionRefusedError: by a rule of the pool.
        """
        unsigned = item.unsigned
        if item.name in self._waiting:
            raise TransactionRefusedError("Known transaction", -32000)
        self._demand_payable(unsigned, account)
        rival = next((other for other in self._of(item.sender) if other.unsigned.nonce == unsigned.nonce), None)
        if rival is not None and price_of(unsigned) < price_of(rival.unsigned):
            raise TransactionRefusedError("Replacement transaction underpriced", -32000)
        if rival is None and len(self._waiting) >= MAX_POOL:
            raise TransactionRefusedError("The transaction pool is full", -32000)
        if rival is not None:
            del self._waiting[rival.name]
        self._waiting[item.name] = item

    def _demand_payable(self, unsigned: UnsignedTransaction, account: WorldAccount) -> None:
        if unsigned.chain_id != self._chain_id:
            raise TransactionRefusedError("Wrong chainId", -32000)
        if unsigned.nonce < account.nonce:
            raise TransactionRefusedError("Nonce too low", -32001)
        if unsigned.gas_limit > GAS_LIMIT:
            raise TransactionRefusedError("Transaction gas limit exceeds block gas limit", -32005)
        if unsigned.gas_limit < intrinsic_gas(unsigned):
            raise TransactionRefusedError("Intrinsic gas exceeds gas limit", -32003)
        if account.balance < unsigned.value + price_of(unsigned) * unsigned.gas_limit:
            raise TransactionRefusedError("Upfront cost exceeds account balance", -32004)

    def _of(self, sender: bytes) -> Iterable[Waiting]:
        return (item for item in self._waiting.values() if item.sender == sender)

    def next_nonce(self, sender: bytes, nonce: int) -> int:
        """Give the first nonce from an account's own on that none of its waiting transactions has."""
        taken = {item.unsigned.nonce for item in self._of(sender)}
        while nonce in taken:
            nonce += 1
        return nonce

    def choose(self, nonce_of: Callable[[Address], int]) -> list[Waiting]:
        """Take what follows on each sender's nonce, up to the block's gas; the rest keeps waiting."""
        chosen: list[Waiting] = []
        nonces: dict[Address, int] = {}
        gas = 0
        for item in sorted(self._waiting.values(), key=lambda item: item.unsigned.nonce):
            expected = nonces.get(item.sender, -1)
            expected = nonce_of(item.sender) if expected < 0 else expected
            if item.unsigned.nonce == expected and gas + item.unsigned.gas_limit <= GAS_LIMIT:
                chosen.append(item)
                nonces[item.sender] = expected + 1
                gas += item.unsigned.gas_limit
        return chosen

    def remove(self, items: Iterable[Waiting]) -> None:
        """Forget transactions that a block took or refused."""
        for item in items:
            self._waiting.pop(item.name, None)

    def forget_below(self, nonce_of: Callable[[Address], int]) -> None:
        """Forget transactions whose nonce another one has used."""
        late = [item for item in self._waiting.values() if item.unsigned.nonce < nonce_of(item.sender)]
        self.remove(late)

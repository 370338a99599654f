"""The fields of Ethereum transactions of types 0, 1 and 2, consistent by construction, and what is signed of them.

Invariants:
- A constructed `UnsignedTransaction` fits its type and the ledger's ranges, so encoding never fails.
- Chain ids have arbitrary precision up to 256 bits; a chain id of zero is refused, since it would blur into the form
  without one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NoReturn

from lightnode.errors import LimitError, WireError
from lightnode.wire import rlp
from lightnode.wire.keccak import keccak256
from lightnode.wire.types import Address, Hash32

MAX_ACCESS_ENTRIES = 256
MAX_STORAGE_KEYS = 4096


class TransactionType(IntEnum):
    """The types known here, by their number on the wire."""

    LEGACY = 0
    ACCESS_LIST = 1
    DYNAMIC_FEE = 2


LEGACY, ACCESS_LIST, DYNAMIC_FEE = TransactionType


class TransactionError(WireError):
    """Bytes or fields are no transaction."""

    code = "TX-FORM"
    advice = "Do not sign or accept it; make the transaction again from its fields."


class TransactionTypeError(TransactionError):
    """The transaction has a type that this program does not know."""

    code = "TX-TYPE"
    advice = "Use a transaction of type 0, 1 or 2, or a newer version of this program."


@dataclass(frozen=True, slots=True)
class AccessEntry:
    """One account of an access list (EIP-2930).

    Attributes:
        address: the account.
        storage_keys: its slots, 32 bytes each, in the order signed.
    """

    address: Address
    storage_keys: tuple[Hash32, ...]


AccessList = tuple[AccessEntry, ...]


@dataclass(frozen=True, slots=True)
class UnsignedTransaction:
    """What a sender signs.

    Attributes:
        type: 0 legacy, 1 access list (EIP-2930), 2 dynamic fee (EIP-1559).
        chain_id: None only in legacy transactions from before EIP-155.
        nonce: the sender's running number.
        gas_price: in types 0 and 1, else None.
        max_priority_fee_per_gas: in type 2, else None.
        max_fee_per_gas: in type 2, else None.
        gas_limit: units of gas at most.
        to: the account called, or None to create a contract.
        value: amount sent along.
        data: call data or initcode.
        access_list: empty in type 0.
    """

    type: int
    chain_id: int | None
    nonce: int
    gas_price: int | None
    max_priority_fee_per_gas: int | None
    max_fee_per_gas: int | None
    gas_limit: int
    to: Address | None
    value: int
    data: bytes
    access_list: AccessList = ()

    def __post_init__(self) -> None:
        """Refuse fields that do not fit the type or the ledger's ranges."""
        demand_known(self.type)
        _demand_type(self)
        _demand_ranges(self)
        _demand_access_limits(self.access_list)

    def signing_payload(self) -> bytes:
        """Give the bytes whose Keccak-256 hash is signed."""
        if self.type == LEGACY:
            tail = [] if self.chain_id is None else [rlp.encode_uint(self.chain_id), b"", b""]
            return rlp.encode([*body(self), *tail])
        return bytes([self.type]) + rlp.encode(body(self))

    def signing_hash(self) -> Hash32:
        """Give the digest that is signed."""
        return keccak256(self.signing_payload())


def body(tx: UnsignedTransaction) -> list[rlp.Encodable]:
    """Give the fields of a transaction in the order of the wire, without chain id tail or signature."""
    chain = [tx.chain_id] if tx.type != LEGACY else []
    fees = [tx.max_priority_fee_per_gas, tx.max_fee_per_gas] if tx.type == DYNAMIC_FEE else [tx.gas_price]
    numbers = [number or 0 for number in (*chain, tx.nonce, *fees, tx.gas_limit)]
    fields: list[rlp.Encodable] = [rlp.encode_uint(number) for number in numbers]
    fields += [tx.to or b"", rlp.encode_uint(tx.value), tx.data]
    if tx.type != LEGACY:
        fields.append([[entry.address, list(entry.storage_keys)] for entry in tx.access_list])
    return fields


def demand_known(kind: int) -> None:
    """Refuse a type that this program does not know.

    Raises:
        TransactionTypeError: not 0, 1 or 2.
    """
    if kind not in (LEGACY, ACCESS_LIST, DYNAMIC_FEE):
        raise TransactionTypeError(f"Transaction type {kind} is not known here.")


def _demand_type(tx: UnsignedTransaction) -> None:
    dynamic = tx.type == DYNAMIC_FEE
    given = tuple(fee is not None for fee in (tx.gas_price, tx.max_priority_fee_per_gas, tx.max_fee_per_gas))
    if given != (not dynamic, dynamic, dynamic):
        refuse(f"The fee fields do not fit transaction type {tx.type}.")
    if tx.type == LEGACY and tx.access_list:
        refuse("A legacy transaction has no access list.")
    if tx.type != LEGACY and tx.chain_id is None:
        refuse("A typed transaction has a chain id.")


def _demand_ranges(tx: UnsignedTransaction) -> None:
    # EIP-2681 keeps the last nonce unused.
    if not 0 <= tx.nonce < 2**64 - 1 or not 0 <= tx.gas_limit < 2**64:
        refuse("The nonce or the gas limit exceeds 64 bits.")
    if tx.chain_id is not None and not 1 <= tx.chain_id < 2**256:
        refuse("The chain id is zero or exceeds 256 bits.")
    amounts = (tx.gas_price, tx.max_priority_fee_per_gas, tx.max_fee_per_gas, tx.value)
    if not all(amount is None or 0 <= amount < 2**256 for amount in amounts):
        refuse("An amount is negative or exceeds 256 bits.")
    if (tx.max_priority_fee_per_gas or 0) > (tx.max_fee_per_gas or 0):
        refuse("The priority fee exceeds the whole fee.")
    if tx.to is not None and len(tx.to) != 20:
        refuse("The account called has 20 bytes.")


def _demand_access_limits(entries: AccessList) -> None:
    if len(entries) > MAX_ACCESS_ENTRIES or sum(len(entry.storage_keys) for entry in entries) > MAX_STORAGE_KEYS:
        raise LimitError("The access list is longer than any genuine one.")
    for entry in entries:
        if len(entry.address) != 20 or any(len(key) != 32 for key in entry.storage_keys):
            refuse("An access list holds 20-byte accounts and 32-byte slots.")


def refuse(text: str) -> NoReturn:
    """Say that bytes or fields are no transaction.

    Raises:
        TransactionError: always.
    """
    raise TransactionError(text)

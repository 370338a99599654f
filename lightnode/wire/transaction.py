"""Signed Ethereum transactions of types 0, 1 and 2: to bytes and back, without a byte to spare.

Invariants:
- `decode_transaction` and `decode_unsigned` accept exactly what `SignedTransaction.encode` and
  `UnsignedTransaction.signing_payload` make.
- v of a legacy transaction holds the chain id in arbitrary precision; typed ones hold the bare parity.
- Low s (EIP-2) is a rule of its own: `SignedTransaction.demand_low_s`.
"""

from __future__ import annotations

from dataclasses import dataclass

from lightnode.errors import LimitError
from lightnode.wire import curve as curves
from lightnode.wire import rlp
from lightnode.wire.keccak import keccak256
from lightnode.wire.transaction_fields import (
    ACCESS_LIST,
    DYNAMIC_FEE,
    LEGACY,
    MAX_ACCESS_ENTRIES,
    MAX_STORAGE_KEYS,
    AccessEntry,
    AccessList,
    TransactionError,
    TransactionType,
    TransactionTypeError,
    UnsignedTransaction,
    body,
    demand_known,
    refuse,
)
from lightnode.wire.types import Address, Hash32, address, hash32

__all__ = [
    "ACCESS_LIST",
    "DYNAMIC_FEE",
    "LEGACY",
    "MAX_BYTES",
    "AccessEntry",
    "AccessList",
    "SignedTransaction",
    "TransactionError",
    "TransactionType",
    "TransactionTypeError",
    "UnsignedTransaction",
    "decode_transaction",
    "decode_unsigned",
    "split_legacy_v",
]

MAX_BYTES = 256 * 1024

_MAX_DEPTH = 4
_MAX_ITEMS = 16 + 3 * MAX_ACCESS_ENTRIES + MAX_STORAGE_KEYS
_V_BYTES = 33


@dataclass(frozen=True, slots=True)
class SignedTransaction:
    """A transaction as it stands in a block.

    Attributes:
        unsigned: the fields signed.
        y_parity: 0 or 1.
        r: first half of the signature; held against the curve's order by `sender`.
        s: second half.
    """

    unsigned: UnsignedTransaction
    y_parity: int
    r: int
    s: int

    def __post_init__(self) -> None:
        """Refuse a signature that no curve could have."""
        if self.y_parity not in (0, 1):
            refuse("The parity of a signature is neither 0 nor 1.")
        if not (1 <= self.r < 2**256 and 1 <= self.s < 2**256):
            refuse("A half of the signature is zero or wider than 256 bits.")

    @property
    def v(self) -> int:
        """The number that stands before r and s: parity, 27 + parity, or 35 + 2 * chain id + parity."""
        if self.unsigned.type != LEGACY:
            return self.y_parity
        if self.unsigned.chain_id is None:
            return 27 + self.y_parity
        return 35 + 2 * self.unsigned.chain_id + self.y_parity

    def encode(self) -> bytes:
        """Give the bytes that are sent, hashed and stored in the transactions trie."""
        fields = [*body(self.unsigned), *(rlp.encode_uint(number) for number in (self.v, self.r, self.s))]
        prefix = b"" if self.unsigned.type == LEGACY else bytes([self.unsigned.type])
        return prefix + rlp.encode(fields)

    def hash(self) -> Hash32:
        """Give the transaction hash."""
        return keccak256(self.encode())

    def sender(self, curve: curves.Curve) -> Address:
        """Recover the account that signed.

        Args:
            curve: the network's curve.

        Raises:
            SignatureError: the signature recovers to nobody.
        """
        return curves.recover_address(curve, self.unsigned.signing_hash(), self.y_parity, self.r, self.s)

    def demand_low_s(self, curve: curves.Curve) -> None:
        """Apply the rule of EIP-2 that keeps a transaction from having two hashes.

        Raises:
            HighSignatureError: s lies in the upper half.
        """
        curves.demand_low_s(curve, self.s)


def decode_unsigned(payload: bytes) -> UnsignedTransaction:
    """Parse exactly a signing payload.

    Args:
        payload: for types 1 and 2 the type byte and a list; for legacy a list of 6 items (before EIP-155) or of 9
            with the chain id and two empty strings.

    Raises:
        LimitError: larger than any genuine transaction.
        TransactionError: not a canonical signing payload.
        TransactionTypeError: a type this program does not know.
        RlpError: not canonical RLP.
    """
    kind, items = _open(payload)
    if kind != LEGACY:
        return _fields(kind, items)
    if len(items) == 6:
        return _legacy(items, None)
    if len(items) != 9 or items[7:] != [b"", b""]:
        refuse("A legacy signing payload has 6 items, or 9 that end with the chain id and two empty ones.")
    return _legacy(items[:6], rlp.decode_uint(items[6]))


def decode_transaction(raw: bytes) -> SignedTransaction:
    """Parse exactly a signed transaction as it is sent and stored.

    Args:
        raw: the encoding, typed ones with their type byte (not wrapped in a string).

    Raises:
        LimitError: larger than any genuine transaction.
        TransactionError: not a canonical transaction.
        TransactionTypeError: a type this program does not know.
        RlpError: not canonical RLP.
    """
    kind, items = _open(raw)
    if len(items) < 3:
        refuse("The transaction lacks its signature.")
    v, r, s = rlp.decode_uint(items[-3], _V_BYTES), rlp.decode_uint(items[-2]), rlp.decode_uint(items[-1])
    if kind != LEGACY:
        return SignedTransaction(_fields(kind, items[:-3]), v, r, s)
    chain_id, y_parity = split_legacy_v(v)
    return SignedTransaction(_legacy(items[:-3], chain_id), y_parity, r, s)


def split_legacy_v(v: int) -> tuple[int | None, int]:
    """Read the v of a legacy transaction.

    Args:
        v: 27 or 28, or 35 + 2 * chain id + parity.

    Returns:
        The chain id (None before EIP-155) and the parity.

    Raises:
        TransactionError: another number.
    """
    if v in (27, 28):
        return None, v - 27
    if v < 37:
        refuse(f"A legacy transaction cannot have v = {v}.")
    return (v - 35) // 2, (v - 35) % 2


def _open(raw: bytes) -> tuple[int, list[rlp.Item]]:
    if len(raw) > MAX_BYTES:
        raise LimitError(f"A transaction of {len(raw)} bytes exceeds {MAX_BYTES}.")
    if not raw:
        refuse("The transaction is empty.")
    kind, rest = (LEGACY, bytes(raw)) if raw[0] >= 0xC0 else (raw[0], bytes(raw[1:]))
    demand_known(kind)
    if kind == LEGACY and raw[0] < 0xC0:
        refuse("A legacy transaction has no type byte.")
    item = rlp.decode(rest, max_bytes=MAX_BYTES, max_depth=_MAX_DEPTH, max_items=_MAX_ITEMS)
    if not isinstance(item, list):
        refuse("The transaction is not a list.")
    return kind, item


def _legacy(items: list[rlp.Item], chain_id: int | None) -> UnsignedTransaction:
    if len(items) != 6:
        refuse("A legacy transaction has 6 fields before its signature.")
    nonce, price, gas = (rlp.decode_uint(item) for item in items[:3])
    to, value, data = _to(items[3]), rlp.decode_uint(items[4]), _bytes(items[5])
    return UnsignedTransaction(LEGACY, chain_id, nonce, price, None, None, gas, to, value, data)


def _fields(kind: int, items: list[rlp.Item]) -> UnsignedTransaction:
    """Parse the list of a typed transaction without its signature."""
    if len(items) != (8 if kind == ACCESS_LIST else 9):
        refuse(f"A transaction of type {kind} has another number of fields.")
    chain_id, nonce, *fees, gas = (rlp.decode_uint(item) for item in items[:-4])
    to, value, data, access = _to(items[-4]), rlp.decode_uint(items[-3]), _bytes(items[-2]), _access_list(items[-1])
    price, tip, cap = (fees[0], None, None) if kind == ACCESS_LIST else (None, fees[0], fees[1])
    return UnsignedTransaction(kind, chain_id, nonce, price, tip, cap, gas, to, value, data, access)


def _to(item: rlp.Item) -> Address | None:
    data = _bytes(item)
    return address(data) if data else None


def _bytes(item: rlp.Item) -> bytes:
    if not isinstance(item, bytes):
        refuse("A list stands where a byte string belongs.")
    return item


def _access_list(item: rlp.Item) -> AccessList:
    entries = []
    for entry in _list(item):
        parts = _list(entry)
        if len(parts) != 2:
            refuse("An entry of the access list has two parts.")
        keys = tuple(hash32(_bytes(key)) for key in _list(parts[1]))
        entries.append(AccessEntry(address(_bytes(parts[0])), keys))
    return tuple(entries)


def _list(item: rlp.Item) -> list[rlp.Item]:
    if not isinstance(item, list):
        refuse("A byte string stands where a list belongs.")
    return item

"""A transaction's fields out of the bytes that a proven transactions trie holds, types 0 to 4; printed as Besu prints them.

Nothing here is ever signed: `lightnode.wire.transaction` stays the narrow reader of what our own signer makes. Here each
transaction that a network took is to be shown, so that all types and GoQuorum's private mark (v 37 and 38) are read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lightnode.errors import WireError
from lightnode.node.printed import data, quantity
from lightnode.wire import curve as curves
from lightnode.wire import rlp
from lightnode.wire.keccak import keccak256
from lightnode.wire.transaction_fields import TransactionError, TransactionTypeError
from lightnode.wire.types import Address, Hash32, address, hash32

LEGACY, ACCESS_LIST, DYNAMIC_FEE, BLOB, SET_CODE = range(5)
_PRIVATE = (37, 38)
# Fields before the signature.
_COUNTS = {LEGACY: 6, ACCESS_LIST: 8, DYNAMIC_FEE: 9, BLOB: 11, SET_CODE: 10}


@dataclass(frozen=True, slots=True)
class LedgerTransaction:
    """A transaction as its block holds it.

    Attributes:
        raw: the trie's value.
        type: 0 to 4.
        chain_id: None before EIP-155, and in GoQuorum's private ones.
        nonce: the sender's running number.
        gas_price: signed in types 0 and 1, else None.
        tip: signed from type 2 on, else None.
        cap: likewise.
        gas: units at most.
        to: None where it creates a contract.
        value: wei.
        input: calldata, initcode, or the hash that a private transaction holds.
        more: members that only its type has, as printed.
        v: the number before r and s.
        parity: of the signature.
        r: first half of the signature.
        s: second half.
        signing_hash: what was signed.
    """

    raw: bytes
    type: int
    chain_id: int | None
    nonce: int
    gas_price: int | None
    tip: int | None
    cap: int | None
    gas: int
    to: Address | None
    value: int
    input: bytes
    more: dict[str, Any]
    v: int
    parity: int
    r: int
    s: int
    signing_hash: Hash32

    @property
    def hash(self) -> Hash32:
        """Its hash."""
        return keccak256(self.raw)

    def sender(self, curve: curves.Curve) -> Address:
        """Recover who signed.

        Raises:
            SignatureError: nobody.
        """
        return curves.recover_address(curve, self.signing_hash, self.parity, self.r, self.s)

    def price(self, base_fee: int | None) -> int:
        """Give what a unit of gas cost in a block with this base fee."""
        if self.gas_price is not None:
            return self.gas_price
        return min(self.cap or 0, (base_fee or 0) + (self.tip or 0))

    def created(self, sender: Address) -> Address | None:
        """Give the account that it creates, or would have created had it not failed; None where it calls one."""
        if self.to is not None:
            return None
        return Address(keccak256(rlp.encode([sender, rlp.encode_uint(self.nonce)]))[12:])


def read_ledger_transaction(raw: bytes, *, private_marks: bool) -> LedgerTransaction:
    """Read a value of a transactions trie.

    Args:
        raw: its bytes.
        private_marks: whether v 37 and 38 say private instead of chain id 1 (GoQuorum).

    Raises:
        TransactionTypeError: a type that no client has today.
        TransactionError: no transaction.
        WireError: not canonical.
    """
    if not raw:
        raise TransactionError("The transaction is empty.")
    kind, body = (LEGACY, raw) if raw[0] >= 0xC0 else (raw[0], raw[1:])
    if kind not in _COUNTS or (kind == LEGACY and raw[0] < 0xC0):
        raise TransactionTypeError(f"Transaction type {kind} is not known here.")
    items = rlp.decode_list(body)
    if len(items) != _COUNTS[kind] + 3:
        raise TransactionError(f"A transaction of type {kind} has another number of fields.")
    fields, v = items[:-3], rlp.decode_uint(items[-3], 33)
    r, s = rlp.decode_uint(items[-2]), rlp.decode_uint(items[-1])
    if kind == LEGACY:
        return _legacy(raw, fields, v, r, s, private_marks)
    return _typed(raw, kind, fields, v, r, s)


def _legacy(
    raw: bytes, fields: list[rlp.Item], v: int, r: int, s: int, private_marks: bool
) -> LedgerTransaction:  # fmt: skip
    bare = v in (27, 28) or (private_marks and v in _PRIVATE)
    if not bare and v < 35:
        raise TransactionError(f"A legacy transaction cannot have v = {v}.")
    chain_id = None if bare else (v - 35) // 2
    # 27, 35 and 37 are all odd.
    parity = (v + 1) % 2
    signed: list[Any] = [*fields] if chain_id is None else [*fields, rlp.encode_uint(chain_id), b"", b""]
    nonce, price, gas = (rlp.decode_uint(item) for item in fields[:3])
    return LedgerTransaction(
        raw, LEGACY, chain_id, nonce, price, None, None, gas, _to(fields[3]), rlp.decode_uint(fields[4]),
        _bytes(fields[5]), {}, v, parity, r, s, keccak256(rlp.encode(signed)),
    )  # fmt: skip


def _typed(raw: bytes, kind: int, fields: list[rlp.Item], v: int, r: int, s: int) -> LedgerTransaction:
    if v > 1:
        raise TransactionError("The parity of a signature is neither 0 nor 1.")
    count = 1 if kind == ACCESS_LIST else 2
    chain_id, nonce, *fees, gas = (rlp.decode_uint(item) for item in fields[: 3 + count])
    to, value, given, access, *rest = fields[3 + count :]
    more: dict[str, Any] = {"accessList": [_access_entry(item) for item in _list(access)]}
    if kind == BLOB:
        more["maxFeePerBlobGas"] = quantity(rlp.decode_uint(rest[0]))
        more["blobVersionedHashes"] = [data(hash32(_bytes(item))) for item in _list(rest[1])]
    if kind == SET_CODE:
        more["authorizationList"] = [_authorization(item) for item in _list(rest[0])]
    price, tip, cap = (fees[0], None, None) if kind == ACCESS_LIST else (None, fees[0], fees[1])
    return LedgerTransaction(
        raw, kind, chain_id, nonce, price, tip, cap, gas, _to(to), rlp.decode_uint(value), _bytes(given), more, v, v,
        r, s, keccak256(bytes([kind]) + rlp.encode(fields)),
    )  # fmt: skip


def print_transaction(one: LedgerTransaction, sender: Address, base_fee: int | None) -> dict[str, Any]:
    """Give the members of a transaction that its own bytes and the block's base fee prove; not its place.

    Args:
        one: the transaction.
        sender: recovered.
        base_fee: of its block; None without one.
    """
    printed: dict[str, Any] = {
        "from": data(sender),
        "gas": quantity(one.gas),
        "gasPrice": quantity(one.price(base_fee)),
        "hash": data(one.hash),
        "input": data(one.input),
        "nonce": quantity(one.nonce),
        "to": None if one.to is None else data(one.to),
        "type": quantity(one.type),
        "value": quantity(one.value),
        "v": quantity(one.v),
        "r": quantity(one.r),
        "s": quantity(one.s),
        **one.more,
    }
    if one.chain_id is not None:
        printed["chainId"] = quantity(one.chain_id)
    if one.type != LEGACY:
        printed["yParity"] = quantity(one.parity)
    if one.cap is not None and one.tip is not None:
        printed["maxPriorityFeePerGas"] = quantity(one.tip)
        printed["maxFeePerGas"] = quantity(one.cap)
    return printed


def _access_entry(item: rlp.Item) -> dict[str, Any]:
    whose, keys = _parts(item, 2)
    return {"address": data(address(_bytes(whose))), "storageKeys": [data(hash32(_bytes(key))) for key in _list(keys)]}


def _authorization(item: rlp.Item) -> dict[str, Any]:
    chain_id, whose, nonce, parity, r, s = _parts(item, 6)
    return {
        "chainId": quantity(rlp.decode_uint(chain_id)),
        "address": data(address(_bytes(whose))),
        "nonce": quantity(rlp.decode_uint(nonce, 8)),
        "yParity": quantity(rlp.decode_uint(parity)),
        "r": quantity(rlp.decode_uint(r)),
        "s": quantity(rlp.decode_uint(s)),
    }


def _to(item: rlp.Item) -> Address | None:
    named = _bytes(item)
    return address(named) if named else None


def _parts(item: rlp.Item, count: int) -> list[rlp.Item]:
    found = _list(item)
    if len(found) != count:
        raise WireError(f"Where {count} parts belong, there are {len(found)}.")
    return found


def _bytes(item: rlp.Item) -> bytes:
    if not isinstance(item, bytes):
        raise TransactionError("A list stands where a byte string belongs.")
    return item


def _list(item: rlp.Item) -> list[rlp.Item]:
    if not isinstance(item, list):
        raise TransactionError("A byte string stands where a list belongs.")
    return item

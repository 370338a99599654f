"""A transaction's fields out of the bytes that a proven transactions trie holds, types 0 to 4, and who signed it.

Nothing here is ever signed: `lightnode.wire.transaction` stays the narrow reader of what our own signer makes. Here each
transaction that a network took is to be read, so that all types and GoQuorum's private mark (v 37 and 38) are known.
"""

from __future__ import annotations

from dataclasses import dataclass

from lightnode.errors import WireError
from lightnode.wire import curve as curves
from lightnode.wire import rlp
from lightnode.wire.keccak import keccak256
from lightnode.wire.transaction_fields import AccessEntry, AccessList, TransactionError, TransactionTypeError
from lightnode.wire.types import Address, Hash32, address, hash32

LEGACY, ACCESS_LIST, DYNAMIC_FEE, BLOB, SET_CODE = range(5)
_PRIVATE = (37, 38)
# Fields before the signature.
_COUNTS = {LEGACY: 6, ACCESS_LIST: 8, DYNAMIC_FEE: 9, BLOB: 11, SET_CODE: 10}


@dataclass(frozen=True, slots=True)
class Authorization:
    """One entry of EIP-7702: an account's consent to run another's code; its signature is not looked at here.

    Attributes:
        chain_id: 0 for any.
        address: whose code.
        nonce: of the account.
        parity: of the signature.
        r: first half of it.
        s: second half.
    """

    chain_id: int
    address: Address
    nonce: int
    parity: int
    r: int
    s: int


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
        access_list: in the order signed; empty in type 0.
        blob_fee: wei a unit of blob gas at most, in type 3, else None.
        blob_hashes: of type 3.
        authorizations: of type 4.
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
    access_list: AccessList
    blob_fee: int | None
    blob_hashes: tuple[Hash32, ...]
    authorizations: tuple[Authorization, ...]
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
    signed: list[rlp.Encodable] = [*fields] if chain_id is None else [*fields, rlp.encode_uint(chain_id), b"", b""]
    nonce, price, gas = (rlp.decode_uint(item) for item in fields[:3])
    return LedgerTransaction(
        raw, LEGACY, chain_id, nonce, price, None, None, gas, _to(fields[3]), rlp.decode_uint(fields[4]),
        _bytes(fields[5]), (), None, (), (), v, parity, r, s, keccak256(rlp.encode(signed)),
    )  # fmt: skip


def _typed(raw: bytes, kind: int, fields: list[rlp.Item], v: int, r: int, s: int) -> LedgerTransaction:
    if v > 1:
        raise TransactionError("The parity of a signature is neither 0 nor 1.")
    count = 1 if kind == ACCESS_LIST else 2
    chain_id, nonce, *fees, gas = (rlp.decode_uint(item) for item in fields[: 3 + count])
    to, value, given, access, *rest = fields[3 + count :]
    blob = kind == BLOB
    blob_fee = rlp.decode_uint(rest[0]) if blob else None
    hashes = tuple(hash32(_bytes(item)) for item in _list(rest[1])) if blob else ()
    consents = tuple(_authorization(item) for item in _list(rest[0])) if kind == SET_CODE else ()
    price, tip, cap = (fees[0], None, None) if kind == ACCESS_LIST else (None, fees[0], fees[1])
    return LedgerTransaction(
        raw, kind, chain_id, nonce, price, tip, cap, gas, _to(to), rlp.decode_uint(value), _bytes(given),
        tuple(_access_entry(item) for item in _list(access)), blob_fee, hashes, consents, v, v, r, s,
        keccak256(bytes([kind]) + rlp.encode(fields)),
    )  # fmt: skip


def _access_entry(item: rlp.Item) -> AccessEntry:
    whose, keys = _parts(item, 2)
    return AccessEntry(address(_bytes(whose)), tuple(hash32(_bytes(key)) for key in _list(keys)))


def _authorization(item: rlp.Item) -> Authorization:
    chain_id, whose, nonce, parity, r, s = _parts(item, 6)
    return Authorization(
        rlp.decode_uint(chain_id), address(_bytes(whose)), rlp.decode_uint(nonce, 8), rlp.decode_uint(parity),
        rlp.decode_uint(r), rlp.decode_uint(s),
    )  # fmt: skip


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

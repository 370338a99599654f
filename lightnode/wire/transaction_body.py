"""Printed transactions of types 0 to 4 as the bytes that a block's transactions trie holds; nothing here is ever signed.

A body is held against its root, so any transaction that a network took must give its bytes, whatever our own signer would
sign. Blob transactions (EIP-4844) stand in the trie without their blobs. A legacy v is a number like any other: 37 and 38
mark a private transaction on GoQuorum, whose printed input is the hash it holds on the ledger, and chain id 1 elsewhere.

Traps: GoQuorum prints no `yParity`, and no `chainId` in legacy transactions; Besu prints both `yParity` and `v` in typed
ones; `gasPrice` of type 2 is the price paid, not a field that was signed. What is printed twice must agree: the chain id
with v, `yParity` with v, `hash` with the bytes made. The sender printed is never believed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lightnode.wire import json_value as js
from lightnode.wire import rlp
from lightnode.wire.keccak import keccak256
from lightnode.wire.transaction_fields import TransactionError, TransactionTypeError

_LEGACY, _ACCESS_LIST, _DYNAMIC_FEE, _BLOB, _SET_CODE = range(5)
_PRIVATE = (37, 38)


class TransactionJsonError(TransactionError):
    """A node prints a transaction that contradicts itself."""

    code = "TX-JSON"
    advice = "Fetch the block again, from another node if it stays so."


def body_from_json(obj: Any, *, private_marks: bool) -> bytes:
    """Give the bytes of a transaction of `eth_getBlockByNumber`.

    Args:
        obj: the decoded JSON object.
        private_marks: whether v 37 and 38 say private instead of chain id 1 (GoQuorum).

    Raises:
        JsonError: a field is missing or malformed.
        TransactionTypeError: a type this program does not know.
        TransactionJsonError: the object contradicts itself.
    """
    if not isinstance(obj, dict):
        raise js.JsonError("A value is no JSON object.")
    source: Mapping[str, Any] = obj
    kind = _LEGACY if source.get("type") is None else js.quantity(source["type"], 1)
    if kind > _SET_CODE:
        raise TransactionTypeError(f"Transaction type {kind} is not known here.")
    tail = [_uint(source, "v", 33) if kind == _LEGACY else rlp.encode_uint(_parity(source)), *_signature(source)]
    fields = rlp.encode([*_fields(source, kind), *tail])
    raw = fields if kind == _LEGACY else bytes([kind]) + fields
    if kind == _LEGACY:
        _demand_fitting_v(source, private_marks)
    if source.get("hash") is not None and js.hash_value(source["hash"]) != keccak256(raw):
        raise TransactionJsonError("The hash printed is not that of the transaction printed.")
    return raw


def _fields(source: Mapping[str, Any], kind: int) -> list[rlp.Encodable]:
    """Give the fields before the signature."""
    chain = [] if kind == _LEGACY else [_uint(source, "chainId")]
    fees = ("gasPrice",) if kind <= _ACCESS_LIST else ("maxPriorityFeePerGas", "maxFeePerGas")
    to = b"" if source.get("to") is None else js.address_value(source["to"])
    fields: list[rlp.Encodable] = [*chain, *(_uint(source, name) for name in ("nonce", *fees, "gas"))]
    fields += [to, _uint(source, "value"), js.data(js.field(source, "input"))]
    if kind != _LEGACY:
        fields.append([_access_entry(entry) for entry in js.entries(source, "accessList")])
    if kind == _BLOB:
        hashes = [js.hash_value(item) for item in js.entries(source, "blobVersionedHashes")]
        fields += [_uint(source, "maxFeePerBlobGas"), list[rlp.Encodable](hashes)]
    if kind == _SET_CODE:
        fields.append([_authorization(entry) for entry in js.entries(source, "authorizationList")])
    return fields


def _access_entry(entry: Any) -> list[rlp.Encodable]:
    keys: list[rlp.Encodable] = [js.hash_value(key) for key in js.entries(entry, "storageKeys")]
    return [js.address_value(js.field(entry, "address")), keys]


def _authorization(entry: Any) -> list[rlp.Encodable]:
    """Give one entry of EIP-7702: chain id, address, nonce, parity, r, s."""
    whose = js.address_value(js.field(entry, "address"))
    return [_uint(entry, "chainId"), whose, _uint(entry, "nonce"), rlp.encode_uint(_parity(entry)), *_signature(entry)]


def _signature(source: Mapping[str, Any]) -> list[bytes]:
    return [_uint(source, "r"), _uint(source, "s")]


def _parity(source: Any) -> int:
    """Read `yParity`, or `v` where a node prints only that; where it prints both they agree."""
    found = {js.quantity(js.field(source, name)) for name in ("yParity", "v") if source.get(name) is not None}
    if len(found) > 1:
        raise TransactionJsonError("The fields v and yParity of a typed transaction differ.")
    return found.pop() if found else js.quantity(js.field(source, "yParity"))


def _demand_fitting_v(source: Mapping[str, Any], private_marks: bool) -> None:
    """Hold a printed parity and a printed chain id against v."""
    v = js.quantity(js.field(source, "v"), 33)
    # 27 and 35 are both odd: the parity is that of v + 1.
    if source.get("yParity") is not None and js.quantity(source["yParity"]) != (v + 1) % 2:
        raise TransactionJsonError("The field yParity does not fit v.")
    if source.get("chainId") is None or (private_marks and v in _PRIVATE):
        return
    if v < 35 or js.quantity(source["chainId"]) != (v - 35) // 2:
        raise TransactionJsonError("The chain id printed does not fit v.")


def _uint(source: Any, name: str, max_bytes: int = 32) -> bytes:
    return rlp.encode_uint(js.quantity(js.field(source, name), max_bytes))

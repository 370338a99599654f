"""Transactions as Besu and GoQuorum print them in JSON-RPC.

Traps: GoQuorum prints no `yParity`, and no `chainId` in legacy transactions; Besu prints both `yParity` and `v` in typed
ones; `gasPrice` of type 2 is the price paid, not a field that was signed. What is printed twice must agree: the chain id
with v, `yParity` with v, `hash` with the transaction rebuilt. The sender printed is never believed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from lightnode.wire import json_value as js
from lightnode.wire.transaction import (
    DYNAMIC_FEE,
    LEGACY,
    AccessEntry,
    AccessList,
    SignedTransaction,
    TransactionError,
    UnsignedTransaction,
    split_legacy_v,
)
from lightnode.wire.transaction_fields import demand_known


class PrivateTransactionError(TransactionError):
    """The transaction is marked as one of GoQuorum's private ones (v 37 or 38)."""

    code = "TX-PRIVATE"
    advice = "Use a network, or a block, without private transactions; nothing can be proven about them."


class TransactionJsonError(TransactionError):
    """A node prints a transaction that contradicts itself."""

    code = "TX-JSON"
    advice = "Fetch the block again, from another node if it stays so."


def transaction_from_json(obj: Any) -> SignedTransaction:
    """Read a transaction of `eth_getBlockByNumber` or `eth_getTransactionByHash`.

    Args:
        obj: the decoded JSON object.

    Raises:
        JsonError: a field is missing or malformed.
        PrivateTransactionError: v is 37 or 38; chain id 1 is never ours.
        TransactionTypeError: a type this program does not know.
        TransactionJsonError: the object contradicts itself.
        TransactionError: the fields are no transaction.
    """
    if not isinstance(obj, dict):
        raise js.JsonError("A value is no JSON object.")
    source: Mapping[str, Any] = obj
    kind = _optional(source, "type") or LEGACY
    demand_known(kind)
    chain_id, y_parity = _chain_and_parity(source, kind)
    dynamic = kind == DYNAMIC_FEE
    unsigned = UnsignedTransaction(
        type=kind,
        chain_id=chain_id,
        nonce=_number(source, "nonce"),
        gas_price=None if dynamic else _number(source, "gasPrice"),
        max_priority_fee_per_gas=_number(source, "maxPriorityFeePerGas") if dynamic else None,
        max_fee_per_gas=_number(source, "maxFeePerGas") if dynamic else None,
        gas_limit=_number(source, "gas"),
        to=None if source.get("to") is None else js.address_value(source["to"]),
        value=_number(source, "value"),
        data=js.data(js.field(source, "input")),
        access_list=_access_list(source) if kind != LEGACY else (),
    )
    signed = SignedTransaction(unsigned, y_parity, _number(source, "r"), _number(source, "s"))
    if source.get("hash") is not None and js.hash_value(source["hash"]) != signed.hash():
        _refuse("The hash printed is not that of the transaction printed.")
    return signed


def _chain_and_parity(source: Mapping[str, Any], kind: int) -> tuple[int | None, int]:
    v, printed_parity, printed_chain = (_optional(source, name) for name in ("v", "yParity", "chainId"))
    chain_id: int | None
    if kind == LEGACY:
        if v in (37, 38):
            raise PrivateTransactionError("The block holds a private transaction, marked by v 37 or 38.")
        chain_id, y_parity = split_legacy_v(_number(source, "v", 33))
        if printed_chain is not None and printed_chain != chain_id:
            _refuse("The chain id printed does not fit v.")
    else:
        chain_id = _number(source, "chainId")
        y_parity = printed_parity if printed_parity is not None else _number(source, "v")
        if v is not None and v != y_parity:
            _refuse("The fields v and yParity of a typed transaction differ.")
    if printed_parity is not None and printed_parity != y_parity:
        _refuse("The field yParity does not fit v.")
    return chain_id, y_parity


def _number(source: Mapping[str, Any], name: str, max_bytes: int = 32) -> int:
    return js.quantity(js.field(source, name), max_bytes)


def _optional(source: Mapping[str, Any], name: str) -> int | None:
    return None if source.get(name) is None else _number(source, name, 33)


def _access_list(source: Mapping[str, Any]) -> AccessList:
    entries = []
    for entry in js.entries(source, "accessList"):
        keys = tuple(js.hash_value(key) for key in js.entries(entry, "storageKeys"))
        entries.append(AccessEntry(js.address_value(js.field(entry, "address")), keys))
    return tuple(entries)


def _refuse(text: str) -> NoReturn:
    raise TransactionJsonError(text)

"""A transaction of a proven body, printed as Besu prints it."""

from __future__ import annotations

from typing import Any

from lightnode.node.printed import data, quantity
from lightnode.wire.ledger_transaction import BLOB, LEGACY, SET_CODE, LedgerTransaction, read_ledger_transaction
from lightnode.wire.types import Address

__all__ = ["LedgerTransaction", "print_transaction", "read_ledger_transaction"]


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
        **_more(one),
    }
    if one.chain_id is not None:
        printed["chainId"] = quantity(one.chain_id)
    if one.type != LEGACY:
        printed["yParity"] = quantity(one.parity)
    if one.cap is not None and one.tip is not None:
        printed["maxPriorityFeePerGas"] = quantity(one.tip)
        printed["maxFeePerGas"] = quantity(one.cap)
    return printed


def _more(one: LedgerTransaction) -> dict[str, Any]:
    """Give the members that only its type has."""
    if one.type == LEGACY:
        return {}
    more: dict[str, Any] = {
        "accessList": [
            {"address": data(entry.address), "storageKeys": [data(key) for key in entry.storage_keys]}
            for entry in one.access_list
        ]
    }
    if one.type == BLOB:
        more["maxFeePerBlobGas"] = quantity(one.blob_fee or 0)
        more["blobVersionedHashes"] = [data(item) for item in one.blob_hashes]
    if one.type == SET_CODE:
        more["authorizationList"] = [
            {
                "chainId": quantity(item.chain_id), "address": data(item.address), "nonce": quantity(item.nonce),
                "yParity": quantity(item.parity), "r": quantity(item.r), "s": quantity(item.s),
            }
            for item in one.authorizations
        ]  # fmt: skip
    return more

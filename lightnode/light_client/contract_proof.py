"""Fetching the proof of a validator contract's list: first its length, then every element."""

from __future__ import annotations

from typing import Any

from lightnode.consensus.extra_data import MAX_VALIDATORS
from lightnode.consensus.validator_contract import LIST_SLOT, element_slot
from lightnode.light_client.errors import SyncError
from lightnode.rpc.ledger import Ledger
from lightnode.wire import json_value as js
from lightnode.wire.types import Address


class ListLengthError(SyncError):
    """A node claims a validator list of a length that no network has."""

    code = "SYNC-LIST"
    advice = "Ask another node; this one's answer about the validator contract cannot be right."


def fetch(ledger: Ledger, contract: Address, height: int) -> Any:
    """Give the `eth_getProof` answer for the whole list at a height; proving it is the header chain's part.

    Raises:
        ListLengthError: the claimed length is zero or too large.
        RpcError: the node gives trouble.
    """
    length = _claimed_length(ledger.proof(contract, [LIST_SLOT], height))
    if not 1 <= length <= MAX_VALIDATORS:
        raise ListLengthError(f"The node claims a validator list of {length} members.")
    return ledger.proof(contract, [LIST_SLOT, *(element_slot(index) for index in range(length))], height)


def _claimed_length(answer: Any) -> int:
    entries = js.field(answer, "storageProof")
    if not isinstance(entries, list) or len(entries) != 1:
        raise js.JsonError("The answer does not hold the one slot asked for.")
    return js.quantity(js.field(entries[0], "value"))

"""Fetching the proof of a validator contract's list: first its length, then every element."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from lightnode.consensus.contract_pin import ContractPin
from lightnode.consensus.extra_data import MAX_VALIDATORS
from lightnode.consensus.genesis import ChainConfig
from lightnode.consensus.validator_contract import element_slot
from lightnode.light_client.errors import SyncError
from lightnode.wire import json_value as js
from lightnode.wire.types import Address


class ListLengthError(SyncError):
    """A node claims a validator list of a length that no network has."""

    code = "SYNC-LIST"
    advice = "Ask another node; this one's answer about the validator contract cannot be right."


class ProofSource(Protocol):
    """Whoever answers `eth_getProof`."""

    def proof(self, account: Address, slots: Sequence[int], height: int) -> Any:
        """Give the answer for the state after a block."""


def fetch(config: ChainConfig, source: ProofSource, contract: Address, height: int) -> Any:
    """Give the `eth_getProof` answer for the whole list at a height; proving it is the header chain's part.

    Args:
        config: names the slot of the list, where it is pinned.
        source: asked.
        contract: the validator contract.
        height: of the block after which the state is meant.

    Raises:
        ListLengthError: the claimed length is zero or too large.
        LightNodeError: the source gives trouble.
    """
    slot = config.contracts.get(contract, ContractPin()).slot
    length = _claimed_length(source.proof(contract, [slot], height))
    if not 1 <= length <= MAX_VALIDATORS:
        raise ListLengthError(f"The node claims a validator list of {length} members.")
    return source.proof(contract, [slot, *(element_slot(index, slot) for index in range(length))], height)


def _claimed_length(answer: Any) -> int:
    entries = js.field(answer, "storageProof")
    if not isinstance(entries, list) or len(entries) != 1:
        raise js.JsonError("The answer does not hold the one slot asked for.")
    return js.quantity(js.field(entries[0], "value"))

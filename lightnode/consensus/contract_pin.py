"""What the operator says of a validator contract that the genesis file cannot tell: its list's slot, its code's hash."""

from __future__ import annotations

from dataclasses import dataclass

from lightnode.consensus.errors import GenesisError
from lightnode.wire.types import Hash32


class ContractPinError(GenesisError):
    """What was said of a validator contract contradicts the genesis file."""

    code = "CONTRACT-PIN"
    advice = "Give the address, slot and code hash of the validator contract that the genesis file names."


@dataclass(frozen=True, slots=True)
class ContractPin:
    """Where a validator contract keeps its list, and its code.

    Attributes:
        slot: of the `address[]`; 0 in the reference contracts.
        code_hash: Keccak-256 of the code; None where that of `alloc` is meant.
    """

    slot: int = 0
    code_hash: Hash32 | None = None

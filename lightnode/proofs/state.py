"""Accounts, storage and code under a verified header, and their absence (R1 and R2 of `docs/verification.md`).

Invariants: storage root and code hash come from the proven leaf; a value of zero is an absence that was proven, and an
account that does not exist has no storage and no code. What is missing in an answer is an error, never an absence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lightnode.consensus.verified_header import VerifiedHeader
from lightnode.errors import WireError
from lightnode.proofs.errors import CodeUnprovenError, StateUnprovenError
from lightnode.wire.account_proof import EMPTY_CODE, Account, verify_code, verify_get_proof
from lightnode.wire.types import Address, Hash32, Height


@dataclass(frozen=True, slots=True)
class ProvenState:
    """An account and some words of its storage after a block.

    Attributes:
        height: of the block.
        block_hash: of the block.
        time: of the block, unix seconds.
        address: whose.
        account: its leaf; None where its absence is proven.
        storage: the words asked for, by slot number; 0 where absence is proven.
    """

    height: Height
    block_hash: Hash32
    time: int
    address: Address
    account: Account | None
    storage: Mapping[int, int]

    @property
    def code_hash(self) -> Hash32:
        """Give the hash of its code; that of no code where there is no account."""
        return EMPTY_CODE if self.account is None else self.account.code_hash

    @property
    def absent_slots(self) -> tuple[int, ...]:
        """Give the slots proven to hold nothing."""
        return tuple(slot for slot, word in self.storage.items() if word == 0)


def prove_state(header: VerifiedHeader, account: Address, slots: Sequence[int], answer: Any) -> ProvenState:
    """Prove an account and words of its storage in the state after a block.

    Args:
        header: of the block.
        account: asked for.
        slots: asked for.
        answer: decoded result of `eth_getProof`, by Besu or GoQuorum.

    Raises:
        StateUnprovenError: it proves something else, or nothing, or there is no such slot.
    """
    demand_slots(header, slots)
    try:
        proven = verify_get_proof(header.header.state_root, account, slots, answer)
    except WireError as cause:
        raise StateUnprovenError(
            f"The state of 0x{account.hex()} after block {header.height} is not proven: {cause.text}", header.height
        ) from cause
    return ProvenState(
        header.height, header.block_hash, header.header.timestamp, proven.address, proven.account, proven.storage
    )


def demand_slots(header: VerifiedHeader, slots: Sequence[int]) -> None:
    """Refuse numbers that no slot has, before anything is asked or said of them.

    Raises:
        StateUnprovenError: one is negative or wider than 256 bits.
    """
    if not all(0 <= slot < 2**256 for slot in slots):
        raise StateUnprovenError("A slot's number is negative or has more than 256 bits.", header.height)


def prove_code(state: ProvenState, code: bytes) -> bytes:
    """Prove that code is an account's, and give it.

    Args:
        state: proves the account.
        code: as a server gave it.

    Raises:
        CodeUnprovenError: it is other code.
    """
    if state.account is None:
        if code:
            raise CodeUnprovenError(f"Code is given for 0x{state.address.hex()}, which does not exist.", state.height)
        return b""
    try:
        verify_code(state.account, code)
    except WireError as cause:
        raise CodeUnprovenError(f"The code of 0x{state.address.hex()}: {cause.text}", state.height) from cause
    return code

"""The validator set as a contract's storage holds it: `address[]` at slot 0 or the slot pinned (consensus note 3.3).

Invariants: the code hash is pinned, by the genesis file or the operator, and must not change; the list is read from proven
storage only; it is not empty, holds no address twice and no more than 1,024.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lightnode.consensus.contract_pin import ContractPin
from lightnode.consensus.errors import (
    ContractCodeError,
    ContractProofError,
    ContractStorageError,
    UnknownSetError,
    UnpinnedCodeError,
)
from lightnode.consensus.extra_data import MAX_VALIDATORS
from lightnode.consensus.genesis import ChainConfig
from lightnode.errors import WireError
from lightnode.wire.account_proof import parse_get_proof, verify_get_proof
from lightnode.wire.keccak import keccak256
from lightnode.wire.types import Address, Hash32

LIST_SLOT = 0


def element_slot(index: int, list_slot: int = LIST_SLOT) -> int:
    """Give the slot of one list element."""
    first = int.from_bytes(keccak256(list_slot.to_bytes(32, "big")), "big")
    return (first + index) % (1 << 256)


def set_from_storage(read: Callable[[int], int | None], list_slot: int = LIST_SLOT) -> tuple[Address, ...]:
    """Read the list by slots.

    Args:
        read: gives a proven word, or None where a slot is not proven.
        list_slot: where the contract keeps the list.

    Returns:
        The members, ascending.

    Raises:
        ContractStorageError: the storage holds no well-formed list.
    """
    length = read(list_slot)
    if length is None or not 1 <= length <= MAX_VALIDATORS:
        raise ContractStorageError(
            f"The length of the validator list at slot {list_slot:#x} is not proven, zero, or too large."
        )
    members: list[Address] = []
    for index in range(length):
        word = read(element_slot(index, list_slot))
        if word is None or not 0 < word < 1 << 160:
            raise ContractStorageError(f"Element {index} of the validator list is not proven, or no address.")
        members.append(Address(word.to_bytes(20, "big")))
    if len(set(members)) != len(members):
        raise ContractStorageError("The validator list names a member twice.")
    return tuple(sorted(members))


def is_whole_list(read: Callable[[int], int | None], list_slot: int = LIST_SLOT) -> bool:
    """Tell whether proven words decide what the list is: every word of it, or a length that no list can have.

    Args:
        read: gives a proven word, or None where a slot is not proven.
        list_slot: where the contract keeps the list.
    """
    length = read(list_slot)
    if length is None or length > MAX_VALIDATORS:
        return length is not None
    return all(read(element_slot(index, list_slot)) is not None for index in range(length))


def set_in_genesis(config: ChainConfig, contract: Address) -> tuple[Address, ...]:
    """Read the list from the genesis file's `alloc`, whose root is the state root of block 0.

    Raises:
        UnknownSetError: the contract is not in `alloc`.
        ContractStorageError: its storage holds no well-formed list.
    """
    entry = config.accounts.get(contract)
    if entry is None:
        raise UnknownSetError("The validator contract is not in the genesis file.")
    storage: Mapping[int, int] = entry.storage
    return set_from_storage(lambda slot: storage.get(slot, 0), _pin(config, contract).slot)


def _pin(config: ChainConfig, contract: Address) -> ContractPin:
    return config.contracts.get(contract, ContractPin())


def set_from_proof(config: ChainConfig, contract: Address, state_root: Hash32, answer: Any) -> tuple[Address, ...]:
    """Read the list from an `eth_getProof` answer.

    Args:
        config: names the pinned code, through `alloc`.
        contract: the validator contract.
        state_root: of the block whose state is asked.
        answer: decoded JSON result.

    Raises:
        UnpinnedCodeError: neither the genesis file nor the operator pins the code.
        ContractCodeError: no contract there, or another code.
        ContractStorageError: no well-formed list.
        ContractProofError: the proof does not verify.
    """
    try:
        proven = verify_get_proof(state_root, contract, list(parse_get_proof(answer).slots), answer)
    except WireError as cause:
        raise ContractProofError(f"The proof of the validator contract fails: {cause.text}") from cause
    pin, known = _pin(config, contract), config.accounts.get(contract)
    if proven.account is None:
        raise ContractCodeError("The validator contract does not exist in the state of that block.")
    pinned = pin.code_hash if pin.code_hash is not None or known is None else known.account.code_hash
    if pinned is None:
        raise UnpinnedCodeError(
            f"The genesis file does not hold the validator contract 0x{contract.hex()}, and no code hash was given for "
            f"it; the one proven there is 0x{proven.account.code_hash.hex()}."
        )
    if proven.account.code_hash != pinned:
        raise ContractCodeError("The validator contract's code is not the pinned one.")
    return set_from_storage(proven.storage.get, pin.slot)

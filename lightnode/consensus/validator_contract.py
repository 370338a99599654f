"""The validator set as a contract's storage holds it: `address[]` at slot 0 (consensus note 3.3).

Invariants: the code hash is pinned from the genesis file and must not change; the list is read from proven storage only;
it is not empty, holds no address twice and no more than 1,024.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lightnode.consensus.errors import ContractCodeError, ContractProofError, ContractStorageError, UnknownSetError
from lightnode.consensus.extra_data import MAX_VALIDATORS
from lightnode.consensus.genesis import ChainConfig
from lightnode.errors import WireError
from lightnode.wire.account_proof import parse_get_proof, verify_get_proof
from lightnode.wire.keccak import keccak256
from lightnode.wire.types import Address, Hash32

LIST_SLOT = 0
_FIRST_ELEMENT = int.from_bytes(keccak256(LIST_SLOT.to_bytes(32, "big")), "big")


def element_slot(index: int) -> int:
    """Give the slot of one list element."""
    return (_FIRST_ELEMENT + index) % (1 << 256)


def set_from_storage(read: Callable[[int], int | None]) -> tuple[Address, ...]:
    """Read the list by slots.

    Args:
        read: gives a proven word, or None where a slot is not proven.

    Returns:
        The members, ascending.

    Raises:
        ContractStorageError: the storage holds no well-formed list.
    """
    length = read(LIST_SLOT)
    if length is None or not 1 <= length <= MAX_VALIDATORS:
        raise ContractStorageError("The length of the validator list is not proven, zero, or too large.")
    members: list[Address] = []
    for index in range(length):
        word = read(element_slot(index))
        if word is None or not 0 < word < 1 << 160:
            raise ContractStorageError(f"Element {index} of the validator list is not proven, or no address.")
        members.append(Address(word.to_bytes(20, "big")))
    if len(set(members)) != len(members):
        raise ContractStorageError("The validator list names a member twice.")
    return tuple(sorted(members))


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
    return set_from_storage(lambda slot: storage.get(slot, 0))


def set_from_proof(config: ChainConfig, contract: Address, state_root: Hash32, answer: Any) -> tuple[Address, ...]:
    """Read the list from an `eth_getProof` answer.

    Args:
        config: names the pinned code, through `alloc`.
        contract: the validator contract.
        state_root: of the block whose state is asked.
        answer: decoded JSON result.

    Raises:
        ContractCodeError: another code, or none pinned.
        ContractStorageError: no well-formed list.
        ContractProofError: the proof does not verify.
    """
    try:
        proven = verify_get_proof(state_root, contract, list(parse_get_proof(answer).slots), answer)
    except WireError as cause:
        raise ContractProofError(f"The proof of the validator contract fails: {cause.text}") from cause
    pinned = config.accounts.get(contract)
    if pinned is None or proven.account is None or proven.account.code_hash != pinned.account.code_hash:
        raise ContractCodeError("The validator contract's code is not the one in the genesis file.")
    return set_from_storage(lambda slot: proven.storage.get(slot))

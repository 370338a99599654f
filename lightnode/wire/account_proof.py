"""Accounts and storage under a state root (EIP-1186), from the proven leaf only.

Traps of the nodes' answers (consensus note 4.6): Besu sorts and trims slot numbers and omits storage proofs of a missing
account; slots are matched by number, never by position; what the JSON says beside the proof is never believed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lightnode.errors import WireError
from lightnode.wire import json_value as js
from lightnode.wire import rlp
from lightnode.wire.keccak import keccak256
from lightnode.wire.trie import EMPTY_ROOT, ProofError, verify_proof
from lightnode.wire.types import Address, Hash32, hash32

EMPTY_CODE = keccak256(b"")
MAX_SLOTS = 2048


class ProofMismatchError(WireError):
    """What a node said beside a proof differs from what the proof proves."""

    code = "PROOF-CLAIM"
    advice = "Do not rely on this node; ask another source."


@dataclass(frozen=True, slots=True)
class Account:
    """An account's leaf.

    Attributes:
        nonce: transactions sent, or contracts made.
        balance: wei.
        storage_root: root of its storage trie.
        code_hash: Keccak-256 of its code.
    """

    nonce: int
    balance: int
    storage_root: Hash32
    code_hash: Hash32

    def encode(self) -> bytes:
        """Give the leaf's value."""
        return rlp.encode(
            [rlp.encode_uint(self.nonce), rlp.encode_uint(self.balance), self.storage_root, self.code_hash]
        )


def verify_account(state_root: bytes, account: bytes, nodes: Sequence[bytes]) -> Account | None:
    """Prove an account under a state root.

    Args:
        state_root: 32 bytes.
        account: 20 bytes.
        nodes: proof nodes.

    Returns:
        The account, or None where its absence is proven.

    Raises:
        WireError: nothing is proven.
    """
    leaf = verify_proof(state_root, keccak256(account), nodes)
    if leaf is None:
        return None
    match rlp.decode(leaf, max_bytes=256, max_depth=1):
        case [bytes(nonce), bytes(balance), bytes(storage), bytes(code)]:
            return Account(rlp.decode_uint(nonce, 8), rlp.decode_uint(balance), hash32(storage), hash32(code))
    raise ProofError("An account's leaf is malformed.")


def verify_storage(storage_root: bytes, slot: int, nodes: Sequence[bytes]) -> int:
    """Prove a storage word.

    Args:
        storage_root: from a proven account.
        slot: number of the slot.
        nodes: proof nodes.

    Returns:
        The word; 0 where its absence is proven.

    Raises:
        WireError: nothing is proven.
    """
    leaf = verify_proof(storage_root, keccak256(slot.to_bytes(32, "big")), nodes)
    if leaf is None:
        return 0
    value = rlp.decode_uint(rlp.decode(leaf, max_bytes=64, max_depth=0))
    if value == 0:
        raise ProofError("A storage leaf holds zero.")
    return value


@dataclass(frozen=True, slots=True)
class ProvenAccount:
    """An account and some of its slots, as proven.

    Attributes:
        address: whose.
        account: None where its absence is proven.
        storage: proven words by slot number.
    """

    address: Address
    account: Account | None
    storage: dict[int, int]


def verify_get_proof(state_root: bytes, asked: bytes, slots: Sequence[int], answer: Any) -> ProvenAccount:
    """Check a whole `eth_getProof` answer against a state root.

    Args:
        state_root: from a verified header.
        asked: the account asked for, 20 bytes.
        slots: the slot numbers asked for.
        answer: the decoded JSON result.

    Raises:
        ProofMismatchError: it claims something that it does not prove, or leaves out what was asked.
        WireError: it is malformed or proves nothing.
    """
    if js.address_value(js.field(answer, "address")) != asked:
        raise ProofMismatchError("The proof is for another account.")
    account = verify_account(state_root, asked, _nodes(js.field(answer, "accountProof")))
    _demand_claims(account, answer)
    entries = js.field(answer, "storageProof")
    if not isinstance(entries, list) or len(entries) > MAX_SLOTS:
        raise ProofMismatchError("The storage proofs are no list, or too many.")
    proofs = {js.quantity(js.field(entry, "key")): entry for entry in entries}
    storage: dict[int, int] = {}
    for slot in slots:
        if account is None:
            storage[slot] = 0
            continue
        if slot not in proofs:
            raise ProofMismatchError(f"The proof of slot {slot:#x} is missing.")
        entry = proofs[slot]
        storage[slot] = _proven_slot(account, slot, entry)
    return ProvenAccount(Address(bytes(asked)), account, storage)


def _proven_slot(account: Account, slot: int, entry: Any) -> int:
    nodes = _nodes(js.field(entry, "proof"))
    value = 0 if account.storage_root == EMPTY_ROOT and not nodes else verify_storage(account.storage_root, slot, nodes)
    if js.quantity(js.field(entry, "value")) != value:
        raise ProofMismatchError(f"The claimed value of slot {slot:#x} is not the proven one.")
    return value


def _demand_claims(account: Account | None, answer: Any) -> None:
    """Hold what the answer prints beside the proof against what it proves; absent accounts are printed as empty."""
    claimed = (
        js.quantity(js.field(answer, "nonce"), 8),
        js.quantity(js.field(answer, "balance")),
        js.hash_value(js.field(answer, "storageHash")),
        js.hash_value(js.field(answer, "codeHash")),
    )
    if account is not None:
        proven: tuple[int, int, Hash32, Hash32] = (
            account.nonce, account.balance, account.storage_root, account.code_hash,
        )  # fmt: skip
        if claimed != proven:
            raise ProofMismatchError("The claimed account is not the proven one.")
    elif claimed[:2] != (0, 0):
        raise ProofMismatchError("An account is claimed whose absence is proven.")


def _nodes(value: Any) -> list[bytes]:
    if not isinstance(value, list):
        raise ProofError("A proof is no list of nodes.")
    return [js.data(node) for node in value]

"""Accounts and storage under a state root (EIP-1186): only what the proven leaf holds is believed.

Invariants:
- Nonce, balance, storage root and code hash come from the proven leaf; what the answer prints beside it must agree.
- Slots are matched by number, never by position: Besu sorts them, drops doubles and trims zeros, GoQuorum answers one
  for one.
- Besu and GoQuorum answer for a missing account with zeros; its absence counts only where the nodes prove it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lightnode.errors import LimitError, WireError
from lightnode.wire import json_value as js
from lightnode.wire import rlp
from lightnode.wire.keccak import keccak256
from lightnode.wire.trie import EMPTY_ROOT, MAX_PROOF_NODES, ProofError, verify_proof
from lightnode.wire.types import ZERO_HASH, Address, Hash32, address, hash32

EMPTY_CODE = keccak256(b"")
MAX_SLOTS = 2048

_MAX_LEAF = 110


class ProofMismatchError(WireError):
    """What a node said beside a proof differs from what the proof proves, or it leaves out what was asked."""

    code = "PROOF-CLAIM"
    advice = "Do not rely on this node; ask another source."


class CodeMismatchError(WireError):
    """Contract code is not the code that the ledger holds."""

    code = "PROOF-CODE"
    advice = "Do not rely on this contract code; fetch it again or check the address."


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


@dataclass(frozen=True, slots=True)
class SlotProof:
    """What a node claims of one storage slot.

    Attributes:
        slot: its number.
        value: the word claimed.
        nodes: the proof.
    """

    slot: int
    value: int
    nodes: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class GetProof:
    """A node's answer to `eth_getProof`, read but not believed.

    Attributes:
        address: whose.
        claimed: the account as printed; zeros stand for a missing one.
        nodes: proof of the account.
        slots: claims about slots, by number.
    """

    address: Address
    claimed: Account
    nodes: tuple[bytes, ...]
    slots: Mapping[int, SlotProof]


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


def verify_account(state_root: bytes, account: bytes, nodes: Sequence[bytes]) -> Account | None:
    """Prove an account under a state root.

    Args:
        state_root: 32 bytes, from a verified header.
        account: 20 bytes.
        nodes: proof nodes.

    Returns:
        The account, or None where its absence is proven.

    Raises:
        ProofError: nothing is proven.
        LimitError: the proof is larger than any genuine one.
        WireError: the proven leaf is malformed.
    """
    leaf = verify_proof(hash32(state_root), keccak256(address(account)), nodes, fixed_width=True)
    if leaf is None:
        return None
    match rlp.decode(leaf, max_bytes=_MAX_LEAF, max_depth=1):
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
        ProofError: nothing is proven.
        LimitError: the proof is larger than any genuine one, or there is no such slot.
        WireError: the proven leaf is malformed.
    """
    if not 0 <= slot < 2**256:
        raise LimitError("A slot number has 256 bits.")
    leaf = verify_proof(hash32(storage_root), keccak256(slot.to_bytes(32, "big")), nodes, fixed_width=True)
    if leaf is None:
        return 0
    value = rlp.decode_uint(rlp.decode(leaf, max_bytes=33, max_depth=0))
    if value == 0:
        raise ProofError("A storage leaf holds zero.")
    return value


def verify_code(account: Account, code: bytes) -> None:
    """Demand that code is that of a proven account.

    Raises:
        CodeMismatchError: it is not.
    """
    if keccak256(code) != account.code_hash:
        raise CodeMismatchError("The code does not have the hash that the account's leaf holds.")


def parse_get_proof(answer: Any) -> GetProof:
    """Read an `eth_getProof` answer of Besu or GoQuorum.

    Args:
        answer: the decoded JSON result. Slot numbers may have or lack leading zeros; a slot may stand twice only with
            the same content; a missing account has zeros and may lack proofs of slots.

    Raises:
        JsonError: a member is missing or malformed.
        ProofMismatchError: it says two things of one slot.
        WidthError: a hash or address has another width.
        LimitError: it holds more than any genuine answer.
    """
    slots: dict[int, SlotProof] = {}
    for entry in _list(answer, "storageProof", MAX_SLOTS):
        number = js.quantity(js.field(entry, "key"))
        proof = SlotProof(number, js.quantity(js.field(entry, "value")), _nodes(entry, "proof"))
        if slots.setdefault(number, proof) != proof:
            raise ProofMismatchError(f"The answer says two things of slot {number:#x}.")
    claimed = Account(
        nonce=js.quantity(js.field(answer, "nonce"), 8),
        balance=js.quantity(js.field(answer, "balance")),
        storage_root=js.hash_value(js.field(answer, "storageHash")),
        code_hash=js.hash_value(js.field(answer, "codeHash")),
    )
    whose = js.address_value(js.field(answer, "address"))
    return GetProof(whose, claimed, _nodes(answer, "accountProof"), slots)


def verify_get_proof(state_root: bytes, asked: bytes, slots: Sequence[int], answer: Any) -> ProvenAccount:
    """Check a whole `eth_getProof` answer against a state root.

    Args:
        state_root: from a verified header.
        asked: the account asked for, 20 bytes.
        slots: the slot numbers asked for.
        answer: the decoded JSON result.

    Returns:
        What is proven, for exactly the slots asked for.

    Raises:
        ProofMismatchError: it claims something that it does not prove, or leaves out what was asked.
        WireError: it is malformed or proves nothing.
    """
    got = parse_get_proof(answer)
    if got.address != asked:
        raise ProofMismatchError("The proof is for another account.")
    account = verify_account(state_root, asked, got.nodes)
    _demand_claims(account, got.claimed)
    # An absent account has no storage: nodes supplied for its slots must prove just that, none stands unused.
    storage_root = EMPTY_ROOT if account is None else account.storage_root
    for claim in got.slots.values():
        value = verify_storage(storage_root, claim.slot, claim.nodes)
        if claim.value != value:
            raise ProofMismatchError(f"The value claimed of slot {claim.slot:#x} is not the proven one.")
    missing = set(slots) - set(got.slots)
    if account is not None and missing:
        raise ProofMismatchError(f"The proof of slot {min(missing):#x} is missing.")
    storage = {slot: 0 if account is None else got.slots[slot].value for slot in slots}
    return ProvenAccount(got.address, account, storage)


def _demand_claims(account: Account | None, claimed: Account) -> None:
    """Hold what the answer prints beside the proof against what it proves; absent accounts are printed as empty."""
    if account is not None:
        if claimed != account:
            raise ProofMismatchError("The account claimed is not the proven one.")
        return
    empty = claimed.storage_root in (EMPTY_ROOT, ZERO_HASH) and claimed.code_hash in (EMPTY_CODE, ZERO_HASH)
    if claimed.nonce or claimed.balance or not empty:
        raise ProofMismatchError("An account is claimed whose absence is proven.")


def _list(source: Any, name: str, limit: int) -> list[Any]:
    value = js.entries(source, name)
    if len(value) > limit:
        raise LimitError(f"The member {name} has more than {limit} entries.")
    return value


def _nodes(source: Any, name: str) -> tuple[bytes, ...]:
    return tuple(js.data(node) for node in _list(source, name, MAX_PROOF_NODES))

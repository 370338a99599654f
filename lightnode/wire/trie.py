"""Merkle Patricia tries: build one, cut a proof out of it, and check a proof without trusting who gave it.

Invariants of `verify_proof` (step R0 of `docs/verification.md`; consensus note 4.6):
- Absence is an answer only where the path ends by itself: an empty slot, a leaf or extension that goes another way, or
  the empty trie. A missing node is an error, never absence.
- Every node supplied is used, once and in order; a node shorter than 32 bytes stands inside its parent and never alone.
- Nodes are canonical RLP of 2 or 17 items with sound path flags; a reference is empty, an inlined list or 32 bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from lightnode.errors import LimitError, WireError
from lightnode.wire import rlp
from lightnode.wire.keccak import keccak256
from lightnode.wire.trie_node import (
    MAX_NODE_BYTES,
    Node,
    ProofError,
    decode_node,
    demand_reference,
    nibbles_of,
    pack_path,
    refuse,
    unpack_path,
)
from lightnode.wire.types import Hash32

__all__ = ["EMPTY_ROOT", "ProofError", "Trie", "TrieError", "index_key", "ordered_trie", "secure_trie", "verify_proof"]

EMPTY_ROOT = Hash32(bytes.fromhex("56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"))

MAX_KEY_BYTES = 64
MAX_PROOF_NODES = 2 * MAX_KEY_BYTES + 1
MAX_PROOF_BYTES = MAX_NODE_BYTES


class TrieError(WireError):
    """Items cannot form a trie."""

    code = "TRIE-ITEMS"
    advice = "Report this; the program was given items that no ledger has."


@dataclass(frozen=True, slots=True)
class Trie:
    """A built trie.

    Attributes:
        root: its root hash.
        nodes: the encoded nodes by hash, root included; empty for the empty trie.
    """

    root: Hash32
    nodes: dict[Hash32, bytes]

    @classmethod
    def from_items(cls, items: Iterable[tuple[bytes, bytes]]) -> Trie:
        """Build a trie.

        Args:
            items: keys with their values, in any order; no key twice, no value empty.

        Raises:
            TrieError: a key is given twice or is too long, or a value is empty.
        """
        pairs = sorted((nibbles_of(bytes(key)), bytes(value)) for key, value in items)
        if any(not value or len(path) > 2 * MAX_KEY_BYTES for path, value in pairs):
            raise TrieError(f"A trie holds no empty values and no keys longer than {MAX_KEY_BYTES} bytes.")
        if any(first[0] == second[0] for first, second in pairwise(pairs)):
            raise TrieError("A key stands twice among the items of a trie.")
        if not pairs:
            return cls(EMPTY_ROOT, {})
        nodes: dict[Hash32, bytes] = {}
        encoded = rlp.encode(_build(pairs, 0, nodes))
        root = keccak256(encoded)
        nodes[root] = encoded
        return cls(root, nodes)

    def prove(self, key: bytes) -> list[bytes]:
        """Cut out the nodes that show what stands at a key, or that nothing does.

        Returns:
            Nodes from the root on, as `verify_proof` takes them.
        """
        found: list[bytes] = []
        reference: rlp.Item = self.root
        path = nibbles_of(key)
        while isinstance(reference, list) or reference in self.nodes:
            if isinstance(reference, bytes):
                found.append(self.nodes[Hash32(reference)])
                node = decode_node(found[-1])
            else:
                node = reference
            step = _step(node, path)
            if isinstance(step, _End):
                break
            reference, path = step.reference, step.path
        return found


def ordered_trie(values: Iterable[bytes]) -> Trie:
    """Build the trie of a block's transactions or receipts: keys are the RLP of the index.

    Raises:
        TrieError: a value is empty.
    """
    return Trie.from_items((index_key(index), value) for index, value in enumerate(values))


def secure_trie(items: Iterable[tuple[bytes, bytes]]) -> Trie:
    """Build a trie whose keys are the Keccak-256 of the given keys, as for accounts and storage.

    Raises:
        TrieError: as `Trie.from_items`.
    """
    return Trie.from_items((keccak256(key), value) for key, value in items)


def index_key(index: int) -> bytes:
    """Give the key of a position in a block's transactions or receipts trie."""
    return rlp.encode(rlp.encode_uint(index))


def verify_proof(root: bytes, key: bytes, nodes: Sequence[bytes], *, fixed_width: bool = False) -> bytes | None:
    """Find what a proof shows at a key.

    Args:
        root: the trusted root hash.
        key: the key asked for; hashed already where the trie is a secure one.
        nodes: the proof, root first, nothing twice and nothing besides.
        fixed_width: all keys of the trie are as long as this one (state and storage tries), so branches hold no values
            and leaves lie at full depth.

    Returns:
        The value, or None where it is proven that the trie holds none.

    Raises:
        LimitError: the proof is larger than any genuine one.
        ProofError: the proof proves nothing.
    """
    _demand_size(key, nodes)
    if root == EMPTY_ROOT:
        if list(nodes) not in ([], [b"\x80"]):
            refuse("The empty trie has no nodes to show.")
        return None
    path = nibbles_of(key)
    reference: rlp.Item = bytes(root)
    used = 0
    while True:
        if isinstance(reference, bytes):
            node = _open_node(nodes, used, reference)
            used += 1
        else:
            node = reference
        if fixed_width:
            _demand_fixed_width(node, len(path))
        step = _step(node, path)
        if isinstance(step, _End):
            break
        reference, path = step.reference, step.path
    if used != len(nodes):
        refuse(f"The proof holds {len(nodes) - used} nodes that its path does not touch.")
    return step.value


@dataclass(frozen=True, slots=True)
class _End:
    """The path ends here, at a value or at proven absence."""

    value: bytes | None


@dataclass(frozen=True, slots=True)
class _Onward:
    """The path goes on behind a reference."""

    reference: rlp.Item
    path: bytes


def _step(node: Node, path: bytes) -> _End | _Onward:
    """Follow one node, refusing an unsound one."""
    if len(node) == 17:
        return _branch_step(node, path)
    if len(node) != 2:
        refuse(f"A node has {len(node)} items, neither 2 nor 17.")
    leaf, own = unpack_path(node[0])
    if leaf:
        if not isinstance(node[1], bytes) or not node[1]:
            refuse("The value of a leaf is empty or a list.")
        return _End(node[1] if own == path else None)
    if not own:
        refuse("An extension has an empty path.")
    demand_reference(node[1], may_be_empty=False)
    return _Onward(node[1], path[len(own) :]) if path[: len(own)] == own else _End(None)


def _branch_step(node: Node, path: bytes) -> _End | _Onward:
    for child in node[:16]:
        # Most are empty or a hash, and need no closer look.
        if child != b"" and (len(child) != 32 or isinstance(child, list)):
            demand_reference(child, may_be_empty=True)
    if not isinstance(node[16], bytes):
        refuse("The value of a branch is a list.")
    if not path:
        return _End(node[16] or None)
    child = node[path[0]]
    return _End(None) if child == b"" else _Onward(child, path[1:])


def _open_node(nodes: Sequence[bytes], used: int, reference: bytes) -> Node:
    if used >= len(nodes):
        refuse("The proof ends before its path does.")
    raw = bytes(nodes[used])
    if keccak256(raw) != reference:
        refuse(f"Node {used} of the proof does not have the hash that points to it.")
    if used and len(raw) < 32:
        refuse(f"Node {used} of the proof is short and would stand inside its parent.")
    return decode_node(raw)


def _demand_fixed_width(node: Node, left: int) -> None:
    """In a trie of equally long keys every value lies at full depth, in a leaf."""
    if len(node) != 2:
        if len(node) == 17 and (node[16] or not left):
            refuse("A branch lies at full depth or holds a value, where all keys are equally long.")
        return
    leaf, own = unpack_path(node[0])
    if len(own) > left or leaf != (len(own) == left):
        refuse("A leaf lies above full depth, or an extension reaches it, where all keys are equally long.")


def _build(pairs: Sequence[tuple[bytes, bytes]], depth: int, nodes: dict[Hash32, bytes]) -> Node:
    """Build the node of sorted pairs that share their first `depth` nibbles, storing all hashed nodes below it."""
    first, last = pairs[0][0], pairs[-1][0]
    if len(pairs) == 1:
        return [pack_path(first[depth:], leaf=True), pairs[0][1]]
    shared = depth
    while shared < len(first) and first[shared] == last[shared]:
        shared += 1
    if shared > depth:
        return [pack_path(first[depth:shared], leaf=False), _reference(_build(pairs, shared, nodes), nodes)]
    value = b""
    if len(first) == depth:
        value, pairs = pairs[0][1], pairs[1:]
    groups: list[list[tuple[bytes, bytes]]] = [[] for _ in range(16)]
    for pair in pairs:
        groups[pair[0][depth]].append(pair)
    return [*(_reference(_build(group, depth + 1, nodes), nodes) if group else b"" for group in groups), value]


def _reference(node: Node, nodes: dict[Hash32, bytes]) -> rlp.Item:
    encoded = rlp.encode(node)
    if len(encoded) < 32:
        return node
    digest = keccak256(encoded)
    nodes[digest] = encoded
    return digest


def _demand_size(key: bytes, nodes: Sequence[bytes]) -> None:
    if len(key) > MAX_KEY_BYTES or len(nodes) > MAX_PROOF_NODES or sum(map(len, nodes)) > MAX_PROOF_BYTES:
        raise LimitError("The key or the proof is larger than any genuine one.")

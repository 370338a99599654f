"""Merkle trees as in RFC 6962, section 2.1: SHA-256, 0x00 before a leaf, 0x01 before a node.

Invariants: the shape of a tree follows from its number of leaves alone; a path has exactly the length that index and
size give, so that no byte of it is free.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from lightnode.errors import WireError
from lightnode.wire.types import Hash32

MAX_PATH = 64


class MerklePathError(WireError):
    """A path or a set of subtrees does not fit the tree."""

    code = "MERKLE"


def leaf_hash(data: bytes) -> Hash32:
    """Hash a leaf's data."""
    return Hash32(hashlib.sha256(b"\0" + data).digest())


def node_hash(left: bytes, right: bytes) -> Hash32:
    """Hash two children."""
    return Hash32(hashlib.sha256(b"\1" + left + right).digest())


def root(leaves: Sequence[bytes]) -> Hash32:
    """Give the root over leaf hashes; the empty tree's is SHA-256 of nothing."""
    if not leaves:
        return Hash32(hashlib.sha256(b"").digest())
    if len(leaves) == 1:
        return Hash32(leaves[0])
    split = _split(len(leaves))
    return node_hash(root(leaves[:split]), root(leaves[split:]))


def path(leaves: Sequence[bytes], index: int) -> tuple[Hash32, ...]:
    """Give the inclusion path of a leaf, from the leaf up.

    Args:
        leaves: all leaf hashes.
        index: which leaf.
    """
    if len(leaves) <= 1:
        return ()
    split = _split(len(leaves))
    if index < split:
        return (*path(leaves[:split], index), root(leaves[split:]))
    return (*path(leaves[split:], index - split), root(leaves[:split]))


def root_from_path(leaf: bytes, index: int, size: int, nodes: Sequence[bytes]) -> Hash32:
    """Compute the root that a path leads to.

    Args:
        leaf: leaf hash.
        index: its place.
        size: leaves of the tree.
        nodes: the path from the leaf up.

    Raises:
        MerklePathError: index or length do not fit the size.
    """
    if not 0 <= index < size or len(nodes) > MAX_PATH:
        raise MerklePathError("A leaf's index is not within its tree.")
    if size == 1:
        if nodes:
            raise MerklePathError("A path is longer than its tree is high.")
        return Hash32(leaf)
    if not nodes:
        raise MerklePathError("A path is shorter than its tree is high.")
    split = _split(size)
    if index < split:
        return node_hash(root_from_path(leaf, index, split, nodes[:-1]), nodes[-1])
    return node_hash(nodes[-1], root_from_path(leaf, index - split, size - split, nodes[:-1]))


def hidden_subtrees(leaves: Sequence[bytes], shown: frozenset[int]) -> tuple[Hash32, ...]:
    """Give the roots of the maximal subtrees without a shown leaf, left to right.

    Args:
        leaves: all leaf hashes.
        shown: indexes that are shown.
    """
    return tuple(_hidden(leaves, 0, shown))


def _hidden(leaves: Sequence[bytes], start: int, shown: frozenset[int]) -> list[Hash32]:
    if not any(start <= index < start + len(leaves) for index in shown):
        return [root(leaves)]
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    return [*_hidden(leaves[:split], start, shown), *_hidden(leaves[split:], start + split, shown)]


def root_from_shown(size: int, shown: Mapping[int, bytes], hidden: Sequence[bytes]) -> Hash32:
    """Compute the root from shown leaf hashes and the hidden subtrees' roots.

    Args:
        size: leaves of the tree.
        shown: leaf hashes by index.
        hidden: roots of the maximal hidden subtrees, left to right.

    Raises:
        MerklePathError: an index outside the tree, or more or fewer subtrees than the shape has.
    """
    if size < 1 or any(not 0 <= index < size for index in shown):
        raise MerklePathError("A shown leaf is not within its tree.")
    left = list(hidden)
    result = _rebuild(0, size, shown, left)
    if left:
        raise MerklePathError("More hidden subtrees are given than the tree has.")
    return result


def _rebuild(start: int, size: int, shown: Mapping[int, bytes], left: list[bytes]) -> Hash32:
    if not any(start <= index < start + size for index in shown):
        if not left:
            raise MerklePathError("Fewer hidden subtrees are given than the tree has.")
        return Hash32(left.pop(0))
    if size == 1:
        return Hash32(shown[start])
    split = _split(size)
    first = _rebuild(start, split, shown, left)
    return node_hash(first, _rebuild(start + split, size - split, shown, left))


def _split(size: int) -> int:
    """Give the largest power of two below a size."""
    return 1 << ((size - 1).bit_length() - 1)

"""Merkle trees of RFC 6962: known roots, paths of one length, shown and hidden leaves."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightnode.wire import merkle
from lightnode.wire.merkle import MerklePathError
from lightnode.wire.types import Hash32

# The inputs and roots that implementations of RFC 6962 (certificate transparency) share as their test vector.
INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


def leaves(count: int) -> list[Hash32]:
    return [merkle.leaf_hash(bytes([number])) for number in range(count)]


@pytest.mark.parametrize(("size", "expected"), ROOTS.items())
def test_known_roots(size: int, expected: str) -> None:
    assert merkle.root([merkle.leaf_hash(bytes.fromhex(data)) for data in INPUTS[:size]]).hex() == expected


def test_leaves_and_nodes_differ() -> None:
    left, right = leaves(2)
    assert merkle.node_hash(left, right) == hashlib.sha256(b"\1" + left + right).digest()
    assert merkle.leaf_hash(left + right) != merkle.node_hash(left, right)


@pytest.mark.parametrize("size", range(1, 34))
def test_every_path_leads_to_the_root(size: int) -> None:
    tree = leaves(size)
    top = merkle.root(tree)
    for index in range(size):
        nodes = merkle.path(tree, index)
        assert merkle.root_from_path(tree[index], index, size, nodes) == top
        if nodes:
            with pytest.raises(MerklePathError):
                merkle.root_from_path(tree[index], index, size, nodes[:-1])
        with pytest.raises(MerklePathError):
            merkle.root_from_path(tree[index], index, size, (*nodes, top))


@pytest.mark.parametrize(("index", "size"), [(-1, 4), (4, 4), (0, 0), (9, 4)])
def test_an_index_outside_the_tree(index: int, size: int) -> None:
    with pytest.raises(MerklePathError):
        merkle.root_from_path(leaves(1)[0], index, size, leaves(2))


def test_a_path_longer_than_any_tree() -> None:
    with pytest.raises(MerklePathError):
        merkle.root_from_path(leaves(1)[0], 0, 1 << 70, leaves(70))


@given(st.integers(1, 40), st.data())
def test_shown_and_hidden_leaves_make_the_root(size: int, data: st.DataObject) -> None:
    tree = leaves(size)
    shown = data.draw(st.frozensets(st.integers(0, size - 1)))
    hidden = merkle.hidden_subtrees(tree, shown)
    opened = {index: tree[index] for index in shown}
    assert merkle.root_from_shown(size, opened, hidden) == merkle.root(tree)
    with pytest.raises(MerklePathError):
        merkle.root_from_shown(size, opened, (*hidden, tree[0]))
    if hidden:
        with pytest.raises(MerklePathError):
            merkle.root_from_shown(size, opened, hidden[:-1])


def test_a_shown_leaf_outside_the_tree() -> None:
    with pytest.raises(MerklePathError):
        merkle.root_from_shown(2, {2: leaves(3)[2]}, ())

"""Merkle Patricia tries: published roots, published proofs, and each rule of the strict verifier broken once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lightnode.errors import LightNodeError, LimitError
from lightnode.wire import rlp
from lightnode.wire.keccak import keccak256
from lightnode.wire.trie import (
    EMPTY_ROOT,
    ProofError,
    Trie,
    TrieError,
    index_key,
    ordered_trie,
    secure_trie,
    verify_proof,
)
from lightnode.wire.trie_node import decode_node


def _unhex(text: str) -> bytes:
    return bytes.fromhex(text[2:]) if text.startswith("0x") else text.encode()


@pytest.mark.parametrize("name", ["trietest", "trieanyorder", "trietest_secureTrie", "trieanyorder_secureTrie"])
def test_published_roots(shared_vectors: Path, name: str) -> None:
    cases = json.loads((shared_vectors / "offline" / "ethereum" / f"{name}.json").read_text())
    build = secure_trie if "secure" in name else Trie.from_items
    assert cases
    for label, case in cases.items():
        steps = case["in"].items() if isinstance(case["in"], dict) else case["in"]
        items = {_unhex(key): None if value is None else _unhex(value) for key, value in steps}
        kept = {key: value for key, value in items.items() if value}
        trie = build(kept.items())
        assert trie.root.hex() == case["root"][2:], label
        for key, value in items.items():
            path = keccak256(key) if "secure" in name else key
            assert verify_proof(trie.root, path, trie.prove(path), fixed_width="secure" in name) == value


def test_published_proofs(shared_vectors: Path) -> None:
    data = json.loads((shared_vectors / "consensus" / "mpt_generic.json").read_text())
    root = _unhex(data["root"])
    assert _unhex(data["empty_trie_root"]) == EMPTY_ROOT == keccak256(b"\x80")
    for case in data["positives"]:
        nodes = [_unhex(node) for node in case["proof"]]
        expected = None if case["value"] is None else _unhex(case["value"])
        assert verify_proof(root, _unhex(case["key"]), nodes) == expected
    for case in data["negatives"]:
        with pytest.raises(ProofError):
            verify_proof(root, _unhex(case["key"]), [_unhex(node) for node in case["proof"]])
            pytest.fail(case["why"])


def test_empty_trie() -> None:
    trie = Trie.from_items([])
    assert trie.root == EMPTY_ROOT
    assert trie.prove(b"a") == []
    for nodes in ([], [b"\x80"]):
        assert verify_proof(EMPTY_ROOT, b"a", nodes) is None
        assert verify_proof(EMPTY_ROOT, bytes(32), nodes, fixed_width=True) is None
    for nodes in ([b""], [b"\x80", b"\x80"], [b"\xc0"], [b"\x80" * 2]):
        with pytest.raises(ProofError):
            verify_proof(EMPTY_ROOT, b"a", nodes)


@pytest.mark.parametrize("items", [[(b"a", b"")], [(b"a", b"1"), (b"a", b"1")], [(bytes(65), b"1")]])
def test_items_that_form_no_trie(items: list) -> None:
    with pytest.raises(TrieError):
        Trie.from_items(items)


def test_index_keys() -> None:
    assert [index_key(index).hex() for index in (0, 1, 127, 128, 255, 256)] == [
        "80",
        "01",
        "7f",
        "8180",
        "81ff",
        "820100",
    ]


@pytest.mark.parametrize("count", [1, 2, 16, 17, 127, 128, 129, 300])
def test_ordered_trie_proves_its_end(count: int) -> None:
    """The number of entries is proven by the last one and by nothing behind it."""
    values = [bytes([index % 251]) * (1 + index % 60) for index in range(1, count + 1)]
    trie = ordered_trie(values)
    for index in {0, count // 2, count - 1}:
        key = index_key(index)
        assert verify_proof(trie.root, key, trie.prove(key)) == values[index]
    assert verify_proof(trie.root, index_key(count), trie.prove(index_key(count))) is None
    with pytest.raises(ProofError):
        verify_proof(trie.root, index_key(count), trie.prove(index_key(0))[:1] * 2)


# Below, nodes are made by hand and the root is their hash, as a forger who can choose a root could do; what is held is
# that the verifier keeps its own rules, whatever the hashes say.

BIG = b"\xaa" * 40
LEAF = b"\x20"  # an even leaf path of nothing


def _root_of(*nodes: object) -> tuple[bytes, list[bytes]]:
    """Encode nodes from the last to the first; in each, the marker `NEXT` becomes the hash of the one behind it."""
    encoded: list[bytes] = []
    for node in reversed(nodes):
        raw = node if isinstance(node, bytes) else rlp.encode(_place(node, keccak256(encoded[0]) if encoded else b""))
        encoded.insert(0, raw)
    return keccak256(encoded[0]), encoded


NEXT = b"NEXT"


def _place(node, digest: bytes):
    return [digest if item == NEXT else _place(item, digest) if isinstance(item, list) else item for item in node]


def _branch(slot: int, child, value: bytes = b"") -> list:
    node: list = [b""] * 16 + [value]
    node[slot] = child
    node[15] = keccak256(b"another")
    return node


def test_hand_made_nodes_that_are_sound() -> None:
    root, nodes = _root_of(_branch(1, NEXT), [b"\x32", BIG])
    assert verify_proof(root, b"\x12", nodes) == BIG
    root, nodes = _root_of([b"\x00\x12", NEXT], _branch(1, NEXT), [b"\x32", BIG])
    assert verify_proof(root, b"\x12\x12", nodes) == BIG
    root, nodes = _root_of([b"\x00\x12", NEXT], _branch(1, [b"\x32", b"v"], b"own"))
    assert verify_proof(root, b"\x12\x12", nodes) == b"v"
    assert verify_proof(root, b"\x12", nodes) == b"own"
    assert verify_proof(root, b"\x12\x13", nodes) is None
    assert verify_proof(root, b"\x12\x22", nodes) is None
    assert verify_proof(root, b"\x13", nodes[:1]) is None
    assert verify_proof(root, b"", nodes[:1]) is None


@pytest.mark.parametrize(
    ("key", "nodes"),
    [
        ("12", [[]]),
        ("12", [[b""]]),
        ("12", [[b"\x20", b"v", b""]]),
        ("12", [[b""] * 16]),
        ("12", [[b""] * 18]),
        ("12", [b"\x83abc"]),  # a string instead of a list
        ("12", [rlp.encode([b"\x20\x12", BIG]) + b"\0"]),  # something behind the list
        ("12", [b"\xc3\x20\x81\x12"]),  # not canonical RLP
        ("12", [[b"", BIG]]),  # no path
        ("12", [[[], BIG]]),
        ("12", [[b"\x40\x12", BIG]]),  # unknown flags
        ("12", [[b"\xf0\x12", BIG]]),
        ("12", [[b"\x21\x12", BIG]]),  # padding not zero
        ("12", [[b"\x01\x12", NEXT], _branch(1, b"")]),
        ("12", [[b"\x00", NEXT], [b"\x20\x12", BIG]]),  # an extension without a path
        ("12", [[b"\x00\x12", b""]]),  # an extension to nothing
        ("99", [[b"\x00\x12", b""]]),  # even where it diverges
        ("12", [[b"\x00\x12", bytes(31)]]),
        ("12", [[b"\x00\x12", bytes(33)]]),
        ("12", [[b"\x20\x12", b""]]),  # a leaf without a value
        ("99", [[b"\x20\x12", b""]]),
        ("12", [[b"\x20\x12", [BIG]]]),  # a leaf whose value is a list
        ("12", [_branch(1, bytes(31))]),
        ("12", [_branch(1, b"\1")]),
        ("12", [_branch(1, bytes(33))]),
        ("92", [_branch(1, bytes(31))]),  # in a slot beside the path
        ("12", [_branch(1, [])]),  # an inlined node of nothing
        ("12", [_branch(1, [b"\x32", BIG])]),  # 32 bytes and more, inlined
        ("92", [_branch(1, [b"\x32", BIG])]),
        ("12", [_branch(1, [b"\x00\x12", b""])]),  # an inlined extension to nothing
        ("12", [[*_branch(1, NEXT)[:16], [b"v"]], [b"\x32", BIG]]),  # a branch whose value is a list
        ("12", [_branch(1, NEXT), [b"\x32", b"short"]]),  # a short node given on its own
        ("12", [_branch(1, NEXT), b"\x80"]),  # the empty node behind a reference
        ("12", [_branch(1, NEXT), b""]),
    ],
)
def test_each_rule_broken_once(key: str, nodes: list) -> None:
    root, encoded = _root_of(*nodes)
    with pytest.raises(ProofError):
        verify_proof(root, bytes.fromhex(key), encoded)


@pytest.mark.parametrize(
    ("key", "nodes"),
    [
        ("12", [_branch(1, NEXT, b"v"), [b"\x32", BIG]]),  # a branch with a value
        ("12", [[b"\x20\x12\x34", BIG]]),  # a leaf deeper than any key
        ("12", [[b"\x31", BIG]]),  # a leaf above full depth, at the key's own beginning
        ("92", [[b"\x31", BIG]]),
        ("12", [[b"\x00\x12", NEXT], _branch(1, NEXT), [b"\x32", BIG]]),  # an extension to full depth
        ("12", [_branch(1, NEXT), _branch(2, NEXT), _branch(3, NEXT), [LEAF, BIG]]),
        ("12", [_branch(1, NEXT), _branch(2, NEXT), _branch(3, b"")]),  # a branch at full depth
        ("12", [_branch(1, b"", b"v")]),
    ],
)
def test_rules_for_equally_long_keys(key: str, nodes: list) -> None:
    root, encoded = _root_of(*nodes)
    with pytest.raises(ProofError):
        verify_proof(root, bytes.fromhex(key), encoded, fixed_width=True)


def test_missing_extra_swapped_and_repeated_nodes() -> None:
    trie = secure_trie((index.to_bytes(32, "big"), BIG) for index in range(200))
    for key in (keccak256((7).to_bytes(32, "big")), keccak256(b"absent")):
        nodes = trie.prove(key)
        assert len(nodes) >= 2
        verify_proof(trie.root, key, nodes, fixed_width=True)
        other = trie.prove(keccak256((8).to_bytes(32, "big")))
        wrong = [nodes[:cut] for cut in range(len(nodes))]
        wrong += [[*nodes, extra] for extra in (*other, b"", b"\x80", nodes[-1])]
        wrong += [nodes[::-1], [nodes[0], *nodes], [*nodes[:-1], b"\x80"], [*nodes[:-1], nodes[-1] + b"\0"]]
        wrong += [[b"\x80"], [b""], other[:1] + nodes]
        for proof in wrong:
            with pytest.raises(ProofError):
                verify_proof(trie.root, key, proof, fixed_width=True)


def test_limits() -> None:
    trie = Trie.from_items([(b"a", BIG)])
    with pytest.raises(LimitError):
        verify_proof(trie.root, b"a", trie.prove(b"a") * 130)
    with pytest.raises(LimitError):
        verify_proof(trie.root, bytes(65), trie.prove(b"a"))
    with pytest.raises(LimitError):
        verify_proof(trie.root, b"a", [bytes(8 * 1024 * 1024 + 1)])


def test_deep_tries_have_no_end_that_turns_into_absence() -> None:
    """Keys that part at every nibble: the longest path there is."""
    key = bytes(32)
    items = [(key, BIG)]
    for nibble in range(64):
        other = bytearray(key)
        other[nibble // 2] ^= 0x10 if nibble % 2 == 0 else 0x01
        items.append((bytes(other), BIG))
    trie = Trie.from_items(items)
    assert len(trie.prove(key)) == 65
    assert verify_proof(trie.root, key, trie.prove(key), fixed_width=True) == BIG


KEYS = st.binary(max_size=4) | st.sampled_from([b"", b"\0", b"\0\0", b"\x10", b"\x10\x01"])
ITEMS = st.dictionaries(KEYS, st.binary(min_size=1, max_size=4) | st.binary(min_size=30, max_size=50), max_size=20)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(ITEMS, st.lists(KEYS, max_size=5), st.randoms(use_true_random=False))
def test_every_key_present_or_absent_is_proven(items: dict[bytes, bytes], others: list[bytes], random) -> None:
    pairs = list(items.items())
    random.shuffle(pairs)
    trie = Trie.from_items(pairs)
    assert trie == Trie.from_items(sorted(items.items()))
    for key in (*items, *others):
        assert verify_proof(trie.root, key, trie.prove(key)) == items.get(key)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(ITEMS, KEYS, KEYS, st.integers(0), st.integers(0), st.integers(1, 255), st.integers(0, 3))
def test_changed_proofs_never_show_anything_else(
    items: dict[bytes, bytes], key: bytes, other: bytes, which: int, at: int, flip: int, how: int
) -> None:
    trie = Trie.from_items(items.items())
    nodes = trie.prove(key)
    assume(nodes)
    which %= len(nodes)
    node = bytearray(nodes[which])
    at %= len(node)
    if how == 0:
        node[at] ^= flip
    elif how == 1:
        del node[at]
    elif how == 2:
        node.insert(at, flip)
    else:
        nodes = trie.prove(other)
        which, node = 0, bytearray(nodes[0])
    changed = [*nodes[:which], bytes(node), *nodes[which + 1 :]]
    try:
        assert verify_proof(trie.root, key, changed) == items.get(key)
        assert how == 3
    except LightNodeError:
        pass


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=4), st.binary(max_size=4), st.booleans())
def test_arbitrary_nodes_under_their_own_hash(nodes: list[bytes], key: bytes, fixed_width: bool) -> None:
    root = keccak256(nodes[0]) if nodes else bytes(32)
    try:
        verify_proof(root, key, nodes, fixed_width=fixed_width)
    except LightNodeError:
        return


NODE_ITEMS = st.recursive(
    st.binary(max_size=34)
    | st.binary(min_size=32, max_size=32)
    | st.sampled_from([b"", b"\x20", b"\x31", b"\x00\x12"]),
    lambda inner: st.lists(inner, min_size=2, max_size=2) | st.lists(inner, min_size=17, max_size=17),
    max_leaves=20,
)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(NODE_ITEMS, st.binary(max_size=4), st.booleans())
def test_arbitrary_node_structures(node, key: bytes, fixed_width: bool) -> None:
    raw = rlp.encode(node)
    try:
        verify_proof(keccak256(raw), key, [raw], fixed_width=fixed_width)
    except LightNodeError:
        return


@settings(max_examples=300, derandomize=True, deadline=None)
@given(
    st.lists(
        st.sampled_from([b"", b"", bytes(32), b"\xa0" * 32, b"\x80" * 32, b"v", bytes(31)]), min_size=16, max_size=18
    ),
    st.integers(0),
    st.integers(0, 255),
    st.integers(0, 3),
)
def test_branches_are_read_as_rlp_is_whatever_way_is_taken(items: list, at: int, other: int, how: int) -> None:
    """Branches of hashes are read in one pass; that pass accepts nothing that the decoder of RLP does not, and reads the same."""
    raw = bytearray(rlp.encode(items))
    if how:
        at %= len(raw)
        raw[at : at + (how != 2)] = b"" if how == 3 else bytes([other])
    try:
        expected = rlp.decode_list(bytes(raw), max_depth=16)
    except LightNodeError:
        with pytest.raises(ProofError):
            decode_node(bytes(raw))
        return
    assert decode_node(bytes(raw)) == expected


@pytest.mark.parametrize(
    "raw",
    [
        "", "c0", "f8", "f9", "f901", "f90000", "80", "c180", "f1" + "80" * 17, "d1" + "80" * 17,
        "db" + "80" * 16 + "a0" + "11" * 10,  # the last hash is cut off
        "f90100" + ("a0" + "11" * 32) * 16 + "80", "f90212" + ("a0" + "11" * 32) * 16 + "80",  # another length
        "f8ff" + ("a0" + "11" * 32) * 3 + "80" * 14, "f871" + ("a0" + "11" * 32) * 3 + "80" * 14,
        "f90071" + ("a0" + "11" * 32) * 3 + "80" * 14,  # the long form without need
    ],
)  # fmt: skip
def test_bytes_that_are_hardly_a_node(raw: str) -> None:
    given = bytes.fromhex(raw)
    try:
        expected = rlp.decode_list(given)
    except LightNodeError:
        with pytest.raises(ProofError):
            decode_node(given)
        return
    assert decode_node(given) == expected

"""Commitments: leaf 0 is built, never given; a partial opening shows what it says and nothing else; every byte counts."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightnode.errors import LightNodeError, WireError
from lightnode.wire import cbor, merkle
from lightnode.wire.commitment import (
    ActHeader,
    Opening,
    OpeningError,
    PartialOpening,
    batch_leaf,
    commit,
    commit_partial,
    conceal,
    decode_opening,
    leaves,
    read_opening,
    salt,
)
from lightnode.wire.types import Address, Hash32

HEADER = ActHeader(
    Hash32(b"\x01" * 32), Address(b"\x02" * 20), Hash32(b"\x03" * 32), "a.b.v1", Hash32(b"\x04" * 32), 7
)  # fmt: skip
OPENING = Opening(bytes(range(32)), Hash32(b"\x05" * 32), ("Tom\u00e1s", 7, True, None, ["a", "b"]))


def _slow_root(hashes: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, written down once more."""
    if len(hashes) == 1:
        return hashes[0]
    half = 1
    while half * 2 < len(hashes):
        half *= 2
    return hashlib.sha256(b"\1" + _slow_root(hashes[:half]) + _slow_root(hashes[half:])).digest()


def test_the_leaves_are_those_of_the_foundations() -> None:
    first = ["chancery/act/1", b"\x01" * 32, b"\x02" * 20, b"\x03" * 32, "a.b.v1", b"\x04" * 32, 7]
    values = [b"\x05" * 32, "Tom\u00e1s", 7, True, None, ["a", "b"]]
    data = [first, *([at, salt(OPENING.master_salt, at), value] for at, value in enumerate(values, 1))]
    hashes = [hashlib.sha256(b"\0" + cbor.encode(item)).digest() for item in data]
    assert leaves(HEADER, OPENING) == hashes
    assert commit(HEADER, OPENING) == _slow_root(hashes)


@pytest.mark.parametrize(
    "changes",
    [
        {"genesis": Hash32(b"\x09" * 32)}, {"registry": Address(b"\x09" * 20)}, {"authority": Hash32(b"\x09" * 32)},
        {"template_id": "a.b.v2"}, {"template_digest": Hash32(b"\x09" * 32)},
    ],
)  # fmt: skip
def test_another_act_header_is_another_commitment(changes: dict) -> None:
    assert commit(replace(HEADER, **changes), OPENING) != commit(HEADER, OPENING)


def test_an_opening_fits_its_template() -> None:
    for count in (6, 8):
        with pytest.raises(OpeningError):
            commit(replace(HEADER, leaf_count=count), OPENING)
    with pytest.raises(OpeningError):
        commit(HEADER, replace(OPENING, master_salt=b"short"))


def test_true_is_not_one_and_absent_is_not_empty() -> None:
    made = {
        commit(HEADER, replace(OPENING, values=(value, 7, True, None, ["a", "b"])))
        for value in (None, "", 0, 1, True, False, "1")
    }
    assert len(made) == 7


@given(st.sets(st.integers(1, 6)))
@settings(max_examples=64, derandomize=True)
def test_every_partial_opening_leads_to_the_commitment_without_the_master_salt(positions: set[int]) -> None:
    partial = conceal(HEADER, OPENING, sorted(positions))
    assert commit_partial(HEADER, partial) == commit(HEADER, OPENING)
    data = cbor.encode(partial.as_cbor())
    assert OPENING.master_salt not in data
    assert read_opening(cbor.decode(data)) == partial
    hidden = {salt(OPENING.master_salt, at) for at in range(1, 7) if at not in positions}
    assert not any(secret in data for secret in hidden)


def test_a_partial_opening_has_no_more_and_no_fewer_subtrees() -> None:
    partial = conceal(HEADER, OPENING, [2])
    for hidden in (partial.hidden[1:], (*partial.hidden, partial.hidden[0]), ()):
        with pytest.raises(WireError):
            commit_partial(HEADER, replace(partial, hidden=tuple(hidden)))


def test_a_hidden_subtree_is_maximal() -> None:
    # Two siblings given apart, where their parent belongs, are one subtree too many.
    made = leaves(HEADER, OPENING)
    partial = conceal(HEADER, OPENING, [2])
    split = (made[3], *partial.hidden)
    with pytest.raises(WireError):
        commit_partial(HEADER, PartialOpening(partial.shown, split))


@pytest.mark.parametrize("order", ["twice", "turned", "zero", "outside"])
def test_shown_leaves_ascend_and_leaf_0_is_never_shown(order: str) -> None:
    partial = conceal(HEADER, OPENING, [2, 3])
    first, second = partial.shown
    shown = {
        "twice": (first, first), "turned": (second, first), "zero": (replace(first, position=0), second),
        "outside": (first, replace(second, position=7)),
    }[order]  # fmt: skip
    with pytest.raises(OpeningError):
        commit_partial(HEADER, replace(partial, shown=shown))


def test_a_position_that_is_not_there_cannot_be_shown() -> None:
    for position in (0, 7, -1):
        with pytest.raises(OpeningError):
            conceal(HEADER, OPENING, [position])


def test_every_changed_byte_of_an_opening_is_another_commitment_or_refused() -> None:
    for whole in (OPENING.as_cbor(), conceal(HEADER, OPENING, [1, 2, 4]).as_cbor()):
        data = cbor.encode(whole)
        for at in range(len(data)):
            for value in {data[at] ^ 1, data[at] ^ 0x80, 0xF4, 0xF5, 0xF6} - {data[at]}:
                broken = data[:at] + bytes([value]) + data[at + 1 :]
                try:
                    opening = read_opening(cbor.decode(broken))
                    made = commit(HEADER, opening) if isinstance(opening, Opening) else commit_partial(HEADER, opening)
                except LightNodeError:
                    continue
                assert made != commit(HEADER, OPENING)


@settings(max_examples=300, derandomize=True)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-1, 8) | st.binary(max_size=33) | st.text(max_size=3),
        lambda inner: st.lists(inner, max_size=5),
        max_leaves=12,
    )
)
def test_any_value_is_an_opening_or_one_of_our_errors(value: object) -> None:
    try:
        assert read_opening(value).as_cbor() == value
    except LightNodeError:
        pass


def test_a_partial_opening_is_not_taken_for_a_full_one() -> None:
    assert decode_opening(OPENING.encode()) == OPENING
    with pytest.raises(OpeningError):
        decode_opening(cbor.encode(conceal(HEADER, OPENING, [1]).as_cbor()))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 33])
def test_a_batch_path_has_one_length_and_one_place(size: int) -> None:
    made = [batch_leaf(bytes([at]) * 32) for at in range(size)]
    top = merkle.root(made)
    assert top == _slow_root(list(made))
    for at in range(size):
        nodes = merkle.path(made, at)
        assert merkle.root_from_path(made[at], at, size, nodes) == top
        for wrong in ((*nodes, made[0]), nodes[1:] if nodes else (made[0],)):
            with pytest.raises(merkle.MerklePathError):
                merkle.root_from_path(made[at], at, size, wrong)
        for other in {0, size - 1, at ^ 1} - {at}:
            if other < size:
                try:
                    assert merkle.root_from_path(made[at], other, size, nodes) != top
                except merkle.MerklePathError:
                    pass
    with pytest.raises(merkle.MerklePathError):
        merkle.root_from_path(made[0], size, size, ())


def test_a_batch_leaf_is_no_record_leaf() -> None:
    assert batch_leaf(b"\x01" * 32) != merkle.leaf_hash(b"\x01" * 32)

"""RLP: the published vectors, and decode as the exact inverse of encode."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightnode.errors import LightNodeError, LimitError
from lightnode.wire import rlp

ITEMS = st.recursive(st.binary(max_size=70), lambda inner: st.lists(inner, max_size=6), max_leaves=25)


def _item(value):
    if isinstance(value, int):
        return rlp.encode_uint(value)
    if isinstance(value, str):
        return rlp.encode_uint(int(value[1:])) if value.startswith("#") else value.encode()
    return [_item(part) for part in value]


def test_published_encodings(shared_vectors: Path) -> None:
    cases = json.loads((shared_vectors / "offline" / "ethereum" / "rlptest.json").read_text())
    assert len(cases) > 20
    for name, case in cases.items():
        encoded = bytes.fromhex(case["out"].removeprefix("0x"))
        assert rlp.encode(_item(case["in"])) == encoded, name
        assert rlp.decode(encoded) == _item(case["in"]), name


def test_published_invalid_encodings(shared_vectors: Path) -> None:
    cases = json.loads((shared_vectors / "offline" / "ethereum" / "invalidRLPTest.json").read_text())
    assert len(cases) > 10
    for name, case in cases.items():
        with pytest.raises((rlp.RlpError, LimitError)):
            rlp.decode(bytes.fromhex(case["out"].removeprefix("0x")))
            pytest.fail(name)


@pytest.mark.parametrize(
    "encoded",
    [
        "",  # nothing
        "8100",  # one byte below 0x80 behind a prefix
        "817f",
        "b800",  # long form of a short length
        "b801ff",
        "b837" + "00" * 55,
        "b90000",  # length with a leading zero
        "b9003c" + "00" * 60,
        "f837" + "80" * 55,
        "f800",
        "f90000",
        "0000",  # something follows
        "8080",
        "c000",
        "81",  # ends early
        "b8",
        "b838" + "00" * 55,
        "c1",
        "c281",
        "c2c28000",  # the inner list ends past the outer one
        "bf" + "ff" * 8,
        "ff" + "ff" * 8,
    ],
)
def test_refuses_what_is_not_canonical(encoded: str) -> None:
    with pytest.raises(rlp.RlpError):
        rlp.decode(bytes.fromhex(encoded))


def test_limits() -> None:
    with pytest.raises(LimitError):
        rlp.decode(bytes(11), max_bytes=10)
    with pytest.raises(LimitError):
        rlp.decode(rlp.encode([[[b""]]]), max_depth=2)
    assert rlp.decode(rlp.encode([[[b""]]]), max_depth=3) == [[[b""]]]
    with pytest.raises(LimitError):
        rlp.decode(rlp.encode([b""] * 10), max_items=10)
    assert rlp.decode(rlp.encode([b""] * 9), max_items=10) == [b""] * 9
    deep = b""
    for _ in range(3000):
        deep = rlp._prefix(len(deep), 0xC0) + deep
    with pytest.raises(LimitError):
        rlp.decode(deep)


def test_numbers() -> None:
    assert rlp.encode_uint(0) == b""
    assert rlp.encode_uint(256) == b"\1\0"
    assert rlp.decode_uint(b"") == 0
    assert rlp.decode_uint(b"\xff" * 32) == 2**256 - 1
    for wrong in ([], b"\0", b"\0\1"):
        with pytest.raises(rlp.RlpError):
            rlp.decode_uint(wrong)
    with pytest.raises(rlp.RlpError):
        rlp.decode_uint(b"\1" * 9, 8)


def test_decode_list_wants_a_list() -> None:
    assert rlp.decode_list(b"\xc0") == []
    with pytest.raises(rlp.RlpError):
        rlp.decode_list(b"\x80")


@settings(max_examples=200, derandomize=True)
@given(ITEMS)
def test_round_trip(item) -> None:
    assert rlp.decode(rlp.encode(item), max_depth=64) == item


@settings(max_examples=600, derandomize=True)
@given(
    st.one_of(
        st.binary(max_size=80),
        st.tuples(ITEMS, st.integers(0), st.integers(0, 255)).map(
            lambda parts: _mutated(rlp.encode(parts[0]), parts[1], parts[2])
        ),
    )
)
def test_decodes_only_what_it_would_encode(data: bytes) -> None:
    try:
        item = rlp.decode(data)
    except LightNodeError:
        return
    assert rlp.encode(item) == data


def _mutated(data: bytes, at: int, value: int) -> bytes:
    at %= len(data)
    return data[:at] + bytes([value]) + data[at + 1 :]

"""Deterministic CBOR: one encoding for each value, nothing outside the subset."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightnode.errors import LightNodeError, LimitError
from lightnode.wire import cbor

NFC = st.text(st.characters(codec="ascii"), max_size=20) | st.sampled_from(["\u00e9", "stra\u00dfe", "\u0105\u0119"])
SCALARS = st.none() | st.booleans() | st.integers(-(2**64), 2**64 - 1) | st.binary(max_size=40) | NFC
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.integers(0, 23), inner, max_size=5),
    max_leaves=20,
)


def test_appendix_a(shared_vectors: Path) -> None:
    """Of the RFC's examples exactly those of the subset are read, and written back as they were."""
    cases = json.loads((shared_vectors / "hardware" / "cbor" / "appendix_a.json").read_text())
    read = []
    for case in cases:
        data = bytes.fromhex(case["hex"])
        try:
            value = cbor.decode(data)
        except cbor.CborError:
            continue
        assert cbor.encode(value) == data
        assert case["roundtrip"]
        if "decoded" in case and not isinstance(value, bytes):
            assert json.loads(json.dumps(value)) == case["decoded"] or isinstance(value, dict)
        read.append(case["hex"])
    refused = {case["hex"] for case in cases} - set(read)
    assert {"00", "1bffffffffffffffff", "3bffffffffffffffff", "f4", "f6", "40", "80", "a0", "8301820203820405"} <= set(
        read
    )
    assert {
        "f97e00",
        "c074323031332d30332d32315432303a30343a30305a",
        "f7",
        "9fff",
        "5f42010243030405ff",
        "f0",
    } <= refused
    assert {"c249010000000000000000", "fb3ff199999999999a", "a26161016162820203", "d74401020304"} <= refused


@pytest.mark.parametrize(
    "data",
    [
        "",
        "1800",  # not the shortest number
        "190017",
        "1b00000000ffffffff",
        "5800",  # not the shortest length
        "9800",
        "b800",
        "a200000000",  # the same key twice
        "a201000000",  # keys out of order
        "a1181800",  # a key above 23
        "a12000",  # a negative key
        "a1f500",  # a truth value as key
        "a1616100",  # a text as key
        "8001",  # something follows
        "82",  # ends early
        "7f6161ff",  # indefinite
        "9f01ff",
        "bf0001ff",
        "f90000",  # floats
        "f97c00",
        "c100",  # tags
        "c24101",
        "d81801",
        "d9d9f780",
        "d81c80",
        "da7fffffff00",
        "f7",  # undefined
        "e0",  # simple values
        "f820",
        "6365cc81",  # e and a combining accent: not NFC
        "61ff",  # not UTF-8
        "63eda080",  # half a character
        "5bffffffffffffffff",  # lengths far beyond the input
        "9bffffffffffffffff",
        "bbffffffffffffffff",
        "7b7fffffffffffffff",
    ],
)
def test_refuses(data: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(cbor.CborError):
            cbor.decode(bytes.fromhex(data))
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "value",
    [
        1.5,
        {24: 0},
        {-1: 0},
        {True: 0},
        {"a": 0},
        2**64,
        -(2**64) - 1,
        "e\u0301",
        "\ud800",
        bytearray(b"a"),
        {1, 2},
        [object()],
    ],
)
def test_encodes_only_the_subset(value: object) -> None:
    with pytest.raises(cbor.CborError):
        cbor.encode(value)


def test_limits() -> None:
    with pytest.raises(LimitError):
        cbor.decode(bytes(11), max_bytes=10)
    value: object = 0
    for _ in range(cbor.MAX_DEPTH):
        value = [value]
    assert cbor.decode(cbor.encode(value)) == value
    for nested in ([value], {1: value}):
        with pytest.raises(cbor.CborError):
            cbor.encode(nested)
    with pytest.raises(LightNodeError):
        cbor.decode(b"\x81" * (cbor.MAX_DEPTH + 1) + b"\0")
    with pytest.raises(LightNodeError):
        cbor.decode(b"\x81" * 60_000 + b"\0")


def test_maps_are_sorted() -> None:
    assert cbor.encode({23: 1, 0: 2, 7: 3}) == bytes.fromhex("a30002070317" + "01")


@settings(max_examples=200, derandomize=True)
@given(VALUES)
def test_round_trip(value) -> None:
    assert cbor.decode(cbor.encode(value)) == value


@settings(max_examples=600, derandomize=True)
@given(
    st.one_of(
        st.binary(max_size=60),
        st.tuples(VALUES, st.integers(0), st.integers(0, 255)).map(
            lambda parts: _mutated(cbor.encode(parts[0]), parts[1], parts[2])
        ),
    )
)
def test_decodes_only_what_it_would_encode(data: bytes) -> None:
    try:
        value = cbor.decode(data)
    except LightNodeError:
        return
    assert cbor.encode(value) == data


def _mutated(data: bytes, at: int, value: int) -> bytes:
    at %= len(data)
    return data[:at] + bytes([value]) + data[at + 1 :]

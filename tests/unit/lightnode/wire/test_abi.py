"""The ABI's one canonical layout: published examples, every way to deviate, and a second encoder."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightnode.errors import LightNodeError, LimitError
from lightnode.wire import abi

STAMP = "timestampHashes(uint256[],bytes[],bytes[])"
EVENT = "bytes32[],uint256[],bytes[],bytes[]"


def words(text: str) -> bytes:
    """Join words written without their leading zeros; a trailing `~` pads on the right instead."""
    return b"".join(
        bytes.fromhex(part[:-1].ljust(64, "0") if part.endswith("~") else part.rjust(64, "0")) for part in text.split()
    )


@pytest.mark.parametrize(
    ("signature", "expected"),
    [
        (STAMP, "04bb4722"),
        ("transfer(address,uint256)", "a9059cbb"),
        ("record(bytes32)", "b5c645bd"),
        ("recordMany(bytes32[],string)", "4b8c6781"),
        ("count()", "06661abd"),
        ("getValidators()", "b7ab4db5"),
        ("sam(bytes,bool,uint256[])", "a5643bf2"),
        ("bar(bytes3[2])", "fce353f6"),
    ],
)
def test_selectors(signature: str, expected: str) -> None:
    assert abi.selector(signature).hex() == expected
    assert abi.event_topic(signature)[:4].hex() == expected


def test_published_examples() -> None:
    """The examples of the Solidity documentation."""
    sam = words("60 1 a0 4 64617665~ 3 1 2 3")
    assert abi.encode_call("sam(bytes,bool,uint256[])", [b"dave", True, [1, 2, 3]])[4:] == sam
    assert abi.decode("bytes,bool,uint256[]", sam) == (b"dave", True, (1, 2, 3))
    f = words("123 80 31323334353637383930~ e0 2 456 789 d 48656c6c6f2c20776f726c6421~")
    values = (0x123, (0x456, 0x789), b"1234567890", b"Hello, world!")
    call = abi.encode_call("f(uint256,uint32[],bytes10,bytes)", values)
    assert call.hex()[:8] == "8be65246"
    assert call[4:] == f
    assert abi.decode_call("f(uint256,uint32[],bytes10,bytes)", call) == values
    g = words("40 140 2 40 a0 2 1 2 1 3 3 60 a0 e0 3 6f6e65~ 3 74776f~ 5 7468726565~")
    values = (((1, 2), (3,)), ("one", "two", "three"))
    call = abi.encode_call("g(uint256[][],string[])", values)
    assert call.hex()[:8] == "2289b18c"
    assert call[4:] == g
    assert abi.decode("uint256[][],string[]", g) == values
    assert abi.encode("bytes3[2]", [[b"abc", b"def"]]) == words("616263~ 646566~")


def test_timestamp_call_and_event() -> None:
    call = abi.encode_call(STAMP, [[1], [b"\xaa" * 32], [b"data"]])
    assert call == bytes.fromhex("04bb4722") + words("60 a0 120 1 1 1 20 20 " + "aa" * 32 + " 1 20 4 64617461~")
    assert abi.decode_call(STAMP, call) == ((1,), (b"\xaa" * 32,), (b"data",))
    event = abi.encode(EVENT, [[b"\xbb" * 32], [1], [b"\xaa" * 32], [b"data"]])
    assert abi.decode(EVENT, event) == ((b"\xbb" * 32,), (1,), (b"\xaa" * 32,), (b"data",))
    with pytest.raises(abi.AbiError):
        abi.decode_call("timestamp(bytes32)", call)
    with pytest.raises(abi.AbiError):
        abi.decode_call(STAMP, call[:3])
    leaf = bytes(range(256)) * 2
    assert b"".join(abi.decode("bytes32[16]", leaf)[0]) == leaf


@pytest.mark.parametrize(
    ("types", "data"),
    [
        ("", "1"),
        ("uint256", ""),
        ("uint256", "1 2"),
        ("uint8", "100"),
        ("uint248", "ff" * 32),
        ("bool", "2"),
        ("bool", "ff" * 32),
        ("address", "1" + "00" * 20),
        ("address", "ff" * 32),
        ("bytes4", "11223344" + "00" * 27 + "01"),
        ("bytes31", "11" * 32),
        ("bytes", "20"),  # no length
        ("bytes", "0 0"),  # an offset into the head
        ("bytes", "1f 0"),
        ("bytes", "21 0"),
        ("bytes", "40 0 0"),  # a gap
        ("bytes", "20 0 0"),  # something behind
        ("bytes", "20 1"),
        ("bytes", "20 1 0100~"[:5]),
        ("bytes", "20 1 0101~"),  # padding not zero
        ("bytes", "20 1 01~ 0"),
        ("bytes", "20 21 " + "11" * 32),
        ("bytes", "20 " + "ff" * 32),
        ("bytes", "ff" * 32 + " 0"),
        ("bytes", "8000000000000000 0"),
        ("bytes,bytes", "40 40 0"),  # two offsets to one part
        ("bytes,bytes", "60 40 0 0"),  # parts out of order
        ("bytes,bytes", "40 60 1 0"),  # overlapping
        ("string", "20 1 ff~"),  # not UTF-8
        ("string", "20 3 eda080~"),
        ("uint256[]", "20 2 1"),
        ("uint256[]", "20 1 1 1"),
        ("uint256[]", "20 " + "ff" * 32),
        ("uint256[]", "20 1000000000000000 1"),
        ("bytes[]", "20 1 20 ff"),
        ("bytes[]", "20 2 40 40 0"),
        ("bytes[]", "20 1 40 0 0"),
        ("uint256[][]", "20 2 40 40 0"),
        ("uint256[3]", "1 2"),
        ("bytes[2]", "20 40 40 0"),
    ],
)
def test_refuses_other_layouts(types: str, data: str) -> None:
    with pytest.raises(abi.AbiError):
        abi.decode(types, words(data))


def test_refuses_broken_words() -> None:
    for data in (bytes(31), bytes(33), b""):
        with pytest.raises(abi.AbiError):
            abi.decode("uint256", data)


def test_reading_is_bounded() -> None:
    with pytest.raises(LimitError):
        abi.decode("bytes", bytes(abi.MAX_BYTES + 32))
    # Sharing tails would let 4 kB stand for billions of items.
    bomb = words("20 8" + " 100" * 8 + " 8" + " 100" * 8 + " 8" + " 100" * 8 + " 1 1")
    with pytest.raises(abi.AbiError):
        abi.decode("uint256[][][][]", bomb)
    with pytest.raises(abi.AbiError):
        abi.decode("uint256[9999][9999][9999][9999]", bytes(64))
    with pytest.raises(abi.AbiError):
        abi.decode("bytes[9999][9999][9999][9999]", bytes(64))


@pytest.mark.parametrize(
    "types",
    [
        "uint",
        "uint0",
        "uint7",
        "uint264",
        "uint08",
        "int256",
        "bytes0",
        "bytes33",
        "bytes032",
        "address20",
        "bool8",
        "string1",
        "function",
        "fixed",
        "uint256[0]",
        "uint256[01]",
        "uint256[-1]",
        "uint256[",
        "uint256]",
        "uint256[][][][][]",
        "uint256[99999]",
        "uint256,",
        ",uint256",
        "uint256, bool",
        " uint256",
        "(uint256)",
        "uint256\n",
        "U256",
        ",".join(["bool"] * 65),
    ],
)
def test_refuses_other_types(types: str) -> None:
    with pytest.raises(abi.AbiTypeError):
        abi.parse_types(types)
    with pytest.raises(abi.AbiTypeError):
        abi.selector(f"f({types})")


@pytest.mark.parametrize("signature", ["", "f", "f(", "f)", "(bool)", "1f()", "f()x", "f(bool) ", "f f()", "f\u00e9()"])
def test_refuses_other_signatures(signature: str) -> None:
    with pytest.raises(abi.AbiTypeError):
        abi.selector(signature)


@pytest.mark.parametrize(
    ("types", "values"),
    [
        ("uint256", [-1]),
        ("uint256", [2**256]),
        ("uint8", [256]),
        ("uint256", [True]),
        ("uint256", ["1"]),
        ("uint256", []),
        ("uint256", [1, 2]),
        ("uint256", 1),
        ("bool", [1]),
        ("address", [bytes(19)]),
        ("address", ["0x" + "11" * 20]),
        ("bytes4", [bytes(3)]),
        ("bytes4", ["abcd"]),
        ("bytes", ["text"]),
        ("string", [b"bytes"]),
        ("string", ["\ud800"]),
        ("uint256[]", [1]),
        ("uint256[]", [b"ab"]),
        ("uint256[2]", [[1]]),
        ("uint256[2]", [[1, 2, 3]]),
    ],
)
def test_refuses_values_that_do_not_fit(types: str, values: object) -> None:
    with pytest.raises(abi.AbiError):
        abi.encode(types, values)


def test_words() -> None:
    assert abi.read_uint(abi.uint_word(2**256 - 1)) == 2**256 - 1
    assert abi.read_uint(abi.uint_word(255, 8), 8) == 255
    assert abi.read_address(abi.address_word(b"\x11" * 20)) == b"\x11" * 20
    assert abi.read_bool(abi.bool_word(True)) is True
    assert abi.read_bool(abi.bool_word(False)) is False
    assert abi.split_words(bytes(64), 2) == (bytes(32), bytes(32))
    assert abi.split_words(b"", 0) == ()
    for data, count in ((bytes(63), 2), (bytes(64), 1), (bytes(64), 3)):
        with pytest.raises(abi.AbiError):
            abi.split_words(data, count)
    for read in (abi.read_uint, abi.read_address, abi.read_bool):
        for wrong in (b"", bytes(31), bytes(33)):
            with pytest.raises(abi.AbiError):
                read(wrong)
    with pytest.raises(abi.AbiError):
        abi.read_uint(abi.uint_word(256), 8)
    with pytest.raises(abi.AbiError):
        abi.uint_word(256, 8)


def reference(types: list[str], values) -> bytes:
    """A second encoder, by the recursive definition of the ABI specification."""
    heads, tails = [], []
    size = sum(_static_size(kind) or 32 for kind in types)
    for kind, value in zip(types, values, strict=True):
        part = _reference_one(kind, value)
        if _static_size(kind) is None:
            heads.append((size + sum(map(len, tails))).to_bytes(32, "big"))
            tails.append(part)
        else:
            heads.append(part)
    return b"".join(heads) + b"".join(tails)


def _split(kind: str) -> tuple[str, str]:
    head, _, length = kind[:-1].rpartition("[")
    return head, length


def _static_size(kind: str) -> int | None:
    if kind.endswith("]"):
        item, length = _split(kind)
        size = _static_size(item)
        return None if not length or size is None else size * int(length)
    return None if kind in ("bytes", "string") else 32


def _reference_one(kind: str, value) -> bytes:
    if kind.endswith("]"):
        item, length = _split(kind)
        count = b"" if length else len(value).to_bytes(32, "big")
        return count + reference([item] * len(value), value)
    if kind in ("bytes", "string"):
        raw = value.encode() if kind == "string" else value
        return len(raw).to_bytes(32, "big") + raw + bytes(-len(raw) % 32)
    if kind.startswith("bytes"):
        return value + bytes(32 - len(value))
    return (int.from_bytes(value, "big") if kind == "address" else int(value)).to_bytes(32, "big")


BASES = {
    "uint256": st.integers(0, 2**256 - 1),
    "uint8": st.integers(0, 255),
    "bool": st.booleans(),
    "address": st.binary(min_size=20, max_size=20),
    "bytes32": st.binary(min_size=32, max_size=32),
    "bytes4": st.binary(min_size=4, max_size=4),
    "bytes": st.binary(max_size=70),
    "string": st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
}


@st.composite
def typed_values(draw) -> tuple[list[str], list]:
    types, values = [], []
    for _ in range(draw(st.integers(0, 3))):
        kind = draw(st.sampled_from(sorted(BASES)))
        strategy = BASES[kind]
        for _ in range(draw(st.integers(0, 2))):
            length = draw(st.none() | st.integers(1, 3))
            strategy = st.lists(strategy, min_size=length or 0, max_size=length or 3).map(tuple)
            kind += f"[{length or ''}]"
        types.append(kind)
        values.append(draw(strategy))
    return types, values


@settings(max_examples=200, derandomize=True, deadline=None)
@given(typed_values())
def test_round_trip_and_second_encoder(case: tuple[list[str], list]) -> None:
    types, values = case
    data = abi.encode(",".join(types), values)
    assert data == reference(types, values)
    assert abi.decode(",".join(types), data) == tuple(values)


@settings(max_examples=400, derandomize=True, deadline=None)
@given(typed_values(), st.integers(0), st.integers(1, 255), st.integers(0, 3))
def test_changed_bytes(case: tuple[list[str], list], at: int, flip: int, how: int) -> None:
    types, values = case
    raw = bytearray(abi.encode(",".join(types), values))
    at %= len(raw) + 1
    if how == 0 and at < len(raw):
        raw[at] ^= flip
    elif how == 1:
        del raw[at : at + 32]
    elif how == 2:
        raw[at:at] = bytes([flip]) * 32
    else:
        raw[at:at] = bytes([flip])
    with contextlib.suppress(LightNodeError):
        assert abi.encode(",".join(types), abi.decode(",".join(types), bytes(raw))) == raw


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.text(max_size=12) | st.text("uintbyes[]0123456789,", max_size=12), st.binary(max_size=128))
def test_only_our_errors_escape(types: str, data: bytes) -> None:
    with contextlib.suppress(LightNodeError):
        abi.decode(types, data)
    with contextlib.suppress(LightNodeError):
        abi.decode_call(f"f({types})", data)

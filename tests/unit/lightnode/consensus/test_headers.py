"""Headers in RLP and JSON: canonical, bounded, and never believed for what stands beside them."""

from __future__ import annotations

import copy
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lightnode.consensus.constants import MIX_HASH
from lightnode.consensus.errors import ExtraDataError, HeaderFormError
from lightnode.consensus.extra_data import (
    BftRules,
    ExtraData,
    Vote,
    decode_extra_data,
    encode_extra_data,
    reads_as_ibft1,
)
from lightnode.consensus.hashes import block_hash
from lightnode.consensus.header import Header, decode_header
from lightnode.consensus.header_json import header_from_json, printed_header
from lightnode.wire import rlp
from lightnode.wire.types import Address, Hash32
from tests.support.recorded_networks import NETWORKS, blocks, config, headers

LONDON, CANCUN = "besu-qbft-votes-london", "besu-qbft-contract-cancun"

words = st.binary(min_size=32, max_size=32).map(Hash32)
accounts = st.binary(min_size=20, max_size=20).map(Address)
u64 = st.integers(0, (1 << 64) - 1)
u256 = st.integers(0, (1 << 256) - 1)
FIXED = [words, words, accounts, words, words, words, st.binary(min_size=256, max_size=256), u256, u64, u64, u64, u64,
         st.binary(max_size=300), words, st.binary(min_size=8, max_size=8)]  # fmt: skip
TAIL = [u256, words, u256, u256, words, words]
any_header = st.sampled_from([0, 1, 2, 4, 5, 6]).flatmap(
    lambda count: st.tuples(*FIXED, *TAIL[:count]).map(lambda values: Header(*values))
)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(any_header)
def test_encoding_and_decoding_are_inverse(header: Header) -> None:
    raw = header.encode()
    assert decode_header(raw) == header
    assert header.field_count == len(rlp.decode_list(raw))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.binary(max_size=700))
def test_any_bytes_are_a_header_or_one_clear_error(raw: bytes) -> None:
    with pytest.raises(HeaderFormError):
        decode_header(raw)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.sampled_from(NETWORKS), st.integers(0, 30), st.integers(0, 10_000), st.binary(min_size=1, max_size=3))
def test_changed_bytes_never_decode_to_the_same_header(network: str, height: int, at: int, patch: bytes) -> None:
    raw = headers(network)[height].encode()
    at %= len(raw)
    changed = raw[:at] + patch + raw[at + len(patch) :]
    try:
        header = decode_header(changed)
    except HeaderFormError:
        return
    assert header.encode() == changed
    assert (header == headers(network)[height]) is (changed == raw)


@pytest.mark.parametrize("count", [0, 14, 18, 22, 23])
def test_no_header_has_another_number_of_fields(count: int) -> None:
    items = rlp.decode_list(headers(CANCUN)[1].encode())
    with pytest.raises(HeaderFormError):
        decode_header(rlp.encode([*items, bytes(32), b"", b""][:count]))


def test_no_list_stands_for_a_field() -> None:
    items = rlp.decode_list(headers(LONDON)[1].encode())
    for index in range(len(items)):
        with pytest.raises(HeaderFormError):
            decode_header(rlp.encode([*items[:index], [], *items[index + 1 :]]))


def test_every_width_is_checked() -> None:
    items = rlp.decode_list(headers(CANCUN)[1].encode())
    for index, item in enumerate(items):
        if index == 12:
            continue
        for wrong in (b"\0" + bytes(item), b"\1" * 257):
            with pytest.raises(HeaderFormError):
                decode_header(rlp.encode([*items[:index], wrong, *items[index + 1 :]]))


def test_a_header_of_more_than_the_limit_is_refused_unread() -> None:
    header = headers(LONDON)[1].replace_extra_data(bytes(300_000))
    with pytest.raises(HeaderFormError):
        decode_header(header.encode())


# JSON ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("network", NETWORKS)
def test_printed_hash_is_the_recomputed_one(network: str) -> None:
    for block, header in list(zip(blocks(network), headers(network), strict=True))[1:]:
        rules = config(network).schedule.rules(header.number)
        assert f"0x{block_hash(rules, header).hex()}" == block["hash"]


def test_fields_stop_at_the_first_gap() -> None:
    """A producing node prints parentBeaconBlockRoot on blocks before Cancun, whose RLP ends before it."""
    block = dict(blocks(LONDON)[5]) | {"parentBeaconBlockRoot": "0x" + "00" * 32}
    assert header_from_json(block) == headers(LONDON)[5]
    berlin = dict(blocks("besu-ibft2-votes-berlin")[5]) | {"withdrawalsRoot": "0x" + "00" * 32, "baseFeePerGas": None}
    assert header_from_json(berlin) == headers("besu-ibft2-votes-berlin")[5]


def test_a_missing_mix_hash_is_the_constant() -> None:
    block = dict(blocks(LONDON)[5])
    del block["mixHash"]
    assert header_from_json(block).mix_hash == MIX_HASH
    assert header_from_json(block) == headers(LONDON)[5]


def test_one_blob_field_alone_is_refused() -> None:
    block = dict(blocks(CANCUN)[5])
    del block["excessBlobGas"]
    with pytest.raises(HeaderFormError):
        header_from_json(block)


def test_what_stands_beside_the_header_is_ignored() -> None:
    block = dict(blocks(LONDON)[5]) | {"hash": "0x" + "11" * 32, "totalDifficulty": "0xff", "size": "x", "author": 1}
    assert header_from_json(block) == headers(LONDON)[5]
    assert printed_header(block).claimed_hash == b"\x11" * 32


@pytest.mark.parametrize("value", [5, "0x5", "0x05"])
def test_raw_header_lines(value: Any) -> None:
    raw = f"0x{headers(LONDON)[5].encode().hex()}"
    assert printed_header({"header": raw}).header == headers(LONDON)[5]
    assert printed_header({"header": raw, "blockNumber": value}).header == headers(LONDON)[5]
    assert printed_header({"header": raw, "blockNumber": None}).header == headers(LONDON)[5]


@pytest.mark.parametrize("value", [6, "0x6", "5", -5, 5.0, True, [], "0x" + "0" * 80, 10**70])
def test_a_block_number_must_agree(value: Any) -> None:
    with pytest.raises(HeaderFormError):
        printed_header({"header": f"0x{headers(LONDON)[5].encode().hex()}", "blockNumber": value})


HOSTILE: list[Any] = [
    None,
    True,
    7,
    -1,
    1.5,
    "",
    "0x",
    "0xzz",
    "0x1",
    "5",
    [],
    {},
    "0x" + "ff" * 33,
    "\ud800",
    "0x\u0661",
]


def test_every_field_refuses_what_is_no_value() -> None:
    names = ["parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot", "receiptsRoot", "logsBloom",
             "difficulty", "number", "gasLimit", "gasUsed", "timestamp", "extraData", "mixHash", "nonce",
             "baseFeePerGas", "withdrawalsRoot", "blobGasUsed", "excessBlobGas", "parentBeaconBlockRoot"]  # fmt: skip
    good = dict(blocks(CANCUN)[3])
    for name in names:
        for value in HOSTILE:
            block = copy.deepcopy(good) | {name: value}
            try:
                header = header_from_json(block)
            except HeaderFormError:
                continue
            assert isinstance(header, Header)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    st.recursive(st.none() | st.integers() | st.text(max_size=5), lambda x: st.lists(x) | st.dictionaries(st.text(), x))
)
@example({"header": None})
@example({"header": "0x"})
@example({"parentHash": {}})
def test_any_json_value_gives_one_clear_error(value: Any) -> None:
    with pytest.raises(HeaderFormError):
        printed_header(value)


# extraData -------------------------------------------------------------------------------------------------------

seal_bytes = st.binary(min_size=65, max_size=65)
extras = st.builds(
    ExtraData,
    st.binary(min_size=32, max_size=32),
    st.lists(accounts, max_size=6).map(tuple),
    st.none() | st.builds(Vote, accounts, st.booleans()),
    # From 2^24 on a QBFT round also reads as one of IBFT 2.0; networks of both refuse such a header.
    st.integers(0, (1 << 24) - 1),
    st.lists(seal_bytes, max_size=6).map(tuple),
    st.just(b""),
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(extras, st.sampled_from(list(BftRules)), seal_bytes)
def test_extra_data_is_written_and_read_alike(extra: ExtraData, rules: BftRules, proposer: bytes) -> None:
    if rules is BftRules.IBFT1:
        extra = replace(extra, vote=None, round=0, proposer_seal=proposer)
    raw = encode_extra_data(rules, extra)
    assert decode_extra_data(rules, raw) == extra
    assert reads_as_ibft1(raw) is (rules is BftRules.IBFT1)
    for other in set(BftRules) - {rules}:
        with pytest.raises(ExtraDataError):
            decode_extra_data(other, raw)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.sampled_from(NETWORKS), st.integers(1, 30), st.integers(0, 10_000), st.binary(min_size=1, max_size=3))
def test_changed_extra_data_is_canonical_or_refused(network: str, height: int, at: int, patch: bytes) -> None:
    raw = headers(network)[height].extra_data
    at %= len(raw)
    changed = raw[:at] + patch + raw[at + len(patch) :]
    for rules in BftRules:
        try:
            extra = decode_extra_data(rules, changed)
        except ExtraDataError:
            continue
        assert encode_extra_data(rules, extra) == changed


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.binary(max_size=300), st.sampled_from(list(BftRules)), st.booleans())
def test_any_bytes_are_extra_data_or_one_clear_error(raw: bytes, rules: BftRules, genesis: bool) -> None:
    reads_as_ibft1(raw)
    try:
        extra = decode_extra_data(rules, raw, genesis=genesis)
    except ExtraDataError:
        return
    assert encode_extra_data(rules, extra) == raw


@pytest.mark.parametrize("rules", list(BftRules))
def test_deep_and_long_extra_data_is_refused(rules: BftRules) -> None:
    deep = b"\xc0"
    for _ in range(200):
        deep = rlp.encode([deep]) if len(deep) < 50 else b"\xc1" + deep[:1]
    crowd = tuple(Address(index.to_bytes(20, "big")) for index in range(1025))
    for raw in (bytes(32) + deep, deep, bytes(300_000), b"\xf9\xff\xff" + bytes(10)):
        with pytest.raises(ExtraDataError):
            decode_extra_data(rules, raw)
    for extra in (
        ExtraData(bytes(32), crowd, None, 0, (), bytes(65)),
        ExtraData(bytes(32), (), None, 0, (bytes(65),) * 1025, bytes(65)),
    ):
        with pytest.raises(ExtraDataError):
            decode_extra_data(rules, encode_extra_data(rules, extra))


def test_every_field_of_a_header_is_in_its_rlp() -> None:
    header = headers(CANCUN)[4]
    for item in fields(Header):
        value = getattr(header, item.name)
        if value is None:
            continue
        other = value + 1 if isinstance(value, int) else bytes([value[0] ^ 1]) + value[1:]
        assert replace(header, **{item.name: other}).encode() != header.encode(), item.name

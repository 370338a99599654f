"""The quick readers are held to the general ones: what they read those read alike, and they refuse nothing themselves."""

from __future__ import annotations

import dataclasses
import pickle
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightnode.consensus.errors import ExtraDataError, HeaderFormError
from lightnode.consensus.extra_data import (
    MAX_VALIDATORS,
    BftRules,
    ExtraData,
    Vote,
    decode_extra_data,
    encode_extra_data,
    read_usual,
)
from lightnode.consensus.extra_data import read_generally as extra_generally
from lightnode.consensus.fixed_header import read_fixed
from lightnode.consensus.hashes import block_hash, read, seal_digest
from lightnode.consensus.header import Header, decode_header, read_generally
from lightnode.consensus.quick_making import quickly
from lightnode.wire import rlp
from lightnode.wire.types import Address
from tests.support.made_chain import FORKS, MadeChain
from tests.support.recorded_networks import NETWORKS, config, headers

CANCUN = "besu-qbft-contract-cancun"


def compare(raw: bytes) -> bool:
    """Hold the quick reading of a header against the general one; tells whether it was of the usual shape."""
    fixed = read_fixed(raw)
    if fixed is None:
        return False
    general = read_generally(raw)
    quick = decode_header(raw)
    assert quick == general
    assert quick.encode() == general.encode() == raw
    assert quick.encode_with(b"another") == general.encode_with(b"another")
    return True


def compare_extra(raw: bytes) -> bool:
    """Hold the quick reading of extraData against the general one."""
    quick = read_usual(raw)
    if quick is None:
        return False
    general = extra_generally(BftRules.QBFT, raw)
    assert quick == general
    assert encode_extra_data(BftRules.QBFT, quick) == raw
    for with_round in (True, False):
        ways = [
            encode_extra_data(BftRules.QBFT, one, with_round=with_round, with_seals=False) for one in (quick, general)
        ]
        assert ways[0] == ways[1]
    return True


@pytest.mark.parametrize("network", NETWORKS)
def test_recorded_headers_are_read_alike(network: str) -> None:
    usual = [compare(header.encode()) for header in headers(network)[1:40]]
    assert all(usual)


def test_recorded_extra_data_is_read_alike() -> None:
    usual = 0
    for network in NETWORKS:
        for header in headers(network)[1:40]:
            if config(network).schedule.rules(header.number) is BftRules.QBFT:
                usual += compare_extra(header.extra_data)
    assert usual > 100


@pytest.mark.parametrize("fork", FORKS)
@pytest.mark.parametrize("size", [1, 4, 13])
def test_every_fork_and_size_has_the_usual_shape(fork: str, size: int) -> None:
    chain = MadeChain(size=size, fork=fork)
    chain.block()
    chain.block(number=3)
    for fields in chain.fields[1:]:
        raw = rlp.encode(fields)
        assert compare(raw)
        assert compare_extra(decode_header(raw).extra_data)


def test_every_bit_and_every_length_changed_is_read_alike_or_refused() -> None:
    chain = MadeChain(size=4, fork="prague")
    chain.block()
    raw = rlp.encode(chain.fields[1])
    extra = decode_header(raw).extra_data
    usual = 0
    for at in range(len(raw)):
        for changed in [raw[:at] + bytes([raw[at] ^ 1 << bit]) + raw[at + 1 :] for bit in range(8)] + [
            raw[:at],
            raw[:at] + raw[at + 1 :],
            raw[:at] + b"\0" + raw[at:],
        ]:
            usual += compare(changed)
            try:
                assert decode_header(changed).encode() == changed
            except HeaderFormError:
                with pytest.raises(HeaderFormError):
                    read_generally(changed)
    # Bits within fixed fields leave the shape as it is.
    assert usual > 4000
    for at in range(len(extra)):
        for changed in [extra[:at] + bytes([byte]) + extra[at + 1 :] for byte in range(256)] + [extra[:at], extra[at:]]:
            compare_extra(changed)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.sampled_from(NETWORKS), st.integers(1, 30), st.integers(0, 10_000), st.binary(max_size=4), st.integers(0, 4))
def test_patched_headers_are_read_alike(network: str, height: int, at: int, patch: bytes, gone: int) -> None:
    raw = headers(network)[height].encode()
    at %= len(raw)
    compare(raw[:at] + patch + raw[at + gone :])
    extra = headers(network)[height].extra_data
    at %= len(extra)
    compare_extra(extra[:at] + patch + extra[at + gone :])


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_alike(raw: bytes) -> None:
    compare(raw)
    compare_extra(raw)
    front = bytes([0xF8, len(raw) & 0xFF, 0xA0]) + bytes(32) + raw
    compare_extra(front)


def test_numbers_that_are_not_canonical_are_the_general_readers() -> None:
    items = [bytes(item) for item in rlp.decode_list(headers(CANCUN)[3].encode())]
    for index in (7, 8, 9, 10, 11, 15, 17, 18):
        for wrong in (b"\0", b"\0\1", bytes(9)):
            raw = rlp.encode([*items[:index], wrong, *items[index + 1 :]])
            assert read_fixed(raw) is None
            with pytest.raises(HeaderFormError):
                decode_header(raw)
    # A number of more than eight bytes is allowed for the difficulty, and for what came with London.
    large = rlp.encode([*items[:15], b"\1" + bytes(9), *items[16:]])
    assert read_fixed(large) is None
    assert decode_header(large).base_fee_per_gas == 1 << 72


def refused_header(raw: bytes) -> None:
    assert read_fixed(raw) is None
    with pytest.raises(HeaderFormError):
        decode_header(raw)


def test_lengths_that_are_not_the_shortest_are_refused() -> None:
    header = decode_header(headers("besu-qbft-votes-london")[3].encode()).replace_extra_data(bytes(40))
    raw = header.encode()
    at = raw.index(bytes([0x80 + 40]) + bytes(40))
    for prefix in (b"\xb8\x28", b"\xb9\x00\x28"):
        payload = raw[3:at] + prefix + raw[at + 1 :]
        refused_header(rlp.encode_payload(payload))
    large = header.replace_extra_data(bytes(200)).encode()
    at = large.index(b"\xb8\xc8")
    refused_header(rlp.encode_payload(large[3:at] + b"\xb9\x00\xc8" + large[at + 2 :]))
    # One byte that needs no prefix, as the number.
    small = replace(headers("besu-qbft-votes-london")[3], gas_used=5).encode()
    assert read_fixed(small) is not None
    number = rlp.encode(rlp.encode_uint(header.number)) + rlp.encode(rlp.encode_uint(header.gas_limit))
    at = small.index(number + b"\x05") + len(number)
    refused_header(rlp.encode_payload(small[3:at] + b"\x81\x05" + small[at + 1 :]))
    refused_header(rlp.encode_payload(small[3:at] + b"\xb8\x01" + small[at:]))


def test_one_blob_field_or_more_than_all_fields_are_refused() -> None:
    items = [bytes(item) for item in rlp.decode_list(headers(CANCUN)[3].encode())]
    refused_header(rlp.encode(items[:18]))
    refused_header(rlp.encode([*items, bytes(32), bytes(32)]))
    assert read_fixed(rlp.encode(items[:19])) is not None


def test_extra_data_with_lengths_that_are_not_the_shortest_is_refused() -> None:
    validators, seal = (Address(bytes(20)),), b"\xb8\x41" + bytes(65)
    front = rlp.encode(bytes(32)) + rlp.encode(validators) + b"\xc0\x80"
    seals = b"\xf8\x43" + seal
    body = front + seals
    good = read_usual(rlp.encode_payload(body))
    assert good is not None and good.seals == (bytes(65),)
    long_list = rlp.encode(bytes(32)) + b"\xf8\x15" + rlp.encode(validators[0]) + b"\xc0\x80"
    for wrong in (
        b"\xf9" + len(body).to_bytes(2, "big") + body,
        rlp.encode_payload(front + b"\xf9\x00\x43" + seal),
        rlp.encode_payload(front + b"\xf8\x00"),
        rlp.encode_payload(long_list + seals),
    ):
        assert read_usual(wrong) is None
        with pytest.raises(ExtraDataError):
            decode_extra_data(BftRules.QBFT, wrong)


def test_large_extra_data_is_read_alike() -> None:
    chain = MadeChain(size=4)
    chain.block()
    header = decode_header(rlp.encode(chain.fields[1]))
    for size in (0, 1, 55, 56, 255, 256, 60_000, 65_535, 65_536, 70_000):
        raw = header.replace_extra_data(b"\7" * size).encode()
        compare(raw)
        assert decode_header(raw).extra_data == b"\7" * size


def test_vote_round_and_vanity_of_any_shape_keep_their_meaning() -> None:
    validators = tuple(Address(bytes([n]) * 20) for n in range(1, 5))
    seals = tuple(bytes([n]) * 65 for n in range(1, 4))
    for vanity in (b"", b"x", bytes(31), bytes(32), bytes(33)):
        for vote in (None, Vote(validators[0], True), Vote(validators[0], False)):
            for number in (0, 1, 127, 128, 1 << 24):
                extra = ExtraData(vanity, validators, vote, number, seals)
                raw = encode_extra_data(BftRules.QBFT, extra)
                compare_extra(raw)
                assert decode_extra_data(BftRules.QBFT, raw) == extra == extra_generally(BftRules.QBFT, raw)


def test_too_many_seals_are_refused_by_both() -> None:
    for count, good in ((MAX_VALIDATORS - 200, True), (MAX_VALIDATORS + 1, False)):
        raw = encode_extra_data(BftRules.QBFT, ExtraData(bytes(32), (), None, 0, (bytes(65),) * count))
        if good:
            assert len(decode_extra_data(BftRules.QBFT, raw).seals) == count
        else:
            with pytest.raises(ExtraDataError):
                decode_extra_data(BftRules.QBFT, raw)


def test_what_is_remembered_of_a_header_never_goes_to_another() -> None:
    """A copy with other fields must not be hashed as the header it was made of."""
    rules = BftRules.QBFT
    header = decode_header(headers("besu-qbft-votes-london")[5].encode())
    before = read(rules, header)
    assert before.block_hash == block_hash(rules, header) and before.digest == seal_digest(rules, header)
    for changes in (
        {"state_root": bytes(32)},
        {"number": 6},
        {"extra_data": headers("besu-qbft-votes-london")[6].extra_data},
    ):
        other = replace(header, **changes)  # type: ignore[arg-type]
        assert (
            other.encode() == rlp.encode([bytes(item) for item in rlp.decode_list(other.encode())]) != header.encode()
        )
        assert read(rules, other) == read(rules, read_generally(other.encode()))
        assert read(rules, other) != before
    extra = before.extra
    assert replace(extra, vanity=b"other").encoded_front() != extra.encoded_front()
    again = pickle.loads(pickle.dumps(header))
    assert again == header and read(rules, again) == before


def test_a_reading_under_one_engine_is_not_taken_for_another() -> None:
    header = headers("besu-qbft-votes-london")[5]
    assert read(BftRules.QBFT, header).rules is BftRules.QBFT
    with pytest.raises(ExtraDataError):
        read(BftRules.IBFT2, header)


def test_a_header_made_quickly_is_one_like_any_other() -> None:
    slow = headers(CANCUN)[3]
    made = quickly(Header)(*[getattr(slow, field.name) for field in dataclasses.fields(slow)])
    assert type(made) is Header
    assert made == slow and hash(made) == hash(slow) and repr(made) == repr(slow)
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.number = 1  # type: ignore[misc]
    assert quickly(ExtraData)(b"", (), None, 0, ()) == ExtraData(b"", (), None, 0, ())

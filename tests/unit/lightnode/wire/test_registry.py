"""Calls, leaves and changes of the act registry: one form each, and nothing else is read."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightnode.errors import WireError
from lightnode.wire import registry_slots as slots
from lightnode.wire.keccak import keccak256
from lightnode.wire.merkle import leaf_hash
from lightnode.wire.registry import (
    LOG_DOMAIN,
    ActCall,
    ActCallError,
    LogLeaf,
    LogLeafError,
    Verb,
    agrees,
    decode_act_call,
    intent_hash,
    is_act,
    read_log_leaf,
    selector,
)
from lightnode.wire.registry_admin import (
    AdminCallError,
    ChangeCall,
    Deployment,
    Operation,
    change_id,
    consent,
    decode_change_call,
    decode_deployment,
    is_change,
    propose,
)
from lightnode.wire.types import ZERO_HASH, Address, Hash32


def word(number: int) -> Hash32:
    return Hash32(bytes([number]) * 32)


REGISTER = ActCall(
    Verb.REGISTER, word(1), word(2), word(3), word(4), 1, None, None, word(5), 20_000, 1_900_000_000, word(6)
)  # fmt: skip
BATCH = replace(REGISTER, count=4096)
SUPERSEDE = replace(REGISTER, verb=Verb.SUPERSEDE, authority=None, record=7, act_count=3)
CHANGES = [
    replace(SUPERSEDE, verb=verb, template=None, commitment=None, receiver=ZERO_HASH, valid_until=0)
    for verb in list(Verb)[2:]
]
ACTS = [REGISTER, BATCH, SUPERSEDE, *CHANGES]
LEAF = LogLeaf(
    1, 9, 1, word(2), word(3), word(4), Address(b"\7" * 20), word(5), 20_000, 0, 0, 1_900_000_000, word(6), 77, 1_800_000_000
)  # fmt: skip
ADMISSION = propose(word(1), Operation.ADMIT, word(2), (0x1234, 3), 1_900_000_000, ZERO_HASH)
CONSENT = replace(ADMISSION, number=5)
STOP = ChangeCall(word(1), None, ZERO_HASH, (0xABCD,), None, 1_900_000_000, ZERO_HASH)
DEPLOYMENT = Deployment(word(1), (Address(b"\1" * 20), Address(b"\2" * 20)), (4, 5), 2)


@pytest.mark.parametrize("act", ACTS, ids=lambda act: f"{act.verb.name}-{act.count}")
def test_acts_come_back(act: ActCall) -> None:
    assert is_act(act.encode())
    assert decode_act_call(act.encode()) == act


@pytest.mark.parametrize("act", ACTS, ids=lambda act: f"{act.verb.name}-{act.count}")
def test_an_act_has_one_length(act: ActCall) -> None:
    data = act.encode()
    for other in (b"", data[:3], data[:4], data[:-1], data[:-32], data + b"\0", data + bytes(32)):
        with pytest.raises(ActCallError):
            decode_act_call(other)


@pytest.mark.parametrize(
    ("act", "place", "value"),
    [
        (REGISTER, 5, 1 << 32),
        (REGISTER, 6, 1 << 64),
        (BATCH, 4, 0),
        (BATCH, 4, 1),
        (BATCH, 4, 4097),
        (SUPERSEDE, 1, 1 << 64),
        (SUPERSEDE, 2, 1 << 32),
        (CHANGES[0], 1, 1 << 255),
    ],
)
def test_numbers_out_of_range(act: ActCall, place: int, value: int) -> None:
    data = bytearray(act.encode())
    data[4 + 32 * place : 36 + 32 * place] = value.to_bytes(32, "big")
    with pytest.raises(ActCallError):
        decode_act_call(bytes(data))


def test_an_act_needs_its_members() -> None:
    with pytest.raises(ActCallError):
        replace(REGISTER, authority=None).encode()
    with pytest.raises(ActCallError):
        replace(CHANGES[0], record=None).encode()


@given(st.sampled_from(ACTS), st.data())
def test_every_byte_of_an_act_counts(act: ActCall, data: st.DataObject) -> None:
    raw = bytearray(act.encode())
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        read = decode_act_call(bytes(raw))
    except WireError:
        return
    assert read != act
    assert read.encode() == bytes(raw)


def test_the_intent_leaves_the_last_two_words_out() -> None:
    registry = Address(b"\x11" * 20)
    intent = intent_hash(word(1), registry, REGISTER.encode())
    assert intent == hashlib.sha256(b"chancery/intent/1" + word(1) + registry + REGISTER.encode()[:-64]).digest()
    later = replace(REGISTER, not_after=5, approval=word(9))
    assert intent_hash(word(1), registry, later.encode()) == intent
    assert intent_hash(word(1), registry, replace(REGISTER, commitment=word(9)).encode()) != intent


def test_a_leaf_has_sixteen_words() -> None:
    data = LEAF.words()
    assert len(data) == 512
    assert data[:32] == LOG_DOMAIN
    assert read_log_leaf(data) == LEAF
    assert LEAF.leaf_hash() == leaf_hash(data) == hashlib.sha256(b"\0" + data).digest()


@pytest.mark.parametrize(("place", "value"), [(0, 0), (1, 0), (1, 8), (2, 1 << 64), (7, 1 << 160), (15, 1 << 64)])
def test_malformed_leaves(place: int, value: int) -> None:
    data = bytearray(LEAF.words())
    data[32 * place : 32 * place + 32] = value.to_bytes(32, "big")
    with pytest.raises(LogLeafError):
        read_log_leaf(bytes(data))


@pytest.mark.parametrize("size", [0, 511, 513, 544])
def test_leaves_of_another_length(size: int) -> None:
    with pytest.raises(LogLeafError):
        read_log_leaf((LEAF.words() + bytes(32))[:size])


@pytest.mark.parametrize(
    "other",
    [
        {"verb": 2}, {"count": 2}, {"authority": word(9)}, {"template": word(9)}, {"commitment": word(9)},
        {"receiver": word(9)}, {"valid_until": 1}, {"act_count": 1}, {"not_after": 1}, {"approval": word(9)},
    ],
    ids=str,
)  # fmt: skip
def test_a_leaf_of_another_call(other: dict[str, object]) -> None:
    assert agrees(REGISTER, LEAF)
    assert not agrees(REGISTER, replace(LEAF, **other))


@pytest.mark.parametrize("change", [ADMISSION, CONSENT, STOP])
def test_changes_come_back(change: ChangeCall) -> None:
    data = change.encode()
    assert is_change(data)
    assert decode_change_call(data) == change
    for other in (data[:-1], data + bytes(32), b"\0\0\0\0" + data[4:]):
        with pytest.raises(AdminCallError):
            decode_change_call(other)


@pytest.mark.parametrize(("place", "value"), [(1, 0), (1, 12), (5, 1), (7, 1), (8, 1 << 64)])
def test_malformed_changes(place: int, value: int) -> None:
    data = bytearray(ADMISSION.encode())
    data[4 + 32 * place : 36 + 32 * place] = value.to_bytes(32, "big")
    with pytest.raises(AdminCallError):
        decode_change_call(bytes(data))


def test_a_key_has_no_dirty_padding() -> None:
    data = bytearray(STOP.encode())
    data[4 + 32] = 1
    with pytest.raises(AdminCallError):
        decode_change_call(bytes(data))


def test_creation_arguments_come_back() -> None:
    data = DEPLOYMENT.encode()
    assert decode_deployment(data) == DEPLOYMENT
    for other in (b"", data[:-32], data + bytes(32), data[:32] + bytes(32) + data[64:], data[:-1]):
        with pytest.raises(AdminCallError):
            decode_deployment(other)


@given(st.integers(0, len(DEPLOYMENT.encode()) - 1), st.integers(1, 255))
def test_every_byte_of_creation_arguments_counts(place: int, flip: int) -> None:
    data = bytearray(DEPLOYMENT.encode())
    data[place] ^= flip
    try:
        read = decode_deployment(bytes(data))
    except WireError:
        return
    assert read != DEPLOYMENT
    assert read.encode() == bytes(data)


@given(st.binary(max_size=400))
def test_other_bytes_are_refused_by_name(data: bytes) -> None:
    for read in (decode_act_call, decode_change_call, decode_deployment, read_log_leaf):
        with pytest.raises(WireError):
            read(data)


def test_packed_words() -> None:
    assert slots.unpack_record(0) == slots.RecordState(0, 0, 0, None, False)
    packed = 2 | 5 << 8 | 20_000 << 40 | 7 << 72 | 1 << 104
    assert slots.unpack_record(packed) == slots.RecordState(2, 5, 20_000, 6, True)
    assert slots.unpack_counters(5 | 7 << 64) == (5, 7)


def test_selectors() -> None:
    assert selector("transfer(address,uint256)").hex() == "a9059cbb"
    assert len({act.encode()[:4] for act in ACTS}) == len(ACTS)


def test_a_change_is_known_by_the_hash_that_the_registry_makes() -> None:
    words = (*ADMISSION.words,)
    packed = b"".join([(1).to_bytes(32, "big"), word(2), *(item.to_bytes(32, "big") for item in words), (5).to_bytes(32, "big")])  # fmt: skip
    assert change_id(Operation.ADMIT, word(2), words, 5) == keccak256(packed)
    assert change_id(Operation.ADMIT, word(2), words, 6) != keccak256(packed)
    assert consent(ADMISSION, 5, ADMISSION.not_after, ZERO_HASH) == CONSENT


def test_packed_words_of_authorities_keys_and_batches() -> None:
    packed = 1 | 2 << 8 | 3 << 40 | 4 << 72 | 5 << 104
    assert slots.unpack_authority(packed) == slots.AuthorityState(1, 2, 3, 4, 5)
    packed = 0b110 | 9 << 8 | ((1 << 64) - 1) << 72 | 7 << 136
    assert slots.unpack_key(packed) == slots.KeyInterval(0b110, 9, None, 7)
    assert slots.unpack_key(packed ^ 1 << 72).last == (1 << 64) - 2
    packed = 40 | 5 << 64 | 20_000 << 96 | 3 << 128
    assert slots.unpack_batch(packed) == slots.BatchEntry(40, 5, 20_000, 2)
    assert slots.consent_slot(word(1), 1) - slots.consent_slot(word(1), 0) == 1


def test_a_batch_is_found_by_where_batches_begin() -> None:
    # Short ones begin at 3 and 300, a long one at 700: bits by number / 256, 16 bits for each 256 by number / 4096.
    short = {0: 1 << 3, 1: 1 << 44}
    long = {0: (700 % 256 + 1) << 16 * (700 // 256)}
    begins = {at: slots.batch_begin(at, short, long) for at in (2, 3, 299, 300, 699, 700, 4095)}
    assert begins == {2: None, 3: 3, 299: 3, 300: 300, 699: 300, 700: 700, 4095: 700}
    assert slots.batch_pages(5000) == ([19, 18], [1, 0])
    assert slots.batch_pages(5) == ([0], [0])

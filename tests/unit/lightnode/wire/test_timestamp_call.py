"""Acts on EBSI's Timestamp registry are read strictly and kept where EBSI keeps them."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightnode.errors import WireError
from lightnode.wire import abi, cbor, timestamp_call
from lightnode.wire.registry import Verb
from lightnode.wire.timestamp_call import TimestampAct, TimestampCallError
from lightnode.wire.types import Address, Hash32


def word(number: int) -> Hash32:
    return Hash32(bytes([number]) * 32)


ACT = TimestampAct(Verb.REGISTER, word(1), word(2), word(3), None, 0, word(4), 20_000, 1_900_000_000, None)
LATER = replace(
    ACT,
    verb=Verb.REVOKE,
    subject=word(3),
    commitment=word(5),
    act_count=2,
    receiver=None,
    valid_until=0,
    approval=word(6),
)


def test_slots_of_the_worked_example() -> None:
    value = hashlib.sha256(b"hello").digest()
    assert timestamp_call.hash_id(value).hex() == "9595c9df90075148eb06860365df33584b75bff782a510c6cd4883a419833d50"
    slots = timestamp_call.slots_of(value)
    assert f"{slots.algorithm:064x}" == "243429e0495bbeeb29ea32ff9eb7415371d67fd7145600094d73d260adc42b98"
    assert f"{slots.value_data:064x}" == "6830188377348f50ed054a85b2c57856e4732a0a3547bd3f8858c903ec849a71"
    assert f"{timestamp_call.BASE:064x}" == "122826b96f4a3e3d96200aac611934619e5931bb3c7b0bf7526f7344b1e353e4"


def test_selector_and_topic() -> None:
    assert ACT.encode()[:4].hex() == "04bb4722"
    topic = timestamp_call.EVENT_TOPIC.hex()
    assert (topic[:4], topic[-4:]) == ("306c", "4d5b")


@pytest.mark.parametrize("act", [ACT, LATER])
def test_call_and_event_come_back(act: TimestampAct) -> None:
    assert timestamp_call.decode_timestamp_call(act.encode()) == act
    assert timestamp_call.decode_timestamp_event(act.event_data()) == act


def call(algorithms: list[int], hashes: list[bytes], headers: list[bytes]) -> bytes:
    return abi.encode_call(timestamp_call.SIGNATURE, [algorithms, hashes, headers])


def header(act: TimestampAct = ACT, **changes: object) -> bytes:
    members: list[object] = cbor.decode(act.header())
    for place, value in changes.items():
        members[int(place[1:])] = value
    return cbor.encode(members)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        ACT.encode()[:-1],
        ACT.encode() + bytes(32),
        b"\0\0\0\0" + ACT.encode()[4:],
        call([1], [word(3)], [ACT.header()]),
        call([0, 0], [word(3), word(4)], [ACT.header(), ACT.header()]),
        call([0], [b"\1" * 31], [ACT.header()]),
        call([0], [word(3)], []),
        call([0], [word(3)], [b""]),
        call([0], [word(3)], [ACT.header() + b"\0"]),
        call([0], [word(3)], [cbor.encode(["chancery/ts/1"])]),
        call([0], [word(3)], [header(m0="chancery/ts/2")]),
        call([0], [word(3)], [header(m1=0)]),
        call([0], [word(3)], [header(m1=7)]),
        call([0], [word(3)], [header(m1=True)]),
        call([0], [word(3)], [header(m2=b"short")]),
        call([0], [word(3)], [header(m4=word(9))]),
        call([0], [word(3)], [header(m5=1)]),
        call([0], [word(3)], [header(m7=-1)]),
        call([0], [word(3)], [header(m1=5)]),
        call([0], [word(3)], [header(LATER, m6=word(4))]),
        call([0], [word(3)], [header(LATER, m7=20_000)]),
    ],
)
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(WireError):
        timestamp_call.decode_timestamp_call(data)


def test_an_events_id_is_that_of_its_hash() -> None:
    data = bytearray(ACT.event_data())
    at = bytes(data).index(timestamp_call.hash_id(ACT.commitment))
    data[at] ^= 1
    with pytest.raises(TimestampCallError):
        timestamp_call.decode_timestamp_event(bytes(data))


@given(st.integers(0, len(LATER.encode()) - 1), st.integers(1, 255))
def test_no_byte_lies_outside_the_act(place: int, flip: int) -> None:
    data = bytearray(LATER.encode())
    data[place] ^= flip
    try:
        read = timestamp_call.decode_timestamp_call(bytes(data))
    except WireError:
        return
    assert read != LATER
    assert read.encode() == bytes(data)


def test_a_changes_hash_is_of_one_network_one_contract_and_one_header() -> None:
    here, there = Address(b"\7" * 20), Address(b"\x08" * 20)
    made = timestamp_call.with_change_hash(word(7), here, LATER)
    assert made.header() == LATER.header()
    assert timestamp_call.decode_timestamp_call(made.encode()) == made
    assert timestamp_call.is_of_network(word(7), here, made)
    for genesis, contract, act in (
        (word(8), here, made),
        (word(7), there, made),
        (word(7), here, LATER),
        (word(7), here, replace(made, act_count=3)),
        (word(7), here, replace(made, subject=word(9))),
        (word(7), here, replace(made, verb=Verb.SUSPEND)),
    ):
        assert not timestamp_call.is_of_network(genesis, contract, act)
    assert timestamp_call.is_of_network(word(7), here, ACT), "new content says so in its commitment"

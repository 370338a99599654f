"""The channel: parts in order, sealed with their heads; greetings that nobody can lower; a man in the middle of it."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace

import pytest

from firmware_bridge.channel import MAX_MESSAGE, Channel
from firmware_bridge.errors import ChannelError, MessageError, MessageTooLargeError
from firmware_bridge.frames import MAX_PAYLOAD, Frame, FrameReader, FrameType
from firmware_bridge.greeting import (
    Hello,
    HelloReply,
    choose,
    decode_hello,
    decode_hello_reply,
    demand_chosen,
    prologue,
)
from firmware_bridge.parts import Parts
from lightnode.wire import cbor
from tests.unit.firmware_bridge.test_noise import shaken, side


def channels() -> tuple[Channel, Channel]:
    one, other = shaken(side(True), side(False))
    return Channel(7, one), Channel(7, other)


@pytest.mark.parametrize("length", [0, 1, MAX_PAYLOAD - 16, MAX_PAYLOAD - 15, 100_000, MAX_MESSAGE])
def test_messages_in_parts(length: int) -> None:
    message = random.Random(length).randbytes(length)
    one, other = channels()
    got = [other.take(frame) for frame in FrameReader().feed(one.wrap(message))]
    assert [item for item in got if item is not None] == [message]


def test_what_is_too_large_is_not_wrapped() -> None:
    with pytest.raises(MessageTooLargeError):
        channels()[0].wrap(bytes(MAX_MESSAGE + 1))


def three_parts() -> tuple[list[Frame], Channel]:
    one, other = channels()
    return FrameReader().feed(one.wrap(bytes(range(250)) * 40)), other


@pytest.mark.parametrize(
    "order",
    [order for order in itertools.permutations(range(3)) if order != (0, 1, 2)] + [(0, 0, 1, 2), (1, 2), (0, 2)],
)
def test_a_lost_repeated_or_moved_part_ends_the_channel(order: tuple[int, ...]) -> None:
    parts, other = three_parts()
    with pytest.raises(ChannelError):
        for at in order:
            assert other.take(parts[at]) is None
    # For good: what would fit now is not taken any more.
    for part in parts:
        with pytest.raises(ChannelError):
            other.take(part)


def test_every_change_of_a_frame_is_noticed() -> None:
    parts, _ = three_parts()
    whole = parts[0]
    bits = random.Random(5).sample(range(len(whole.payload) * 8), 200)
    changed = [replace(whole, type=FrameType.LAST), replace(whole, sequence=1), replace(whole, channel=8),
               replace(whole, payload=b""), replace(whole, payload=whole.payload[:-1])]  # fmt: skip
    for at in bits:
        payload = bytearray(whole.payload)
        payload[at // 8] ^= 1 << at % 8
        changed.append(replace(whole, payload=bytes(payload)))
    for frame in changed:
        _, other = channels()
        with pytest.raises(ChannelError):
            other.take(frame)


def test_frames_of_one_channel_are_of_no_use_on_another_or_backwards() -> None:
    one, other = channels()
    (frame,) = FrameReader().feed(one.wrap(b"said"))
    with pytest.raises(ChannelError):
        one.take(frame)
    assert other.take(frame) == b"said"
    fresh = side(True, fresh=b"\5"), side(False)
    fresh[1].read(fresh[0].write(b"other"))
    fresh[0].read(fresh[1].write())
    fresh[1].read(fresh[0].write())
    with pytest.raises(ChannelError):
        Channel(7, fresh[1].split()).take(frame)


def test_parts_out_of_order_and_too_many_are_said_once() -> None:
    parts = Parts(MAX_MESSAGE)
    assert parts.take(0, b"x", last=False) is None
    with pytest.raises(MessageError):
        parts.take(2, b"x", last=False)
    # Said once; the rest of the message is skipped, and the next one begins anew.
    assert [parts.take(at, b"x", last=False) for at in (1, 2)] == [None, None]
    assert parts.take(0, b"x", last=True) == b"x"
    said = 0
    for at in range(MAX_MESSAGE // 4000 + 5):
        try:
            assert parts.take(at, bytes(4000), last=False) is None
        except MessageTooLargeError:
            said += 1
    assert said == 1
    assert len(parts._collected) <= MAX_MESSAGE


HELLO = Hello(b"12345678", 2, 5)


@pytest.mark.parametrize(
    ("low", "high", "version"), [(1, 9, 5), (2, 2, 2), (3, 4, 4), (5, 5, 5), (6, 9, 0), (1, 1, 0), (1, 2, 2)]
)
def test_the_newest_version_that_both_speak_is_chosen(low: int, high: int, version: int) -> None:
    assert choose(HELLO, low, high) == version
    reply = HelloReply(HELLO.nonce, version, "model", True, low, high, 9)
    if version == 0:
        with pytest.raises(MessageError):
            demand_chosen(HELLO, reply)
        return
    demand_chosen(HELLO, reply)
    for other in range(10):
        if other != version:
            with pytest.raises(MessageError):
                demand_chosen(HELLO, replace(reply, version=other))


def test_whoever_lowers_a_version_on_the_way_breaks_the_handshake() -> None:
    """Both see a version that both accept, but not the same greeting."""
    reply = HelloReply(HELLO.nonce, 5, "model", True, 1, 9, 9)
    lowered = replace(HELLO, highest=3)
    seen_by_signer = replace(reply, version=choose(lowered, 1, 9))
    forged = replace(seen_by_signer, highest=3)
    demand_chosen(HELLO, forged)
    one = side(True, prologue(HELLO.encode(), forged.encode()))
    other = side(False, prologue(lowered.encode(), seen_by_signer.encode()))
    other.read(one.write())
    with pytest.raises(ChannelError):
        one.read(other.write())


@pytest.mark.parametrize(
    "body",
    [
        {0: b"1234567", 1: 1, 2: 1}, {0: b"12345678", 1: 2, 2: 1}, {0: b"12345678", 1: 0, 2: 1}, {0: b"12345678", 1: True, 2: 1},
        {0: b"12345678", 1: 1, 2: 65536}, {0: b"12345678", 1: 1}, {0: b"12345678", 1: 1, 2: 1, 3: 1}, [], b"",
    ],
    ids=range(9),
)  # fmt: skip
def test_a_malformed_hello(body: cbor.Value) -> None:
    with pytest.raises(MessageError):
        decode_hello(cbor.encode(body))


@pytest.mark.parametrize(
    "change",
    [{"channel": 0}, {"channel": 65536}, {"model": ""}, {"model": "x" * 65}, {"model": "a\x1bb"}, {"lowest": 0},
     {"lowest": 10}, {"nonce": "x"}, {"training_build": 1}, {"version": True}],
    ids=range(10),
)  # fmt: skip
def test_a_malformed_reply(change: dict[str, object]) -> None:
    reply = HelloReply(HELLO.nonce, 5, "model", True, 1, 9, 9)
    assert decode_hello_reply(reply.encode()) == reply
    with pytest.raises(MessageError):
        decode_hello_reply(replace(reply, **change).encode())

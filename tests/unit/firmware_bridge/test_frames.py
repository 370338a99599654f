"""Frames: whole again after any garbage, never guessed at."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge.errors import FrameError
from firmware_bridge.frames import MAX_ENCODED, MAX_PAYLOAD, Frame, FrameReader, FrameType, decode_frame, encode_frame

payloads = st.binary(max_size=MAX_PAYLOAD)
frames = st.builds(Frame, st.sampled_from(list(FrameType)), st.integers(0, 0xFFFF), st.integers(0, 0xFFFF), payloads)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(frames)
def test_round_trip(frame: Frame) -> None:
    encoded = encode_frame(frame)
    assert encoded.count(0) == 1
    assert len(encoded) <= MAX_ENCODED + 1
    assert decode_frame(encoded[:-1]) == frame


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.binary(max_size=300), st.lists(frames, max_size=4), st.integers(1, 40))
def test_whole_frames_after_garbage_and_in_any_pieces(garbage: bytes, sent: list[Frame], size: int) -> None:
    stream = garbage + b"\0" + b"".join(encode_frame(frame) for frame in sent)
    reader = FrameReader()
    got = [frame for at in range(0, len(stream), size) for frame in reader.feed(stream[at : at + size])]
    assert got[len(got) - len(sent) :] == sent


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.binary(max_size=2000))
def test_only_frame_errors(data: bytes) -> None:
    try:
        decode_frame(data)
    except FrameError:
        pass


def test_every_flipped_bit_is_noticed() -> None:
    good = encode_frame(Frame(FrameType.LAST, 0, 3, b"payload with a \0 zero"))[:-1]
    for at in range(len(good)):
        for bit in range(8):
            bad = bytearray(good)
            bad[at] ^= 1 << bit
            with pytest.raises(FrameError):
                decode_frame(bytes(bad))


def test_an_endless_line_costs_no_memory() -> None:
    reader = FrameReader()
    for _ in range(50):
        assert reader.feed(b"\x01" * 100_000) == []
    assert len(reader._buffer) <= MAX_ENCODED
    assert reader.feed(b"\0" + encode_frame(Frame(FrameType.LAST, 0, 0, b"x"))) == [Frame(FrameType.LAST, 0, 0, b"x")]
    assert reader.damaged == 1

"""Recovery at the library's lowest level gives what `curve.recover_address` gives, and refuses what that refuses."""

from __future__ import annotations

import coincurve
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightnode.wire.curve import Curve, SignatureError, order, recover_address
from lightnode.wire.k1_recovery import recover_addresses, recover_each
from lightnode.wire.keccak import keccak256
from lightnode.wire.types import Address

N = order(Curve.SECP256K1)
KEYS = [coincurve.PrivateKey(keccak256(b"k1 recovery" + bytes([index]))) for index in range(4)]


def slowly(digest: bytes, raw: bytes) -> Address | None:
    if len(raw) != 65:
        return None
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:64], "big")
    try:
        return recover_address(Curve.SECP256K1, digest, raw[64], r, s)
    except SignatureError:
        return None


def signed(key: coincurve.PrivateKey, digest: bytes) -> bytes:
    return bytes(key.sign_recoverable(digest, hasher=None))


def high(raw: bytes) -> bytes:
    return raw[:32] + (N - int.from_bytes(raw[32:64], "big")).to_bytes(32, "big") + bytes([raw[64] ^ 1])


def word(value: int) -> bytes:
    return value.to_bytes(32, "big")


def test_every_kind_of_signature() -> None:
    digest = keccak256(b"block")
    good = [signed(key, digest) for key in KEYS]
    first = good[0]
    cases = [
        *good, *map(high, good), bytes(65), b"\xff" * 65, first[:64] + b"\2", first[:64] + b"\3", first[:64] + b"\x1b",
        first[:64] + b"\xff", first[:64] + bytes([first[64] ^ 1]), word(0) + first[32:], first[:32] + word(0) + first[64:],
        word(N) + first[32:], first[:32] + word(N) + first[64:], word(N - 1) + first[32:],
        first[:32] + word(N - 1) + first[64:], word(5) + first[32:], first[:64], first + b"\0", b"",
    ]  # fmt: skip
    found = recover_addresses(digest, cases)
    assert found == [slowly(digest, raw) for raw in cases]
    assert found[:4] == found[4:8] and len(set(found[:4])) == 4 and None not in found[:4]
    assert found.count(None) >= 12


def test_an_x_beyond_the_order_is_nobodys() -> None:
    """The library would recover some of these: parity 2 and 3 stand for an x that no block seal has."""
    cases = [word(r) + word(7) + bytes([parity]) for r in range(1, 40) for parity in (2, 3)]
    assert recover_addresses(bytes(32), cases) == [None] * len(cases)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.binary(min_size=32, max_size=32), st.binary(min_size=65, max_size=65), st.integers(0, 3), st.integers(0, 1))
def test_any_signature_over_any_digest(digest: bytes, raw: bytes, who: int, parity: int) -> None:
    raw = raw[:64] + bytes([parity])
    cases = [raw, signed(KEYS[who], digest), raw[:32] + signed(KEYS[who], digest)[32:]]
    assert recover_addresses(digest, cases) == [slowly(digest, one) for one in cases]


def test_many_digests_at_once_do_not_mix() -> None:
    digests = [keccak256(bytes([n])) for n in range(3)]
    requests = [(digest, [signed(key, digest) for key in KEYS]) for digest in digests]
    assert recover_each(requests) == [recover_addresses(*request) for request in requests]
    crossed = recover_each([(digests[1], requests[0][1]), (digests[0], requests[1][1]), requests[2]])
    assert crossed[2] == recover_each(requests)[2]
    assert not set(crossed[0] + crossed[1]) & set(crossed[2])


@pytest.mark.parametrize("width", [0, 31, 33])
def test_a_digest_of_another_width_never_reaches_the_library(width: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        recover_addresses(bytes(width), [bytes(65)])

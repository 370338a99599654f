"""Recovery on secp256r1: OpenSSL's way and that of the library `ecdsa` give the same, irregular cases included."""

from __future__ import annotations

from ecdsa import NIST256p
from ecdsa.ellipticcurve import INFINITY, PointJacobi
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lightnode.wire import p256_recovery

N = int(NIST256p.order)
GX = int(NIST256p.generator.x())
GY = int(NIST256p.generator.y())
scalars = st.integers(1, N - 1)


def by_the_book(digest: bytes, parity: int, r: int, s: int) -> bytes | None:
    """The formula of SEC 1 with the other library alone."""
    curve, p = NIST256p.curve, NIST256p.curve.p()
    square = (pow(r, 3, p) + curve.a() * r + curve.b()) % p
    y = pow(square, (p + 1) // 4, p)
    if y * y % p != square:
        return None
    y = y if y & 1 == parity else p - y
    inverse = pow(r, -1, N)
    e = int.from_bytes(digest, "big")
    point = PointJacobi(curve, r, y, 1, N) * (s * inverse % N) + NIST256p.generator * (-e * inverse % N)
    if point == INFINITY:
        return None
    return b"\4" + int(point.x()).to_bytes(32, "big") + int(point.y()).to_bytes(32, "big")


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.binary(min_size=32, max_size=32), st.integers(0, 1), scalars, scalars)
@example(bytes(32), 0, GX, 5)
@example(N.to_bytes(32, "big"), 0, GX, 5)
@example((1).to_bytes(32, "big"), GY & 1, GX, 1)
@example((1).to_bytes(32, "big"), 1 - (GY & 1), GX, 1)
@example((1).to_bytes(32, "big"), 1 - (GY & 1), GX, N - 1)
@example((7).to_bytes(32, "big"), GY & 1, GX, 7)
@example((7).to_bytes(32, "big"), GY & 1, GX, N - 7)
@example((7).to_bytes(32, "big"), GY & 1, GX, 14)
@example(b"\xff" * 32, 1, N - 1, N - 1)
@example((5).to_bytes(32, "big"), 1, 5, 1)
def test_both_ways_agree(digest: bytes, parity: int, r: int, s: int) -> None:
    assert p256_recovery.recover(digest, parity, r, s) == by_the_book(digest, parity, r, s)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(scalars, scalars, st.binary(min_size=32, max_size=32))
def test_the_signers_key_is_found(secret: int, nonce: int, digest: bytes) -> None:
    key, point = NIST256p.generator * secret, NIST256p.generator * nonce
    r = int(point.x()) % N
    s = pow(nonce, -1, N) * (int.from_bytes(digest, "big") + r * secret) % N
    if not (r and s) or int(point.x()) >= N:
        return
    found = p256_recovery.recover(digest, int(point.y()) & 1, r, s)
    assert found == b"\4" + int(key.x()).to_bytes(32, "big") + int(key.y()).to_bytes(32, "big")

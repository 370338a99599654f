"""Public keys from signatures on secp256r1, which OpenSSL does not offer.

OpenSSL multiplies: a key agreement gives the x-coordinate of a multiple of any point, and a second one, of the point
shifted by the generator, tells which of the two y-coordinates belongs to it. The few additions are done here. What has no
regular answer that way (a point at infinity) goes through the library `ecdsa`, six times slower.

Only public data comes here: nothing of this is constant in time.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import ec
from ecdsa import NIST256p
from ecdsa.ellipticcurve import INFINITY, PointJacobi

_CURVE = ec.SECP256R1()
_P = int(NIST256p.curve.p())
_A = int(NIST256p.curve.a()) % _P
_B = int(NIST256p.curve.b())
_N = int(NIST256p.order)
_G = (int(NIST256p.generator.x()), int(NIST256p.generator.y()))

_Point = tuple[int, int]


def recover(digest: bytes, y_parity: int, r: int, s: int) -> bytes | None:
    """Solve s*R = e*G + r*Q for Q (SEC 1 section 4.1.6), with R the point of x-coordinate r.

    Args:
        digest: 32 bytes.
        y_parity: 0 or 1, of R.
        r: at least 1 and below the order, checked by the caller.
        s: likewise.

    Returns:
        The uncompressed public key, or None where there is no such point.
    """
    y = _root(r)
    if y is None:
        return None
    if y & 1 != y_parity:
        y = _P - y
    inverse = pow(r, -1, _N)
    times_point = s * inverse % _N
    times_base = -int.from_bytes(digest, "big") * inverse % _N
    key = _quick((r, y), times_point, times_base) or _slow((r, y), times_point, times_base)
    return None if key is None else b"\4" + key[0].to_bytes(32, "big") + key[1].to_bytes(32, "big")


def _quick(point: _Point, times_point: int, times_base: int) -> _Point | None:
    """Give the sum of both multiples; None where a step is not regular."""
    shifted = _add(point, _G)
    if shifted is None or times_base == 0:
        return None
    scalar = ec.derive_private_key(times_point, _CURVE)
    x = _agree(scalar, point)
    root = _root(x)
    if root is None:
        return None
    numbers = scalar.public_key().public_numbers()
    of_shifted = _agree(scalar, shifted)
    for y in (root, _P - root):
        moved = _add((x, y), (numbers.x, numbers.y))
        if moved is not None and moved[0] == of_shifted:
            base = ec.derive_private_key(times_base, _CURVE).public_key().public_numbers()
            return _add((x, y), (base.x, base.y))
    return None


def _slow(point: _Point, times_point: int, times_base: int) -> _Point | None:
    """Give the sum of both multiples; None where it is the point at infinity."""
    made = PointJacobi(NIST256p.curve, point[0], point[1], 1, _N)
    found = made.mul_add(times_point, NIST256p.generator, times_base)
    return None if found == INFINITY else (int(found.x()), int(found.y()))


def _agree(scalar: ec.EllipticCurvePrivateKey, point: _Point) -> int:
    """Give the x-coordinate of a multiple of a point."""
    peer = ec.EllipticCurvePublicNumbers(point[0], point[1], _CURVE).public_key()
    return int.from_bytes(scalar.exchange(ec.ECDH(), peer), "big")


def _add(left: _Point, right: _Point) -> _Point | None:
    """Add two points of different x-coordinates; None where they are equal."""
    if left[0] == right[0]:
        return None
    slope = (right[1] - left[1]) * pow(right[0] - left[0], -1, _P) % _P
    x = (slope * slope - left[0] - right[0]) % _P
    return x, (slope * (left[0] - x) - left[1]) % _P


def _root(x: int) -> int | None:
    """Give a y-coordinate for an x-coordinate; None where there is no such point."""
    square = (x * x * x + _A * x + _B) % _P
    y = pow(square, (_P + 1) // 4, _P)
    return y if y * y % _P == square else None

"""Public keys from signatures on secp256r1, which OpenSSL does not offer.

Only public data comes here: the library `ecdsa` is not constant in time. Some milliseconds a recovery.
"""

from __future__ import annotations

from ecdsa import NIST256p
from ecdsa.ellipticcurve import INFINITY, PointJacobi


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
    curve, base, order = NIST256p.curve, NIST256p.generator, NIST256p.order
    p = curve.p()
    square = (pow(r, 3, p) + curve.a() * r + curve.b()) % p
    y = pow(square, (p + 1) // 4, p)
    if y * y % p != square:
        return None
    if y & 1 != y_parity:
        y = p - y
    inverse = pow(r, -1, order)
    e = int.from_bytes(digest, "big")
    point = PointJacobi(curve, r, y, 1, order).mul_add(s * inverse % order, base, -e * inverse % order)
    if point == INFINITY:
        return None
    return b"\4" + int(point.x()).to_bytes(32, "big") + int(point.y()).to_bytes(32, "big")

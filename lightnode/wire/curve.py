"""Signatures over 32-byte digests on the two curves a network can use: recover, verify, compress.

Invariants:
- `1 <= r, s < n` and a parity of 0 or 1 are demanded before any library sees a signature; recovery ids 2 and 3
  (x at or above n, one in 2^128) are refused by the shape of the interface.
- High s is accepted by `recover_*` and `verify_signature`, because block seals may have it; whoever needs EIP-2 calls
  `demand_low_s`.
- Only public data passes through here. libsecp256k1 serves secp256k1; on secp256r1 OpenSSL verifies, and
  `p256_recovery` recovers with its help, an order of magnitude slower than libsecp256k1.
"""

from __future__ import annotations

from enum import Enum
from typing import NoReturn

import coincurve
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lightnode.errors import WireError
from lightnode.wire import p256_recovery
from lightnode.wire.keccak import keccak256
from lightnode.wire.types import Address


class Curve(Enum):
    """The curve of every signature and address of one network, by its name in a genesis file."""

    SECP256K1 = "secp256k1"
    SECP256R1 = "secp256r1"


_ORDERS = {
    Curve.SECP256K1: 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141,
    Curve.SECP256R1: 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
}


class SignatureError(WireError):
    """A signature, or the key it is held against, is not sound."""

    code = "SIG"
    advice = "Do not rely on what this signature covers; ask its sender for it again."


class SignatureRangeError(SignatureError):
    """r or s is zero, or not below the order of the curve."""

    code = "SIG-RANGE"


class SignatureParityError(SignatureError):
    """The recovery id is neither 0 nor 1."""

    code = "SIG-PARITY"


class SignatureRecoveryError(SignatureError):
    """No public key could have made the signature."""

    code = "SIG-RECOVER"


class SignatureMismatchError(SignatureError):
    """The signature was not made by this key over this digest."""

    code = "SIG-MISMATCH"


class HighSignatureError(SignatureError):
    """s lies in the upper half, which the ledger refuses in transactions (EIP-2)."""

    code = "SIG-HIGH-S"


class DigestWidthError(SignatureError):
    """What is to be checked is not a 32-byte digest."""

    code = "SIG-DIGEST"


class PublicKeyError(SignatureError):
    """Bytes are not a public key on the curve, in the form demanded."""

    code = "SIG-KEY"


def order(curve: Curve) -> int:
    """Give the order of the curve's base point."""
    return _ORDERS[curve]


def is_low_s(curve: Curve, s: int) -> bool:
    """Tell whether s lies in the lower half of the order, the form that EIP-2 and our envelopes demand."""
    return 1 <= s <= _ORDERS[curve] // 2


def demand_low_s(curve: Curve, s: int) -> None:
    """Refuse an s in the upper half.

    Raises:
        HighSignatureError: s exceeds half the order, or is zero.
    """
    if not is_low_s(curve, s):
        raise HighSignatureError("The value s of the signature does not lie in the lower half.")


def normalise(curve: Curve, s: int, y_parity: int) -> tuple[int, int]:
    """Bring s into the lower half; that turns the parity over.

    Args:
        curve: the curve of the signature.
        s: the value to bring down.
        y_parity: the parity that belongs to `s` as given.

    Returns:
        The lower s and the parity that belongs to it.

    Raises:
        SignatureRangeError: s is out of range.
        SignatureParityError: the parity is neither 0 nor 1.
    """
    _demand_range(curve, 1, s)
    _demand_parity(y_parity)
    return (s, y_parity) if is_low_s(curve, s) else (_ORDERS[curve] - s, y_parity ^ 1)


def recover_public_key(curve: Curve, digest: bytes, y_parity: int, r: int, s: int) -> bytes:
    """Recover the key that made a signature.

    Args:
        curve: the network's curve.
        digest: the 32 bytes that were signed.
        y_parity: 0 or 1.
        r: first half of the signature.
        s: second half; high s is accepted.

    Returns:
        The uncompressed public key, 65 bytes.

    Raises:
        SignatureError: one of its leaves says what is wrong.
    """
    _demand_digest(digest)
    _demand_parity(y_parity)
    _demand_range(curve, r, s)
    if curve is Curve.SECP256R1:
        public_key = p256_recovery.recover(bytes(digest), y_parity, r, s)
        if public_key is None:
            _refuse_recovery()
        return public_key
    compact = r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([y_parity])
    try:
        return coincurve.PublicKey.from_signature_and_message(compact, bytes(digest), hasher=None).format(False)
    except ValueError:
        _refuse_recovery()


def address_of(public_key: bytes) -> Address:
    """Give the account address of an uncompressed public key, on either curve.

    Args:
        public_key: 65 bytes that begin with 04; whether the point is on a curve is not checked here.

    Raises:
        PublicKeyError: another form.
    """
    _demand_uncompressed(public_key)
    return Address(keccak256(public_key[1:])[12:])


def recover_address(curve: Curve, digest: bytes, y_parity: int, r: int, s: int) -> Address:
    """Recover the address of the account that made a signature; see `recover_public_key`.

    Raises:
        SignatureError: one of its leaves says what is wrong.
    """
    return address_of(recover_public_key(curve, digest, y_parity, r, s))


def verify_signature(curve: Curve, public_key: bytes, digest: bytes, r: int, s: int) -> None:
    """Demand that a key made a signature over a digest; low and high s are both accepted.

    Args:
        curve: the curve of the key.
        public_key: 33 or 65 bytes.
        digest: 32 bytes, used as they are.
        r: first half.
        s: second half.

    Raises:
        SignatureMismatchError: the signature is of another key or digest.
        SignatureError: another leaf says what is malformed.
    """
    _demand_digest(digest)
    _demand_range(curve, r, s)
    if curve is Curve.SECP256K1:
        # libsecp256k1 takes only the low form, which is the same signature.
        low = s if is_low_s(curve, s) else _ORDERS[curve] - s
        if _parse_k1(public_key).verify(encode_dss_signature(r, low), bytes(digest), hasher=None):
            return
        raise SignatureMismatchError("The signature does not belong to this key and digest.")
    key = _parse_p256(public_key)
    try:
        key.verify(encode_dss_signature(r, s), bytes(digest), ec.ECDSA(Prehashed(SHA256())))
    except InvalidSignature as cause:
        raise SignatureMismatchError("The signature does not belong to this key and digest.") from cause


def compress(public_key: bytes) -> bytes:
    """Shorten an uncompressed public key to 33 bytes; the curve does not matter for that.

    Raises:
        PublicKeyError: the key does not have 65 bytes that begin with 04.
    """
    _demand_uncompressed(public_key)
    return bytes([2 + (public_key[64] & 1)]) + bytes(public_key[1:33])


def decompress(curve: Curve, public_key: bytes) -> bytes:
    """Give the uncompressed form of a compressed public key, checked to be on the curve.

    Raises:
        PublicKeyError: another form, or no point of the curve.
    """
    if len(public_key) != 33:
        raise PublicKeyError("A compressed public key has 33 bytes.")
    return check_public_key(curve, public_key)


def check_public_key(curve: Curve, public_key: bytes) -> bytes:
    """Demand that a key, compressed or not, is a point of the curve.

    Args:
        curve: the curve of the key.
        public_key: 33 or 65 bytes.

    Returns:
        The uncompressed form, 65 bytes.

    Raises:
        PublicKeyError: another form, or no point of the curve.
    """
    if curve is Curve.SECP256K1:
        return _parse_k1(public_key).format(False)
    return _parse_p256(public_key).public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _refuse_recovery() -> NoReturn:
    raise SignatureRecoveryError("No public key belongs to this signature and digest.")


def _demand_digest(digest: bytes) -> None:
    if len(digest) != 32:
        raise DigestWidthError(f"A digest has 32 bytes, found {len(digest)}.")


def _demand_parity(y_parity: int) -> None:
    if y_parity not in (0, 1):
        raise SignatureParityError("The parity of a signature is neither 0 nor 1.")


def _demand_range(curve: Curve, r: int, s: int) -> None:
    if not (1 <= r < _ORDERS[curve] and 1 <= s < _ORDERS[curve]):
        raise SignatureRangeError(f"A half of the signature is zero or not below the order of {curve.value}.")


def _demand_uncompressed(public_key: bytes) -> None:
    if len(public_key) != 65 or public_key[0] != 4:
        raise PublicKeyError("An uncompressed public key has 65 bytes and begins with 04.")


def _demand_point_form(public_key: bytes) -> None:
    # Both libraries also take the hybrid form (06, 07), which nothing of ours writes.
    if (len(public_key), public_key[:1]) not in ((33, b"\2"), (33, b"\3"), (65, b"\4")):
        raise PublicKeyError("A public key has 33 bytes from 02 or 03, or 65 bytes from 04.")


def _parse_k1(public_key: bytes) -> coincurve.PublicKey:
    _demand_point_form(public_key)
    try:
        return coincurve.PublicKey(bytes(public_key))
    except ValueError as cause:
        raise PublicKeyError("The public key is not a point of secp256k1.") from cause


def _parse_p256(public_key: bytes) -> ec.EllipticCurvePublicKey:
    _demand_point_form(public_key)
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), bytes(public_key))
    except ValueError as cause:
        raise PublicKeyError("The public key is not a point of secp256r1.") from cause

"""Reading what tokens answer as a signature (adapter rule 3): leniently within bounds, then strictly.

Real cards write DER with superfluous zero bytes, with long-form lengths, or r and s side by side with equal but odd
widths. Each is read within narrow bounds, re-encoded, and the re-encoding is then read by a strict second reader.
"""

from __future__ import annotations

from ecdsa.der import UnexpectedDER
from ecdsa.util import sigdecode_der, sigencode_der

from hsm.errors import SignatureFormError, SignatureRangeError
from hsm.token import RawSignature, SignatureForm

ORDERS = {
    "secp256k1": 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141,
    "secp256r1": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
}
_MAX_BYTES = 80
# Cards that copy the integers of DER give halves as wide as the wider number: 31 bytes now and then, never far fewer.
_MIN_HALF = 28
# Widest padding seen on real cards: two superfluous zero bytes before a number.
_MAX_INTEGER = 35


def numbers(signature: RawSignature, curve: str) -> tuple[int, int]:
    """Read r and s.

    Args:
        signature: what the token answered.
        curve: of the key.

    Raises:
        SignatureFormError: no signature within the bounds.
        SignatureRangeError: r or s is not within 1 and n - 1 (rule 4).
    """
    if not 8 <= len(signature.data) <= _MAX_BYTES:
        raise SignatureFormError(f"The token answered with {len(signature.data)} bytes.")
    r, s = _halves(signature.data) if signature.form is SignatureForm.RAW else _lenient_der(signature.data)
    order = ORDERS[curve]
    if not (1 <= r < order and 1 <= s < order):
        raise SignatureRangeError("A number of the token's signature is out of range.")
    try:
        if sigdecode_der(sigencode_der(r, s, order), order) != (r, s):
            raise SignatureFormError("The token's signature does not survive re-encoding.")
    except (UnexpectedDER, ValueError) as cause:
        raise SignatureFormError("The token's signature does not survive re-encoding.") from cause
    return r, s


def _halves(data: bytes) -> tuple[int, int]:
    """Split r and s in the middle: 64 bytes, wider where a card pads both alike, 62 where both are short."""
    if len(data) % 2 or not 2 * _MIN_HALF <= len(data) <= 2 * _MAX_INTEGER:
        raise SignatureFormError("The token answered with no pair of equally wide numbers.")
    half = len(data) // 2
    return int.from_bytes(data[:half], "big"), int.from_bytes(data[half:], "big")


def _lenient_der(data: bytes) -> tuple[int, int]:
    body, rest = _element(data, 0x30, _MAX_BYTES)
    if rest:
        raise SignatureFormError("Bytes follow the token's signature.")
    first, rest = _element(body, 0x02, _MAX_INTEGER)
    second, rest = _element(rest, 0x02, _MAX_INTEGER)
    if rest:
        raise SignatureFormError("The token's signature holds more than two numbers.")
    # Cards that forget the leading zero write a number with its top bit set: it is unsigned all the same.
    return int.from_bytes(first, "big"), int.from_bytes(second, "big")


def _element(data: bytes, tag: int, limit: int) -> tuple[bytes, bytes]:
    if len(data) < 2 or data[0] != tag:
        raise SignatureFormError("The token's signature is not the DER of two numbers.")
    length, start = data[1], 2
    if length == 0x81 and len(data) > 2:
        length, start = data[2], 3
    elif length >= 0x80:
        raise SignatureFormError("A length in the token's signature is out of bounds.")
    if not 1 <= length <= limit or start + length > len(data):
        raise SignatureFormError("A length in the token's signature is out of bounds.")
    return data[start : start + length], data[start + length :]

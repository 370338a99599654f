"""Public keys as tokens give them (adapter rules 9 and 10): bare or wrapped points, on the curve or refused."""

from __future__ import annotations

from ecdsa import NIST256p, SECP256k1, VerifyingKey
from ecdsa.errors import MalformedPointError

from hsm.errors import SignatureFormError, UnsupportedError

# Curve names by the DER of their object identifiers; names are never trusted to a library's helper.
OIDS = {
    bytes.fromhex("06052b8104000a"): "secp256k1",
    bytes.fromhex("06082a8648ce3d030107"): "secp256r1",
}
PARAMETERS = {name: oid for oid, name in OIDS.items()}
_CURVES = {"secp256k1": SECP256k1, "secp256r1": NIST256p}


def curve_of(parameters: bytes) -> str:
    """Name a curve by its parameters.

    Raises:
        UnsupportedError: another curve.
    """
    if parameters not in OIDS:
        raise UnsupportedError("The key is on a curve that is not supported.")
    return OIDS[parameters]


def read_point(data: bytes, curve: str) -> bytes:
    """Give the 65-byte form of a point: wrapped in an OCTET STRING, bare, or compressed.

    Raises:
        SignatureFormError: no point of the curve.
    """
    if len(data) in (67, 35) and data[0] == 4 and data[1] == len(data) - 2:
        data = data[2:]
    if len(data) not in (65, 33):
        raise SignatureFormError(f"The token gave a public key of {len(data)} bytes.")
    try:
        key = VerifyingKey.from_string(data, _CURVES[curve], valid_encodings=("uncompressed", "compressed"))
    except MalformedPointError as cause:
        raise SignatureFormError("The token gave a public key that is not on its curve.") from cause
    return bytes(key.to_string("uncompressed"))

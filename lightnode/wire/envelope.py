"""The one envelope: COSE_Sign (RFC 9052) with exactly a threshold of signatures (foundations section 3).

File: CBOR `["chancery/envelope/1", [h'', {}, payload, [+ [protected, {}, signature]]]]`, protected = CBOR `{1: alg,
4: kid}`; signed is SHA-256 of CBOR `["Signature", h'', protected, external_aad, payload]` with external_aad = CBOR
`["chancery/envelope/1", kind]`.

Invariants: signatures are ascending by key id, one for each holder, exactly as many as the threshold, low s; unprotected
headers are empty; no kind verifies as another, because the caller names the kind and it is signed twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from lightnode.errors import WireError
from lightnode.wire import cbor
from lightnode.wire.curve import Curve, is_low_s, verify_signature
from lightnode.wire.key_set import MAX_KEYS, KeySet
from lightnode.wire.payload import MAX_BYTES, Payload, decode_payload
from lightnode.wire.types import Hash32

FORMAT = "chancery/envelope/1"
ALGORITHMS = {Curve.SECP256R1: -7, Curve.SECP256K1: -47}
_CURVES = {number: curve for curve, number in ALGORITHMS.items()}


class EnvelopeFormError(WireError):
    """A file is no envelope, or not in its one form."""

    code = "ENVELOPE"


class EnvelopeKindError(WireError):
    """An envelope is of another kind, environment or scope than is wanted here."""

    code = "ENVELOPE-KIND"
    advice = "Give the file that belongs here."


class ThresholdError(WireError):
    """An envelope is not signed by exactly the threshold of the keys it must be signed by."""

    code = "ENVELOPE-SIGNERS"
    advice = "Do not rely on this file; get it from your agency."


@dataclass(frozen=True, slots=True)
class CoseSignature:
    """One signature.

    Attributes:
        kid: key id, 32 bytes.
        curve: decides the algorithm.
        signature: r and s, 64 bytes, low s.
    """

    kid: Hash32
    curve: Curve
    signature: bytes

    def protected(self) -> bytes:
        """Give the protected header."""
        return cbor.encode({1: ALGORITHMS[self.curve], 4: self.kid})


@dataclass(frozen=True, slots=True)
class Envelope:
    """A payload with its signatures.

    Attributes:
        payload_bytes: what is signed.
        payload: the same, decoded.
        signatures: ascending by key id.
    """

    payload_bytes: bytes
    payload: Payload
    signatures: tuple[CoseSignature, ...]

    def encode(self) -> bytes:
        """Give the file's bytes."""
        signatures = [[item.protected(), {}, item.signature] for item in self.signatures]
        return cbor.encode([FORMAT, [b"", {}, self.payload_bytes, signatures]])

    @property
    def digest(self) -> Hash32:
        """SHA-256 of the file's bytes: how an act names an approval."""
        return Hash32(hashlib.sha256(self.encode()).digest())


def digest_to_sign(payload_bytes: bytes, kind: str, curve: Curve, kid: bytes) -> Hash32:
    """Give the digest that one key signs.

    Args:
        payload_bytes: encoded payload.
        kind: of the payload.
        curve: of the key.
        kid: of the key.
    """
    protected = cbor.encode({1: ALGORITHMS[curve], 4: kid})
    external = cbor.encode([FORMAT, kind])
    return Hash32(hashlib.sha256(cbor.encode(["Signature", b"", protected, external, payload_bytes])).digest())


def assemble(payload_bytes: bytes, signatures: Sequence[CoseSignature]) -> Envelope:
    """Put signatures around a payload, in their one order.

    Raises:
        WireError: the payload is malformed.
    """
    ordered = tuple(sorted(signatures, key=lambda item: item.kid))
    return Envelope(payload_bytes, decode_payload(payload_bytes), ordered)


def decode_envelope(data: bytes) -> Envelope:
    """Read an envelope file strictly; nothing is verified yet.

    Raises:
        EnvelopeFormError: no envelope.
        WireError: not canonical.
    """
    match cbor.decode(data, max_bytes=MAX_BYTES):
        case [kind, [b"", dict(unprotected), bytes(payload), list(signatures)]] if (
            kind == FORMAT and unprotected == {} and 1 <= len(signatures) <= MAX_KEYS
        ):
            return Envelope(payload, decode_payload(payload), tuple(_signature(item) for item in signatures))
    raise EnvelopeFormError("The file is no envelope of a known version.")


def _signature(item: cbor.Value) -> CoseSignature:
    match item:
        case [bytes(protected), dict(unprotected), bytes(signature)] if unprotected == {} and len(signature) == 64:
            match cbor.decode(protected, max_bytes=128):
                case {1: int(algorithm), 4: bytes(kid)} as headers if (
                    len(headers) == 2 and algorithm in _CURVES and len(kid) == 32
                ):
                    return CoseSignature(Hash32(kid), _CURVES[algorithm], signature)
    raise EnvelopeFormError("A signature of the envelope is malformed.")


def verify_envelope(envelope: Envelope, keys: KeySet, kind: str, environment: str) -> Payload:
    """Demand that an envelope is of a kind and environment, and signed by exactly a threshold of holders.

    Args:
        envelope: decoded.
        keys: who must have signed it.
        kind: which kind is wanted.
        environment: which environment is wanted.

    Returns:
        The payload.

    Raises:
        EnvelopeKindError: another kind or environment.
        ThresholdError: signatures are missing, too many, foreign, unordered or wrong.
    """
    payload = envelope.payload
    if payload.kind != kind or payload.environment != environment:
        raise EnvelopeKindError(f"The envelope is of kind {payload.kind} in {payload.environment}.")
    ids = [item.kid for item in envelope.signatures]
    if len(ids) != keys.threshold or ids != sorted(set(ids)):
        raise ThresholdError(f"The envelope has {len(ids)} signatures; exactly {keys.threshold} are needed, in order.")
    holders = set()
    for item in envelope.signatures:
        holders.add(_verify_one(envelope, item, keys))
    if len(holders) != keys.threshold:
        raise ThresholdError("Two signatures of the envelope are by one holder.")
    return payload


def _verify_one(envelope: Envelope, item: CoseSignature, keys: KeySet) -> int:
    key = keys.find(item.kid)
    if key is None or key.curve is not item.curve:
        raise ThresholdError("The envelope is signed by a key that may not sign it.")
    r, s = int.from_bytes(item.signature[:32], "big"), int.from_bytes(item.signature[32:], "big")
    if not is_low_s(key.curve, s):
        raise ThresholdError("A signature of the envelope has the upper s.")
    digest = digest_to_sign(envelope.payload_bytes, envelope.payload.kind, key.curve, key.kid)
    try:
        verify_signature(key.curve, key.public_key, digest, r, s)
    except WireError as cause:
        raise ThresholdError("A signature of the envelope is wrong.") from cause
    return key.holder

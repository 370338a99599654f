"""Marks of an audit log: envelopes of kind log-mark, in which a signer's attestation key says where its log ends.

Body `[counter, hash of that entry, challenge]`; the issuer is the key's id, the serial the counter, the times are the signer's
newest signed time, because it has no other. The challenge is the asker's, so that an old mark is not taken for a new one.

Invariant: a mark is made by the signer itself of its own log; nobody hands it the contents.
"""

from __future__ import annotations

from dataclasses import dataclass

from firmware_bridge.audit_entry import Head
from firmware_bridge.errors import AuditMarkError
from lightnode.errors import WireError
from lightnode.wire import cbor
from lightnode.wire.curve import Curve, compress
from lightnode.wire.envelope import decode_envelope, verify_envelope
from lightnode.wire.key_set import KeySet, SigningKey, key_id
from lightnode.wire.payload import Payload

KIND = "log-mark"
# Of the key that makes them, and nothing else.
PURPOSE = "attestation"
CHALLENGE_BYTES = 32
# What a mark says of the past does not go out of date.
_LASTING_SECONDS = 100 * 365 * 86_400


@dataclass(frozen=True, slots=True)
class Mark:
    """A verified mark.

    Attributes:
        head: where the log ended.
        challenge: of whoever asked.
        issued: newest signed time of the signer, unix seconds.
        environment: of the signer's root.
    """

    head: Head
    challenge: bytes
    issued: int
    environment: str


def mark_payload(head: Head, challenge: bytes, environment: str, issued: int, kid: bytes) -> Payload:
    """Give what is signed.

    Args:
        head: of the log; not of an empty one.
        challenge: 32 bytes of whoever asks.
        environment: of the signer's root.
        issued: its newest signed time, unix seconds.
        kid: id of the attestation key.
    """
    body: list[cbor.Value] = [head.counter, head.hash, challenge]
    end = issued + _LASTING_SECONDS
    return Payload(KIND, environment, b"", kid, head.counter, issued, end, end, body)


def read_mark(data: bytes, curve: Curve, public_key: bytes) -> Mark:
    """Read and verify a mark.

    Args:
        data: the envelope.
        curve: of the attestation key.
        public_key: of it, 65 bytes.

    Raises:
        AuditMarkError: malformed, or not signed by this key.
    """
    keys = KeySet.of(1, [SigningKey(curve, compress(public_key), 1)])
    try:
        envelope = decode_envelope(data)
        payload = verify_envelope(envelope, keys, KIND, envelope.payload.environment)
    except WireError as cause:
        raise AuditMarkError(f"The mark of the audit log does not hold: {cause.text}") from cause
    match payload.body:
        case [int(counter), bytes(found), bytes(challenge)] if (
            counter == payload.serial and len(found) == 32 and len(challenge) == CHALLENGE_BYTES
            and payload.issuer == key_id(curve, public_key) and payload.scope == b""
        ):  # fmt: skip
            return Mark(Head(counter, found), challenge, payload.issued, payload.environment)
    raise AuditMarkError("The mark of the audit log is malformed.")

"""Approvals: a second person's signed consent to the intent of a call (foundations section 7).

Envelope of kind `approval`, signed by one key of purpose approval: scope is the genesis hash, issuer the authority that acts,
body `["chancery/approval/1", intent]`. The call names the SHA-256 of the envelope's file in its last word.

Invariants: the key comes out of the signature itself and must have the key id that was signed with it.
"""

from __future__ import annotations

from dataclasses import dataclass

from lightnode.errors import WireError
from lightnode.wire import cbor
from lightnode.wire.curve import Curve, compress, demand_low_s, recover_public_key, verify_signature
from lightnode.wire.envelope import CoseSignature, Envelope, decode_envelope, digest_to_sign
from lightnode.wire.key_set import key_id
from lightnode.wire.payload import Payload
from lightnode.wire.types import Hash32

FORMAT = "chancery/approval/1"
KIND = "approval"
# The bit of a key's verbs that no verb has: the key approves, and does nothing else.
APPROVES = 1


class ApprovalError(WireError):
    """A file is no approval, or not of the intent that it should be of."""

    code = "APPROVAL"
    advice = "Have the second person approve again, on a signer of their own."


@dataclass(frozen=True, slots=True)
class Approval:
    """A verified approval.

    Attributes:
        intent: what was consented to.
        genesis: of the network.
        authority: ledger id of the authority that acts.
        curve: of the key.
        public_key: 65 bytes.
        payload: with environment and times.
        envelope: the file.
    """

    intent: Hash32
    genesis: Hash32
    authority: Hash32
    curve: Curve
    public_key: bytes
    payload: Payload
    envelope: Envelope


def approval_body(intent: Hash32) -> list[cbor.Value]:
    """Give the body of an approval."""
    return [FORMAT, intent]


def read_intent(payload: Payload) -> Hash32:
    """Read the payload of an approval, signed or not.

    Raises:
        ApprovalError: another kind or form.
    """
    match payload.body:
        case [str(name), bytes(intent)] if (
            name == FORMAT
            and len(intent) == 32
            and payload.kind == KIND
            and len(payload.scope) == 32
            and len(payload.issuer) == 32
        ):
            return Hash32(intent)
    raise ApprovalError("The file is no approval of a known form.")


def read_approval(data: bytes) -> Approval:
    """Read and verify an approval; whether its key was entitled is the caller's to judge.

    Raises:
        ApprovalError: no approval, or its signature is wrong.
        WireError: the envelope is malformed.
    """
    envelope = decode_envelope(data)
    intent = read_intent(envelope.payload)
    if len(envelope.signatures) != 1:
        raise ApprovalError("An approval is signed by exactly one key.")
    public_key = _signer(envelope, envelope.signatures[0])
    payload = envelope.payload
    return Approval(
        intent, Hash32(payload.scope), Hash32(payload.issuer), envelope.signatures[0].curve, public_key, payload, envelope
    )  # fmt: skip


def _signer(envelope: Envelope, item: CoseSignature) -> bytes:
    """Recover the key that has the signed key id; there is none where the signature is wrong."""
    digest = digest_to_sign(envelope.payload_bytes, KIND, item.curve, item.kid)
    r, s = int.from_bytes(item.signature[:32], "big"), int.from_bytes(item.signature[32:], "big")
    for parity in (0, 1):
        try:
            demand_low_s(item.curve, s)
            public_key = recover_public_key(item.curve, digest, parity, r, s)
            if key_id(item.curve, public_key) == item.kid:
                verify_signature(item.curve, compress(public_key), digest, r, s)
                return public_key
        except WireError:
            continue
    raise ApprovalError("The signature of the approval is wrong.")

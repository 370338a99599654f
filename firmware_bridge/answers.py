"""What is asked of a signer and what it answers, as the desktop handles it."""

from __future__ import annotations

from dataclasses import dataclass

from lightnode.wire.types import Hash32


@dataclass(frozen=True, slots=True)
class SignerKey:
    """A key of the signer: label, curve, 65-byte public key, purpose."""

    label: str
    curve: str
    public_key: bytes
    purpose: str


@dataclass(frozen=True, slots=True)
class SignerInfo:
    """What a signer says of itself.

    Attributes:
        model: of the signer.
        token: label of the token behind it.
        device_class: software, card or board.
        environment: of its root; empty without one.
        root_fingerprint: of its root; empty without one.
        locked: whether the token is.
        provisioning: whether it was started to be set up.
        newest_signed_time: unix seconds; None where it has none.
        span_seconds: how far beyond it an act's time limit may lie.
    """

    model: str
    token: str
    device_class: str
    environment: str
    root_fingerprint: bytes
    locked: bool
    provisioning: bool
    newest_signed_time: int | None
    span_seconds: int


@dataclass(frozen=True, slots=True)
class TransactionRequest:
    """A transaction to be signed.

    Attributes:
        key_label: on the signer.
        payload: the unsigned transaction's signing payload.
        template_id: for register and supersede.
        opening: of the record, for register and supersede.
        authority: ledger id of the record's owner, for register and supersede.
    """

    key_label: str
    payload: bytes
    template_id: str | None = None
    opening: bytes | None = None
    authority: bytes | None = None


@dataclass(frozen=True, slots=True)
class TransactionSignature:
    """The signer's answer: r, s in its lower form, parity, and the digest it signed."""

    r: int
    s: int
    y_parity: int
    digest: Hash32

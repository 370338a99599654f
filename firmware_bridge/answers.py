"""What is asked of a signer and what it answers, as the desktop handles it."""

from __future__ import annotations

from dataclasses import dataclass

from firmware_bridge.errors import MessageError
from lightnode.errors import WireError
from lightnode.wire import cbor
from lightnode.wire.curve import Curve, check_public_key
from lightnode.wire.types import Hash32

CURVES = frozenset(item.value for item in Curve)
_HOST_ID_BYTES = 4


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
        audit_waiting: entries of its audit log that nobody has taken over.
        audit_capacity: how many may wait; at as many it signs nothing more.
        audit_warning: from how many on it is time to take them over.
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
    audit_waiting: int
    audit_capacity: int
    audit_warning: int


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


def read_key(item: cbor.Value) -> SignerKey:
    """Read a key that a signer lists.

    Raises:
        MessageError: malformed, or no point of its curve.
    """
    match item:
        case [str(label), str(curve), bytes(public), str(purpose)] if (
            len(public) == 65 and _is_word(label) and _is_word(purpose) and curve in CURVES
        ):
            try:
                return SignerKey(label, curve, check_public_key(Curve(curve), public), purpose)
            except WireError as cause:
                raise MessageError("A public key of the signer is no point of its curve.") from cause
    raise MessageError("A key of the signer is malformed.")


def read_hosts(answer: cbor.Value) -> tuple[tuple[bytes, str], ...]:
    """Read id and name of each computer that a signer lists.

    Raises:
        MessageError: malformed.
    """
    if isinstance(answer, list) and all(_is_host(row) for row in answer):
        return tuple((row[0], row[1]) for row in answer)
    raise MessageError("The signer's list of computers is malformed.")


def _is_host(row: cbor.Value) -> bool:
    match row:
        case [bytes(name), str(text)]:
            return len(name) == _HOST_ID_BYTES and _is_word(text)
    return False


def _is_word(text: str) -> bool:
    return 1 <= len(text) <= 64 and text.isprintable()

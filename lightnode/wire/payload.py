"""What an envelope says: kind, environment, scope, issuer, serial, times and a body (foundations section 3).

Invariants: deterministic CBOR of exactly nine items; times are unix seconds in order; a kind is one of the closed list.
"""

from __future__ import annotations

from dataclasses import dataclass

from lightnode.errors import WireError
from lightnode.wire import cbor

ENVIRONMENTS = ("training", "test", "production")
KINDS = (
    "root", "profile", "trust", "templates", "status", "pack", "policy", "firmware", "revoked", "release",
    "approval", "custody", "receipt", "log-mark", "order",
)  # fmt: skip
MAX_BYTES = 1024 * 1024
MAX_BODY_BYTES = 768 * 1024
DRAFT_FORMAT = "chancery/draft/1"
_MAX_TIME = 1 << 40


class PayloadError(WireError):
    """A payload is malformed."""

    code = "PAYLOAD"


@dataclass(frozen=True, slots=True)
class Payload:
    """The signed content of an envelope.

    Attributes:
        kind: one of `KINDS`.
        environment: training, test or production.
        scope: genesis hash, template namespace in ASCII, or empty; fixed for each kind.
        issuer: id of the body whose keys sign; empty for the root.
        serial: counts up within (root, environment, kind, issuer, scope).
        issued: unix seconds.
        next_update: unix seconds; a newer one is due.
        not_after: unix seconds; not to be relied on later.
        body: decoded CBOR, laid out by kind.
    """

    kind: str
    environment: str
    scope: bytes
    issuer: bytes
    serial: int
    issued: int
    next_update: int
    not_after: int
    body: cbor.Value

    def encode(self) -> bytes:
        """Give the bytes that are signed.

        Raises:
            PayloadError: a member is out of its range.
        """
        self._check()
        return cbor.encode(
            [self.kind, self.environment, self.scope, self.issuer, self.serial, self.issued, self.next_update,
             self.not_after, self.body]
        )  # fmt: skip

    def _check(self) -> None:
        if any(isinstance(item, bool) for item in (self.serial, self.issued, self.next_update, self.not_after)):
            raise PayloadError("A number of an envelope is malformed.")
        if self.kind not in KINDS or self.environment not in ENVIRONMENTS:
            raise PayloadError("The kind or the environment of an envelope is not known.")
        if not 0 <= self.issued <= self.next_update <= self.not_after < _MAX_TIME or not 1 <= self.serial < 1 << 53:
            raise PayloadError("The times of an envelope are not in order, or its serial is out of range.")
        if len(self.scope) > 64 or len(self.issuer) not in (0, 2, 32):
            raise PayloadError("The scope or the issuer of an envelope is malformed.")


def decode_payload(data: bytes) -> Payload:
    """Read a payload strictly.

    Raises:
        PayloadError: malformed.
        WireError: not canonical CBOR.
    """
    match cbor.decode(data, max_bytes=MAX_BYTES):
        case [str(kind), str(environment), bytes(scope), bytes(issuer), int(serial), int(issued), int(update),
              int(end), body]:  # fmt: skip
            payload = Payload(kind, environment, scope, issuer, serial, issued, update, end, body)
        case _:
            raise PayloadError("The payload has other than its nine items.")
    if payload.encode() != data:
        raise PayloadError("The payload is not in its one form.")
    return payload


def encode_draft(payload: Payload) -> bytes:
    """Give the bytes of an unsigned draft file."""
    return cbor.encode([DRAFT_FORMAT, payload.encode()])


def decode_draft(data: bytes) -> Payload:
    """Read an unsigned draft file.

    Raises:
        PayloadError: another file.
        WireError: not canonical CBOR.
    """
    match cbor.decode(data, max_bytes=MAX_BYTES):
        case [kind, bytes(payload)] if kind == DRAFT_FORMAT:
            return decode_payload(payload)
    raise PayloadError("The file is no draft of an envelope.")

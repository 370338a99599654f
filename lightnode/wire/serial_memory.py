"""Rollback memory: the highest serial of each line of envelopes (foundations section 3). State is passed in and out.

A line is (root id, environment, kind, issuer, scope). An older serial is refused; the same serial with other bytes is
refused and must be reported, because its signers said two things at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from lightnode.errors import WireError
from lightnode.wire import cbor
from lightnode.wire.envelope import Envelope
from lightnode.wire.types import Hash32


class RollbackError(WireError):
    """An envelope is older than one that was already accepted."""

    code = "ENVELOPE-OLDER"
    advice = "Use the newer file; report where the older one came from."


class EquivocationError(WireError):
    """Two envelopes have one serial and different contents."""

    code = "ENVELOPE-TWICE"
    advice = "Keep both files and report them to your agency."


@dataclass(frozen=True, slots=True)
class SerialMemory:
    """The highest serials seen.

    Attributes:
        lines: (serial, SHA-256 of the payload) by line name.
    """

    lines: Mapping[bytes, tuple[int, bytes]]

    def accept(self, root_id: bytes, envelope: Envelope) -> SerialMemory:
        """Take note of a verified envelope.

        Raises:
            RollbackError: a newer one was accepted before.
            EquivocationError: another one with this serial was accepted before.
        """
        name, serial, digest = entry(root_id, envelope)
        known = self.lines.get(name)
        if known is not None and serial < known[0]:
            raise RollbackError(f"Serial {serial} is older than the accepted {known[0]}.")
        if known is not None and serial == known[0] and digest != known[1]:
            raise EquivocationError(f"Serial {serial} was accepted with another content.")
        return SerialMemory({**self.lines, name: (serial, digest)})


def entry(root_id: bytes, envelope: Envelope) -> tuple[bytes, int, Hash32]:
    """Give an envelope's line name, serial and digest."""
    payload = envelope.payload
    line = cbor.encode([root_id, payload.environment, payload.kind, payload.issuer, payload.scope])
    digest = Hash32(hashlib.sha256(envelope.payload_bytes).digest())
    return hashlib.sha256(b"chancery/line/1" + line).digest(), payload.serial, digest

"""What a signer writes into its audit log, by occasion: one function for each, so that every entry says the same of its kind.

Invariants: no personal data and no PIN; what was signed is named by key and digest; each entry says on which display it was
shown.
"""

from __future__ import annotations

import hashlib

from firmware_bridge.audit_entry import Act, Event
from firmware_bridge.signer.audit_log import AuditLog
from firmware_bridge.signer.paired_hosts import PairedHost
from hsm.token import KeyInfo
from lightnode.wire.curve import Curve
from lightnode.wire.key_set import key_id


class Journal:
    """The log of one signer, and the display that it shows things on."""

    def __init__(self, log: AuditLog, shown: str) -> None:
        """Begin.

        Args:
            log: to write into.
            shown: where the display is.
        """
        self._log, self._shown = log, shown

    def transaction(self, outcome: str, summary: str, key: KeyInfo, digest: bytes, act: Act) -> None:
        """A transaction was signed, declined by the person, or signed and thrown away."""
        self._log.append(Event("transaction", outcome, self._shown, _id(key), digest, act, (summary,)))

    def envelope(self, outcome: str, kind: str, key: KeyInfo, digest: bytes) -> None:
        """An envelope likewise."""
        self._log.append(Event("envelope", outcome, self._shown, _id(key), digest, None, (kind,)))

    def key(self, key: KeyInfo) -> None:
        """A key was made."""
        self._log.append(Event("key", "made", self._shown, _id(key), None, None, (key.label, key.curve, key.purpose)))

    def pin(self, outcome: str) -> None:
        """A PIN was tried, right or wrong."""
        self._log.append(Event("pin", outcome, self._shown))

    def root(self, environment: str, fingerprint: bytes) -> None:
        """A root was installed."""
        self._log.append(Event("root", "installed", self._shown, None, fingerprint, None, (environment,)))

    def two_files(self, data: bytes, text: str) -> None:
        """Two files said two things under one serial."""
        self._log.append(Event("two-files", "refused", self._shown, None, hashlib.sha256(data).digest(), None, (text,)))

    def host(self, outcome: str, host: PairedHost) -> None:
        """A computer was paired, introduced by whoever started the signer, or forgotten."""
        self._log.append(Event("host", outcome, self._shown, None, host.key, None, (host.name,)))


def _id(key: KeyInfo) -> bytes:
    return key_id(Curve(key.curve), key.public_key)

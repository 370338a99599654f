"""How far a draft or an envelope is signed, counted under a root: by whom it must be, and by whom it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from desktop.services.envelope_files import EnvelopeFile
from lightnode.errors import WireError
from lightnode.wire.envelope import assemble, verify_envelope
from lightnode.wire.root import Root, show_fingerprint


@dataclass(frozen=True, slots=True)
class SignatureState:
    """Signatures of a file that governance signs.

    Attributes:
        count: signatures in the file.
        known: how many of them are by keys of governance; None without a root.
        needed: governance's threshold; None without a root.
        holders: how many persons hold governance's keys; None without a root.
        root: fingerprint; None without one.
        refusal: why the file does not count under the root; None where it counts, is a draft, or there is no root.
    """

    count: int
    known: int | None = None
    needed: int | None = None
    holders: int | None = None
    root: bytes | None = None
    refusal: str | None = None

    def text(self) -> str:
        """Say it in one line."""
        if not self.count:
            return "draft, nobody has signed it"
        if self.root is None:
            return f"{self.count} signature{'' if self.count == 1 else 's'}, not checked: no root is at hand"
        of = (
            f"{self.needed} needed of {self.holders} holders of governance under the root {show_fingerprint(self.root)}"
        )
        if self.refusal is None:
            return f"signed by {of}"
        return f"NOT SIGNED as it must be: {self.known} by {of}. {self.refusal}"

    def as_json(self) -> dict[str, Any]:
        """Give it for programs."""
        return {
            "count": self.count, "of_governance": self.known, "needed": self.needed, "holders": self.holders,
            "root": None if self.root is None else self.root.hex(),
            "valid": None if self.root is None or not self.count else self.refusal is None, "refusal": self.refusal,
        }  # fmt: skip


def signature_state(file: EnvelopeFile, kind: str, root: Root | None) -> SignatureState:
    """Count the signatures of a file under a root.

    Args:
        file: draft or envelope.
        kind: that it must be.
        root: given by IT, or None.
    """
    count = len(file.signatures)
    if root is None:
        return SignatureState(count)
    keys = root.governance
    known = sum(keys.find(one.kid) is not None for one in file.signatures)
    refusal = None
    if count:
        try:
            verify_envelope(assemble(file.payload_bytes, file.signatures), keys, kind, root.environment)
        except WireError as error:
            refusal = error.text
    holders = len({key.holder for key in keys.keys})
    return SignatureState(count, known, keys.threshold, holders, bytes(root.fingerprint), refusal)

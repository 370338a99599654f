"""How far a recording is proven, or which rule its first bad header breaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lightnode.consensus.errors import ConsensusError
from lightnode.wire.types import Address, Hash32, Height


@dataclass(frozen=True, slots=True)
class Failure:
    """The first broken rule.

    Attributes:
        code: of the error.
        height: of the offending block; None where it has none.
        rule: number and name of the rule.
        message: what is wrong.
        advice: what to do now.
    """

    code: str
    height: int | None
    rule: str
    message: str
    advice: str

    @classmethod
    def of(cls, error: ConsensusError) -> Failure:
        """Take a failure from an error."""
        return cls(error.code, error.height, error.rule, error.text, error.advice)


@dataclass(frozen=True, slots=True)
class RecordingReport:
    """The result for a recording.

    Attributes:
        height: last good block.
        block_hash: its hash.
        validators: in force for the next block; None where not known.
        rules: engine and client of the last good block.
        warnings: what the reader should know.
        receipts: blocks whose receipts were proven.
        proofs: state proofs that verified.
        failure: None where everything holds.
    """

    height: Height
    block_hash: Hash32
    validators: tuple[Address, ...] | None
    rules: str
    warnings: tuple[str, ...]
    receipts: int
    proofs: int
    failure: Failure | None

    def as_json(self) -> dict[str, Any]:
        """Give the object that the command prints."""
        if self.failure is not None:
            error = {
                "code": self.failure.code,
                "height": self.failure.height,
                "rule": self.failure.rule,
                "message": self.failure.message,
                "advice": self.failure.advice,
            }
            return {"ok": False, "height": self.height, "error": error}
        return {
            "ok": True,
            "height": self.height,
            "hash": f"0x{self.block_hash.hex()}",
            "validators": None if self.validators is None else [f"0x{member.hex()}" for member in self.validators],
            "rules": self.rules,
            "warnings": list(self.warnings),
            "receipts": self.receipts,
            "proofs": self.proofs,
        }

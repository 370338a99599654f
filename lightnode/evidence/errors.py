"""What can be wrong with an evidence file before anything in it is judged."""

from __future__ import annotations

from lightnode.errors import LightNodeError


class EvidenceError(LightNodeError):
    """The bytes are no evidence file."""

    code = "EVIDENCE"
    advice = "Scan again, or ask for the file."


class EvidenceVersionError(EvidenceError):
    """The evidence was made by a newer program."""

    code = "EVIDENCE-VERSION"
    advice = "Update this program."


class EvidenceKindError(EvidenceError):
    """The evidence is of a kind that this version does not judge."""

    code = "EVIDENCE-KIND"
    advice = "Ask for sealed evidence, or update this program."


class EvidenceMakingError(LightNodeError):
    """Evidence cannot be made from what was given."""

    code = "EVIDENCE-MAKING"
    advice = "Report this with the block number."

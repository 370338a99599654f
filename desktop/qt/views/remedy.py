"""What helps against a verdict that is not VALID, where one press can begin it."""

from __future__ import annotations

import enum

from lightnode.verdict import Outcome, Verdict


class Remedy(enum.Enum):
    """One thing to do; its value stands on the button."""

    TRUST_LIST = "Choose a newer trust list"
    DOCUMENT = "Choose the document"
    EVIDENCE = "Choose the evidence again"


_LIST = {
    "LIST-OLD",
    "SET-NEW",
    "ROLLBACK",
    "TRUST-ENC",
    "TRUST-ROOT",
    "NET",
    "ISSUER-?",
    "TEMPLATE-?",
    "STATUS-?",
    "OK-SOFT",
}
_EVIDENCE = {"E-ENC", "OPENING-?", "NOT-INC", "SEAL-FEW", "FIELDS-DIFF", "KIND-?"}


def remedy_for(verdict: Verdict, *, with_document: bool, takes_list: bool) -> Remedy | None:
    """Give the remedy of a verdict; None where there is none that begins here.

    Args:
        verdict: the answer.
        with_document: whether a document was given.
        takes_list: whether this office's trust list can be changed here.
    """
    if verdict.code in _LIST:
        return Remedy.TRUST_LIST if takes_list else None
    if verdict.code == "DOC-DIFF" or (verdict.outcome is Outcome.VALID and not with_document):
        return Remedy.DOCUMENT
    return Remedy.EVIDENCE if verdict.code in _EVIDENCE else None

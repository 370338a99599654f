"""The closed list of verdict codes, each with its outcome, its sentence and its advice (offline note 2.8, foundations).

Invariants:
- Order is total: NOT VALID before CANNOT TELL before VALID, then by position in this list. The worst finding decides.
- Sentences name what is proven, never a mood; a refusal to answer speaks of this office's list, not of the person.
- Placeholders in braces are filled by `verdict.judgement`; none holds markup.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Outcome(enum.Enum):
    """The three words an officer sees."""

    NOT_VALID = "NOT VALID"
    CANNOT_TELL = "CANNOT TELL"
    VALID = "VALID"


@dataclass(frozen=True, slots=True)
class Code:
    """One possible result.

    Attributes:
        name: stable identifier for the help desk.
        outcome: the word.
        sentence: what is so, with placeholders.
        next_step: what the officer does now.
        tell: what one can tell the person.
    """

    name: str
    outcome: Outcome
    sentence: str
    next_step: str
    tell: str


def _not(name: str, sentence: str, next_step: str, tell: str) -> Code:
    return Code(name, Outcome.NOT_VALID, sentence, next_step, tell)


def _cannot(name: str, sentence: str, next_step: str, tell: str) -> Code:
    return Code(name, Outcome.CANNOT_TELL, sentence, next_step, tell)


def _valid(name: str, sentence: str, next_step: str, tell: str) -> Code:
    return Code(name, Outcome.VALID, sentence, next_step, tell)


_ASK_ISSUER = "Please ask the office that issued this for a new evidence file."
_OUR_LIST = "This says nothing about you or your document. Our list has to be updated first."

DOC_DIFF = _not(
    "DOC-DIFF", "The document differs from the registered one.",
    "Keep both files and call the issuing office.",
    "This file is not the one that was registered. The issuing office can send you the registered one.",
)  # fmt: skip
FIELDS_DIFF = _not(
    "FIELDS-DIFF", "The details in the file are not the ones that were registered.",
    "Keep the file and call the issuing office.", _ASK_ISSUER,
)  # fmt: skip
NOT_INC = _not(
    "NOT-INC", "The evidence does not lead to the entry it names.",
    "Keep the file and report it.", _ASK_ISSUER,
)  # fmt: skip
TX_FAILED = _not(
    "TX-FAILED", "The registration was refused by the register.",
    "Ask the issuing office for a new one.", "The registration did not take place. The issuing office can repeat it.",
)  # fmt: skip
SEAL_FEW = _not(
    "SEAL-FEW", "Too few network members confirmed it ({found} of {needed}).",
    "Ask the issuing office for new evidence.", _ASK_ISSUER,
)  # fmt: skip
SEAL_ALIEN = _not(
    "SEAL-ALIEN", "Confirmed by keys that are not network members for that date.",
    "Keep the file and report it.", _ASK_ISSUER,
)  # fmt: skip
LATE = _not(
    "LATE", "The entry was made after the time its signer allowed.",
    "Ask the issuing office for a new one.", "The registration came too late. The issuing office can repeat it.",
)  # fmt: skip
LOG_DIFF = _not(
    "LOG-DIFF", "The register's log holds another entry in this place.",
    "Keep the file and report it.", _ASK_ISSUER,
)  # fmt: skip
WITHDRAWN = _not(
    "WITHDRAWN", "{authority} withdrew this record.",
    "Follow the rules for this kind of record.", "The issuing office withdrew this record. It can tell you why.",
)  # fmt: skip
SUPERSEDED = _not(
    "SUPERSEDED", "{authority} replaced this record by a newer one.",
    "Ask for the newer record.", "There is a newer version of this record. The issuing office can send it to you.",
)  # fmt: skip
ROLE = _not(
    "ROLE", "The signer was not entitled to sign this kind of record on that date.",
    "Keep the file and report it.", "Please contact the office that gave you this document.",
)  # fmt: skip
APPROVAL = _not(
    "APPROVAL", "The approval by a second person does not count: {why}.",
    "Keep the file and report it.", "Please contact the office that gave you this document.",
)  # fmt: skip
ENDED = _not(
    "ENDED", "The record's validity ended on {date}.",
    "Follow the rules for this kind of record.", "Your record has ended. The issuing office can tell you how to renew it.",
)  # fmt: skip
NOT_YET = _not(
    "NOT-YET", "Valid only from {date}.",
    "Follow the rules for this kind of record.", "Your record begins on a later day.",
)  # fmt: skip
RULES = _not(
    "RULES", "The record does not meet the rules for its kind: {rule}.",
    "Follow the rules for this kind of record.", "The issuing office can correct this record.",
)  # fmt: skip

E_ENC = _cannot(
    "E-ENC", "The evidence could not be read completely.",
    "Scan again, or ask for the file.", "Please send or show the evidence again.",
)  # fmt: skip
E_VERSION = _cannot(
    "E-VERSION", "The evidence was made by a newer program than this one.",
    "Update this program.", _OUR_LIST,
)  # fmt: skip
TRUST_ENC = _cannot(
    "TRUST-ENC", "This office's trust list could not be read.",
    "Get the trust list again.", _OUR_LIST,
)  # fmt: skip
TRUST_ROOT = _cannot(
    "TRUST-ROOT", "This trust list is not signed by your agency's root.",
    "Get the trust list from your agency; report this one.", _OUR_LIST,
)  # fmt: skip
ROLLBACK = _cannot(
    "ROLLBACK", "This trust list is older than one this office already had.",
    "Use the newer list; report where the older one came from.", _OUR_LIST,
)  # fmt: skip
TEST = _cannot(
    "TEST", "TEST RECORD, no legal effect.",
    "Ask for the real record.", "This is a training or test record.",
)  # fmt: skip
NET = _cannot(
    "NET", "From another network than the ones on this office's list.",
    "Ask your agency which list covers it.", _OUR_LIST,
)  # fmt: skip
CLOCK = _cannot(
    "CLOCK", "This list, or this entry, is from after the time of this check: this computer's clock is wrong, or another time was given.",
    "Set the clock, then check again.", "This says nothing about you or your document. Our computer's clock is wrong.",
)  # fmt: skip
LIST_OLD = _cannot(
    "LIST-OLD", "This office's list expired on {date}.",
    "Update the list, then check again.", _OUR_LIST,
)  # fmt: skip
SET_NEW = _cannot(
    "SET-NEW", "Newer than this office's list (record of {date}; the list is of {list_date}).",
    "Update the list, then check again.", _OUR_LIST,
)  # fmt: skip
ISSUER = _cannot(
    "ISSUER-?", "This office has no entry for the signer.",
    "Update the list, or call the issuing office.", _OUR_LIST,
)  # fmt: skip
APPROVAL_MISSING = _cannot(
    "APPROVAL-?", "A second person's approval belongs to this record, and the evidence does not hold it.",
    "Ask for the complete evidence file.", _ASK_ISSUER,
)  # fmt: skip
TEMPLATE = _cannot(
    "TEMPLATE-?", "Unknown kind of record.",
    "Update the list or this program.", _OUR_LIST,
)  # fmt: skip
OPENING = _cannot(
    "OPENING-?", "The evidence does not hold the details needed to check it.",
    "Ask for the complete evidence file.", _ASK_ISSUER,
)  # fmt: skip
KEY_DOUBT = _cannot(
    "KEY-DOUBT", "The signer's key was later reported as unsafe for that time.",
    "Call the issuing office.", "The issuing office has to confirm this record again.",
)  # fmt: skip
SUSPENDED = _cannot(
    "SUSPENDED", "Temporarily suspended by {authority} as of {date}.",
    "Call the issuing office.", "The issuing office suspended this record for the time being. It can tell you why.",
)  # fmt: skip
STATUS = _cannot(
    "STATUS-?", "This record needs a status list, and this office has none that covers it.",
    "Update the list, then check again.", _OUR_LIST,
)  # fmt: skip
KIND = _cannot(
    "KIND-?", "This kind of evidence cannot be checked with what this office holds.",
    "Ask for sealed evidence, or update this program.", _OUR_LIST,
)  # fmt: skip

UNCROSSED = _valid(
    "UNCROSSED", "This is the record that {authority}, {country}, registered on {date}. "
    "Sealed by the network of that date, not cross-checked with this office's log.",
    "Compare the details with the person or goods in front of you.", "Your record was found and is in order.",
)  # fmt: skip
OK_NEW = _valid(
    "OK-NEW", "This is the record that {authority}, {country}, registered on {date}. Registered after your list.",
    "Compare the details with the person or goods in front of you.", "Your record was found and is in order.",
)  # fmt: skip
OK_SOFT = _valid(
    "OK-SOFT", "This is the record that {authority}, {country}, registered on {date}. Your office's list is {age} old.",
    "Compare the details with the person or goods in front of you; fetch a new list.",
    "Your record was found and is in order.",
)  # fmt: skip
OK = _valid(
    "OK", "This is the record that {authority}, {country}, registered on {date}.",
    "Compare the details with the person or goods in front of you.", "Your record was found and is in order.",
)  # fmt: skip

ORDER: tuple[Code, ...] = (
    E_ENC, E_VERSION, TRUST_ENC, TRUST_ROOT, ROLLBACK,
    NOT_INC, TX_FAILED, SEAL_ALIEN, SEAL_FEW, LOG_DIFF, LATE, FIELDS_DIFF, DOC_DIFF, ROLE, APPROVAL, WITHDRAWN,
    SUPERSEDED,
    ENDED, NOT_YET, RULES,
    TEST, NET, CLOCK, LIST_OLD, SET_NEW, KIND, ISSUER, APPROVAL_MISSING, TEMPLATE, OPENING, KEY_DOUBT, SUSPENDED, STATUS,
    OK_SOFT, UNCROSSED, OK_NEW, OK,
)  # fmt: skip

_OUTCOME_ORDER = (Outcome.NOT_VALID, Outcome.CANNOT_TELL, Outcome.VALID)
_RANK = {
    code.name: rank
    for rank, code in enumerate(sorted(ORDER, key=lambda item: (_OUTCOME_ORDER.index(item.outcome), ORDER.index(item))))
}


def rank(code: Code) -> int:
    """Give a code's place in the total order; the lowest decides."""
    return _RANK[code.name]


def by_name(name: str) -> Code:
    """Find a code.

    Raises:
        KeyError: there is none of this name.
    """
    return next(code for code in ORDER if code.name == name) if name in _RANK else _missing(name)


def _missing(name: str) -> Code:
    raise KeyError(name)

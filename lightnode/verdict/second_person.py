"""Step V7 goes on: a second person's approval, where the act names one, counts in full or the record is not VALID.

It counts only if the act names its file, it is of this act's intent, the block's time is not past its end, its key was
entitled to approve at that block, and its holder is another than the one who acted (foundations section 7).
"""

from __future__ import annotations

import hashlib

from lightnode.errors import LightNodeError
from lightnode.evidence.evidence_file import Evidence
from lightnode.verdict import codes
from lightnode.verdict.agreement import LedgerEntry
from lightnode.verdict.entitlement import Entitlement, entitlement
from lightnode.verdict.judgement import Group, Judgement
from lightnode.wire import cbor
from lightnode.wire.approval import APPROVES, Approval, read_approval
from lightnode.wire.curve import address_of
from lightnode.wire.envelope import FORMAT as ENVELOPE_FORMAT
from lightnode.wire.profile import REGISTRY
from lightnode.wire.registry import intent_hash
from lightnode.wire.trust import TrustPackage

_TITLE = "A second person approved it"
# The bit that stands for it in a key's entry (ADR 0007).
_APPROVING = APPROVES.bit_length() - 1
_ENVELOPE_PREFIX = "chancery/envelope/"


def judge_approval(judgement: Judgement, evidence: Evidence, entry: LedgerEntry, package: TrustPackage) -> None:
    """Check the approval that the act names and the evidence carries; nothing where there is neither."""
    named, carried = entry.leaf.approval, evidence.approval
    if not any(named):
        if carried is not None:
            # Bytes that the act does not name lie outside of what was signed.
            judgement.fail(codes.NOT_INC, "V7", Group.ENTITLED, _TITLE)
        return
    if carried is None or evidence.way != REGISTRY:
        judgement.fail(codes.APPROVAL_MISSING, "V7", Group.ENTITLED, _TITLE)
        return
    if hashlib.sha256(carried).digest() != named:
        _refuse(judgement, "it is another file than the one that the act names")
        return
    if _is_newer(carried):
        judgement.fail(codes.E_VERSION, "V7", Group.ENTITLED, _TITLE)
        return
    try:
        approval = read_approval(carried)
    except LightNodeError:
        _refuse(judgement, "it cannot be read, or its signature is wrong")
        return
    problem = _other(approval, entry, package)
    if problem is not None:
        _refuse(judgement, problem)
        return
    _entitled(judgement, approval, entry, package)


def _is_newer(data: bytes) -> bool:
    """Tell an envelope of a newer version, which this program must not call wrong."""
    try:
        match cbor.decode(data, max_bytes=len(data)):
            case [str(name), *_]:
                return name.startswith(_ENVELOPE_PREFIX) and name != ENVELOPE_FORMAT
    except LightNodeError:
        return False
    return False


def _other(approval: Approval, entry: LedgerEntry, package: TrustPackage) -> str | None:
    """Say what does not fit this act; None where all does."""
    profile = package.profile
    if profile.recording is None or approval.payload.environment != profile.environment:
        return "it is of another environment"
    if approval.genesis != profile.genesis_hash:
        return "it is for another network"
    if approval.authority != entry.leaf.authority:
        return "it is for another authority"
    if approval.intent != intent_hash(profile.genesis_hash, profile.recording.contract, entry.call.encode()):
        return "it is of another intent"
    if entry.header.timestamp > approval.payload.not_after:
        return "it had expired"
    return None


def _entitled(judgement: Judgement, approval: Approval, entry: LedgerEntry, package: TrustPackage) -> None:
    """Check the approving key and its holder, at the block of the act."""
    authority, height = entry.leaf.authority, entry.header.number
    key = package.keys.get((authority, address_of(approval.public_key)))
    if key is None:
        judgement.fail(codes.ISSUER, "V7", Group.ENTITLED, _TITLE)
        return
    entitled = entitlement(key, _APPROVING, height)
    if key.verbs != APPROVES or entitled is Entitlement.OUTSIDE:
        _refuse(judgement, "its key was not entitled to approve on that date")
        return
    actor = package.keys.get((authority, entry.leaf.sender))
    if actor is not None and actor.holder == key.holder:
        _refuse(judgement, "it is by the person who acted")
        return
    if entitled is Entitlement.DOUBTED:
        judgement.fail(codes.KEY_DOUBT, "V7", Group.ENTITLED, _TITLE)
        return
    judgement.passed("V7", Group.ENTITLED, _TITLE, f"Holder {key.holder} of the same authority, for this very act")


def _refuse(judgement: Judgement, why: str) -> None:
    judgement.fail(codes.APPROVAL, "V7", Group.ENTITLED, _TITLE, why=why)

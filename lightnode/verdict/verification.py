"""Judging an evidence file: steps V0 to V9 of docs/verification.md, in order; a step that cannot go on ends the judgement.

Pure: evidence, document, trust package, root, time and memory come in as arguments; nothing is read or sent.
"""

from __future__ import annotations

from lightnode.errors import LightNodeError
from lightnode.evidence.errors import EvidenceKindError, EvidenceVersionError
from lightnode.evidence.evidence_file import MAX_BYTES, Evidence, decode_evidence
from lightnode.verdict import codes
from lightnode.verdict.content import judge_content
from lightnode.verdict.judgement import Freshness, Group, Judgement, Verdict, show_age, show_day
from lightnode.verdict.ledger import judge_ledger
from lightnode.verdict.second_person import judge_approval
from lightnode.verdict.standing import judge_standing
from lightnode.wire.envelope import EnvelopeKindError, ThresholdError, decode_envelope
from lightnode.wire.root import Root, RootError, read_root
from lightnode.wire.serial_memory import EquivocationError, RollbackError, SerialMemory
from lightnode.wire.trust import TrustPackage, open_trust

# A clock that runs a little slow must not refuse a list issued a minute ago.
CLOCK_TOLERANCE_SECONDS = 300


def verify_evidence(
    evidence: bytes, document: bytes | None, trust: bytes, root: bytes, at: int, memory: SerialMemory
) -> Verdict:
    """Judge an evidence file.

    Args:
        evidence: the file.
        document: the document's exact bytes; None to judge the fields alone.
        trust: the office's trust package.
        root: the root's file, from IT.
        at: unix seconds of the judgement.
        memory: highest serials seen before.

    Returns:
        The verdict; whatever is wrong with evidence, document or trust package is in it.

    Raises:
        RootError: the root itself cannot be used.
    """
    pinned = read_root(root)
    judgement = Judgement(memory)
    # Until the trust package says more: a root of training must never give a verdict without its mark.
    judgement.environment = pinned.environment
    # V0 the office's own material comes first: without it nothing can be told.
    package = _open_trust(judgement, trust, pinned, at)
    given = _read_evidence(judgement, evidence)
    if package is None or given is None:
        return judgement.conclude()
    if given.genesis != package.profile.genesis_hash:
        judgement.fail(codes.NET, "V1", Group.GENUINE, "The network is on this office's list")
        return judgement.conclude()
    judgement.environment = package.profile.environment
    # V2 to V5 the ledger; V6 the content; V7 to V9 standing, entitlement and rules.
    entry = judge_ledger(judgement, given, package, at)
    if entry is None:
        return judgement.conclude()
    record = judge_content(judgement, given, entry, package, document)
    judge_standing(judgement, entry, record, package, at)
    judge_approval(judgement, given, entry, package)
    return judgement.conclude()


def _read_evidence(judgement: Judgement, evidence: bytes) -> Evidence | None:
    title = "The evidence can be read"
    if len(evidence) > MAX_BYTES:
        judgement.fail(codes.E_ENC, "V1", Group.GENUINE, title)
        return None
    try:
        return decode_evidence(evidence)
    except EvidenceVersionError:
        judgement.fail(codes.E_VERSION, "V1", Group.GENUINE, title)
    except EvidenceKindError:
        judgement.fail(codes.KIND, "V1", Group.GENUINE, title)
    except LightNodeError:
        judgement.fail(codes.E_ENC, "V1", Group.GENUINE, title)
    return None


def _open_trust(judgement: Judgement, trust: bytes, pinned: Root, at: int) -> TrustPackage | None:
    title = "This office's trust list leads to its root"
    try:
        if decode_envelope(trust).payload.environment != pinned.environment:
            judgement.fail(codes.TEST, "V0", Group.GENUINE, title)
            return None
        package = open_trust(trust, pinned)
        # The root is a line of its own: once a newer one was seen, what rests on the older is refused.
        for part in (package.root.envelope, *package.parts):
            judgement.memory = judgement.memory.accept(package.root.root_id, part)
    except (ThresholdError, RootError, EnvelopeKindError):
        judgement.fail(codes.TRUST_ROOT, "V0", Group.GENUINE, title)
        return None
    except (RollbackError, EquivocationError):
        judgement.fail(codes.ROLLBACK, "V0", Group.GENUINE, title)
        return None
    except LightNodeError:
        judgement.fail(codes.TRUST_ENC, "V0", Group.GENUINE, title)
        return None
    payload = package.payload
    judgement.age_seconds = max(0, at - payload.issued)
    judgement.environment = package.profile.environment
    judgement.freshness = Freshness(payload.serial, payload.issued, payload.next_update, payload.not_after)
    judgement.fills.update(age=show_age(judgement.age_seconds), list_date=show_day(payload.issued))
    return package if _in_time(judgement, package, at) else None


def _in_time(judgement: Judgement, package: TrustPackage, at: int) -> bool:
    """Hold every part of the package against the clock, and the clock against the package."""
    title = "This office's trust list is in time"
    if at < package.payload.issued - CLOCK_TOLERANCE_SECONDS:
        judgement.fail(codes.CLOCK, "V0", Group.STANDING, title)
        return False
    # The profile describes the network and may be older than the lists about it; it expires with its own date.
    ends = min([package.root.not_after, *(part.payload.not_after for part in package.parts)])
    if at > ends:
        judgement.fail(codes.LIST_OLD, "V0", Group.STANDING, title, date=show_day(ends))
        return False
    if at > package.payload.next_update:
        judgement.fail(codes.OK_SOFT, "V0", Group.STANDING, title)
        judgement.caveats.append(f"Your office's list is {judgement.fills['age']} old; fetch a new one.")
    judgement.passed(
        "V0", Group.STANDING, title, f"Issued {judgement.fills['list_date']}, {judgement.fills['age']} ago"
    )
    return True

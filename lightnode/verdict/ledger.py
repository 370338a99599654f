"""Steps V2 to V5: the block is sealed by its quorum, and holds the official's transaction and the registry's entry."""

from __future__ import annotations

from dataclasses import replace

from lightnode.consensus.constants import DIFFICULTY, MAX_CLOCK_DRIFT_SECONDS, MIX_HASH
from lightnode.consensus.errors import SealError
from lightnode.consensus.extra_data import BftRules, ExtraData, decode_extra_data
from lightnode.consensus.hashes import block_hash, seal_digest
from lightnode.consensus.header import Header, decode_header
from lightnode.consensus.quorum import quorum
from lightnode.consensus.seals import SealVerifier
from lightnode.errors import LightNodeError
from lightnode.evidence.evidence_file import Evidence
from lightnode.verdict import codes
from lightnode.verdict.agreement import LedgerEntry, agreement
from lightnode.verdict.judgement import Group, Judgement, show_count, show_day
from lightnode.wire.curve import is_low_s
from lightnode.wire.receipt import decode_receipt
from lightnode.wire.transaction import decode_transaction
from lightnode.wire.trie import index_key, verify_proof
from lightnode.wire.trust import TrustPackage
from lightnode.wire.types import Address

_SEALED = "Enough members confirmed it"
_ENTRY = "The entry is in the register"


def judge_ledger(judgement: Judgement, evidence: Evidence, package: TrustPackage, at: int) -> LedgerEntry | None:
    """Check block, seals, transaction and event; None where the judgement ends here."""
    recording = package.profile.recording
    if recording is None or recording.way != evidence.way:
        judgement.fail(codes.KIND, "V2", Group.GENUINE, "The way of recording is known")
        return None
    try:
        header = decode_header(evidence.sealed.header)
        rules = _rules(package, header.number)
        extra = decode_extra_data(rules, header.extra_data)
    except LightNodeError:
        judgement.fail(codes.NOT_INC, "V2", Group.GENUINE, _ENTRY)
        return None
    if extra.seals or header.difficulty != DIFFICULTY or header.mix_hash != MIX_HASH:
        judgement.fail(codes.NOT_INC, "V2", Group.GENUINE, _ENTRY)
        return None
    judgement.fills["date"] = show_day(header.timestamp)
    if header.timestamp > at + MAX_CLOCK_DRIFT_SECONDS:
        judgement.fail(codes.CLOCK, "V2", Group.GENUINE, "The entry is not from the future")
        return None
    if not _sealed(judgement, evidence, package, header, extra, rules):
        return None
    entry = _entry(judgement, evidence, package, header)
    if entry is not None:
        _crossed(judgement, package, header, rules)
    return entry


def _rules(package: TrustPackage, height: int) -> BftRules:
    spans = [span for span in package.profile.engines if span.start <= height]
    return BftRules(spans[-1].engine) if spans else BftRules.QBFT


def _sealed(
    judgement: Judgement, evidence: Evidence, package: TrustPackage, header: Header, extra: ExtraData, rules: BftRules
) -> bool:
    """Check V3: exactly a quorum of distinct members of the listed set, in order and with lower s."""
    listed = package.facts.members_at(header.number)
    if listed is None:
        judgement.fail(codes.SET_NEW, "V3", Group.GENUINE, _SEALED)
        return False
    members = [member.address for member in listed]
    needed, seals, curve = quorum(len(members)), evidence.sealed.seals, package.profile.curve
    if len(seals) < needed:
        judgement.fail(codes.SEAL_FEW, "V3", Group.GENUINE, _SEALED, found=str(len(seals)), needed=str(needed))
        return False
    verifier = SealVerifier(curve)
    digest = seal_digest(rules, header, extra)
    signers: list[Address] = []
    for seal in seals:
        try:
            if not is_low_s(curve, int.from_bytes(seal[32:64], "big")):
                raise SealError("A seal has the upper s.")
            signers.append(verifier.signer(digest, seal))
        except LightNodeError:
            judgement.fail(codes.NOT_INC, "V3", Group.GENUINE, _SEALED)
            return False
    if any(signer not in members for signer in signers):
        # Beyond the checkpoint the set may have changed since the list was made: that is newer, not forged.
        newer = header.number > package.facts.checkpoint.height
        judgement.fail(codes.SET_NEW if newer else codes.SEAL_ALIEN, "V3", Group.GENUINE, _SEALED)
        return False
    if len(set(signers)) < needed:
        judgement.fail(codes.SEAL_FEW, "V3", Group.GENUINE, _SEALED, found=str(len(set(signers))), needed=str(needed))
        return False
    if signers != sorted(set(signers)) or len(signers) != needed:
        judgement.fail(codes.NOT_INC, "V3", Group.GENUINE, _SEALED)
        return False
    countries = {member.country for member in listed if member.address in signers} - {""}
    among = f", from {len(countries)} {'country' if len(countries) == 1 else 'countries'}" if countries else ""
    detail = f"{len(signers)} of {len(members)}{among}. Needed: {needed}"
    judgement.passed("V3", Group.GENUINE, _SEALED, detail)
    return True


def _entry(judgement: Judgement, evidence: Evidence, package: TrustPackage, header: Header) -> LedgerEntry | None:
    """Check V4 and V5: inclusion, success, and that transaction, event and block say one thing."""
    part = evidence.sealed
    try:
        raw = verify_proof(header.transactions_root, index_key(part.index), part.transaction_nodes)
        receipt_raw = verify_proof(header.receipts_root, index_key(part.index), part.receipt_nodes)
        if raw is None or receipt_raw is None:
            raise SealError("The proofs prove absence.")
        transaction, receipt = decode_transaction(raw), decode_receipt(receipt_raw)
        if receipt.succeeded is not True:
            judgement.fail(codes.TX_FAILED, "V4", Group.GENUINE, _ENTRY)
            return None
        entry = _of_batch(agreement(package, header, transaction, receipt), evidence)
    except LightNodeError:
        judgement.fail(codes.NOT_INC, "V4", Group.GENUINE, _ENTRY)
        return None
    number = "Entry" if entry.record is None else f"Record {show_count(entry.record)}"
    judgement.reference = f"{number}, block {show_count(header.number)}"
    judgement.passed("V5", Group.GENUINE, _ENTRY, judgement.reference)
    if header.timestamp > entry.call.not_after:
        judgement.fail(codes.LATE, "V5", Group.GENUINE, "The entry was made in time")
    return entry


def _of_batch(entry: LedgerEntry, evidence: Evidence) -> LedgerEntry:
    """Give a batch record its own number, by which it may be withdrawn; its index is held to the path in V6."""
    if evidence.batch is None or entry.record is None:
        return entry
    return replace(entry, record=entry.record + evidence.batch.index)


def _crossed(judgement: Judgement, package: TrustPackage, header: Header, rules: BftRules) -> None:
    """Say where a block lies below the checkpoint: retired members could forge it, and only the log would show."""
    checkpoint = package.facts.checkpoint
    if header.number == checkpoint.height:
        if block_hash(rules, header) != checkpoint.block_hash:
            judgement.fail(codes.LOG_DIFF, "V5", Group.GENUINE, "The block is the one that the trust list names")
        return
    if header.number < checkpoint.height:
        judgement.fail(codes.UNCROSSED, "V5", Group.GENUINE, "The entry is compared with the register's log")
        judgement.caveats.append("Sealed by the network of that date, not cross-checked with this office's log.")
        judgement.skipped(
            "V5",
            Group.GENUINE,
            "The entry is compared with the register's log",
            "The evidence carries no path in the log",
        )

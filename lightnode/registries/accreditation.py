"""Was an issuer accredited after block N, and is it still after block M: a proven answer over either route (Q7, Q8).

By storage, the last revision of the attribute is read in the state after each block. By logs, every revision event of the
attribute up to N is found by a complete scan, and that none, or which, came later up to M.

Invariants:
- A statement is made of proven readings or of complete scans only, and carries block, time and route.
- What cannot be concluded is CANNOT TELL with the reason; a missing proof is never "no".
- By logs, that nothing was found means "no" only where the scan begins with the registry's first block.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from lightnode.proofs.log_filter import LogFilter
from lightnode.registries.accreditation_answer import (
    AccreditationQuestion,
    AccreditationStatement,
    Accredited,
)
from lightnode.registries.accreditation_document import AccreditationDocument, read_document
from lightnode.registries.errors import DocumentBindingError, EventFormError, LogRangeError
from lightnode.registries.issuer_messages import (
    REVISION_TOPICS,
    REVISIONS,
    AttributeRevision,
    AttributeRevisionOfPilot,
    IssuerType,
)
from lightnode.registries.issuers import Attribute
from lightnode.registries.logged_reading import BY_LOGS, watched_program
from lightnode.registries.pin import RegistryPin
from lightnode.registries.program import ProgramState
from lightnode.registries.proven_logs import ProvenLogs
from lightnode.registries.reading import Reading
from lightnode.registries.typed_event import decode_event_among
from lightnode.wire.types import Hash32, Height


def by_storage(
    question: AccreditationQuestion, reading: Reading[Attribute | None], credential: bytes | None = None
) -> AccreditationStatement:
    """Answer for the block of a reading of the attribute.

    Args:
        question: asked.
        reading: of `issuers.attribute_plan` for this issuer and attribute.
        credential: given by whoever asks; must be the one stored.

    Raises:
        DocumentBindingError: the credential given is not the one stored.
        LogRangeError: the reading is of another issuer or attribute.
    """
    found = reading.value
    base = AccreditationStatement(
        Accredited.NO, "The registry has no such attribute of this issuer.", reading.height, reading.block_hash,
        reading.time, reading.route, ProgramState.PROVEN,
    )  # fmt: skip
    if found is None:
        return base
    if (found.did, found.id) != (question.issuer, question.attribute):
        raise LogRangeError("The reading is of another issuer or attribute.")
    if credential is not None and credential != found.credential:
        raise DocumentBindingError("The credential given is not the one that the registry holds for this attribute.")
    latest = found.latest
    said = replace(
        base, issuer_type=latest.issuer_type, revision=latest.id, tao=latest.tao, root_tao=latest.root_tao,
        registered=found.credential is not None,
    )  # fmt: skip
    return _judge(question, said, found.credential)


def revision_filter(pin: RegistryPin, attribute: Hash32) -> LogFilter:
    """Give the filter for every event that revises an attribute, under either spelling."""
    return LogFilter(frozenset({pin.address}), (REVISION_TOPICS, frozenset({attribute})))


def by_logs(
    pin: RegistryPin,
    question: AccreditationQuestion,
    found: ProvenLogs,
    credential: bytes | None = None,
    upgrades: ProvenLogs | None = None,
) -> AccreditationStatement:
    """Answer for the last block of a complete scan with `revision_filter`.

    Args:
        pin: of the registry.
        question: asked.
        found: every revision of the attribute in its blocks.
        credential: given by whoever asks; its SHA-256 must be one of the revisions, or it counts for nothing.
        upgrades: a complete scan of the same blocks with `program.upgrade_filter`.

    Raises:
        DocumentBindingError: the credential belongs to none of the revisions.
        EventFormError: a log is no revision.
        LogRangeError: a log is of another registry or attribute.
        ProgramChangedError: the program was exchanged in these blocks.
    """
    base = _empty(pin, found, upgrades)
    events = _revisions(pin, question, found)
    if events:
        return _by_events(question, base, events, credential)
    if found.first > max(pin.born, 1):
        reason = f"No revision was found from block {found.first} on; the registry is older than that."
        return replace(base, answer=Accredited.CANNOT_TELL, reason=reason)
    return base


def still_by_logs(
    pin: RegistryPin,
    question: AccreditationQuestion,
    before: AccreditationStatement,
    later: ProvenLogs,
    credential: bytes | None = None,
    upgrades: ProvenLogs | None = None,
) -> AccreditationStatement:
    """Answer for the last block of a complete scan of the blocks right behind a statement's.

    Args:
        pin: of the registry.
        question: asked.
        before: the statement, by either route.
        later: every revision of the attribute from the next block on.
        credential: as of `by_logs`.
        upgrades: as of `by_logs`, for the later blocks.

    Raises:
        DocumentBindingError: the credential belongs to none of the revisions.
        EventFormError: a log is no revision.
        LogRangeError: the scan does not begin right behind the statement, or holds others' logs.
        ProgramChangedError: the program was exchanged in these blocks.
    """
    if later.first != before.height + 1:
        raise LogRangeError(f"The scan begins with block {later.first}, not right behind block {before.height}.")
    base = _empty(pin, later, upgrades)
    events = _revisions(pin, question, later)
    if events:
        known = credential if credential is None or _is_among(credential, events) else None
        return _by_events(question, base, events, known)
    reason = f"No revision since block {before.height}. {before.reason}"
    return replace(
        before, reason=reason, height=base.height, block_hash=base.block_hash, time=base.time, route=base.route,
        program=base.program,
    )  # fmt: skip


def _empty(pin: RegistryPin, found: ProvenLogs, upgrades: ProvenLogs | None) -> AccreditationStatement:
    state = watched_program(pin, found, upgrades)
    reason = "No revision of this attribute was ever made."
    return AccreditationStatement(
        Accredited.NO, reason, found.last, found.last_hash, found.last_time, BY_LOGS, state
    )  # fmt: skip


_Revision = tuple[Height, AttributeRevision | AttributeRevisionOfPilot]


def _revisions(pin: RegistryPin, question: AccreditationQuestion, found: ProvenLogs) -> list[_Revision]:
    events: list[_Revision] = []
    for placed in found.logs:
        if placed.log.address != pin.address or not found.first <= placed.height <= found.last:
            raise LogRangeError("A log of the scan is another contract's, or of another block.")
        event = decode_event_among(REVISIONS, placed.log)
        if event.attribute != question.attribute:
            raise LogRangeError("A log of the scan is about another attribute.")
        events.append((placed.height, event))
    return events


def _is_among(credential: bytes, events: list[_Revision]) -> bool:
    revision = hashlib.sha256(credential).digest()
    return any(event.revision == revision for _, event in events)


def _by_events(
    question: AccreditationQuestion, base: AccreditationStatement, events: list[_Revision], credential: bytes | None
) -> AccreditationStatement:
    height, last = events[-1]
    if not IssuerType.ROOT_TAO <= last.issuer_type <= IssuerType.REVOKED:
        raise EventFormError("A revision has a type that the registry does not know.")
    said = replace(
        base, issuer_type=IssuerType(last.issuer_type), revision=Hash32(last.revision), revised_at=height
    )  # fmt: skip
    if last.did != question.issuer:
        return replace(said, answer=Accredited.NO, reason="The attribute is another issuer's.")
    if credential is not None and not _is_among(credential, events):
        raise DocumentBindingError("The credential given is none of this attribute's revisions.")
    return _judge(question, said, credential)


def _judge(
    question: AccreditationQuestion, said: AccreditationStatement, credential: bytes | None
) -> AccreditationStatement:
    """Judge a revision that is in force, by its type, and by its credential where that is at hand."""
    if said.issuer_type is IssuerType.REVOKED:
        return replace(said, answer=Accredited.NO, reason="The accreditation was revoked.")
    document = _readable(credential)
    said = replace(said, document=document)
    if document is not None and not document.covers(said.time):
        return replace(said, answer=Accredited.NO, reason="The credential's own dates do not cover the block's time.")
    if question.schema is None:
        what = ""
        if said.registered is False:
            what = ", but the issuer has stored no credential for it"
        elif credential is not None and document is None:
            what = ", but the credential stored for it cannot be read"
        return replace(said, answer=Accredited.YES, reason=f"The attribute is in force{what}.")
    if document is None:
        what = "not at hand" if credential is None else "no JWT that can be read"
        reason = f"The attribute is in force, but the credential that names its schemas is {what}."
        return replace(said, answer=Accredited.CANNOT_TELL, reason=reason)
    if question.schema not in document.schemas:
        return replace(said, answer=Accredited.NO, reason="The accreditation does not name this schema.")
    return replace(said, answer=Accredited.YES, reason="The attribute is in force and names this schema.")


def _readable(credential: bytes | None) -> AccreditationDocument | None:
    """Read a credential; an issuer may have stored any bytes, which then say nothing."""
    try:
        return None if credential is None else read_document(credential)
    except DocumentBindingError:
        return None

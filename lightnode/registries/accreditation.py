"""Was an issuer accredited after block N, and is it still after block M: a proven answer over either route (Q7, Q8).

By storage, the last revision of the attribute is read in the state after each block. By logs, every revision event of the
attribute up to N is found by a complete scan, and that none, or which, came later up to M.

Invariants:
- A statement is made of proven readings or of complete scans only, and carries block, time and route.
- What cannot be concluded is CANNOT TELL with the reason; a missing proof is never "no".
- By logs, that nothing was found means "no" only where the scan begins with the registry's first block.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace

from lightnode.proofs.log_filter import LogFilter
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
from lightnode.registries.pin import RegistryPin
from lightnode.registries.program import demand_no_upgrade
from lightnode.registries.proven_logs import ProvenLogs
from lightnode.registries.reading import Reading
from lightnode.registries.typed_event import decode_event_among
from lightnode.wire.types import Hash32, Height

BY_LOGS = "logs"


class Accredited(enum.Enum):
    """The answer."""

    YES = "yes"
    NO = "no"
    CANNOT_TELL = "cannot tell"


class ProgramState(enum.Enum):
    """What is known of the program that the statement rests on."""

    PROVEN = "pinned program proven in this state"
    WATCHED = "no exchange of the program in the scanned blocks; the program itself is not proven over this route"
    UNPROVEN = "not proven over this route"


@dataclass(frozen=True, slots=True)
class AccreditationQuestion:
    """What is asked.

    Attributes:
        issuer: DID.
        attribute: id of the attribute that stands for the accreditation.
        schema: id of a schema that it must be for, exactly as the credential names it; None where any will do.
    """

    issuer: str
    attribute: Hash32
    schema: str | None = None


@dataclass(frozen=True, slots=True)
class AccreditationStatement:
    """The answer for one block.

    Attributes:
        answer: yes, no, or cannot tell.
        reason: for it, one sentence.
        height: of the block after which it holds.
        block_hash: of that block.
        time: of that block, unix seconds.
        route: by which it was proven.
        program: what is known of the program.
        issuer_type: of the revision in force; None where there is none.
        revision: id of the revision in force; None where there is none.
        revised_at: block of that revision's event; None by storage, which does not keep it.
        tao: DID of whoever accredited; None by logs, which do not name it.
        root_tao: DID of the root of that chain; None by logs.
        document: the credential that belongs to it, bound by its hash; None where none was stored or given.
        registered: the block up to which the issuer had stored a credential is not known; True, False, or None by logs.
    """

    answer: Accredited
    reason: str
    height: Height
    block_hash: Hash32
    time: int
    route: str
    program: ProgramState
    issuer_type: IssuerType | None = None
    revision: Hash32 | None = None
    revised_at: Height | None = None
    tao: str | None = None
    root_tao: str | None = None
    document: AccreditationDocument | None = None
    registered: bool | None = None

    def age(self, now: int) -> int:
        """Give how many seconds old the statement is; never negative."""
        return max(now - self.time, 0)


@dataclass(frozen=True, slots=True)
class AccreditationAnswer:
    """The answer to the whole question.

    Attributes:
        question: as asked.
        at: for block N.
        still: for block M; None where that was not asked.
    """

    question: AccreditationQuestion
    at: AccreditationStatement
    still: AccreditationStatement | None = None

    @property
    def changed(self) -> bool | None:
        """Tell whether another revision is in force after M than after N; None where that is not known."""
        if self.still is None or Accredited.CANNOT_TELL in (self.at.answer, self.still.answer):
            return None
        return self.at.revision != self.still.revision


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
    state = ProgramState.UNPROVEN
    if upgrades is not None:
        if (upgrades.first, upgrades.last_hash) != (found.first, found.last_hash):
            raise LogRangeError("The scan for exchanged programs covers other blocks.")
        demand_no_upgrade(pin, upgrades)
        state = ProgramState.WATCHED
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
    revision = read_document(credential).revision
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
    document = None if credential is None else read_document(credential)
    said = replace(said, document=document)
    if document is not None and not document.covers(said.time):
        return replace(said, answer=Accredited.NO, reason="The credential's own dates do not cover the block's time.")
    if question.schema is None:
        what = "" if said.registered is not False else ", but the issuer has stored no credential for it"
        return replace(said, answer=Accredited.YES, reason=f"The attribute is in force{what}.")
    if document is None:
        reason = "The attribute is in force, but the credential that names its schemas is not at hand."
        return replace(said, answer=Accredited.CANNOT_TELL, reason=reason)
    if question.schema not in document.schemas:
        return replace(said, answer=Accredited.NO, reason="The accreditation does not name this schema.")
    return replace(said, answer=Accredited.YES, reason="The attribute is in force and names this schema.")

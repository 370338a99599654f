"""EBSI's Track and Trace (v1): documents, their events and who may write them, as the registry's storage holds them.

Layout (plain, from OpenZeppelin's manifest of the pilot, `.openzeppelin/unknown-6179.json`): slot 151 documents by hash,
157 DIDs that may create. A document: +0 metadata, +1..3 time, +4 events by hash, +5 hashes of events, +6 creator, +7 access
by subject, +8 subjects. An event: +0 external hash, +1 hash, +2..4 time, +5 sender, +6 origin, +7 metadata. Access: +0
granted, +1 by whom, +2 by which kind, each by permission; +3 subject, +4 its kind. A time: +0 seconds, +1 source, +2 proof.

Invariants: a document is there while it has a creator; `removeDocument` empties it and leaves events and access in their
mappings, which are not read then. A time whose source is *external* is what the creator stated, and proves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from lightnode.registries.document_messages import AccountType, Permission, TimeSource
from lightnode.registries.errors import StorageFormError
from lightnode.registries.solidity_storage import (
    blob,
    bounded,
    element_slot,
    flag,
    hash_word,
    hashes,
    length,
    member,
    text,
    text_key_slot,
    value_key_slot,
)
from lightnode.registries.storage_walk import Plan, ask, together
from lightnode.wire.types import Hash32

DOCUMENTS = 151
CREATORS = 157
MAX_METADATA = 4000
MAX_NAME = 2048
MAX_EVENTS = 4096
MAX_SUBJECTS = 256
_MAX_TIME = (1 << 256) - 1


@dataclass(frozen=True, slots=True)
class StatedTime:
    """When something was.

    Attributes:
        seconds: unix seconds; no more than stated where the source is external.
        source: the block, or the one who wrote it.
        proof: number of the block in newer programs, or what the writer gave.
    """

    seconds: int
    source: TimeSource
    proof: Hash32


@dataclass(frozen=True, slots=True)
class DocumentEvent:
    """An event of a document.

    Attributes:
        hash: by which it is kept.
        external_hash: as its sender gave it.
        time: when it was.
        sender: DID of its writer, as bytes.
        origin: as its sender gave it.
        metadata: as its sender gave it.
    """

    hash: Hash32
    external_hash: str
    time: StatedTime
    sender: bytes
    origin: str
    metadata: str


@dataclass(frozen=True, slots=True)
class TrackedDocument:
    """A document.

    Attributes:
        hash: of the document.
        metadata: as its creator gave it.
        time: when it was registered.
        creator: DID.
        events: hashes of its events, in order.
        subjects: who was ever given access and not removed since; the creator is one of them.
    """

    hash: Hash32
    metadata: str
    time: StatedTime
    creator: str
    events: tuple[Hash32, ...]
    subjects: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Access:
    """What someone may do with a document.

    Attributes:
        subject: whose access.
        permission: to delegate or to write.
        granted: whether it is in force.
        granted_by: who gave it; empty where nobody did.
        granted_by_type: how that one is named.
    """

    subject: bytes
    permission: Permission
    granted: bool
    granted_by: bytes
    granted_by_type: AccountType


def document_slot(document: Hash32) -> int:
    """Give the first slot of a document."""
    return value_key_slot(document, DOCUMENTS)


def document_plan(document: Hash32) -> Plan[TrackedDocument | None]:
    """Read a document; None where its absence is proven.

    Raises:
        StorageFormError: the words are no document.
        WalkLimitError: it is larger than any genuine one.
    """
    first = document_slot(document)
    creator = yield from text(member(first, 6), MAX_NAME)
    if not creator:
        return None
    metadata = yield from text(first, MAX_METADATA)
    time = yield from _time(member(first, 1))
    events = yield from hashes(member(first, 5), MAX_EVENTS)
    count = yield from length(member(first, 8), MAX_SUBJECTS)
    subjects = yield from together([blob(element_slot(member(first, 8), at), MAX_NAME) for at in range(count)])
    return TrackedDocument(document, metadata, time, creator, events, tuple(subjects))


def event_plan(document: Hash32, event: Hash32) -> Plan[DocumentEvent | None]:
    """Read an event of a document; None where its absence is proven.

    Raises:
        StorageFormError: the words are no event of this hash.
        WalkLimitError: it is larger than any genuine one.
    """
    first = value_key_slot(event, member(document_slot(document), 4))
    sender = yield from blob(member(first, 5), MAX_NAME)
    if not sender:
        return None
    (kept,) = yield from ask(member(first, 1))
    if hash_word(kept) != event:
        raise StorageFormError("An event is kept under another hash than its own.")
    time = yield from _time(member(first, 2))
    parts = yield from together([text(member(first, at), limit)
                                 for at, limit in ((0, MAX_NAME), (6, MAX_NAME), (7, MAX_METADATA))])  # fmt: skip
    return DocumentEvent(event, parts[0], time, sender, parts[1], parts[2])


def access_plan(document: Hash32, subject: bytes, permission: Permission) -> Plan[Access]:
    """Read what someone may do with a document.

    Raises:
        StorageFormError: the words are no access.
    """
    first = text_key_slot(subject, member(document_slot(document), 7))
    granted, kind = yield from ask(
        value_key_slot(permission, first), value_key_slot(permission, member(first, 2))
    )  # fmt: skip
    by = yield from blob(value_key_slot(permission, member(first, 1)), MAX_NAME)
    named = AccountType(bounded(kind, max(AccountType), "The kind of an account"))
    return Access(subject, permission, flag(granted), by, named)


def creator_plan(did: str) -> Plan[bool]:
    """Read whether a DID may create documents.

    Raises:
        StorageFormError: the word is no boolean.
    """
    (word,) = yield from ask(text_key_slot(did, CREATORS))
    return flag(word)


def _time(first: int) -> Plan[StatedTime]:
    seconds, source, proof = yield from ask(*(member(first, offset) for offset in range(3)))
    kind = TimeSource(bounded(source, max(TimeSource), "The source of a time"))
    return StatedTime(bounded(seconds, _MAX_TIME, "A time"), kind, hash_word(proof))

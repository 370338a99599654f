"""EBSI's Track and Trace: its calls and events, typed (ebsi.md 2.4 and 2.5; `ITrackAndTraceInterface.sol`, v1)."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import ClassVar

from lightnode.registries.typed_call import RegistryCall
from lightnode.registries.typed_event import RegistryEvent


class TimeSource(enum.IntEnum):
    """Where the time of a document or event comes from."""

    BLOCK = 0
    EXTERNAL = 1


class Permission(enum.IntEnum):
    """What someone may do with a document."""

    DELEGATE = 0
    WRITE = 1


class AccountType(enum.IntEnum):
    """How someone is named."""

    DID_EBSI = 0
    DID_KEY = 1


@dataclass(frozen=True, slots=True)
class CreateDocument(RegistryCall):
    """Register a document at the block's time."""

    SIGNATURE: ClassVar[str] = "createDocument(bytes32,string,string)"
    document: bytes
    metadata: str
    creator: str


@dataclass(frozen=True, slots=True)
class CreateDocumentAt(RegistryCall):
    """Register a document at a time that its creator states."""

    SIGNATURE: ClassVar[str] = "createDocument(bytes32,string,string,uint256,bytes32)"
    document: bytes
    metadata: str
    creator: str
    time: int
    proof: bytes


@dataclass(frozen=True, slots=True)
class RemoveDocument(RegistryCall):
    """Remove a document from the registry's state; its events in old blocks stay."""

    SIGNATURE: ClassVar[str] = "removeDocument(bytes32)"
    document: bytes


@dataclass(frozen=True, slots=True)
class WriteEvent(RegistryCall):
    """Write an event of a document at the block's time."""

    SIGNATURE: ClassVar[str] = "writeEvent((bytes32,string,bytes,string,string))"
    document: bytes
    external_hash: str
    sender: bytes
    origin: str
    metadata: str


@dataclass(frozen=True, slots=True)
class WriteEventAt(RegistryCall):
    """Write an event of a document at a time that its sender states."""

    SIGNATURE: ClassVar[str] = "writeEvent((bytes32,string,bytes,string,string),uint256,bytes32)"
    document: bytes
    external_hash: str
    sender: bytes
    origin: str
    metadata: str
    time: int
    proof: bytes


@dataclass(frozen=True, slots=True)
class GrantAccess(RegistryCall):
    """Let someone write events of a document, or grant that."""

    SIGNATURE: ClassVar[str] = "grantAccess(bytes32,bytes,bytes,uint8,uint8,uint8)"
    document: bytes
    granted_by: bytes
    subject: bytes
    granted_by_type: int
    subject_type: int
    permission: int


@dataclass(frozen=True, slots=True)
class RevokeAccess(RegistryCall):
    """Take that back."""

    SIGNATURE: ClassVar[str] = "revokeAccess(bytes32,bytes,bytes,uint8)"
    document: bytes
    revoked_by: bytes
    subject: bytes
    permission: int


@dataclass(frozen=True, slots=True)
class AuthoriseDid(RegistryCall):
    """Let a DID register documents, or no more."""

    SIGNATURE: ClassVar[str] = "authoriseDid(string,string,bool)"
    sender: str
    did: str
    allowed: bool


CALLS: tuple[type[RegistryCall], ...] = (
    CreateDocument, CreateDocumentAt, RemoveDocument, WriteEvent, WriteEventAt, GrantAccess, RevokeAccess, AuthoriseDid,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DocumentCreated(RegistryEvent):
    """A document was registered."""

    SIGNATURE: ClassVar[str] = "DocumentCreated(bytes32,string,string,uint256,uint8,bytes32)"
    document: bytes
    metadata: str
    creator: str
    time: int
    source: int
    proof: bytes


@dataclass(frozen=True, slots=True)
class EventWritten(RegistryEvent):
    """An event of a document was written."""

    SIGNATURE: ClassVar[str] = "EventWritten(bytes32,bytes32,bytes,string,string,uint256,uint8,bytes32)"
    document: bytes
    event: bytes
    sender: bytes
    metadata: str
    origin: str
    time: int
    source: int
    proof: bytes


@dataclass(frozen=True, slots=True)
class AccessGranted(RegistryEvent):
    """Someone may do something with a document."""

    SIGNATURE: ClassVar[str] = "AccessGranted(bytes32,bytes,bytes,uint8)"
    document: bytes
    subject: bytes
    granted_by: bytes
    permission: int


@dataclass(frozen=True, slots=True)
class AccessRevoked(RegistryEvent):
    """Someone may do it no more."""

    SIGNATURE: ClassVar[str] = "AccessRevoked(bytes32,bytes,bytes)"
    document: bytes
    subject: bytes
    revoked_by: bytes


@dataclass(frozen=True, slots=True)
class DocumentRemoved(RegistryEvent):
    """A document was removed from the registry's state."""

    SIGNATURE: ClassVar[str] = "DocumentRemoved(bytes32)"
    document: bytes


EVENTS: tuple[type[RegistryEvent], ...] = (DocumentCreated, EventWritten, AccessGranted, AccessRevoked, DocumentRemoved)

"""EBSI's DID Registry: its calls and events, typed (ebsi.md 2.4 and 2.5; `DidDocumentDetailed.sol` of v3 and v5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from lightnode.registries.typed_call import RegistryCall
from lightnode.registries.typed_event import RegistryEvent


@dataclass(frozen=True, slots=True)
class InsertDidDocument(RegistryCall):
    """Register a DID with its first key, which must be on secp256k1."""

    SIGNATURE: ClassVar[str] = "insertDidDocument(string,string,string,bytes,bool,uint256,uint256)"
    did: str
    base_document: str
    method: str
    public_key: bytes
    is_secp256k1: bool
    not_before: int
    not_after: int


@dataclass(frozen=True, slots=True)
class UpdateBaseDocument(RegistryCall):
    """Replace the JSON around the keys."""

    SIGNATURE: ClassVar[str] = "updateBaseDocument(string,string)"
    did: str
    base_document: str


@dataclass(frozen=True, slots=True)
class AddController(RegistryCall):
    """Let another DID control this one."""

    SIGNATURE: ClassVar[str] = "addController(string,string)"
    did: str
    controller: str


@dataclass(frozen=True, slots=True)
class RevokeController(RegistryCall):
    """Let a DID control this one no more."""

    SIGNATURE: ClassVar[str] = "revokeController(string,string)"
    did: str
    controller: str


@dataclass(frozen=True, slots=True)
class AddVerificationMethod(RegistryCall):
    """Add a key, which means nothing before it has a relationship."""

    SIGNATURE: ClassVar[str] = "addVerificationMethod(string,string,bytes,bool)"
    did: str
    method: str
    public_key: bytes
    is_secp256k1: bool


@dataclass(frozen=True, slots=True)
class AddVerificationRelationship(RegistryCall):
    """Say what a key is for, and when."""

    SIGNATURE: ClassVar[str] = "addVerificationRelationship(string,string,string,uint256,uint256)"
    did: str
    name: str
    method: str
    not_before: int
    not_after: int


@dataclass(frozen=True, slots=True)
class RevokeVerificationMethod(RegistryCall):
    """End a key's relationships at a time that is not to come; it may lie back."""

    SIGNATURE: ClassVar[str] = "revokeVerificationMethod(string,string,uint256)"
    did: str
    method: str
    not_after: int


@dataclass(frozen=True, slots=True)
class ExpireVerificationMethod(RegistryCall):
    """Let a key's relationships end at a time to come."""

    SIGNATURE: ClassVar[str] = "expireVerificationMethod(string,string,uint256)"
    did: str
    method: str
    not_after: int


@dataclass(frozen=True, slots=True)
class RollVerificationMethod(RegistryCall):
    """Put a new key in the place of another (v3, eight arguments)."""

    SIGNATURE: ClassVar[str] = "rollVerificationMethod(string,string,bytes,bool,uint256,uint256,string,uint256)"
    did: str
    method: str
    public_key: bytes
    is_secp256k1: bool
    not_before: int
    not_after: int
    old_method: str
    duration: int


@dataclass(frozen=True, slots=True)
class RollVerificationMethodTuple(RegistryCall):
    """Put a new key in the place of another (v5, one tuple)."""

    SIGNATURE: ClassVar[str] = "rollVerificationMethod((string,string,bytes,bool,uint256,uint256,string,uint256))"
    did: str
    method: str
    public_key: bytes
    is_secp256k1: bool
    not_before: int
    not_after: int
    old_method: str
    duration: int


CALLS: tuple[type[RegistryCall], ...] = (
    InsertDidDocument, UpdateBaseDocument, AddController, RevokeController, AddVerificationMethod,
    AddVerificationRelationship, RevokeVerificationMethod, ExpireVerificationMethod, RollVerificationMethod,
    RollVerificationMethodTuple,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DidDocumentInserted(RegistryEvent):
    """A DID was registered."""

    SIGNATURE: ClassVar[str] = "DidDocumentInserted(string,string,string,bytes,bool,uint256,uint256)"
    did: str
    base_document: str
    method: str
    public_key: bytes
    is_secp256k1: bool
    not_before: int
    not_after: int


@dataclass(frozen=True, slots=True)
class BaseDocumentUpdated(RegistryEvent):
    """The JSON around the keys was replaced."""

    SIGNATURE: ClassVar[str] = "BaseDocumentUpdated(string,string)"
    did: str
    base_document: str


@dataclass(frozen=True, slots=True)
class ControllerAdded(RegistryEvent):
    """Another DID controls this one."""

    SIGNATURE: ClassVar[str] = "ControllerAdded(string,string)"
    did: str
    controller: str


@dataclass(frozen=True, slots=True)
class ControllerRevoked(RegistryEvent):
    """A DID controls this one no more."""

    SIGNATURE: ClassVar[str] = "ControllerRevoked(string,string)"
    did: str
    controller: str


@dataclass(frozen=True, slots=True)
class VerificationMethodAdded(RegistryEvent):
    """A key was added."""

    SIGNATURE: ClassVar[str] = "VerificationMethodAdded(string,string,bytes,bool)"
    did: str
    method: str
    public_key: bytes
    is_secp256k1: bool


@dataclass(frozen=True, slots=True)
class VerificationRelationshipAdded(RegistryEvent):
    """A key got a relationship."""

    SIGNATURE: ClassVar[str] = "VerificationRelationshipAdded(string,string,string,uint256,uint256)"
    did: str
    name: str
    method: str
    not_before: int
    not_after: int


@dataclass(frozen=True, slots=True)
class VerificationMethodRevoked(RegistryEvent):
    """A key's relationships ended."""

    SIGNATURE: ClassVar[str] = "VerificationMethodRevoked(string,string,uint256)"
    did: str
    method: str
    not_after: int


@dataclass(frozen=True, slots=True)
class VerificationMethodExpired(RegistryEvent):
    """A key's relationships got another end."""

    SIGNATURE: ClassVar[str] = "VerificationMethodExpired(string,string,uint256)"
    did: str
    method: str
    not_after: int


@dataclass(frozen=True, slots=True)
class VerificationMethodRolled(RegistryEvent):
    """A new key took the place of another."""

    SIGNATURE: ClassVar[str] = "VerificationMethodRolled(string,string,bytes,bool,uint256,uint256,string,uint256)"
    did: str
    method: str
    public_key: bytes
    is_secp256k1: bool
    not_before: int
    not_after: int
    old_method: str
    duration: int


EVENTS: tuple[type[RegistryEvent], ...] = (
    DidDocumentInserted, BaseDocumentUpdated, ControllerAdded, ControllerRevoked, VerificationMethodAdded,
    VerificationRelationshipAdded, VerificationMethodRevoked, VerificationMethodExpired, VerificationMethodRolled,
)  # fmt: skip

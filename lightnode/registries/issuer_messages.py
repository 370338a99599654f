"""EBSI's Trusted Issuers Registry: its calls and events, typed (ebsi.md 2.4 and 2.5; `IssuerDetailed.sol` of v3 and v5).

The pilot's ABI of 2023 spells the event of a revision `AddAtrributeRevision`; later programs spell it right. Both are read.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import ClassVar

from lightnode.registries.typed_call import RegistryCall
from lightnode.registries.typed_event import RegistryEvent
from lightnode.wire.types import Hash32


class IssuerType(enum.IntEnum):
    """What an attribute makes of its issuer."""

    UNDEFINED = 0
    ROOT_TAO = 1
    TAO = 2
    TRUSTED_ISSUER = 3
    REVOKED = 4


@dataclass(frozen=True, slots=True)
class SetAttributeMetadata(RegistryCall):
    """Accredit an issuer, change an accreditation, or revoke it."""

    SIGNATURE: ClassVar[str] = "setAttributeMetadata(string,bytes32,uint8,string,bytes32)"
    did: str
    revision: bytes
    issuer_type: int
    tao: str
    tao_attribute: bytes


@dataclass(frozen=True, slots=True)
class SetAttributeData(RegistryCall):
    """Store an accreditation's credential; only the issuer itself may."""

    SIGNATURE: ClassVar[str] = "setAttributeData(string,bytes32,bytes)"
    did: str
    attribute: bytes
    credential: bytes


@dataclass(frozen=True, slots=True)
class AddIssuerProxy(RegistryCall):
    """Say where an issuer's status lists are."""

    SIGNATURE: ClassVar[str] = "addIssuerProxy(string,string)"
    did: str
    proxy: str


@dataclass(frozen=True, slots=True)
class UpdateIssuerProxy(RegistryCall):
    """Say anew where an issuer's status lists are."""

    SIGNATURE: ClassVar[str] = "updateIssuerProxy(string,bytes32,string)"
    did: str
    proxy_id: bytes
    proxy: str


@dataclass(frozen=True, slots=True)
class RemoveIssuerProxy(RegistryCall):
    """Take back where an issuer's status lists are (v5)."""

    SIGNATURE: ClassVar[str] = "removeIssuerProxy(string,bytes32)"
    did: str
    proxy_id: bytes


CALLS: tuple[type[RegistryCall], ...] = (
    SetAttributeMetadata, SetAttributeData, AddIssuerProxy, UpdateIssuerProxy, RemoveIssuerProxy,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class AttributeRevision(RegistryEvent):
    """An attribute got a revision: accredited, changed, filled in or revoked."""

    SIGNATURE: ClassVar[str] = "AddAttributeRevision(string,bytes32,bytes32,uint8)"
    INDEXED: ClassVar[frozenset[str]] = frozenset({"attribute", "revision"})
    did: str
    attribute: bytes
    revision: bytes
    issuer_type: int


@dataclass(frozen=True, slots=True)
class AttributeRevisionOfPilot(RegistryEvent):
    """The same under the name that the pilot's program of 2023 gives it."""

    SIGNATURE: ClassVar[str] = "AddAtrributeRevision(string,bytes32,bytes32,uint8)"
    INDEXED: ClassVar[frozenset[str]] = frozenset({"attribute", "revision"})
    did: str
    attribute: bytes
    revision: bytes
    issuer_type: int


@dataclass(frozen=True, slots=True)
class IssuerProxyAdded(RegistryEvent):
    """An issuer said where its status lists are."""

    SIGNATURE: ClassVar[str] = "AddIssuerProxy(string,bytes32)"
    INDEXED: ClassVar[frozenset[str]] = frozenset({"proxy_id"})
    did: str
    proxy_id: bytes


@dataclass(frozen=True, slots=True)
class IssuerProxyUpdated(RegistryEvent):
    """An issuer said anew where its status lists are."""

    SIGNATURE: ClassVar[str] = "UpdateIssuerProxy(string,bytes32)"
    INDEXED: ClassVar[frozenset[str]] = frozenset({"proxy_id"})
    did: str
    proxy_id: bytes


@dataclass(frozen=True, slots=True)
class IssuerProxyRemoved(RegistryEvent):
    """An issuer took back where its status lists are."""

    SIGNATURE: ClassVar[str] = "RemoveIssuerProxy(string,bytes32)"
    INDEXED: ClassVar[frozenset[str]] = frozenset({"proxy_id"})
    did: str
    proxy_id: bytes


REVISIONS: tuple[type[AttributeRevision] | type[AttributeRevisionOfPilot], ...] = (
    AttributeRevision, AttributeRevisionOfPilot,
)  # fmt: skip
REVISION_TOPICS: frozenset[Hash32] = frozenset(kind.topic() for kind in REVISIONS)
EVENTS: tuple[type[RegistryEvent], ...] = (
    *REVISIONS, IssuerProxyAdded, IssuerProxyUpdated, IssuerProxyRemoved,
)  # fmt: skip

"""EBSI's Timestamp: its calls and events, typed (ebsi.md 2.4 and 2.5; `RecordDetailed.sol`, `TimestampDetailed.sol`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from lightnode.registries.typed_call import RegistryCall
from lightnode.registries.typed_event import RegistryEvent

# Most hashes of one call.
MAX_HASHES = 3


@dataclass(frozen=True, slots=True)
class TimestampHashes(RegistryCall):
    """Time-stamp up to three hashes."""

    SIGNATURE: ClassVar[str] = "timestampHashes(uint256[],bytes[],bytes[])"
    algorithms: tuple[int, ...]
    values: tuple[bytes, ...]
    data: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class TimestampRecordHashes(RegistryCall):
    """Time-stamp hashes as the first version of a new record."""

    SIGNATURE: ClassVar[str] = "timestampRecordHashes(uint256[],bytes[],bytes[],bytes)"
    algorithms: tuple[int, ...]
    values: tuple[bytes, ...]
    data: tuple[bytes, ...]
    information: bytes


@dataclass(frozen=True, slots=True)
class TimestampRecordVersionHashes(RegistryCall):
    """Time-stamp hashes as a new version of a record."""

    SIGNATURE: ClassVar[str] = "timestampRecordVersionHashes(bytes32,uint256[],bytes[],bytes[],bytes)"
    record: bytes
    algorithms: tuple[int, ...]
    values: tuple[bytes, ...]
    data: tuple[bytes, ...]
    information: bytes


@dataclass(frozen=True, slots=True)
class TimestampVersionHashes(RegistryCall):
    """Time-stamp hashes as a new version of the one record that holds a hash."""

    SIGNATURE: ClassVar[str] = "timestampVersionHashes(bytes,uint256[],bytes[],bytes[],bytes)"
    version: bytes
    algorithms: tuple[int, ...]
    values: tuple[bytes, ...]
    data: tuple[bytes, ...]
    information: bytes


@dataclass(frozen=True, slots=True)
class AppendRecordVersionHashes(RegistryCall):
    """Time-stamp hashes and add them to a version."""

    SIGNATURE: ClassVar[str] = "appendRecordVersionHashes(bytes32,uint256,uint256[],bytes[],bytes[],bytes)"
    record: bytes
    version: int
    algorithms: tuple[int, ...]
    values: tuple[bytes, ...]
    data: tuple[bytes, ...]
    information: bytes


@dataclass(frozen=True, slots=True)
class InsertRecordVersionInfo(RegistryCall):
    """Say something more about a version."""

    SIGNATURE: ClassVar[str] = "insertRecordVersionInfo(bytes32,uint256,bytes)"
    record: bytes
    version: int
    information: bytes


@dataclass(frozen=True, slots=True)
class DetachRecordVersionHash(RegistryCall):
    """Take a hash out of a version."""

    SIGNATURE: ClassVar[str] = "detachRecordVersionHash(bytes32,uint256,bytes)"
    record: bytes
    version: int
    value: bytes


@dataclass(frozen=True, slots=True)
class InsertRecordOwner(RegistryCall):
    """Let another owner change a record, for a time."""

    SIGNATURE: ClassVar[str] = "insertRecordOwner(bytes32,string,uint256,uint256)"
    record: bytes
    owner: str
    not_before: int
    not_after: int


@dataclass(frozen=True, slots=True)
class RevokeRecordOwner(RegistryCall):
    """Withdraw an owner of a record."""

    SIGNATURE: ClassVar[str] = "revokeRecordOwner(bytes32,string)"
    record: bytes
    owner: str


CALLS: tuple[type[RegistryCall], ...] = (
    TimestampHashes, TimestampRecordHashes, TimestampRecordVersionHashes, TimestampVersionHashes,
    AppendRecordVersionHashes, InsertRecordVersionInfo, DetachRecordVersionHash, InsertRecordOwner, RevokeRecordOwner,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TimestampedHashes(RegistryEvent):
    """Hashes were time-stamped, for the first time or again."""

    SIGNATURE: ClassVar[str] = "TimestampedHashes(bytes32[],uint256[],bytes[],bytes[])"
    ids: tuple[bytes, ...]
    algorithms: tuple[int, ...]
    values: tuple[bytes, ...]
    data: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class RecordedHashes(RegistryEvent):
    """A record was made, or got a version or more hashes."""

    SIGNATURE: ClassVar[str] = "RecordedHashes(bytes32,bytes32[],bytes32)"
    INDEXED: ClassVar[frozenset[str]] = frozenset({"record"})
    record: bytes
    ids: tuple[bytes, ...]
    information: bytes


@dataclass(frozen=True, slots=True)
class VersionHashesTimestamped(RegistryEvent):
    """The one record that holds a hash got a new version (event `TimestampVersionHashes`)."""

    SIGNATURE: ClassVar[str] = "TimestampVersionHashes(bytes,bytes32[],bytes)"
    version: bytes
    ids: tuple[bytes, ...]
    information: bytes


@dataclass(frozen=True, slots=True)
class RecordVersionInfo(RegistryEvent):
    """Something more was said about a version."""

    SIGNATURE: ClassVar[str] = "RecordVersionInfo(bytes32,bytes32,uint256)"
    record: bytes
    information: bytes
    version: int


@dataclass(frozen=True, slots=True)
class TimestampIdDetached(RegistryEvent):
    """A hash was taken out of a version."""

    SIGNATURE: ClassVar[str] = "TimestampIdDetached(bytes32)"
    id: bytes


@dataclass(frozen=True, slots=True)
class RecordOwnerAdded(RegistryEvent):
    """An owner was added to a record, which the event does not name."""

    SIGNATURE: ClassVar[str] = "RecordOwnerAdded(string)"
    owner: str


@dataclass(frozen=True, slots=True)
class OwnerIdRevoked(RegistryEvent):
    """An owner was withdrawn from a record, which the event does not name."""

    SIGNATURE: ClassVar[str] = "OwnerIdRevoked(string)"
    owner: str


EVENTS: tuple[type[RegistryEvent], ...] = (
    TimestampedHashes, RecordedHashes, VersionHashesTimestamped, RecordVersionInfo, TimestampIdDetached, RecordOwnerAdded,
    OwnerIdRevoked,
)  # fmt: skip

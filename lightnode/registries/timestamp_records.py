"""EBSI's Timestamp: records, which tie hashes to versions and owners.

Layout (base R = keccak("diamond.standard.record.storage"), `RecordStorage.sol`): R+0 records by id, R+1 version
information by its SHA-256. A record: +0 owners, +2 revoked owners, +4 owner information by owner (notBefore, notAfter,
revoked), +7 number of versions, +8 versions by number; a version: +0 ids of its hashes, +1 ids of its information.

Invariants: counts are those of the storage and bounded; what was detached from a version is not shown.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from lightnode.registries.errors import StorageFormError
from lightnode.registries.solidity_storage import (
    base_slot,
    blob,
    bounded,
    flag,
    hashes,
    member,
    text_key_slot,
    texts,
    value_key_slot,
)
from lightnode.registries.storage_walk import Plan, ask, together
from lightnode.wire import abi
from lightnode.wire.types import Address, Hash32

RECORDS = base_slot("diamond.standard.record.storage")
INFORMATION = member(RECORDS, 1)
MAX_OWNERS = 256
MAX_OWNER = 512
MAX_VERSIONS = 256
MAX_LISTED = 64
MAX_INFORMATION = 64 * 1024


@dataclass(frozen=True, slots=True)
class RecordOwner:
    """Who may change a record.

    Attributes:
        name: address in lower case with 0x, or a DID.
        not_before: unix seconds.
        not_after: unix seconds, inclusive; the largest word for ever. Zero, which `insertRecordOwner` accepts, lets the
            owner never act.
        revoked: whether it was withdrawn.
    """

    name: str
    not_before: int
    not_after: int
    revoked: bool

    def may_act(self, time: int) -> bool:
        """Tell whether the registry would let it act at a time (`checkIfOwnerExist`)."""
        return not self.revoked and self.not_before <= time <= self.not_after


@dataclass(frozen=True, slots=True)
class RecordVersion:
    """One version of a record.

    Attributes:
        hashes: ids of its time-stamped hashes.
        information: SHA-256 of what was said about it.
    """

    hashes: tuple[Hash32, ...]
    information: tuple[Hash32, ...]


@dataclass(frozen=True, slots=True)
class TimestampRecord:
    """A record.

    Attributes:
        id: of the record.
        owners: who may change it.
        revoked: who was withdrawn.
        versions: oldest first.
    """

    id: Hash32
    owners: tuple[RecordOwner, ...]
    revoked: tuple[RecordOwner, ...]
    versions: tuple[RecordVersion, ...]


def record_id(sender: Address, block: int, value: bytes) -> Hash32:
    """Give the id of a record: SHA-256 of the ABI encoding of maker, block and first hash."""
    return Hash32(hashlib.sha256(abi.encode("address,uint256,bytes", [sender, block, value])).digest())


def record_plan(identifier: Hash32) -> Plan[TimestampRecord | None]:
    """Read a record; None where its absence is proven.

    Raises:
        StorageFormError: the words are no record.
        WalkLimitError: it is larger than any genuine one.
    """
    first = value_key_slot(identifier, RECORDS)
    (total,) = yield from ask(member(first, 7))
    if total == 0:
        return None
    count = bounded(total, MAX_VERSIONS, "The number of versions")
    names = yield from together([texts(first, MAX_OWNERS, MAX_OWNER), texts(member(first, 2), MAX_OWNERS, MAX_OWNER)])
    owners = yield from together([_owner(first, name) for name in names[0]])
    revoked = yield from together([_owner(first, name) for name in names[1]])
    versions = yield from together([_version(first, number) for number in range(count)])
    return TimestampRecord(identifier, tuple(owners), tuple(revoked), tuple(versions))


def information_plan(identifier: Hash32) -> Plan[bytes | None]:
    """Read information about a version by its SHA-256; None where its absence is proven.

    Raises:
        StorageFormError: other bytes stand there.
    """
    content = yield from blob(value_key_slot(identifier, INFORMATION), MAX_INFORMATION, pass_over_tail=True)
    if not content:
        return None
    if hashlib.sha256(content).digest() != identifier:
        raise StorageFormError("The information does not have the hash by which it is kept.")
    return content


def _owner(record: int, name: str) -> Plan[RecordOwner]:
    first = text_key_slot(name, member(record, 4))
    before, after, revoked = yield from ask(*(member(first, offset) for offset in range(3)))
    return RecordOwner(name, before, after, flag(revoked))


def _version(record: int, number: int) -> Plan[RecordVersion]:
    first = value_key_slot(number, member(record, 8))
    listed = yield from together([hashes(first, MAX_LISTED), hashes(member(first, 1), MAX_LISTED)])
    return RecordVersion(*listed)

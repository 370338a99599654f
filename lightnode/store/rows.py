"""Rows of the store as immutable values."""

from __future__ import annotations

from dataclasses import dataclass

from lightnode.wire.types import Address, Hash32, Height


@dataclass(frozen=True, slots=True)
class StoredHeader:
    """A verified header.

    Attributes:
        height: block number.
        block_hash: hash on chain.
        rlp: header with its seals.
        validators: 20-byte addresses in force for the next block, concatenated; empty where not known.
        members: those that had to seal this block, concatenated; None where a store of schema 3 or older did not say.
        way: how it was verified, a value of `lightnode.consensus.verified_header.Way`.
    """

    height: Height
    block_hash: Hash32
    rlp: bytes
    validators: bytes
    members: bytes | None = None
    way: str = "sequential"


@dataclass(frozen=True, slots=True)
class StoredHalt:
    """Evidence of misbehaviour that halted the network here, and who went on.

    Attributes:
        digest: SHA-256 of the evidence.
        height: of the two blocks.
        evidence: the file.
        at: when it was found, unix seconds.
        lifted: when an operator went on, unix seconds; None while halted.
        lifted_by: who.
        reason: why.
        followed: hash of the block that is followed since.
    """

    digest: Hash32
    height: Height
    evidence: bytes
    at: int
    lifted: int | None
    lifted_by: str | None
    reason: str | None
    followed: Hash32 | None


@dataclass(frozen=True, slots=True)
class StoredJob:
    """A signing job after its last step.

    Attributes:
        identifier: made by the caller, unique.
        state: name of the state it reached.
        revision: number of the last stored step, from 1.
        body: CBOR, laid out by the service.
        updated: unix seconds of the last step.
    """

    identifier: str
    state: str
    revision: int
    body: bytes
    updated: int


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record of this office.

    Attributes:
        commitment: what stands on the ledger.
        registry: contract address.
        number: record number once known.
        authority: ledger id of the owner.
        template: id of the kind of record.
        stored: unix seconds.
    """

    commitment: Hash32
    registry: Address
    number: int | None
    authority: Hash32
    template: str
    stored: int

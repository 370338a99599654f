"""The block hash, the digest of commit seals, and the proposer's digest (consensus note 2.3).

The block hash covers neither round nor seals, so that "the hash matches" proves nothing about seals: always verify the
seals of the header at hand.
"""

from __future__ import annotations

from typing import NamedTuple

from lightnode.consensus.extra_data import BftRules, ExtraData, decode_extra_data, encode_extra_data, encoded_for_hash
from lightnode.consensus.header import Header
from lightnode.wire.keccak import keccak256
from lightnode.wire.types import Hash32


def block_hash(rules: BftRules, header: Header, extra: ExtraData | None = None) -> Hash32:
    """Give the hash that chains blocks.

    Args:
        rules: engine at the header's height.
        header: a header after genesis.
        extra: its decoded extraData, where already at hand.

    Raises:
        ExtraDataError: the extraData is malformed.
    """
    extra = extra or decode_extra_data(rules, header.extra_data)
    if rules is BftRules.QBFT:
        return keccak256(header.encode_with_field(encoded_for_hash(extra, 0)))
    return keccak256(header.encode_with(encode_extra_data(rules, extra, with_round=False, with_seals=False)))


class Reading(NamedTuple):
    """What a header's extraData says under an engine, and the two hashes that follow.

    Attributes:
        rules: the engine.
        extra: the decoded extraData.
        block_hash: what chains blocks.
        digest: what commit seals sign.
    """

    rules: BftRules
    extra: ExtraData
    block_hash: Hash32
    digest: Hash32


def read(rules: BftRules, header: Header) -> Reading:
    """Read a header after genesis; what was found is remembered with the header, whose fields cannot change.

    Args:
        rules: engine at the header's height.
        header: a header after genesis.

    Raises:
        ExtraDataError: the extraData is malformed.
    """
    known: Reading | None = getattr(header, "reading", None)
    if known is not None and known.rules is rules:
        return known
    extra = decode_extra_data(rules, header.extra_data)
    found = block_hash(rules, header, extra)
    # One hashing where both are one.
    digest = found if rules is BftRules.QBFT and extra.round == 0 else _digest(rules, header, extra, found)
    reading = Reading(rules, extra, found, digest)
    object.__setattr__(header, "reading", reading)
    return reading


def genesis_hash(rules: BftRules, header: Header) -> Hash32:
    """Give the hash of block 0: Besu hashes it as it is; GoQuorum filters IBFT 1, which gives the same for QBFT.

    Raises:
        ExtraDataError: the extraData is malformed.
    """
    if rules is BftRules.IBFT1:
        return block_hash(rules, header, decode_extra_data(rules, header.extra_data, genesis=True))
    return keccak256(header.encode())


def seal_digest(rules: BftRules, header: Header, extra: ExtraData | None = None) -> Hash32:
    """Give the digest that commit seals sign.

    Raises:
        ExtraDataError: the extraData is malformed.
    """
    extra = extra or decode_extra_data(rules, header.extra_data)
    return _digest(rules, header, extra, block_hash(rules, header, extra) if rules is BftRules.IBFT1 else None)


def _digest(rules: BftRules, header: Header, extra: ExtraData, found: Hash32 | None) -> Hash32:
    if found is not None and rules is BftRules.IBFT1:
        return keccak256(found + b"\x02")
    if rules is BftRules.QBFT:
        return keccak256(header.encode_with_field(encoded_for_hash(extra, extra.round)))
    return keccak256(header.encode_with(encode_extra_data(rules, extra, with_seals=False)))


def proposer_digest(header: Header, extra: ExtraData) -> Hash32:
    """Give the digest that the IBFT 1 proposer's seal signs: the hash of the hash without any seal."""
    bare = ExtraData(extra.vanity, extra.validators, None, 0, ())
    return keccak256(keccak256(header.encode_with(encode_extra_data(BftRules.IBFT1, bare))))

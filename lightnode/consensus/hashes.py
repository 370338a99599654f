"""The block hash, the digest of commit seals, and the proposer's digest (consensus note 2.3).

The block hash covers neither round nor seals, so that "the hash matches" proves nothing about seals: always verify the
seals of the header at hand.
"""

from __future__ import annotations

from lightnode.consensus.extra_data import BftRules, ExtraData, decode_extra_data, encode_extra_data
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
    return keccak256(header.encode_with(encode_extra_data(rules, extra, with_round=False, with_seals=False)))


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
    if rules is BftRules.IBFT1:
        return keccak256(block_hash(rules, header, extra) + b"\x02")
    return keccak256(header.encode_with(encode_extra_data(rules, extra, with_seals=False)))


def proposer_digest(header: Header, extra: ExtraData) -> Hash32:
    """Give the digest that the IBFT 1 proposer's seal signs: the hash of the hash without any seal."""
    bare = ExtraData(extra.vanity, extra.validators, None, 0, ())
    return keccak256(keccak256(header.encode_with(encode_extra_data(BftRules.IBFT1, bare))))

"""Evidence of misbehaviour: two different blocks at one height, each sealed by a quorum of the set in force (M1 to M4).

File: CBOR `["chancery/misbehaviour/1", genesis hash, rules digest, height, [member], known, [claim, claim]]`, known = `[way,
height, hash]`, claim = `[header RLP with its seals, source, unix seconds]`, ascending by block hash; members ascending.

Invariants:
- A file is made only of two headers that were verified against the same set; a reader verifies both anew and believes
  nothing else in it. The members are what the office that made it had verified, and `known` is how; a reader with the
  chain compares them.
- The same block with other seals or in another round is no misbehaviour: nodes keep different seals of one block.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from lightnode.consensus import hashes
from lightnode.consensus.errors import ConsensusError
from lightnode.consensus.extra_data import MAX_VALIDATORS
from lightnode.consensus.genesis import ChainConfig
from lightnode.consensus.header import Header, decode_header
from lightnode.consensus.quorum import quorum
from lightnode.consensus.seal_counting import SealCounting
from lightnode.consensus.sealed_header import verify_sealed
from lightnode.consensus.seals import SealVerifier
from lightnode.consensus.verified_header import VerifiedHeader, Way
from lightnode.errors import LightNodeError, WireError
from lightnode.wire import cbor
from lightnode.wire.plain_text import is_sentence_part
from lightnode.wire.types import Address, Hash32, Height, address, hash32

FORMAT = "chancery/misbehaviour/1"
MAX_BYTES = 2 << 20
MAX_SOURCE = 200
# The last second of the year 9999: a later one could not be shown.
MAX_TIME = 253_402_300_799


class MisbehaviourError(LightNodeError):
    """A file proves no misbehaviour on this network."""

    code = "MISBEHAVIOUR-FILE"
    advice = "Ask for the file again; this one is damaged, of another network, or shows nothing."


@dataclass(frozen=True, slots=True)
class Claim:
    """One of the two blocks.

    Attributes:
        header: with round and seals.
        source: who served it.
        at: when it was fetched, unix seconds.
    """

    header: Header
    source: str
    at: int


@dataclass(frozen=True, slots=True)
class Known:
    """How the office that made a file knew the set in force.

    Attributes:
        way: how its own block was verified.
        begin: height that the verification began at: genesis, a checkpoint, or where an earlier run ended.
        begin_hash: of the block there.
    """

    way: Way
    begin: int
    begin_hash: Hash32


@dataclass(frozen=True, slots=True)
class Misbehaviour:
    """Two sealed blocks at one height.

    Attributes:
        genesis_hash: of the network.
        rules_digest: of the profile's rules under which both were verified.
        height: of both.
        members: the set in force there, ascending.
        known: how they were known.
        claims: ascending by block hash.
    """

    genesis_hash: Hash32
    rules_digest: Hash32
    height: Height
    members: tuple[Address, ...]
    known: Known
    claims: tuple[Claim, Claim]

    def encode(self) -> bytes:
        """Give the file."""
        return cbor.encode(
            [FORMAT, self.genesis_hash, self.rules_digest, self.height, list(self.members),
             [self.known.way.value, self.known.begin, self.known.begin_hash],
             [[claim.header.encode(), claim.source, claim.at] for claim in self.claims]]
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class MisbehaviourReport:
    """What a file proves.

    Attributes:
        height: of both blocks.
        hashes: of the two blocks, ascending.
        signers: who sealed each, ascending.
        faulty: who sealed both: more than the network may have of faulty members.
        digest: SHA-256 of the file.
    """

    height: Height
    hashes: tuple[Hash32, Hash32]
    signers: tuple[tuple[Address, ...], tuple[Address, ...]]
    faulty: tuple[Address, ...]
    digest: Hash32


def collect(
    config: ChainConfig, rules_digest: Hash32, ours: VerifiedHeader, other: VerifiedHeader, sources: tuple[str, str],
    at: int, begin: tuple[int, Hash32],
) -> Misbehaviour:  # fmt: skip
    """Make evidence of two verified headers at one height.

    Args:
        config: of the network.
        rules_digest: of its profile.
        ours: the block this office holds.
        other: the other one, verified against the same set.
        sources: who served either.
        at: unix seconds.
        begin: height and hash of the block that the verification of ours began at.
    """
    pairs = sorted(zip((ours, other), sources, strict=True), key=lambda pair: pair[0].block_hash)
    first, second = (Claim(one.header, _source(name), at) for one, name in pairs)
    known = Known(ours.way, *begin)
    return Misbehaviour(config.block_hash, rules_digest, ours.height, ours.members, known, (first, second))


def decode_misbehaviour(data: bytes) -> Misbehaviour:
    """Read a file without believing it.

    Raises:
        MisbehaviourError: malformed, too large or not in its one form.
    """
    try:
        found = _read(cbor.decode(data, max_bytes=MAX_BYTES))
    except (LightNodeError, TypeError, ValueError) as cause:
        raise MisbehaviourError("The file cannot be read as evidence of misbehaviour.") from cause
    if found.encode() != data:
        raise MisbehaviourError("The file is not in its one form.")
    return found


def verify_misbehaviour(config: ChainConfig, data: bytes) -> MisbehaviourReport:
    """Verify a file: M1 network, M2 two blocks at one height, M3 a quorum of good seals on each, M4 who sealed both.

    Args:
        config: of the network it is about.
        data: the file.

    Raises:
        MisbehaviourError: it proves nothing.
    """
    found = decode_misbehaviour(data)
    # M1
    if found.genesis_hash != config.block_hash:
        raise MisbehaviourError("The file is about another network.")
    try:
        sealed = [_sealed(config, found, claim.header) for claim in found.claims]
    except (ConsensusError, WireError) as cause:
        raise MisbehaviourError(f"One of the two blocks was not sealed by the set named: {cause.text}") from cause
    first, second = sealed
    # M2
    if first.block_hash >= second.block_hash:
        raise MisbehaviourError("The file shows one block twice, or its blocks out of order.")
    # M4
    faulty = tuple(sorted(set(first.signers) & set(second.signers)))
    if len(faulty) < 2 * quorum(len(found.members)) - len(found.members):
        raise MisbehaviourError("The two quorums do not overlap as quorums of one set must.")
    return MisbehaviourReport(
        found.height,
        (first.block_hash, second.block_hash),
        (tuple(sorted(first.signers)), tuple(sorted(second.signers))),
        faulty,
        Hash32(hashlib.sha256(data).digest()),
    )


def _sealed(config: ChainConfig, found: Misbehaviour, header: Header) -> VerifiedHeader:
    if header.number != found.height:
        raise MisbehaviourError("A block in the file is of another height.")
    # M3; when a block was made says nothing here, so that no clock is asked.
    latest = header.timestamp
    seals = SealVerifier(config.schedule.curve)
    # A quorum of good seals is enough to blame those who made them, whatever stands beside it, and whether or not another
    # engine reads the header too (H9): they sealed it under the height's own.
    named = {header.number: hashes.read(config.schedule.rules(header.number), header).block_hash}
    return verify_sealed(config.schedule, header, found.members, latest, seals, SealCounting.TOLERANT, named)


def _read(body: Any) -> Misbehaviour:
    name, genesis, digest, height, members, known, claims = body
    if name != FORMAT or isinstance(height, bool) or not isinstance(height, int) or not 0 < height < 1 << 63:
        raise ValueError("another form")
    listed = tuple(address(member) for member in members)
    if not 1 <= len(listed) <= MAX_VALIDATORS or any(one >= other for one, other in pairwise(listed)):
        raise ValueError("members")
    first, second = (_claim(item) for item in _pair(claims))
    return Misbehaviour(hash32(genesis), hash32(digest), Height(height), listed, _known(known), (first, second))


def _pair(claims: Sequence[Any]) -> Sequence[Any]:
    if len(claims) != 2:
        raise ValueError("two claims")
    return claims


def _known(item: Any) -> Known:
    way, begin, begin_hash = item
    if isinstance(begin, bool) or not isinstance(begin, int) or not 0 <= begin < 1 << 63:
        raise ValueError("begin")
    return Known(Way(way), begin, hash32(begin_hash))


def _source(name: str) -> str:
    """Give a server's name as the file may hold it."""
    cut = "".join(character for character in name if character.isascii() and character.isprintable())[:MAX_SOURCE]
    return cut.strip() or "unnamed"


def _claim(item: Any) -> Claim:
    raw, source, at = item
    if not isinstance(source, str) or len(source) > MAX_SOURCE or not is_sentence_part(source):
        raise ValueError("source")
    if isinstance(at, bool) or not isinstance(at, int) or not 0 <= at <= MAX_TIME:
        raise ValueError("time")
    return Claim(decode_header(raw), source, at)

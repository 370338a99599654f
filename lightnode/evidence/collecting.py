"""Making sealed evidence from a verified block: a quorum of its seals, in order and in one form, and two proofs.

Proofs of transaction and receipt are rebuilt from the block's body, so that no historic state is needed (offline note 0.4).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lightnode.consensus.extra_data import BftRules, decode_extra_data, encode_extra_data
from lightnode.consensus.hashes import seal_digest
from lightnode.consensus.header import Header
from lightnode.consensus.quorum import quorum
from lightnode.consensus.seals import SealVerifier
from lightnode.errors import LightNodeError
from lightnode.evidence.errors import EvidenceMakingError
from lightnode.evidence.evidence_file import Sealed
from lightnode.wire.curve import Curve, normalise
from lightnode.wire.trie import index_key, ordered_trie
from lightnode.wire.types import Address


@dataclass(frozen=True, slots=True)
class SealedBlock:
    """A verified block with everything that evidence needs.

    Attributes:
        rules: engine at its height.
        curve: of the network.
        header: with its seals.
        members: the set that had to seal it.
        transactions: raw, all of them.
        receipts: encoded, all of them.
    """

    rules: BftRules
    curve: Curve
    header: Header
    members: Sequence[Address]
    transactions: Sequence[bytes]
    receipts: Sequence[bytes]


def collect(block: SealedBlock, index: int) -> Sealed:
    """Make the sealed part of an evidence file.

    Args:
        block: verified.
        index: of the transaction.

    Raises:
        EvidenceMakingError: the block's parts do not fit each other.
    """
    header = block.header
    transactions, receipts = ordered_trie(block.transactions), ordered_trie(block.receipts)
    if transactions.root != header.transactions_root or receipts.root != header.receipts_root:
        raise EvidenceMakingError("The block's body does not make its roots.")
    if not 0 <= index < len(block.transactions):
        raise EvidenceMakingError("The block has no such transaction.")
    key = index_key(index)
    return Sealed(
        header.replace_extra_data(_without_seals(block)).encode(),
        _quorum_of_seals(block),
        index,
        tuple(transactions.prove(key)),
        tuple(receipts.prove(key)),
    )


def _without_seals(block: SealedBlock) -> bytes:
    extra = decode_extra_data(block.rules, block.header.extra_data)
    return encode_extra_data(block.rules, replace(extra, seals=()))


def _quorum_of_seals(block: SealedBlock) -> tuple[bytes, ...]:
    """Give exactly a quorum of seals by different members, ascending by member, each with its lower s."""
    extra = decode_extra_data(block.rules, block.header.extra_data)
    digest = seal_digest(block.rules, block.header, extra)
    verifier = SealVerifier(block.curve)
    found: dict[Address, bytes] = {}
    for seal in extra.seals:
        try:
            signer = verifier.signer(digest, seal)
        except LightNodeError:
            continue
        if signer in block.members and signer not in found:
            found[signer] = _lower(block.curve, seal)
    needed = quorum(len(block.members))
    if len(found) < needed:
        raise EvidenceMakingError("The block has fewer good seals than a quorum.")
    return tuple(found[signer] for signer in sorted(found)[:needed])


def _lower(curve: Curve, seal: bytes) -> bytes:
    s, parity = normalise(curve, int.from_bytes(seal[32:64], "big"), seal[64])
    return seal[:32] + s.to_bytes(32, "big") + bytes([parity])

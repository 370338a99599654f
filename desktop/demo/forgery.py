"""What an attacker would try, for the demonstration and the tests: changed documents, seals by strangers.

Nothing here holds a real key: the forger's is drawn anew each time and belongs to nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import coincurve

from lightnode.consensus.extra_data import BftRules, decode_extra_data
from lightnode.consensus.hashes import seal_digest
from lightnode.consensus.header import decode_header
from lightnode.evidence.evidence_file import Evidence, decode_evidence


def tampered_document(document: bytes) -> bytes:
    """Give the document with one bit changed in its middle."""
    at = len(document) // 2
    return document[:at] + bytes([document[at] ^ 1]) + document[at + 1 :]


def seal_by_a_stranger(evidence: bytes, randomness: Callable[[int], bytes]) -> bytes:
    """Give the evidence with its first seal replaced by one of a key that is no member's.

    Args:
        evidence: sealed evidence of a network on secp256k1.
        randomness: gives that many random bytes.
    """
    genuine: Evidence = decode_evidence(evidence)
    header = decode_header(genuine.sealed.header)
    rules = BftRules.QBFT
    digest = seal_digest(rules, header, decode_extra_data(rules, header.extra_data))
    forged = coincurve.PrivateKey(randomness(32)).sign_recoverable(digest, hasher=None)
    sealed = replace(genuine.sealed, seals=(forged, *genuine.sealed.seals[1:]))
    return replace(genuine, sealed=sealed).encode()


def too_few_seals(evidence: bytes) -> bytes:
    """Give the evidence with its last seal left out."""
    genuine = decode_evidence(evidence)
    return replace(genuine, sealed=replace(genuine.sealed, seals=genuine.sealed.seals[:-1])).encode()

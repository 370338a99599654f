"""Verifying many headers in order, with the signers of each batch recovered before its rules are checked.

Invariants:
- Every header goes through `HeaderChain.append`, in order, one by one: what is done ahead changes when signers are
  recovered, never what is checked. A batch that could not be recovered ahead is recovered where it is checked.
- At most `IN_FLIGHT` batches of `BATCH` headers are held, however long the chain; of larger sets fewer, so that a batch
  is some milliseconds of work for any.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Protocol

from lightnode.consensus.chain import HeaderChain
from lightnode.consensus.header import Header
from lightnode.consensus.seals import SealAnswer, SealRequest, SealVerifier
from lightnode.consensus.verified_header import VerifiedHeader
from lightnode.wire import k1_recovery
from lightnode.wire.curve import Curve
from lightnode.wire.types import Hash32

BATCH = 64
IN_FLIGHT = 6
_SEALS = 256

# A header, and the hash that a node printed beside it.
Printed = tuple[Header, Hash32 | None]


class PendingAnswers(Protocol):
    """Answers that are being made."""

    def wait(self) -> list[SealAnswer]:
        """Give them; none where they could not be made."""


class Recoverer(Protocol):
    """Who recovers signers ahead."""

    def ask(self, curve: Curve, requests: list[SealRequest]) -> PendingAnswers:
        """Begin to recover."""


class RecoverHere:
    """Recovers in this process, when it is asked: a batch at a time is quicker than header by header."""

    def ask(self, curve: Curve, requests: list[SealRequest]) -> PendingAnswers:
        """Recover now."""
        return _Made(recover_all(curve, requests))


class _Made:
    def __init__(self, answers: list[SealAnswer]) -> None:
        self._answers = answers

    def wait(self) -> list[SealAnswer]:
        return self._answers


def recover_all(curve: Curve, requests: Sequence[SealRequest]) -> list[SealAnswer]:
    """Recover the signers of requests, each over its own digest."""
    if curve is Curve.SECP256K1:
        return list(map(SealAnswer, requests, k1_recovery.recover_each(requests)))
    verifier = SealVerifier(curve)
    return [SealAnswer(request, verifier.recover(request.digest, request.seals)) for request in requests]


def append_all(
    chain: HeaderChain, printed: Iterable[Printed], latest: int, recoverer: Recoverer | None = None
) -> Iterator[VerifiedHeader]:
    """Append headers to a chain, in order.

    In contract mode the caller proves a set that is not known yet between two headers, as with `append`.

    Args:
        chain: where they follow.
        printed: headers, each with the hash that a node printed, or None; read a few batches ahead.
        latest: greatest allowed timestamp, unix seconds.
        recoverer: who recovers ahead; this process where none is given.

    Yields:
        Each header when it is verified and the chain has moved on to it.

    Raises:
        ConsensusError: the leaf of the broken rule; the chain stays at the header before.
    """
    helper, source = recoverer or RecoverHere(), iter(printed)
    ahead = IN_FLIGHT if recoverer is not None else 1
    waiting: deque[tuple[list[Printed], PendingAnswers]] = deque()
    while True:
        size = min(BATCH, -(-_SEALS // len(chain.validators_for_next() or (b"",))))
        while len(waiting) < ahead:
            batch = list(islice(source, size))
            if not batch:
                break
            requests = chain.seal_requests(header for header, _ in batch)
            waiting.append((batch, helper.ask(chain.schedule.curve, requests)))
        if not waiting:
            return
        batch, answers = waiting.popleft()
        chain.expect(answers.wait())
        for header, claimed in batch:
            yield chain.append(header, latest, claimed)

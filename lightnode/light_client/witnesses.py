"""Comparing the verified head with what other servers have at that height (W1 to W5 of `docs/verification.md`).

Invariants:
- Block hashes are compared, recomputed by the rules of the height: seals and round differ between honest nodes, and what a
  server prints is no evidence.
- Who differs is verified before it is blamed: two blocks sealed by the set in force are misbehaviour of the network's members; a
  block that nobody sealed is a lie of the server. A server that is merely behind is neither.
- Whatever a server does, only its own outcome changes.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from lightnode.consensus.errors import ConsensusError, NumberError
from lightnode.consensus.genesis import ChainConfig
from lightnode.consensus.header import Header
from lightnode.consensus.sealed_header import verify_sealed
from lightnode.consensus.seals import SealVerifier
from lightnode.consensus.signed_exception import extra_of
from lightnode.consensus.skip_errors import BackwardsError
from lightnode.consensus.verified_header import VerifiedHeader
from lightnode.errors import LightNodeError
from lightnode.light_client.choices import SyncChoices
from lightnode.light_client.source import HeaderSource
from lightnode.light_client.trusted import hash_of
from lightnode.wire.types import Address, Hash32

# Seconds between two looks at a server that is behind.
PAUSE = 1.0
# Headers fetched at most between two kept ones, only to say at which height two sealed chains part.
MAX_GAP = 1024


class Outcome(enum.Enum):
    """What a comparison with one server came to."""

    AGREES = "agrees"
    BEHIND = "behind"
    UNREACHABLE = "unreachable"
    OTHER_NETWORK = "other-network"
    LIES = "lies"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Witness:
    """One server's outcome.

    Attributes:
        name: its address.
        outcome: of the comparison.
        text: one sentence for people.
        height: that was compared, or where the two chains part.
        other: its block where they part, sealed by the set in force; only with CONFLICT.
        ours: the verified block at the same height; only with CONFLICT.
    """

    name: str
    outcome: Outcome
    text: str
    height: int
    other: VerifiedHeader | None = None
    ours: VerifiedHeader | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a server that is behind is waited for.

    Attributes:
        seconds: at most; twice the clock drift and the network's lag.
        sleep: waits some seconds.
        monotonic: gives seconds that only grow.
    """

    seconds: float
    sleep: Callable[[float], None]
    monotonic: Callable[[], float]


class OwnHeaders(Protocol):
    """This office's verified headers; see `lightnode.light_client.follower.Follower`."""

    def header(self, height: int, now: int) -> VerifiedHeader:
        """Give the verified header at a height below the head, with the set that sealed it."""

    def known_between(self, low: int, high: int) -> int | None:
        """Give the height of a header kept that is nearest to the middle of two heights, neither of them included."""


class Comparison:
    """Compares one verified head with other servers."""

    def __init__(self, config: ChainConfig, ours: OwnHeaders, choices: SyncChoices, patience: Patience) -> None:
        """Prepare.

        Args:
            config: of the network.
            ours: this office's verified headers.
            choices: counting and drift.
            patience: with those that are behind.
        """
        self._config, self._own, self._choices, self._patience = config, ours, choices, patience
        self._now = 0

    def with_source(self, source: HeaderSource, head: VerifiedHeader, now: int) -> Witness:
        """Compare with one server.

        Args:
            source: the server.
            head: verified, and sealed by its members.
            now: unix seconds.
        """
        self._now = now
        try:
            return self._compare(source, head, now)
        except ConsensusError as error:
            return Witness(source.name, Outcome.LIES, f"Its block breaks a rule: {error.text}", head.height)
        except LightNodeError as error:
            return Witness(source.name, Outcome.UNREACHABLE, error.text, head.height)

    def _compare(self, source: HeaderSource, head: VerifiedHeader, now: int) -> Witness:
        height = head.height
        # W1
        if source.chain_id() != self._config.chain_id or _one(source, 0).encode() != self._config.header.encode():
            return Witness(source.name, Outcome.OTHER_NETWORK, "It works on another network.", height)
        # W2
        if not self._has(source, height):
            return Witness(source.name, Outcome.BEHIND, f"It does not have block {height} yet.", height)
        # W3
        theirs = _one(source, height)
        if hash_of(self._config, theirs) == head.block_hash:
            return Witness(source.name, Outcome.AGREES, f"It has the same block {height}.", height)
        return self._dissent(source, head, theirs, now)

    def _has(self, source: HeaderSource, height: int) -> bool:
        end = self._patience.monotonic() + self._patience.seconds
        while source.head() < height:
            if self._patience.monotonic() >= end:
                return False
            self._patience.sleep(PAUSE)
        return True

    def _dissent(self, source: HeaderSource, head: VerifiedHeader, theirs: Header, now: int) -> Witness:
        """W4 and W5: whether members sealed two blocks at one height, the lowest such height that is cheap to find."""
        conflict = self._sealed_twice(source, head, theirs, now)
        if conflict is None and self._config.schedule.contract(theirs.number) is None:
            # Its own list must have sealed it at least: else nobody has to look for where the chains part.
            listed = extra_of(self._config, theirs).validators
            self._verify(theirs, tuple(sorted(set(listed))), now)
        high, above = self._parting(source, head, theirs, MAX_GAP if conflict is not None else int(head.height))
        if high < head.height:
            conflict = self._sealed_twice(source, self._own.header(high, now), above, now) or conflict
        return conflict or Witness(
            source.name, Outcome.LIES, f"Its block {high} differs and was not sealed by the set in force.", high
        )

    def _sealed_twice(self, source: HeaderSource, ours: VerifiedHeader, theirs: Header, now: int) -> Witness | None:
        try:
            other = self._verify(theirs, ours.members, now)
        except ConsensusError:
            return None
        text = (
            f"It has another block {other.height}, sealed by a quorum as well: members sealed two blocks at one height."
        )
        return Witness(source.name, Outcome.CONFLICT, text, other.height, other, ours)

    def _verify(self, header: Header, members: tuple[Address, ...], now: int) -> VerifiedHeader:
        schedule, latest = self._config.schedule, now + self._choices.max_drift
        seals, counting = SealVerifier(schedule.curve), self._choices.counting
        return verify_sealed(schedule, header, members, latest, seals, counting, self._config.exceptions)

    def _parting(self, source: HeaderSource, head: VerifiedHeader, theirs: Header, most: int) -> tuple[int, Header]:
        """Find a height at which the chains differ, as low as it can be: among the headers kept, then between two of them.

        Args:
            source: the server.
            head: our head.
            theirs: its block there.
            most: how far apart two kept headers may lie for those between to be fetched.
        """
        low, high, above = 0, int(head.height), theirs
        while high - low > 1:
            middle = self._own.known_between(low, high)
            if middle is None:
                if high - low > most:
                    return high, above
                middle = (low + high) // 2
            found = _one(source, middle)
            if hash_of(self._config, found) == self._ours(middle):
                low = middle
            else:
                high, above = middle, found
        if above.parent_hash != self._ours(low):
            raise BackwardsError(f"Its block {high} does not follow its own block {low}.", high)
        return high, above

    def _ours(self, height: int) -> Hash32:
        return self._config.block_hash if height == 0 else self._own.header(height, self._now).block_hash


def _one(source: HeaderSource, height: int) -> Header:
    found = source.headers([height])
    if len(found) != 1 or found[0].header.number != height:
        raise NumberError(f"It gave another block where block {height} was asked for.", height)
    return found[0].header

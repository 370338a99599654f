"""Comparing the verified head with what other servers have at that height (W1 to W5 of `docs/verification.md`).

Invariants:
- Block hashes are compared, recomputed by the rules of the height: seals and round differ between honest nodes, and what a
  server prints is no evidence.
- Who differs is verified before it is blamed: two blocks sealed by the set in force are misbehaviour of the network's members; a
  block that nobody sealed is a lie of the server. A server that is merely behind is neither.
- Whatever a server does, only its own outcome changes, and two sealed blocks once seen stay seen: neither a server that falls
  silent afterwards nor trouble with our own source undoes them. Nobody is blamed for what our own source did.
- A comparison ends: by the number of headers looked at, and by time.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from lightnode.consensus import hashes
from lightnode.consensus.errors import ConsensusError, NumberError
from lightnode.consensus.genesis import ChainConfig
from lightnode.consensus.header import Header
from lightnode.consensus.sealed_header import verify_sealed
from lightnode.consensus.seals import SealVerifier
from lightnode.consensus.skip_errors import BackwardsError
from lightnode.consensus.verified_header import VerifiedHeader
from lightnode.errors import LightNodeError
from lightnode.light_client.choices import SyncChoices
from lightnode.light_client.source import HeaderSource
from lightnode.rpc.errors import MissingAnswerError, OtherBlockError
from lightnode.wire.types import Address

# Seconds between two looks at a server that is behind.
PAUSE = 1.0
# Seconds that one server is dealt with, the wait for one that is behind included.
LONGEST = 300.0
# Headers of ours fetched at most between two kept ones, only to say at which height two sealed chains part ...
MAX_GAP = 1024
# ... and to find whether they do, where the other block's own list sealed it: its set may be ours after changes.
MAX_SEARCH = 1 << 16


class Outcome(enum.Enum):
    """What a comparison with one server came to."""

    AGREES = "agrees"
    BEHIND = "behind"
    UNREACHABLE = "unreachable"
    OTHER_NETWORK = "other-network"
    LIES = "lies"
    UNSETTLED = "unsettled"
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


class _OwnTroubleError(Exception):
    """Our own headers could not be had; says nothing about the server."""


class _TooFarError(Exception):
    """What is left to look at takes more headers or time than one server is worth."""


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

    def with_source(self, source: HeaderSource, head: VerifiedHeader, now: int) -> Witness:
        """Compare with one server.

        Args:
            source: the server.
            head: verified, with the members that had to seal it; without any where a checkpoint does not tell them.
            now: unix seconds.
        """
        return _OneServer(self._config, self._own, self._choices, self._patience, source, head, now).compare()


class _OneServer:
    """The comparison with one server."""

    def __init__(
        self, config: ChainConfig, ours: OwnHeaders, choices: SyncChoices, patience: Patience, source: HeaderSource,
        head: VerifiedHeader, now: int,
    ) -> None:  # fmt: skip
        self._config, self._own, self._choices, self._patience = config, ours, choices, patience
        self._source, self._head, self._now = source, head, now
        self._begun = patience.monotonic()
        self._conflict: Witness | None = None

    def compare(self) -> Witness:
        """Give the outcome."""
        try:
            found = self._compare()
        except _OwnTroubleError as error:
            found = self._outcome(Outcome.UNSETTLED, f"It has another block; the node followed gave trouble: {error}")
        except _TooFarError:
            found = self._outcome(Outcome.UNSETTLED, "It has another block; where the chains part was too far to look.")
        except (ConsensusError, OtherBlockError) as error:
            found = self._outcome(Outcome.LIES, f"Its block breaks a rule: {error.text}")
        except LightNodeError as error:
            found = self._outcome(Outcome.UNREACHABLE, error.text)
        return self._conflict or found

    def _outcome(self, outcome: Outcome, text: str, height: int | None = None) -> Witness:
        return Witness(self._source.name, outcome, text, self._head.height if height is None else height)

    def _compare(self) -> Witness:
        height = self._head.height
        # W1
        if self._source.chain_id() != self._config.chain_id or self._one(0).encode() != self._config.header.encode():
            return self._outcome(Outcome.OTHER_NETWORK, "It works on another network.")
        # W2
        if not self._has(height):
            return self._outcome(Outcome.BEHIND, f"It does not have block {height} yet.")
        try:
            theirs = self._one(height)
        except MissingAnswerError:
            return self._outcome(Outcome.BEHIND, f"It says it has block {height}, and does not give it.")
        # W3
        if self._read(theirs).block_hash == self._head.block_hash:
            return self._outcome(Outcome.AGREES, f"It has the same block {height}.")
        return self._dissent(theirs)

    def _has(self, height: int) -> bool:
        while self._source.head() < height:
            if self._patience.monotonic() >= self._begun + self._patience.seconds:
                return False
            self._patience.sleep(PAUSE)
        return True

    def _dissent(self, theirs: Header) -> Witness:
        """W4 and W5: whether members sealed two blocks at one height, the lowest such height that is cheap to find."""
        if not self._head.members:
            text = f"It has another block {theirs.number}; who had to seal it does not follow from the checkpoint."
            return self._outcome(Outcome.UNSETTLED, text)
        self._note_sealed_twice(self._head, theirs)
        if self._conflict is None and self._config.schedule.contract(theirs.number) is None:
            # Its own list must have sealed it at least: else nobody has to look for where the chains part.
            listed = self._read(theirs).extra.validators
            self._verify(theirs, tuple(sorted(set(listed))))
        high, above = self._parting(theirs, MAX_SEARCH if self._conflict is None else MAX_GAP)
        if high < self._head.height:
            self._note_sealed_twice(self._ours(high), above)
        return self._outcome(
            Outcome.LIES, f"Its block {high} differs and was not sealed by the set in force.", high
        )  # fmt: skip

    def _note_sealed_twice(self, ours: VerifiedHeader, theirs: Header) -> None:
        try:
            other = self._verify(theirs, ours.members)
        except ConsensusError:
            return
        text = (
            f"It has another block {other.height}, sealed by a quorum as well: members sealed two blocks at one height."
        )
        self._conflict = Witness(self._source.name, Outcome.CONFLICT, text, other.height, other, ours)

    def _verify(self, header: Header, members: tuple[Address, ...]) -> VerifiedHeader:
        schedule, latest = self._config.schedule, self._now + self._choices.max_drift
        seals, counting = SealVerifier(schedule.curve), self._choices.counting
        named = {int(header.number): self._read(header).block_hash}
        return verify_sealed(schedule, header, members, latest, seals, counting, named)

    def _read(self, header: Header) -> hashes.Reading:
        """Read a header under its height's engine. That another engine reads it too (H9) excuses nobody who sealed it."""
        return hashes.read(self._config.schedule.rules(header.number), header)

    def _parting(self, theirs: Header, most: int) -> tuple[int, Header]:
        """Find a height at which the chains differ, as low as it can be: among the headers kept, then between two of them.

        Args:
            theirs: its block at our head.
            most: how far apart two kept headers may lie for those between to be fetched.

        Raises:
            _TooFarError: they lie further apart, and there is no conflict yet.
        """
        low, high, above = 0, int(self._head.height), theirs
        while high - low > 1:
            middle = self._kept_between(low, high)
            if middle is None:
                if high - low > most:
                    if self._conflict is None:
                        raise _TooFarError
                    return high, above
                middle = (low + high) // 2
            if self._patience.monotonic() > self._begun + LONGEST:
                raise _TooFarError
            found = self._one(middle)
            if self._read(found).block_hash == self._ours(middle).block_hash:
                low = middle
            else:
                high, above = middle, found
        if above.parent_hash != (self._ours(low).block_hash if low else self._config.block_hash):
            raise BackwardsError(f"Its block {high} does not follow its own block {low}.", high)
        return high, above

    def _ours(self, height: int) -> VerifiedHeader:
        try:
            return self._own.header(height, self._now)
        except LightNodeError as error:
            raise _OwnTroubleError(error.text) from error

    def _kept_between(self, low: int, high: int) -> int | None:
        try:
            return self._own.known_between(low, high)
        except LightNodeError as error:
            raise _OwnTroubleError(error.text) from error

    def _one(self, height: int) -> Header:
        found = self._source.headers([height])
        if len(found) != 1 or found[0].header.number != height:
            raise NumberError(f"It gave another block where block {height} was asked for.", height)
        return found[0].header

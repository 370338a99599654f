"""How votes in headers change the validator set: Besu's tally and GoQuorum's snapshot (consensus note 3.2).

Invariants:
- A threshold is strictly more than half of the set in force; at most one address changes with one header.
- The two clients differ only in meaningless votes and in a vote carried by an epoch block; both are modelled.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Protocol, Self

from lightnode.consensus.extra_data import Vote
from lightnode.wire.types import Address

PendingVote = tuple[Address, Address, bool]


class Tally(Protocol):
    """The set in force for the next block, and the votes that may change it.

    Attributes:
        counts_vote_of_epoch_block: whether the vote that an epoch block itself carries counts, after the reset.
    """

    counts_vote_of_epoch_block: ClassVar[bool]

    @property
    def validators(self) -> tuple[Address, ...]:
        """The set, ascending."""

    def begin_epoch(self) -> None:
        """Drop every pending vote; the set goes on."""

    def cast(self, voter: Address, vote: Vote) -> None:
        """Count a vote and change the set where it passes."""

    def copy(self) -> Self:
        """Give a tally that changes apart from this one."""

    def pending(self) -> tuple[PendingVote, ...]:
        """Give the votes that count, as (voter, candidate, add), in order."""

    def restore(self, votes: Iterable[PendingVote]) -> None:
        """Take up votes that `pending` gave in an earlier run."""


class BesuTally:
    """Besu's `VoteTally`: for each candidate the voters for adding and for dropping."""

    # Besu ignores the vote that an epoch block itself carries.
    counts_vote_of_epoch_block: ClassVar[bool] = False

    def __init__(self, validators: Iterable[Address]) -> None:
        """Start with a set and no votes."""
        self._validators = set(validators)
        self._add: dict[Address, set[Address]] = {}
        self._drop: dict[Address, set[Address]] = {}

    @property
    def validators(self) -> tuple[Address, ...]:
        """The set, ascending."""
        return tuple(sorted(self._validators))

    def begin_epoch(self) -> None:
        """Drop every pending vote; the set goes on."""
        self._add.clear()
        self._drop.clear()

    def cast(self, voter: Address, vote: Vote) -> None:
        """Count a vote and change the set where it passes."""
        add = self._add.setdefault(vote.candidate, set())
        drop = self._drop.setdefault(vote.candidate, set())
        (add if vote.add else drop).add(voter)
        (drop if vote.add else add).discard(voter)
        limit = len(self._validators) // 2 + 1
        if len(add) >= limit:
            self._validators.add(vote.candidate)
            self._forget(vote.candidate)
        if len(drop) >= limit:
            self._validators.discard(vote.candidate)
            self._forget(vote.candidate)
            for voters in (*self._add.values(), *self._drop.values()):
                voters.discard(vote.candidate)

    def copy(self) -> BesuTally:
        """Give a tally that changes apart from this one."""
        twin = BesuTally(self._validators)
        twin._add = {candidate: set(voters) for candidate, voters in self._add.items()}
        twin._drop = {candidate: set(voters) for candidate, voters in self._drop.items()}
        return twin

    def pending(self) -> tuple[PendingVote, ...]:
        """Give the votes that count, as (voter, candidate, add), in order."""
        votes = [(voter, candidate, True) for candidate, voters in self._add.items() for voter in voters]
        votes += [(voter, candidate, False) for candidate, voters in self._drop.items() for voter in voters]
        return tuple(sorted(votes))

    def restore(self, votes: Iterable[PendingVote]) -> None:
        """Take up votes that `pending` gave in an earlier run."""
        for voter, candidate, add in votes:
            (self._add if add else self._drop).setdefault(candidate, set()).add(voter)

    def _forget(self, candidate: Address) -> None:
        self._add.pop(candidate, None)
        self._drop.pop(candidate, None)


class GoQuorumTally:
    """GoQuorum's `Snapshot`: a list of votes and, for each candidate, a direction with a count."""

    # GoQuorum resets first and then counts the epoch block's own vote.
    counts_vote_of_epoch_block: ClassVar[bool] = True

    def __init__(self, validators: Iterable[Address]) -> None:
        """Start with a set and no votes."""
        self._validators = set(validators)
        self._votes: list[PendingVote] = []
        self._tally: dict[Address, tuple[bool, int]] = {}

    @property
    def validators(self) -> tuple[Address, ...]:
        """The set, ascending."""
        return tuple(sorted(self._validators))

    def begin_epoch(self) -> None:
        """Drop every pending vote; the set goes on."""
        self._votes.clear()
        self._tally.clear()

    def cast(self, voter: Address, vote: Vote) -> None:
        """Count a vote and change the set where it passes."""
        candidate = vote.candidate
        for earlier in self._votes:
            if earlier[:2] == (voter, candidate):
                self._uncount(candidate, earlier[2])
                self._votes.remove(earlier)
                break
        if (candidate in self._validators) != vote.add:
            direction, count = self._tally.get(candidate, (vote.add, 0))
            self._tally[candidate] = (direction, count + 1)
            self._votes.append((voter, candidate, vote.add))
        passed = self._tally.get(candidate)
        if passed is not None and passed[1] > len(self._validators) // 2:
            self._change(candidate, passed[0])

    def copy(self) -> GoQuorumTally:
        """Give a tally that changes apart from this one."""
        twin = GoQuorumTally(self._validators)
        twin._votes = list(self._votes)
        twin._tally = dict(self._tally)
        return twin

    def pending(self) -> tuple[PendingVote, ...]:
        """Give the votes that count, as (voter, candidate, add), in order."""
        return tuple(self._votes)

    def restore(self, votes: Iterable[PendingVote]) -> None:
        """Take up votes that `pending` gave in an earlier run."""
        for voter, candidate, add in votes:
            direction, count = self._tally.get(candidate, (add, 0))
            self._tally[candidate] = (direction, count + 1)
            self._votes.append((voter, candidate, add))

    def _change(self, candidate: Address, add: bool) -> None:
        if add:
            self._validators.add(candidate)
        else:
            self._validators.discard(candidate)
            for cast in [item for item in self._votes if item[0] == candidate]:
                self._uncount(cast[1], cast[2])
                self._votes.remove(cast)
        self._votes = [item for item in self._votes if item[1] != candidate]
        self._tally.pop(candidate, None)

    def _uncount(self, candidate: Address, add: bool) -> None:
        direction, count = self._tally.get(candidate, (not add, 0))
        if direction != add:
            return
        if count > 1:
            self._tally[candidate] = (direction, count - 1)
        else:
            self._tally.pop(candidate, None)

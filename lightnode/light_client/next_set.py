"""The set in force for the block after a trusted one, where the votes before it are not known (K7 of `docs/verification.md`).

Invariants:
- In contract mode the set is proven under the trusted header's state root; in header mode it follows from votes in
  headers below the trusted one, each verified by hash. It is never taken from the next header's list.
- The walk goes down only as far as the answer needs it, at most to the epoch block, where Besu begins its tally anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from lightnode.consensus import validator_contract
from lightnode.consensus.extra_data import BftRules, ExtraData, Vote
from lightnode.consensus.genesis import ChainConfig
from lightnode.consensus.header import Header
from lightnode.consensus.schedule import Schedule
from lightnode.consensus.signed_exception import extra_of
from lightnode.consensus.skip_errors import SkipUnsoundError
from lightnode.consensus.tally import Tally
from lightnode.consensus.tally_step import new_tally, tally_after, vote_of
from lightnode.light_client import contract_proof
from lightnode.light_client.backwards import walk_down
from lightnode.light_client.source import HeaderSource
from lightnode.light_client.trusted import Trusted
from lightnode.wire.types import Address


def with_following(config: ChainConfig, source: HeaderSource, trusted: Trusted) -> Trusted:
    """Give a trusted header with the exact set for the next block.

    Args:
        config: of the network, of which the trusted header's mode is sound for skipping.
        source: asked for what is missing.
        trusted: verified.

    Raises:
        ConsensusError: what the source gives does not fit the verified header.
        LightNodeError: the source gives trouble.
    """
    if trusted.following is not None:
        return trusted
    contract = config.schedule.contract(trusted.height + 1)
    if contract is not None:
        answer = contract_proof.fetch(config, source, contract, trusted.height)
        found = validator_contract.set_from_proof(config, contract, trusted.header.state_root, answer)
        return replace(trusted, following=found, pending=())
    return _by_votes(config, source, trusted)


def with_tally(config: ChainConfig, source: HeaderSource, trusted: Trusted) -> Trusted:
    """Give a trusted header with every vote that counts after it: what the sequential rule and a checkpoint need.

    Args:
        config: of the network.
        source: asked for the headers down to where the tally began.
        trusted: verified.

    Raises:
        ConsensusError: what the source gives does not fit the verified header.
        LightNodeError: the source gives trouble.
    """
    if trusted.pending is not None:
        return trusted
    extra = extra_of(config, trusted.header)
    vote = vote_of(config.schedule, trusted.header, extra)
    _demand_voter(config.schedule, trusted.header, vote)
    return _walk(config, source, trusted, _Window(trusted.members, vote))


def _by_votes(config: ChainConfig, source: HeaderSource, trusted: Trusted) -> Trusted:
    schedule, header = config.schedule, trusted.header
    extra = extra_of(config, header)
    vote = vote_of(schedule, header, extra)
    begins = schedule.override(header.number + 1) is not None or schedule.is_epoch(header.number)
    if not begins and (vote is None or (vote.candidate in trusted.members) == vote.add):
        # A set changes only when a vote arrives that would change it.
        return replace(trusted, following=trusted.members)
    return _walk(config, source, trusted, _Window(trusted.members, vote, early=True))


def _walk(config: ChainConfig, source: HeaderSource, trusted: Trusted, window: _Window) -> Trusted:
    """Walk down until the answer is decided, or to where the tally began."""
    schedule, header, above = config.schedule, trusted.header, trusted.members
    lower = walk_down(config, source, header, 0)
    while True:
        extra = config.extra if header.number == 0 else extra_of(config, header)
        tally = _tally_from(schedule, header, extra, above)
        if tally is not None:
            # Every vote that counts has been met: the tally is known in full.
            for voter, cast in reversed(window.votes):
                tally.cast(voter, cast)
            return replace(trusted, following=tally.validators, pending=tally.pending())
        vote = vote_of(schedule, header, extra)
        _demand_voter(schedule, header, vote)
        window.take(header, extra, vote)
        answer = window.decided() if window.early else None
        if answer is not None:
            return replace(trusted, following=answer)
        above, header = extra.validators, next(lower).header


def _tally_from(schedule: Schedule, header: Header, extra: ExtraData, above: tuple[Address, ...]) -> Tally | None:
    """Give the tally after a header at which it begins anew; None where earlier votes go on counting.

    Args:
        schedule: settings by height.
        header: verified.
        extra: its extraData.
        above: the set in force for the next block, as a verified header lists it.
    """
    height = header.number
    if schedule.contract(height) is not None:
        return new_tally(schedule, above)
    if height == 0 or schedule.is_epoch(height) or schedule.override(height + 1) is not None:
        begun = new_tally(schedule, schedule.override(height + 1) or extra.validators)
        return tally_after(schedule, begun, header, extra, header.beneficiary, extra.validators) if height else begun
    return None


def _demand_voter(schedule: Schedule, header: Header, vote: Vote | None) -> None:
    """Demand that a vote's voter is the header's beneficiary.

    On IBFT 1 that is the candidate; who voted is told by the proposer's seal alone, which is not opened on the way down.
    """
    if vote is not None and schedule.rules(header.number) is BftRules.IBFT1:
        raise SkipUnsoundError(
            f"Block {header.number} votes by the rules of IBFT 1; what votes stand after it is known by verifying every"
            " header only. Begin at an epoch block, or at the genesis block.",
            header.number,
        )


@dataclass(slots=True)
class _Window:
    """Headers walked down over: what they say of one candidate, and every vote in them.

    Attributes:
        members: set that sealed the trusted header.
        about: the vote in it, which might change the set.
        early: whether the walk may end before the tally is known in full.
        votes: all votes met, the latest first.
        latest: what each member met last said of the candidate, by member.
        constant: whether every list met is that set.
        opposed: whether a vote the other way was met.
    """

    members: tuple[Address, ...]
    about: Vote | None
    early: bool = False
    votes: list[tuple[Address, Vote]] = field(default_factory=list)
    latest: dict[Address, bool] = field(default_factory=dict)
    constant: bool = True
    opposed: bool = False

    def take(self, header: Header, extra: ExtraData, vote: Vote | None) -> None:
        """Take the next header down."""
        self.constant = self.constant and extra.validators == self.members
        if vote is None:
            return
        self.votes.append((header.beneficiary, vote))
        if self.about is not None and vote.candidate == self.about.candidate:
            self.opposed = self.opposed or vote.add != self.about.add
            self.latest.setdefault(header.beneficiary, vote.add)

    def decided(self) -> tuple[Address, ...] | None:
        """Give the next set where the headers met decide it, whatever stands below them.

        With one set throughout and no vote the other way, no earlier vote can have wiped those met; and those not met
        can at most all have voted the same way.
        """
        if not self.constant or self.about is None:
            return None
        limit = len(self.members) // 2 + 1
        same = sum(said == self.about.add for said in self.latest.values())
        if same + len(self.members) - len(self.latest) < limit:
            return self.members
        if same >= limit and not self.opposed:
            return _changed(self.members, self.about)
        return None


def _changed(members: Iterable[Address], vote: Vote) -> tuple[Address, ...]:
    changed = set(members)
    (changed.add if vote.add else changed.discard)(vote.candidate)
    return tuple(sorted(changed))

"""What one verified header does to the tally: configuration first, then the epoch, then the header's own vote.

Invariants: a tally given is never changed, a new one is returned; the order is Besu's `VoteTallyCache` and GoQuorum's
`Snapshot.apply` (consensus note 3.2).
"""

from __future__ import annotations

from collections.abc import Iterable

from lightnode.consensus.constants import ADD_NONCE
from lightnode.consensus.extra_data import BftRules, ExtraData, Vote
from lightnode.consensus.header import Header
from lightnode.consensus.schedule import BESU, GOQUORUM
from lightnode.consensus.steady_schedule import Settings
from lightnode.consensus.tally import BesuTally, GoQuorumTally, Tally
from lightnode.wire.types import ZERO_ADDRESS, Address


def new_tally(schedule: Settings, members: Iterable[Address]) -> Tally:
    """Begin a tally, as the network's client keeps it, with a set and no votes."""
    return BesuTally(members) if schedule.client == BESU else GoQuorumTally(members)


def tally_after(
    schedule: Settings, tally: Tally, header: Header, extra: ExtraData, proposer: Address, members: tuple[Address, ...]
) -> Tally:
    """Give the tally after a header.

    Args:
        schedule: settings by height.
        tally: the one before it.
        header: verified.
        extra: its extraData.
        proposer: who made it.
        members: the set in force for it.
    """
    # Besu begins the next block's tally with the override and then takes this block's vote (VoteTallyCache).
    override = schedule.override(header.number + 1)
    if schedule.contract(header.number) is not None:
        following = schedule.contract(header.number + 1)
        return tally if following is not None else new_tally(schedule, override or members)
    epoch, vote = schedule.is_epoch(header.number), vote_of(schedule, header, extra)
    if override is None and not epoch and vote is None:
        return tally
    after = new_tally(schedule, override) if override else tally.copy()
    if epoch:
        # Both clients go on from the set that sealed the epoch block.
        after.begin_epoch()
    if vote is not None and (not epoch or after.counts_vote_of_epoch_block):
        after.cast(proposer, vote)
    return after


def vote_of(schedule: Settings, header: Header, extra: ExtraData) -> Vote | None:
    """Give the vote that a header carries; None where it has none that counts for anything."""
    vote = extra.vote
    if schedule.rules(header.number) is BftRules.IBFT1:
        vote = Vote(header.beneficiary, header.nonce == ADD_NONCE)
        if schedule.client == BESU and header.beneficiary == ZERO_ADDRESS:
            return None
    if vote is None and schedule.client == GOQUORUM:
        # GoQuorum reads a header without a vote as one to drop the zero address; mostly that means nothing.
        return Vote(ZERO_ADDRESS, False)
    return vote

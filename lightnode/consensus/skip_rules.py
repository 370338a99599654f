"""When one header may follow another without those between them: steps K1 to K4 of `docs/verification.md`.

Invariants:
- A skip rests on seals of a set that was verified before; the header's own set must have sealed it as well, and its list
  (or the proven contract) is what the network's nodes enforce. Where they do not, nothing may be skipped.
- Shares of a set are rounded up and never below f + 1: one honest member stands behind every skip.
"""

from __future__ import annotations

from collections.abc import Sequence

from lightnode.consensus.extra_data import BftRules
from lightnode.consensus.header import Header
from lightnode.consensus.schedule import BESU, Schedule
from lightnode.consensus.skip_errors import HeightTimeError, SkipUnsoundError, TooFewTrustedError, TrustExpiredError
from lightnode.wire.types import Address


def demand_sound(schedule: Schedule, height: int) -> None:
    """Check K1 for the header skipped to.

    In contract mode the set is proven in the state before the block, on either client. In header mode Besu's nodes refuse
    a list that is not the set in force; GoQuorum's compare it with nothing, nor did anybody on IBFT 1.

    Raises:
        SkipUnsoundError: the list in the header is no evidence.
    """
    if schedule.contract(height) is not None:
        return
    if schedule.client != BESU:
        raise SkipUnsoundError("On GoQuorum a header's validator list is no evidence; nothing may be skipped.", height)
    if schedule.rules(height) is BftRules.IBFT1:
        raise SkipUnsoundError("On IBFT 1 a header's validator list is no evidence; nothing may be skipped.", height)


def demand_fresh(trusted: Header, now: int, trusting_period: int | None) -> None:
    """Check K2: keys of former members may be lost one day; an old set is not asked about the present.

    Args:
        trusted: the header to skip from.
        now: unix seconds.
        trusting_period: seconds; None for ever.

    Raises:
        TrustExpiredError: the header is older.
    """
    if trusting_period is not None and now - trusted.timestamp >= trusting_period:
        days = (now - trusted.timestamp) // 86_400
        raise TrustExpiredError(
            f"Block {trusted.number}, from which to skip, is {days} days old; {trusting_period // 86_400} days are allowed.",
            trusted.number,
        )


def least_seconds(schedule: Schedule, low: int, high: int) -> int:
    """Give the least seconds between two heights: the block periods between them added up, or the profile's spacing.

    Args:
        schedule: settings by height.
        low: earlier height.
        high: later height.
    """
    starts = sorted({change.start for change in schedule.changes if low + 1 < change.start <= high})
    spans = zip([low + 1, *starts], [*starts, high + 1], strict=True)
    by_periods = sum((end - start) * schedule.period_seconds(start) for start, end in spans)
    # Times are whole seconds: n blocks spaced by p show at least floor(n * p) of them.
    return max(by_periods, (high - low) * schedule.spacing_milliseconds // 1000)


def demand_height_for_time(schedule: Schedule, trusted: Header, header: Header) -> None:
    """Check K3: no chain can be higher than its blocks' least distance allows ("forward lunatic" headers).

    Raises:
        HeightTimeError: the header comes too early for its height.
    """
    least = least_seconds(schedule, trusted.number, header.number)
    passed = header.timestamp - trusted.timestamp
    if passed < least:
        raise HeightTimeError(
            f"Block {header.number} comes {passed} s after block {trusted.number}; {least} s is the least.",
            header.number,
        )


def demand_trusted(header: Header, signers: Sequence[Address], trusted: Sequence[Address], needed: int) -> int:
    """Check K4 and give how many of the trusted set sealed.

    Args:
        header: the one skipped to.
        signers: who sealed it, each once.
        trusted: a set verified before.
        needed: how many of them must have sealed, from `SyncChoices.trusted_needed`.

    Raises:
        TooFewTrustedError: fewer did.
    """
    among = len(set(signers) & set(trusted))
    if among < needed:
        raise TooFewTrustedError(
            f"{among} of the {len(trusted)} trusted members sealed block {header.number}; {needed} are needed.",
            header.number,
        )
    return among

"""What the operator chose for following a network: mode, trust level, periods, how seals are counted, each with its reason.

Invariants: a trust level is a fraction that is rounded up, never down, and never below f + 1 members, so that at least
one honest member of a trusted set stands behind every skip; every choice carries a reason that results show.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from fractions import Fraction

from lightnode.consensus.constants import MAX_CLOCK_DRIFT_SECONDS
from lightnode.consensus.quorum import faulty, quorum
from lightnode.consensus.seal_counting import SealCounting

DEFAULT_TRUST_LEVEL = Fraction(2, 3)
DEFAULT_TRUSTING_PERIOD = 14 * 24 * 3600


class Mode(enum.Enum):
    """How heights are reached: every header, or as few as the trusted set's seals allow."""

    SEQUENTIAL = "sequential"
    SKIPPING = "skipping"


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice with its reason, as results show it.

    Attributes:
        value: short, e.g. ``skipping`` or ``2/3``.
        reason: one sentence: why this and not another.
    """

    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class SyncChoices:
    """The operator's choices.

    Attributes:
        mode: how heights are reached.
        mode_reason: why.
        trust_level: share of a trusted set that must have sealed a header skipped to; 2/3 unless chosen lower.
        trusting_period: seconds for which a verified header may be skipped from; None for ever, by explicit choice.
        max_drift: seconds that a header may be ahead of this computer's clock.
        counting: how seals are counted.
        counting_reason: why.
    """

    mode: Mode = Mode.SEQUENTIAL
    mode_reason: str = "Every header from the last verified one on is checked; this holds on every network."
    trust_level: Fraction = DEFAULT_TRUST_LEVEL
    trusting_period: int | None = DEFAULT_TRUSTING_PERIOD
    max_drift: int = MAX_CLOCK_DRIFT_SECONDS
    counting: SealCounting = SealCounting.STRICT
    counting_reason: str = "The nodes' own rule: every seal good, distinct and a member's."

    def trusted_needed(self, members: int) -> int:
        """Give how many of a trusted set must have sealed: the level rounded up, at least f + 1.

        The usual level never asks for more than the quorum, which old rules of small networks put below it; a higher one
        was chosen, and is kept to.
        """
        level = -(-members * self.trust_level.numerator // self.trust_level.denominator)
        if self.trust_level <= DEFAULT_TRUST_LEVEL:
            level = min(level, quorum(members))
        return max(level, faulty(members) + 1)

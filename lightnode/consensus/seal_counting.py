"""Whether a header with one bad seal beside a quorum of good ones is refused: the nodes' own rule, or the tolerant one.

Invariants: both demand ceil(2n/3) distinct members' good seals over the header's digest, so that neither accepts what the
other calls too few; they differ only in what stands beside the quorum (`docs/verification.md`, G4).
"""

from __future__ import annotations

import enum


class SealCounting(enum.Enum):
    """How seals are counted.

    STRICT is the nodes' rule on import: every seal good, distinct, and a member's. TOLERANT counts the good ones and
    reports the others: GoQuorum writes headers with an unreadable seal and never looks at them again.
    """

    STRICT = "strict"
    TOLERANT = "tolerant"

"""Reading sealed blooms: a bloom in a verified header rules logs out, and never rules one out that is there.

A block's `logsBloom` has, for each account and topic of each of its logs, the three bits that Keccak-256 of the value names
(Yellow Paper, section 4.3.1). A bit that is not set is proof of absence under the header; all set says nothing.
"""

from __future__ import annotations

from lightnode.proofs.log_filter import LogFilter
from lightnode.wire.keccak import keccak256


def bits_of(value: bytes) -> int:
    """Give the three bits of a value, as the mask of a bloom read big-endian.

    Args:
        value: an account's 20 bytes, or a topic's 32.
    """
    digest, bits = keccak256(value), 0
    for at in (0, 2, 4):
        bits |= 1 << (int.from_bytes(digest[at : at + 2], "big") & 2047)
    return bits


class BloomQuestion:
    """A filter's question to blooms: its masks are computed once, and asked of a hundred thousand headers."""

    __slots__ = ("_alternatives", "_single")

    def __init__(self, wanted: LogFilter) -> None:
        """Compute the masks: a wanted log sets, of each thing it must have, the bits of one accepted value."""
        named = [values for values in (wanted.emitters, *wanted.topics) if values is not None]
        masks = [tuple(sorted(bits_of(value) for value in values)) for values in named]
        # Things with one accepted value are asked with one mask together.
        single = 0
        for alternatives in masks:
            if len(alternatives) == 1:
                single |= alternatives[0]
        self._single = single
        self._alternatives = [alternatives for alternatives in masks if len(alternatives) != 1]

    def may_hold(self, bloom: bytes) -> bool:
        """Tell whether a block with this bloom may hold a wanted log; False is proof that it does not.

        Args:
            bloom: 256 bytes of a verified header.
        """
        bits = int.from_bytes(bloom, "big")
        single = self._single
        # A block without any log has an empty bloom, whatever is wanted.
        if bits & single != single or not bits:
            return False
        return all(any(bits & one == one for one in alternatives) for alternatives in self._alternatives)

"""One height that an operator lets pass although its header reads under two rule sets: a signed exception (H9).

Invariants: only EXTRA-AMBIGUOUS is waived, only at that height, and only for the header whose hash under the height's own
engine is the one named; every other rule holds for it as for any header. Each use leaves a remark in the verified header.
"""

from __future__ import annotations

from collections.abc import Mapping

from lightnode.consensus import hashes, header_rules
from lightnode.consensus.errors import AmbiguousRulesError
from lightnode.consensus.extra_data import ExtraData
from lightnode.consensus.genesis import ChainConfig
from lightnode.consensus.header import Header
from lightnode.consensus.steady_schedule import Settings
from lightnode.wire.types import Hash32

REMARK = "It can be read under two rule sets (EXTRA-AMBIGUOUS) and was let pass by a signed exception for its height and hash."


def read_extra_data(
    schedule: Settings, header: Header, exceptions: Mapping[int, Hash32]
) -> tuple[ExtraData, tuple[str, ...]]:
    """Check H9 with the exceptions that were signed.

    Args:
        schedule: settings by height.
        header: the header.
        exceptions: block hashes by height.

    Returns:
        The extraData, and the remark on an exception that was used.

    Raises:
        ExtraDataError: malformed.
        AmbiguousRulesError: readable under two engines, and no exception names this header.
    """
    try:
        return header_rules.read_extra_data(schedule, header), ()
    except AmbiguousRulesError:
        # It is raised last of H9: the extraData is canonical under the height's engine.
        reading = hashes.read(schedule.rules(header.number), header)
        if exceptions.get(header.number) != reading.block_hash:
            raise
        return reading.extra, (REMARK,)


def extra_of(config: ChainConfig, header: Header) -> ExtraData:
    """Check H9 with a network's exceptions, where the remark has been made already or is made elsewhere.

    Raises:
        ExtraDataError: malformed.
        AmbiguousRulesError: readable under two engines, and no exception names this header.
    """
    return read_extra_data(config.schedule, header, config.exceptions)[0]

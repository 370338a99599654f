"""Which logs are wanted, as `eth_getLogs` means it: accounts, and for each topic position the accepted values."""

from __future__ import annotations

from dataclasses import dataclass

from lightnode.wire.receipt import Log
from lightnode.wire.types import Address, Hash32


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which logs are wanted.

    Attributes:
        emitters: contracts; None for any.
        topics: for each position the accepted values; None for any, which still demands that the topic is there.
    """

    emitters: frozenset[Address] | None
    topics: tuple[frozenset[Hash32] | None, ...] = ()

    def accepts(self, log: Log) -> bool:
        """Tell whether a log is wanted."""
        if self.emitters is not None and log.address not in self.emitters:
            return False
        if len(log.topics) < len(self.topics):
            return False
        return all(wanted is None or topic in wanted for topic, wanted in zip(log.topics, self.topics, strict=False))

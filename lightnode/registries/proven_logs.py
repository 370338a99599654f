"""What a complete scan of verified blocks gives: every wanted log of a range, none left out.

`lightnode.proofs.log_scan.ScannedLogs` is such a scan; the registries need no more of it than this.
"""

from __future__ import annotations

from typing import Protocol

from lightnode.proofs.block_body import PlacedLog
from lightnode.wire.types import Hash32, Height


class ProvenLogs(Protocol):
    """All wanted logs of the blocks from `first` to `last`, in order."""

    @property
    def first(self) -> Height:
        """Give the first height."""

    @property
    def last(self) -> Height:
        """Give the last height."""

    @property
    def last_hash(self) -> Hash32:
        """Give the hash of the last block."""

    @property
    def last_time(self) -> int:
        """Give the time of the last block, unix seconds."""

    @property
    def logs(self) -> tuple[PlacedLog, ...]:
        """Give the logs, in order."""

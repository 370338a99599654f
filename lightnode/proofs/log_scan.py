"""All wanted logs of a range of verified blocks, none left out: absence by sealed blooms, the rest by whole bodies (R7).

Invariants:
- The headers follow one another by number and hash, so that no block of the range is left out.
- A block is passed over only where its sealed bloom rules the logs out; of every other one the whole body is proven.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lightnode.consensus.verified_header import VerifiedHeader
from lightnode.proofs.block_body import PlacedLog, ProvenBody
from lightnode.proofs.bloom import BloomQuestion
from lightnode.proofs.errors import ScanGapError
from lightnode.proofs.log_filter import LogFilter
from lightnode.wire.types import Hash32, Height

BodyOf = Callable[[VerifiedHeader], ProvenBody]


@dataclass(frozen=True, slots=True)
class ScannedLogs:
    """Every wanted log of a range, proven complete.

    Attributes:
        first: first height.
        last: last height.
        last_hash: hash of the last block.
        last_time: of the last block, unix seconds: the answer is as old as this.
        logs: all wanted logs, in order.
        ruled_out: blocks that a bloom ruled out.
        looked_into: blocks whose body was proven.
    """

    first: Height
    last: Height
    last_hash: Hash32
    last_time: int
    logs: tuple[PlacedLog, ...]
    ruled_out: int
    looked_into: int

    @property
    def certainly_none(self) -> bool:
        """Whether no such log stands in the range."""
        return not self.logs


class LogScan:
    """Takes a range of headers one by one."""

    def __init__(self, wanted: LogFilter, body_of: BodyOf) -> None:
        """Begin a scan.

        Args:
            wanted: the logs.
            body_of: proves the body of a block that a bloom does not rule out; raises where it cannot.
        """
        self._wanted, self._body_of = wanted, body_of
        self._question = BloomQuestion(wanted)
        self._first: VerifiedHeader | None = None
        self._last: VerifiedHeader | None = None
        self._logs: list[PlacedLog] = []
        self._ruled_out = self._looked_into = 0

    def take(self, header: VerifiedHeader) -> None:
        """Take the next header.

        Raises:
            ScanGapError: it does not follow the last one.
            LightNodeError: a body cannot be had or proven.
        """
        last = self._last
        if last is not None and (header.height != last.height + 1 or header.header.parent_hash != last.block_hash):
            raise ScanGapError(f"Block {header.height} does not follow block {last.height}.", header.height)
        if self._question.may_hold(header.header.logs_bloom):
            body = self._body_of(header)
            if body.header.block_hash != header.block_hash:
                raise ScanGapError(f"The body given is not that of block {header.height}.", header.height)
            self._logs += [placed for placed in body.logs() if self._wanted.accepts(placed.log)]
            self._looked_into += 1
        else:
            self._ruled_out += 1
        self._first = self._first or header
        self._last = header

    def result(self) -> ScannedLogs:
        """Give what was found.

        Raises:
            ScanGapError: no header was taken.
        """
        first, last = self._first, self._last
        if first is None or last is None:
            raise ScanGapError("No header was scanned.", None)
        return ScannedLogs(
            first.height, last.height, last.block_hash, last.header.timestamp, tuple(self._logs), self._ruled_out,
            self._looked_into,
        )  # fmt: skip

"""All wanted logs of a range of verified blocks, none left out: absence by sealed blooms, the rest by whole bodies (R7).

Invariants:
- The headers follow one another by number and hash, so that no block of the range is left out.
- A block is passed over only where its sealed bloom rules the logs out; of every other one the whole body is proven.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lightnode.consensus.verified_header import VerifiedHeader
from lightnode.proofs.block_body import PlacedLog, ProvenBody
from lightnode.proofs.bloom import BloomQuestion
from lightnode.proofs.bloom_row import BloomRow
from lightnode.proofs.errors import ScanGapError
from lightnode.proofs.log_filter import LogFilter
from lightnode.wire.types import Hash32, Height

BodyOf = Callable[[VerifiedHeader], ProvenBody]
HeaderAt = Callable[[Height], VerifiedHeader]


@dataclass(frozen=True, slots=True)
class ScannedLogs:
    """Every wanted log of a range, proven complete.

    Attributes:
        first: first height.
        last: last height.
        last_hash: hash of the last block.
        last_time: of the last block, unix seconds: the answer is as old as this.
        logs: all wanted logs, in order.
        examined: heights whose body was proven; the bloom of every other height of the range rules the logs out.
    """

    first: Height
    last: Height
    last_hash: Hash32
    last_time: int
    logs: tuple[PlacedLog, ...]
    examined: tuple[Height, ...]

    @property
    def certainly_none(self) -> bool:
        """Whether no such log stands in the range."""
        return not self.logs

    @property
    def looked_into(self) -> int:
        """Give the number of blocks whose body was proven."""
        return len(self.examined)

    @property
    def ruled_out(self) -> int:
        """Give the number of blocks that a bloom ruled out."""
        return self.last - self.first + 1 - len(self.examined)


class LogScan:
    """Takes a range of headers in order, whole or as rows."""

    def __init__(self, wanted: LogFilter, body_of: BodyOf) -> None:
        """Begin a scan.

        Args:
            wanted: the logs.
            body_of: proves the body of a block that a bloom does not rule out; raises where it cannot.
        """
        self._wanted, self._body_of = wanted, body_of
        self._question = BloomQuestion(wanted)
        self._first: Height | None = None
        self._last: VerifiedHeader | None = None
        self._logs: list[PlacedLog] = []
        self._examined: list[Height] = []

    def take(self, header: VerifiedHeader) -> None:
        """Take the next header.

        Raises:
            ScanGapError: it does not follow the last one.
            LightNodeError: a body cannot be had or proven.
        """
        last = self._last
        if last is not None and (header.height != last.height + 1 or header.header.parent_hash != last.block_hash):
            raise _gap(header.height, last.height)
        if self._question.may_hold(header.header.logs_bloom):
            self._examine(header)
        self._advance(header.height, header)

    def take_rows(self, rows: Iterable[BloomRow], header_at: HeaderAt) -> None:
        """Take the next rows of verified headers, of which only few are read whole.

        Args:
            rows: in order.
            header_at: gives the verified header of a row, for each block that a bloom does not rule out and for the last.

        Raises:
            ScanGapError: a row does not follow the one before, or is not of the header given for it. What was taken
                until then is not taken: the scan stands where it stood.
            LightNodeError: a header or a body cannot be had or proven.
        """
        found = self._sift(rows)
        if found is None:
            return
        first, end, possible = found
        headers = [(row, self._header_of(row, header_at)) for row in [*possible, end]]
        mark = len(self._logs), len(self._examined)
        try:
            for _, header in headers[:-1]:
                self._examine(header)
        except BaseException:
            del self._logs[mark[0] :], self._examined[mark[1] :]
            raise
        self._advance(first, headers[-1][1])

    def result(self) -> ScannedLogs:
        """Give what was found.

        Raises:
            ScanGapError: no header was taken.
        """
        first, last = self._first, self._last
        if first is None or last is None:
            raise ScanGapError("No header was scanned.", None)
        return ScannedLogs(
            first, last.height, last.block_hash, last.header.timestamp, tuple(self._logs), tuple(self._examined)
        )

    def _sift(self, rows: Iterable[BloomRow]) -> tuple[Height, BloomRow, list[BloomRow]] | None:
        """Hold rows against one another and ask each bloom; give first height, last row, and those not ruled out."""
        may_hold, possible = self._question.may_hold, []
        first: Height | None = None
        last: BloomRow | None = None
        known = self._last
        height, block_hash = (None, None) if known is None else (known.height, known.block_hash)
        for row in rows:
            if height is not None and (row.height != height + 1 or row.parent_hash != block_hash):
                raise _gap(row.height, height)
            height, block_hash = row.height, row.block_hash
            if may_hold(row.bloom):
                possible.append(row)
            if first is None:
                first = height
            last = row
        return None if first is None or last is None else (first, last, possible)

    def _header_of(self, row: BloomRow, header_at: HeaderAt) -> VerifiedHeader:
        header = header_at(row.height)
        whole = BloomRow(header.height, header.block_hash, header.header.parent_hash, header.header.logs_bloom)
        if whole != row:
            raise ScanGapError(f"The header given for block {row.height} is not that of its row.", row.height)
        return header

    def _examine(self, header: VerifiedHeader) -> None:
        body = self._body_of(header)
        if body.header.block_hash != header.block_hash:
            raise ScanGapError(f"The body given is not that of block {header.height}.", header.height)
        self._logs += [placed for placed in body.logs() if self._wanted.accepts(placed.log)]
        self._examined.append(header.height)

    def _advance(self, first: Height, last: VerifiedHeader) -> None:
        if self._first is None:
            self._first = first
        self._last = last


def _gap(height: int, last: int) -> ScanGapError:
    return ScanGapError(f"Block {height} does not follow block {last}.", height)

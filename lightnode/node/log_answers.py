"""eth_getLogs over a bounded span of verified blocks: complete, by sealed blooms and whole bodies (rule J5).

A bloom in a verified header rules a block out; of every other block all receipts are rebuilt under its root, so that a log
is neither invented nor held back. What would take too much is refused, never cut.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from lightnode.consensus.chain import VerifiedHeader
from lightnode.node import asked
from lightnode.node.errors import UnprovableError
from lightnode.node.named_block import NamedBlocks
from lightnode.node.ports import BodyProver, VerifiedHeaders
from lightnode.node.proven_block import block_logs, print_log
from lightnode.serving.log_filter import LogFilter, read_log_filter
from lightnode.serving.refusal import _RpcError, invalid_params
from lightnode.wire.keccak import keccak256

MAX_SPAN = 10_000
MAX_BODIES = 500
MAX_LOGS = 10_000
LIMIT_EXCEEDED = -32005
SECONDS = 20.0
# Headers held at once.
_PART = 500


class LogAnswers:
    """The method over one network."""

    def __init__(
        self,
        headers: VerifiedHeaders,
        blocks: NamedBlocks,
        bodies: BodyProver,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Search verified headers.

        Args:
            headers: verified.
            blocks: finds a block by its hash.
            bodies: proves what a bloom does not rule out.
            now: monotonic seconds.
        """
        self._headers, self._blocks, self._bodies, self._now = headers, blocks, bodies, now
        self.table: dict[str, Callable[..., Any]] = {"eth_getLogs": self.logs}

    def logs(self, wanted: Any) -> list[Any]:
        """eth_getLogs."""
        named = asked.mapping(wanted)
        logs = asked.read(lambda: read_log_filter(named))
        search = _Search(logs, self._bodies, self._now, self._now() + SECONDS)
        if named.get("blockHash") is not None:
            if named.get("fromBlock") is not None or named.get("toBlock") is not None:
                raise invalid_params()
            return search.of([self._blocks.hashed(asked.hash_value(named["blockHash"]))])
        span = self._span(named)
        found: list[Any] = []
        for start in range(span.start, span.stop, _PART):
            found += search.of(self._headers.run(range(start, min(start + _PART, span.stop))))
        return found

    def _span(self, named: dict[str, Any]) -> range:
        """Give the heights of a span; what lies above the newest verified block holds no logs yet."""
        ends = ("latest" if named.get(name) is None else named[name] for name in ("fromBlock", "toBlock"))
        low, high = (self._blocks.height(end) for end in ends)
        if low > high:
            raise invalid_params()
        if high - low >= MAX_SPAN:
            raise _RpcError(LIMIT_EXCEEDED, f"A span has at most {MAX_SPAN} blocks")
        return range(low, min(high, self._headers.head().height) + 1)


class _Search:
    """One search with what it may still take."""

    def __init__(self, logs: LogFilter, bodies: BodyProver, now: Callable[[], float], end: float) -> None:
        self._filter, self._bodies, self._now, self._end = logs, bodies, now, end
        self._alternatives = _alternatives(logs)
        self._looked_into = self._found = 0

    def of(self, headers: Sequence[VerifiedHeader]) -> list[Any]:
        """Give the logs of some blocks in order."""
        return [shown for header in headers if self._possible(header) for shown in self._inside(header)]

    def _possible(self, header: VerifiedHeader) -> bool:
        bloom = int.from_bytes(header.header.logs_bloom, "big")
        return bloom != 0 and all(any(bloom & one == one for one in names) for names in self._alternatives)

    def _inside(self, header: VerifiedHeader) -> list[Any]:
        self._looked_into += 1
        if self._looked_into > MAX_BODIES:
            raise _RpcError(LIMIT_EXCEEDED, f"More than {MAX_BODIES} blocks may hold such logs: ask for fewer blocks")
        if self._now() > self._end:
            raise UnprovableError("The search took too long: ask for fewer blocks.")
        body = self._bodies.body(header)
        receipts = self._bodies.receipts(body)
        found = [
            print_log(body, index, log, at)
            for index, at, log in block_logs(body, receipts)
            if self._filter.accepts(log)
        ]
        self._found += len(found)
        if self._found > MAX_LOGS:
            raise _RpcError(LIMIT_EXCEEDED, f"More than {MAX_LOGS} logs: ask for fewer blocks")
        return found


def _alternatives(logs: LogFilter) -> list[list[int]]:
    """Give, for each thing that a wanted log has, the bits that one of its accepted values sets."""
    wanted = [logs.emitters, *logs.topics]
    return [[_bits(value) for value in values] for values in wanted if values is not None]


def _bits(value: bytes) -> int:
    digest = keccak256(value)
    bits = 0
    for at in (0, 2, 4):
        bits |= 1 << (int.from_bytes(digest[at : at + 2], "big") & 2047)
    return bits

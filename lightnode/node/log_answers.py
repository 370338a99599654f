"""eth_getLogs over a bounded span of verified blocks: complete, by sealed blooms and whole bodies (J5).

A bloom in a verified header rules a block out; of every other block all receipts are rebuilt under its root, so that a log
is neither invented nor held back. What would take too much is refused, never cut.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from lightnode.consensus.verified_header import VerifiedHeader
from lightnode.node import asked
from lightnode.node.errors import UnprovableError
from lightnode.node.named_block import NamedBlocks
from lightnode.node.ports import BodyProver, VerifiedHeaders
from lightnode.node.proven_block import print_log
from lightnode.proofs.block_body import ProvenBody
from lightnode.proofs.log_filter import LogFilter
from lightnode.proofs.log_scan import LogScan
from lightnode.serving.log_filter import read_log_filter
from lightnode.serving.refusal import _RpcError, invalid_params

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
        scan = LogScan(logs, _Allowance(self._bodies, logs, self._now, self._now() + SECONDS).body)
        if named.get("blockHash") is not None:
            if named.get("fromBlock") is not None or named.get("toBlock") is not None:
                raise invalid_params()
            scan.take(self._blocks.hashed(asked.hash_value(named["blockHash"])))
            return [print_log(placed) for placed in scan.result().logs]
        span = self._span(named)
        for start in range(span.start, span.stop, _PART):
            for header in self._headers.run(range(start, min(start + _PART, span.stop))):
                scan.take(header)
        return [print_log(placed) for placed in scan.result().logs] if span else []

    def _span(self, named: dict[str, Any]) -> range:
        """Give the heights of a span; what lies above the newest verified block holds no logs yet."""
        ends = ("latest" if named.get(name) is None else named[name] for name in ("fromBlock", "toBlock"))
        low, high = (self._blocks.height(end) for end in ends)
        if low > high:
            raise invalid_params()
        if high - low >= MAX_SPAN:
            raise _RpcError(LIMIT_EXCEEDED, f"A span has at most {MAX_SPAN} blocks")
        return range(low, min(high, self._headers.head().height) + 1)


class _Allowance:
    """What one search may take: bodies, logs and time."""

    def __init__(self, bodies: BodyProver, logs: LogFilter, now: Callable[[], float], end: float) -> None:
        self._bodies, self._logs, self._now, self._end = bodies, logs, now, end
        self._looked_into = self._found = 0

    def body(self, header: VerifiedHeader) -> ProvenBody:
        """Prove the body of a block that may hold wanted logs."""
        self._looked_into += 1
        if self._looked_into > MAX_BODIES:
            raise _RpcError(LIMIT_EXCEEDED, f"More than {MAX_BODIES} blocks may hold such logs: ask for fewer blocks")
        if self._now() > self._end:
            raise UnprovableError("The search took too long: ask for fewer blocks.")
        body = self._bodies.body(header)
        self._found += sum(self._logs.accepts(placed.log) for placed in body.logs())
        if self._found > MAX_LOGS:
            raise _RpcError(LIMIT_EXCEEDED, f"More than {MAX_LOGS} logs: ask for fewer blocks")
        return body

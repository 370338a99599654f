"""eth_getLogs: a span of blocks by Besu's rules, searched without keeping the chain waiting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from lightnode.devnet import rpc_json
from lightnode.devnet.block_store import StoredBlock
from lightnode.devnet.block_tag import known_block, number_named
from lightnode.devnet.network import Network
from lightnode.devnet.receipts import receipts_of
from lightnode.proofs.log_filter import LogFilter
from lightnode.serving.log_filter import read_log_filter
from lightnode.serving.refusal import _RpcError, invalid_params
from lightnode.wire.transaction import decode_transaction

MAX_LOG_BLOCKS = 5000


class LogMethods:
    """The method over one network; it holds its lock only to take hold of the blocks, which never change."""

    def __init__(self, network: Network) -> None:
        """Serve a running network."""
        self.network = network
        self.table: dict[str, Callable[..., Any]] = {"eth_getLogs": self.logs}

    def logs(self, wanted: Any) -> Any:
        """eth_getLogs."""
        if not isinstance(wanted, dict):
            raise invalid_params()
        logs = read_log_filter(wanted)
        with self.network.lock:
            blocks = self._blocks(wanted)
        return [shown for stored in blocks for shown in _found(stored, logs)]

    def _blocks(self, wanted: dict[str, Any]) -> Sequence[StoredBlock]:
        """Take the blocks of a span; what lies beyond the newest block holds no logs yet."""
        first, last = wanted.get("fromBlock"), wanted.get("toBlock")
        if wanted.get("blockHash") is not None:
            if first is not None or last is not None:
                raise invalid_params()
            return [self.network.blocks[known_block(self.network, {"blockHash": wanted["blockHash"]})]]
        low = number_named(self.network, "latest" if first is None else first)
        high = number_named(self.network, "latest" if last is None else last)
        if low is None or high is None:
            raise _RpcError(-32000, "Unknown block")
        if low > high:
            raise invalid_params()
        if high - low > MAX_LOG_BLOCKS:
            raise _RpcError(-32005, "Requested range exceeds maximum RPC range limit")
        return self.network.blocks[low : high + 1]


def _found(stored: StoredBlock, logs: LogFilter) -> list[Any]:
    if not any(stored.header.logs_bloom):
        return []
    made = receipts_of([decode_transaction(raw) for raw in stored.transactions], stored.outcomes)
    if not any(logs.accepts(log) for receipt in made for log in receipt.logs):
        return []
    return [
        shown
        for receipt, printed in zip(made, rpc_json.block_receipts(stored), strict=True)
        for log, shown in zip(receipt.logs, printed["logs"], strict=True)
        if logs.accepts(log)
    ]

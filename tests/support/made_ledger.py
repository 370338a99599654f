"""A sealed chain with chosen states and logs that answers proofs as a node does: what registries are read from in tests."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from typing import Any

from lightnode.consensus.chain import HeaderChain
from lightnode.consensus.genesis import load_genesis
from lightnode.consensus.verified_header import VerifiedHeader
from lightnode.proofs.log_filter import LogFilter
from lightnode.proofs.log_scan import LogScan, ScannedLogs
from lightnode.proofs.routes import ProofRoute, PublicRoute
from lightnode.wire import rlp
from lightnode.wire.keccak import keccak256
from lightnode.wire.receipt import Log, Receipt, bloom_of
from lightnode.wire.trie import ordered_trie
from tests.support.made_chain import MadeAccount, MadeChain, State, proof_line, uint

NOW = 4_000_000_000


class MadeLedger:
    """A chain whose blocks each have one transaction where they have logs.

    Attributes:
        chain: as it grows.
        state: of the next block; change it, then call `block`.
        asked: every method asked for, in order.
    """

    def __init__(self, chain_id: int = 1337) -> None:
        self.state: State = {}
        self.chain_id = chain_id
        self.chain = MadeChain(config={"chainId": chain_id})
        self.states: list[State] = [copy.deepcopy(self.state)]
        self.receipts: dict[int, list[dict[str, Any]]] = {}
        self.asked: list[str] = []

    def put(self, address: bytes, code: bytes, storage: dict[int, int] | None = None) -> None:
        """Put a contract into the state of the next block."""
        self.state[address] = MadeAccount(1, 0, code, dict(storage or {}))

    def block(self, logs: Iterable[Log] = ()) -> int:
        """Seal a block and give its height."""
        changes, height = self._body(tuple(logs)), self.chain.height + 1
        state = copy.deepcopy(self.state)
        self.states.append(state)
        self.chain.block(state=state, changes=changes)
        return height

    def verified(self) -> list[VerifiedHeader]:
        """Verify the chain from genesis and give the headers from block 1 on, block N at N - 1."""
        chain = HeaderChain(load_genesis(self.chain.genesis()))
        return [chain.append(header, NOW) for header in self._headers()]

    def header(self, height: int) -> VerifiedHeader:
        """Verify the chain and give one header."""
        return self.verified()[height - 1]

    def scan(self, wanted: LogFilter, first: int, last: int) -> ScannedLogs:
        """Scan blocks over the public route."""
        scan = LogScan(wanted, PublicRoute(self).body)
        for header in self.verified()[first - 1 : last]:
            scan.take(header)
        return scan.result()

    @property
    def route(self) -> ProofRoute:
        """A node that proves state."""
        return ProofRoute(self)

    def call(self, method: str, params: Sequence[Any] = ()) -> Any:
        """Answer one call."""
        self.asked.append(method)
        if method == "eth_chainId":
            return hex(self.chain_id)
        if method == "eth_blockNumber":
            return hex(self.chain.height)
        if method == "eth_getProof":
            height = int(params[2], 16)
            slots = [int(slot, 16) for slot in params[1]]
            return proof_line(self.states[height], height, bytes.fromhex(params[0][2:]), slots)["result"]
        if method == "eth_getBlockByNumber":
            height = self.chain.height if params[0] == "latest" else int(params[0], 16)
            return self.chain.printed(height) if height <= self.chain.height else None
        if method == "eth_getBlockReceipts":
            return self.receipts.get(int(params[0], 16), [])
        raise AssertionError(f"nobody should ask {method}")

    def batch(self, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        """Answer several calls."""
        return [self.call(method, params) for method, params in calls]

    def _headers(self) -> list[Any]:
        from lightnode.consensus.header import decode_header

        return [decode_header(rlp.encode(fields)) for fields in self.chain.fields[1:]]

    def _body(self, logs: tuple[Log, ...]) -> dict[int, bytes]:
        if not logs:
            return {}
        height = self.chain.height + 1
        fields = [uint(height), b"", uint(21_000), bytes(20), b"", b"", uint(2 * self.chain_id + 35), b"\1", b"\1"]
        raw = rlp.encode(fields)
        receipt = Receipt(0, 1, 21_000, bloom_of(logs), logs)
        self.chain.bodies[height] = [
            {
                "type": "0x0", "nonce": hex(height), "gasPrice": "0x0", "gas": hex(21_000), "to": "0x" + bytes(20).hex(),
                "value": "0x0", "input": "0x", "v": hex(2 * self.chain_id + 35), "r": "0x1", "s": "0x1",
                "hash": "0x" + keccak256(raw).hex(),
            }
        ]  # fmt: skip
        self.receipts[height] = [
            {
                "type": "0x0", "status": "0x1", "cumulativeGasUsed": hex(21_000),
                "logsBloom": "0x" + receipt.logs_bloom.hex(),
                "logs": [
                    {"address": "0x" + log.address.hex(), "topics": ["0x" + one.hex() for one in log.topics],
                     "data": "0x" + log.data.hex()} for log in logs
                ],
            }
        ]  # fmt: skip
        return {4: ordered_trie([raw]).root, 5: ordered_trie([receipt.encode()]).root, 6: receipt.logs_bloom}

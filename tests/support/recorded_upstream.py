"""A recorded network behind the verified server: its headers as verified ones, its node's answers, and lies in them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

from lightnode.consensus.hashes import block_hash
from lightnode.consensus.header_rules import read_extra_data
from lightnode.consensus.verified_header import VerifiedHeader
from lightnode.node.methods import Methods, network_of
from lightnode.node.ports import Sources
from lightnode.node.upstream_prover import UpstreamProver
from lightnode.node.views import ViewContract
from lightnode.rpc.errors import RefusedError
from lightnode.serving.refusal import _RpcError
from lightnode.wire.types import Hash32
from tests.support import recorded_networks as recorded

Lie = Callable[[str, Any], Any]


@cache
def verified(network: str) -> tuple[VerifiedHeader, ...]:
    """Give the headers of a recording; that they are verified rightly is held by other tests."""
    config = recorded.config(network)
    made = []
    for header in recorded.headers(network):
        name = config.block_hash
        if header.number:
            name = block_hash(config.schedule.rules(header.number), header, read_extra_data(config.schedule, header))
        made.append(VerifiedHeader(header, name, (), 0, ()))
    return tuple(made)


@cache
def receipts(network: str) -> dict[int, list[dict[str, Any]]]:
    """Give the printed receipts by height."""
    found = {}
    for line in map(json.loads, recorded.lines(network, "receipts.jsonl")):
        height = line["blockNumber"]
        found[height if isinstance(height, int) else int(height, 16)] = line["receipts"]
    return found


@cache
def proofs(network: str) -> list[dict[str, Any]]:
    """Give the recorded `eth_getProof` questions and answers."""
    return [json.loads(line) for line in recorded.lines(network, "proofs.jsonl")]


class RecordedHeaders:
    """`VerifiedHeaders` up to a head."""

    def __init__(self, network: str, head: int | None = None) -> None:
        self.all = verified(network)
        self.top = len(self.all) - 1 if head is None else head

    def head(self) -> VerifiedHeader:
        return self.all[self.top]

    def header(self, height: int) -> VerifiedHeader:
        assert 0 <= height <= self.top, "asked for what is not verified"
        return self.all[height]

    def run(self, heights: range) -> Sequence[VerifiedHeader]:
        return [self.header(height) for height in heights]

    def height_of(self, name: Hash32) -> int | None:
        return None


class RecordedNode:
    """Answers as the recorded node did; `lie` may change any answer."""

    def __init__(self, network: str, lie: Lie = lambda method, answer: answer) -> None:
        self.network, self.lie = network, lie
        self.asked: list[str] = []
        self.sent: list[str] = []

    def call(self, method: str, params: Sequence[Any] = ()) -> Any:
        self.asked.append(method)
        return self.lie(method, json.loads(json.dumps(self._honest(method, list(params)))))

    def _honest(self, method: str, params: list[Any]) -> Any:
        blocks: Any = recorded.blocks(self.network)
        if method == "eth_getBlockByNumber":
            height = int(params[0], 16)
            return blocks[height] if height < len(blocks) else None
        if method == "eth_getBlockByHash":
            return next((one for one in blocks if one["hash"] == params[0]), None)
        if method == "eth_getBlockReceipts":
            return receipts(self.network).get(int(params[0], 16), [])
        if method == "eth_getTransactionByHash":
            return next((one for block in blocks for one in block["transactions"] if one["hash"] == params[0]), None)
        if method == "eth_getTransactionReceipt":
            return next(
                one for made in receipts(self.network).values() for one in made if one["transactionHash"] == params[0]
            )
        if method == "eth_getProof":
            return self._proof(params)
        if method == "eth_sendRawTransaction":
            self.sent.append(params[0])
            return params[0]
        raise RefusedError(-32601, "Method not found.")

    def _proof(self, params: list[Any]) -> Any:
        who, slots, height = params
        for line in proofs(self.network):
            asked = line["params"]
            whose, at = asked[0].lower(), asked[2] if isinstance(asked[2], str) else hex(asked[2])
            if (
                whose == who
                and int(at, 16) == int(height, 16)
                and {int(one, 16) for one in slots} <= {int(one, 16) for one in asked[1]}
            ):
                return line["result"]
        raise RefusedError(-32000, "World state unavailable.")


class Standing:
    """A light client that stands well, unless a test halts it."""

    def __init__(self) -> None:
        self.halt: Exception | None = None

    def guard(self) -> None:
        if self.halt is not None:
            raise self.halt

    def status(self) -> dict[str, Any]:
        return {"halted": self.halt is not None}

    def syncing(self) -> bool:
        return False


class Asked:
    """The methods over a recorded network."""

    def __init__(
        self, network: str, lie: Lie = lambda method, answer: answer, *, head: int | None = None,
        contracts: Sequence[ViewContract] = (), may_send: bool = False,
    ) -> None:  # fmt: skip
        config = recorded.config(network)
        self.node, self.standing = RecordedNode(network, lie), Standing()
        self.headers = RecordedHeaders(network, head)
        prover = UpstreamProver(self.node, private_marks=network_of(config).private_marks)
        sources = Sources(self.headers, prover, prover, prover)
        self.methods = Methods(config, sources, self.standing, contracts, version="9.9", may_send=may_send)

    def get(self, method: str, *params: Any) -> Any:
        """Give the result."""
        return self.methods.answer(method, list(params))

    def error(self, method: str, *params: Any) -> _RpcError:
        """Give the error."""
        try:
            result = self.methods.answer(method, list(params))
        except _RpcError as error:
            return error
        raise AssertionError((method, params, result))


def variants(value: Any) -> Iterator[Any]:
    """Give a JSON value with one thing changed, for every thing in it."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield {key: one for key, one in value.items() if key != name}
            yield from ({**value, name: other} for other in variants(item))
    elif isinstance(value, list):
        if value:
            yield value[:-1]
            yield value[1:]
            yield [*value, value[-1]]
            yield value[::-1]
        for at, item in enumerate(value):
            yield from ([*value[:at], other, *value[at + 1 :]] for other in variants(item))
    elif isinstance(value, str) and value.startswith("0x"):
        yield None
        yield "0x"
        yield value[:-1] + ("0" if value[-1] != "0" else "1")
        yield value + "00"
        if len(value) > 4:
            yield "0x" + ("1" if value[2] != "1" else "2") + value[3:]
    else:
        yield {"other": True}
        yield "0x1"

"""First inputs of the fuzzer: what the program and the recorded networks make, one or two for each target."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from lightnode.consensus.chain import HeaderChain
from lightnode.consensus.checkpoint import Checkpoint
from lightnode.consensus.genesis import load_genesis
from lightnode.consensus.verified_header import Way
from lightnode.light_client import memory
from lightnode.light_client.misbehaviour import Claim, Known, Misbehaviour
from lightnode.light_client.trusted import Trusted
from lightnode.transfer import pieces
from lightnode.wire import cbor
from lightnode.wire.account_proof import parse_get_proof
from lightnode.wire.receipt import receipt_from_json
from lightnode.wire.transaction_body import body_from_json
from lightnode.wire.types import Address, Hash32, Height
from tests.fuzz.targets import EVENTS
from tests.support.made_chain import MadeChain
from tests.support.made_source import MadeSource
from tests.support.recorded_networks import RECORDED, headers, lines
from tests.support.sealed_world import World

FORMATS = Path(__file__).resolve().parents[1] / "vectors" / "formats" / "formats.json"
NETWORKS = ("besu-qbft-votes-london", "besu-ibft2-votes-berlin", "goquorum-ibft1-votes", "besu-qbft-contract-cancun")


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _of_recordings() -> Iterator[tuple[int, bytes]]:
    for network in NETWORKS:
        made = headers(network)
        block = next(json.loads(line) for line in lines(network, "blocks.jsonl") if json.loads(line)["transactions"])
        receipts = json.loads(lines(network, "receipts.jsonl")[0])["receipts"]
        proof = json.loads(lines(network, "proofs.jsonl")[0])
        for header in (made[1], made[-1]):
            yield from ((number, header.encode()) for number in (1, 32, 33))
            yield from ((number, header.extra_data) for number in (1, 35, 36, 37, 38))
        yield 34, _json(block)
        yield 14, _json(proof)
        for entry in block["transactions"][:1]:
            raw = body_from_json(entry, private_marks=False)
            yield 5, _json(entry)
            yield from ((number, raw) for number in (1, 3, 4, 6, 66))
        yield 8, _json(receipts[0])
        yield 7, receipt_from_json(receipts[0]).encode()
        yield 13, _json(proof["result"])
        nodes = [bytes.fromhex(node[2:]) for node in proof["result"]["accountProof"]]
        yield 12, nodes[-1]
        yield 11, made[-1].state_root + bytes(32) + b"".join(len(node).to_bytes(2, "big") + node for node in nodes)
        yield 44, _json(proof)
        yield 47, _json({"jsonrpc": "2.0", "id": 1, "result": proof["result"]})
        small = json.loads((RECORDED / network / "genesis.json").read_bytes())
        small["alloc"] = dict(list(small.get("alloc", {}).items())[:2])
        yield 40 if network.startswith("goquorum") else 39, _json(small)
    yield 48, _json({"address": "0x" + "11" * 20, "topics": [None, ["0x" + "22" * 32]]})


def _of_formats() -> Iterator[tuple[int, bytes]]:
    numbers = {
        "template": 21, "opening": 22, "payload": 23, "draft": 24, "envelope": 25, "root": 26, "trust": 28,
        "evidence": 31, "call": 15, "leaf": 16, "hello": 62, "request": 60, "response": 61, "timestamp": 19,
    }  # fmt: skip

    def walk(value: object, name: str) -> Iterator[tuple[int, bytes]]:
        if isinstance(value, dict):
            for key, inner in value.items():
                yield from walk(inner, f"{name} {key}")
        elif isinstance(value, list):
            for inner in value[:2]:
                yield from walk(inner, name)
        elif isinstance(value, str) and len(value) < 20_000:
            try:
                data = bytes.fromhex(value.removeprefix("0x"))
            except ValueError:
                return
            yield from ((number, data) for word, number in numbers.items() if word in name.lower())
            yield 2, data

    yield from walk(json.loads(FORMATS.read_text()), "")


def _of_the_made_world() -> Iterator[tuple[int, bytes]]:
    world = World()
    profile = world.profile()
    yield 30, world.evidence()
    yield 31, world.evidence()
    yield from ((number, world.trust()) for number in (25, 28, 68))
    yield from ((number, world.root()) for number in (25, 26, 67))
    yield 27, cbor.encode(profile.body())
    chain = MadeChain()
    for _ in range(3):
        chain.block()
    source, config = MadeSource(chain), load_genesis(chain.genesis(), "besu")
    header = source.header(2)
    state = HeaderChain(config).state()
    checkpoint = Checkpoint.of(state, Hash32(bytes(32)))
    yield 41, checkpoint.encode()
    yield 43, memory.encode_end(Trusted.at_genesis(config))
    members, known = tuple(state.validators or ()), Known(Way.SEQUENTIAL, Height(0), config.block_hash)
    claims = (Claim(header, "http://one", 1), Claim(header, "http://two", 2))
    yield 42, Misbehaviour(config.block_hash, Hash32(bytes(32)), Height(2), members, known, claims).encode()
    yield 51, pieces.encode_preface(pieces.Preface(config.block_hash, Hash32(bytes(32)), checkpoint.encode(), 1, 9))
    yield 52, pieces.encode_headers([header])
    proof = json.loads(lines(NETWORKS[0], "proofs.jsonl")[0])["result"]
    yield 52, pieces.encode_proof(pieces.PlacedProof(7, parse_get_proof(proof)))
    yield 52, pieces.encode_end(bytes(32))


def _of_registries() -> Iterator[tuple[int, bytes]]:
    for at, kind in enumerate(EVENTS):
        text = kind.SIGNATURE[kind.SIGNATURE.index("(") + 1 : -1].split(",")
        values = [_PLAIN.get(one, ()) for one in text]
        log = kind(*values).log_of(Address(bytes(20)))
        yield 70, bytes([at]) + b"".join(log.topics[1:]) + log.data
    for at in range(8):
        # A short text, lengths of one, small numbers, a long text.
        words = [b"ab" + bytes(29) + b"\x04", *((1).to_bytes(32, "big"),) * 6, (65).to_bytes(32, "big"), b"c" * 32] * 6
        yield 69, bytes([at]) + b"".join(words)


_PLAIN = {"string": "text", "bytes": b"\4" * 40, "bytes32": b"\5" * 32, "bool": True, "uint256": 7, "uint8": 1}


def seeds() -> Iterator[bytes]:
    """Give inputs, each with its target's number before it."""
    for part in (_of_recordings(), _of_formats(), _of_the_made_world(), _of_registries()):
        for number, data in part:
            yield number.to_bytes(2, "big") + data

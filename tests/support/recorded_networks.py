"""The recorded networks as the tests use them: files, chains at a height, and our own small networks for changed headers."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import coincurve

from lightnode.consensus.chain import HeaderChain
from lightnode.consensus.extra_data import BftRules, ExtraData, encode_extra_data
from lightnode.consensus.genesis import ChainConfig, load_genesis
from lightnode.consensus.hashes import proposer_digest, seal_digest
from lightnode.consensus.header import Header
from lightnode.consensus.header_json import header_from_json
from lightnode.recording.verification import Recording
from lightnode.wire.curve import Curve, address_of
from lightnode.wire.keccak import keccak256

RECORDED = Path(__file__).resolve().parent.parent / "vectors" / "recorded"
NETWORKS = sorted(folder.name for folder in RECORDED.iterdir() if (folder / "genesis.json").exists())
FOREVER = 1 << 62


def lines(network: str, name: str) -> list[bytes]:
    """Give the lines of a recorded file; none where the network has no such file."""
    path = RECORDED / network / name
    return path.read_bytes().splitlines() if path.exists() else []


def recording(network: str, **changes: object) -> Recording:
    """Give a whole recording."""
    made = Recording(
        genesis=(RECORDED / network / "genesis.json").read_bytes(),
        headers=lines(network, "blocks.jsonl"),
        receipts=lines(network, "receipts.jsonl"),
        proofs=lines(network, "proofs.jsonl"),
        validator_proofs=lines(network, "validator_proofs.jsonl"),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


@cache
def blocks(network: str) -> tuple[dict[str, object], ...]:
    """Give the printed blocks of a network."""
    return tuple(json.loads(line) for line in lines(network, "blocks.jsonl"))


@cache
def headers(network: str) -> tuple[Header, ...]:
    """Give the headers of a network, block 0 first."""
    return tuple(header_from_json(block) for block in blocks(network))


@cache
def config(network: str) -> ChainConfig:
    """Give what a network's genesis file says."""
    return load_genesis((RECORDED / network / "genesis.json").read_bytes())


def chain_at(network: str, height: int) -> HeaderChain:
    """Give the chain whose head is a recorded block; header mode only."""
    chain = HeaderChain(config(network))
    for header in headers(network)[1 : height + 1]:
        chain.append(header, FOREVER)
    return chain


class Member:
    """A validator with a key of our own."""

    def __init__(self, name: str) -> None:
        self.key = coincurve.PrivateKey(keccak256(b"chancery test validator " + name.encode()))
        self.address = address_of(self.key.public_key.format(False))

    def sign(self, digest: bytes) -> bytes:
        """Make a seal."""
        return bytes(self.key.sign_recoverable(digest, hasher=None))


def members(count: int) -> list[Member]:
    """Give validators in ascending order of address."""
    return sorted((Member(str(index)) for index in range(count)), key=lambda item: item.address)


def genesis_file(
    rules: BftRules, sealers: list[Member], settings: dict[str, object] | None = None, **more: object
) -> bytes:
    """Make a genesis file: Besu's for QBFT and IBFT 2.0, GoQuorum's for IBFT 1."""
    extra = ExtraData(bytes(32), tuple(item.address for item in sealers), None, 0, ())
    section: dict[str, object] = {"blockperiodseconds": 1, "epochlength": 30000} | (settings or {})
    if rules is BftRules.IBFT1:
        consensus: dict[str, object] = {"isQuorum": True, "ibft": section}
    else:
        consensus = {rules.value: section}
    document = {
        "config": {"chainId": 1337, "berlinBlock": 0, **consensus, **more},
        "extraData": "0x" + encode_extra_data(rules, extra).hex(),
        "gasLimit": "0x1c9c380",
        "difficulty": "0x1",
        "mixHash": "0x63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365",
        "alloc": {},
    }
    return json.dumps(document).encode()


def seal(rules: BftRules, header: Header, extra: ExtraData, sealers: list[Member], proposer: Member) -> Header:
    """Give the header sealed by some members."""
    if rules is BftRules.IBFT1:
        bare = header.replace_extra_data(encode_extra_data(rules, replace(extra, seals=())))
        extra = replace(extra, proposer_seal=proposer.sign(proposer_digest(bare, extra)))
    header = header.replace_extra_data(encode_extra_data(rules, replace(extra, seals=())))
    digest = seal_digest(rules, header, replace(extra, seals=()))
    whole = replace(extra, seals=tuple(item.sign(digest) for item in sealers))
    return header.replace_extra_data(encode_extra_data(rules, whole))


class OwnNetwork:
    """A network of our own whose next blocks a test makes as it likes."""

    def __init__(
        self, rules: BftRules, sealers: list[Member], genesis: bytes | None = None, client: str | None = None
    ) -> None:
        self.rules = rules
        self.everybody = {item.address: item for item in [*sealers, *members(12)]}
        self.chain = HeaderChain(load_genesis(genesis or genesis_file(rules, sealers), client))

    def next_header(self, **changes: object) -> tuple[Header, ExtraData]:
        """Give the next header, not yet sealed, and its extraData."""
        in_force = self.chain.validators_for_next() or ()
        listed = () if self.chain.contract_for_next() is not None else in_force
        head = self.chain.head
        rules = self.chain.schedule.rules(head.number + 1)
        beneficiary = bytes(20) if rules is BftRules.IBFT1 else in_force[0]
        header = replace(
            head, parent_hash=self.chain.head_hash, number=head.number + 1, timestamp=head.timestamp + 1,
            beneficiary=beneficiary, extra_data=b"",
        )  # fmt: skip
        return replace(header, **changes), ExtraData(bytes(32), listed, None, 0, ())  # type: ignore[arg-type]

    def seal(self, header: Header, extra: ExtraData, count: int | None = None) -> Header:
        """Seal by the first members in force; by all where no count is given."""
        in_force = [self.everybody[address] for address in self.chain.validators_for_next() or ()]
        rules = self.chain.schedule.rules(header.number)
        return seal(rules, header, extra, in_force[:count], in_force[0])

    def mine(self, **extra_changes: object) -> Header:
        """Append a block with all seals."""
        header, extra = self.next_header()
        sealed = self.seal(header, replace(extra, **extra_changes))  # type: ignore[arg-type]
        self.chain.append(sealed, FOREVER)
        return sealed


CURVE = Curve.SECP256K1

"""Networks made for a test, whose every block, vote, seal, state and proof is chosen: a second model of the rules.

Layouts, digests, tallies and genesis files are written here from the consensus note, not taken from the program; only
RLP, Keccak and tries are the program's, which public vectors hold elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import coincurve

from lightnode.recording.report import RecordingReport
from lightnode.recording.verification import Recording, verify_recording
from lightnode.wire import rlp
from lightnode.wire.keccak import keccak256
from lightnode.wire.trie import Trie, secure_trie

MIX = bytes.fromhex("63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365")
EMPTY = keccak256(b"\x80")
NO_CODE = keccak256(b"")
FORKS = {"berlin": 15, "london": 16, "shanghai": 17, "cancun": 20, "prague": 21}
NAMES = ["parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot", "receiptsRoot", "logsBloom", "difficulty",
         "number", "gasLimit", "gasUsed", "timestamp", "extraData", "mixHash", "nonce", "baseFeePerGas", "withdrawalsRoot",
         "blobGasUsed", "excessBlobGas", "parentBeaconBlockRoot", "requestsHash"]  # fmt: skip
NUMBERS = {7, 8, 9, 10, 11, 15, 17, 18}
FIRST_TIME = 1_700_000_000
GAS = 30_000_000

Vote = tuple[bytes, bool]


def uint(value: int) -> bytes:
    """Give a number as RLP wants it."""
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def key(name: object) -> coincurve.PrivateKey:
    """Give the key of a made validator."""
    return coincurve.PrivateKey(keccak256(f"chancery made validator {name}".encode()))


def address_of(secret: coincurve.PrivateKey) -> bytes:
    """Give the address of a key."""
    return keccak256(secret.public_key.format(False)[1:])[12:]


class BesuModel:
    """Votes as Besu counts them (note 3.2)."""

    def __init__(self, members: Iterable[bytes]) -> None:
        self.members = set(members)
        self.votes: dict[tuple[bytes, bytes], bool] = {}

    def after(self, voter: bytes, vote: Vote | None, epoch: bool) -> None:
        """Take one block's vote."""
        if epoch:
            self.votes = {}
        elif vote is not None:
            about, add = vote
            self.votes[voter, about] = add
            # Both ways are looked at whichever vote arrives: a set that shrank may make earlier votes a majority.
            half = len(self.members) // 2
            for joins in (True, False):
                agreed = [cast for (_, candidate), cast in self.votes.items() if candidate == about and cast == joins]
                if len(agreed) > half:
                    (self.members.add if joins else self.members.discard)(about)
                    self.votes = {k: v for k, v in self.votes.items() if k[1] != about and (joins or k[0] != about)}


class GoQuorumModel(BesuModel):
    """Votes as GoQuorum counts them: none that means nothing, an epoch block's own after the reset, every touch counted."""

    def after(self, voter: bytes, vote: Vote | None, epoch: bool) -> None:
        """Take one block's vote."""
        if epoch:
            self.votes = {}
        about, add = vote or (bytes(20), False)
        self.votes.pop((voter, about), None)
        if (about in self.members) != add:
            self.votes[voter, about] = add
        agreed = [cast for (_, candidate), cast in self.votes.items() if candidate == about]
        if len(agreed) > len(self.members) // 2:
            joins = agreed[0]
            (self.members.add if joins else self.members.discard)(about)
            self.votes = {k: v for k, v in self.votes.items() if k[1] != about and (joins or k[0] != about)}


@dataclass
class MadeAccount:
    """An account of a made state."""

    nonce: int = 0
    balance: int = 0
    code: bytes = b""
    storage: dict[int, int] = field(default_factory=dict)

    def trie(self) -> Trie:
        """Give its storage trie."""
        return secure_trie((slot.to_bytes(32, "big"), rlp.encode(uint(word))) for slot, word in self.storage.items())

    def leaf(self) -> bytes:
        """Give its leaf in the state trie."""
        return rlp.encode([uint(self.nonce), uint(self.balance), self.trie().root, keccak256(self.code)])


State = dict[bytes, MadeAccount]


def state_trie(state: State) -> Trie:
    """Give the trie of a state."""
    return secure_trie((address, account.leaf()) for address, account in state.items())


def validator_list(members: Iterable[bytes], slot: int = 0) -> dict[int, int]:
    """Give the storage that holds `address[]` at a slot."""
    listed = list(members)
    first = int.from_bytes(keccak256(slot.to_bytes(32, "big")), "big")
    return {slot: len(listed)} | {first + index: int.from_bytes(one, "big") for index, one in enumerate(listed)}


def proof_line(state: State, height: int, whose: bytes, slots: Iterable[int] | None = None) -> dict[str, Any]:
    """Give a recorded `eth_getProof`, as GoQuorum answers it."""
    account = state.get(whose)
    shown = account or MadeAccount()
    asked = sorted(shown.storage) if slots is None else list(slots)
    storage = shown.trie()

    def nodes(trie: Trie, name: bytes) -> list[str]:
        return ["0x" + node.hex() for node in trie.prove(keccak256(name))]

    entries = [
        {"key": hex(slot), "value": hex(shown.storage.get(slot, 0)), "proof": nodes(storage, slot.to_bytes(32, "big"))}
        for slot in asked
    ]
    result = {
        "address": "0x" + whose.hex(), "accountProof": nodes(state_trie(state), whose), "balance": hex(shown.balance),
        "nonce": hex(shown.nonce), "codeHash": "0x" + keccak256(shown.code).hex(),
        "storageHash": "0x" + storage.root.hex(), "storageProof": entries,
    }  # fmt: skip
    return {"params": ["0x" + whose.hex(), [hex(slot) for slot in asked], hex(height)], "result": result}


class MadeChain:
    """A chain that grows block by block as a test says."""

    def __init__(
        self, client: str = "besu", engine: str = "qbft", size: int = 4, *, fork: str = "berlin", epoch: int = 30_000,
        config: dict[str, Any] | None = None, section: dict[str, Any] | None = None, state: State | None = None,
        named: bool = True,
    ) -> None:  # fmt: skip
        """Make the genesis block.

        Args:
            client: besu or goquorum.
            engine: qbft, ibft2 or ibft1.
            size: validators at the start.
            fork: of every block; `fork_at` may say otherwise later.
            epoch: blocks.
            config: more of the genesis file's config.
            section: more of the engine's section.
            state: `alloc`.
            named: whether the genesis extraData names the validators.
        """
        self.client, self.epoch = client, epoch
        self.keys = {address_of(key(index)): key(index) for index in range(size)}
        self.model: BesuModel = (BesuModel if client == "besu" else GoQuorumModel)(self.keys)
        self.fork_at: Callable[[int], str] = lambda height: fork
        self.engine_at: Callable[[int], str] = lambda height: engine
        self.epoch_at: Callable[[int], bool] = lambda height: height % epoch == 0
        self.in_contract: Callable[[int], bool] = lambda height: False
        self.contract_set: list[bytes] = []
        self.state = state or {}
        listed = list(self.keys) if named else []
        extra = self.extra(engine, listed, None, 0, [])
        first = [bytes(32), keccak256(b"\xc0"), bytes(20), state_trie(self.state).root, EMPTY, EMPTY, bytes(256), b"\1", b"",
                 uint(GAS), b"", uint(FIRST_TIME), extra, MIX, bytes(8), *self.tail(0, 1_000_000_000)]  # fmt: skip
        self.fields: list[list[bytes]] = [first]
        self.hashes = [keccak256(rlp.encode(first))]
        self.proofs: list[dict[str, Any]] = []
        self.bodies: dict[int, list[Any]] = {}
        name = {"qbft": "qbft", "ibft2": "ibft2", "ibft1": "ibft"}[engine]
        settings = {"epochlength": epoch, "blockperiodseconds": 1} | (section or {})
        made: dict[str, Any] = {"chainId": 1337, "berlinBlock": 0, name: settings}
        if client == "goquorum":
            made["isQuorum"] = True
        times = {
            "london": ("londonBlock", 16),
            "shanghai": ("shanghaiTime", 17),
            "cancun": ("cancunTime", 20),
            "prague": ("pragueTime", 21),
        }
        made |= {label: 0 for label, count in times.values() if FORKS[fork] >= count}
        alloc = {
            whose.hex(): {
                "nonce": hex(one.nonce), "balance": hex(one.balance), "code": "0x" + one.code.hex(),
                "storage": {hex(slot): hex(word) for slot, word in one.storage.items()},
            }
            for whose, one in self.state.items()
        }  # fmt: skip
        self.document: dict[str, Any] = {
            "config": made | (config or {}), "timestamp": hex(FIRST_TIME), "gasLimit": hex(GAS), "difficulty": "0x1",
            "mixHash": "0x" + MIX.hex(), "extraData": "0x" + extra.hex(), "alloc": alloc,
        }  # fmt: skip

    def new_member(self, name: object) -> bytes:
        """Make a key that may be voted in."""
        secret = key(name)
        self.keys[address_of(secret)] = secret
        return address_of(secret)

    @property
    def height(self) -> int:
        """Of the head."""
        return len(self.fields) - 1

    def members(self) -> list[bytes]:
        """Give the set in force for the next block."""
        return sorted(self.contract_set if self.in_contract(self.height + 1) else self.model.members)

    def tail(self, height: int, base_fee: int) -> list[bytes]:
        """Give the fields after the fifteenth."""
        rest = [uint(base_fee), EMPTY, b"", b"", bytes(32), hashlib.sha256(b"").digest()]
        return rest[: FORKS[self.fork_at(height)] - 15] if self.client == "besu" else []

    @staticmethod
    def extra(
        engine: str,
        listed: list[bytes],
        vote: Vote | None,
        number: int | None,
        seals: list[bytes] | None,
        own: bytes = b"",
    ) -> bytes:
        """Give extraData; None leaves an item of IBFT 2.0 away."""
        if engine == "ibft1":
            return bytes(32) + rlp.encode([listed, own, seals or []])
        if engine == "qbft":
            about: Any = [] if vote is None else [vote[0], b"\xff" if vote[1] else b""]
            return rlp.encode([bytes(32), listed, about, uint(number or 0), seals or []])
        items: list[Any] = [bytes(32), listed, b"" if vote is None else [vote[0], b"\xff" if vote[1] else b"\0"]]
        if number is not None:
            items.append(number.to_bytes(4, "big"))
        if seals is not None:
            items.append(seals)
        return rlp.encode(items)

    def block(
        self, *, vote: Vote | None = None, number: int = 0, proposer: bytes | None = None, count: int | None = None,
        state: State | None = None, seconds: int = 1, changes: dict[int, bytes] | None = None,
    ) -> None:  # fmt: skip
        """Add a block.

        Args:
            vote: that it carries.
            number: round in which it was sealed.
            proposer: who made it; the round-robin one unless given.
            count: seals; a quorum unless given.
            state: after it.
            seconds: after its parent.
            changes: header fields by index, set before sealing.
        """
        height, parent, members = self.height + 1, self.fields[-1], self.members()
        engine = self.engine_at(height)
        maker = proposer or members[height % len(members)]
        self.state = self.state if state is None else state
        header = [self.hashes[-1], keccak256(b"\xc0"), maker, state_trie(self.state).root if state is not None else parent[3],
                  EMPTY, EMPTY, bytes(256), b"\1", uint(height), parent[9], b"",
                  uint(int.from_bytes(parent[11], "big") + seconds), b"", MIX, bytes(8), *self.tail(height, 7)]  # fmt: skip
        if engine == "ibft1":
            header[2] = vote[0] if vote else bytes(20)
            header[14] = b"\xff" * 8 if vote and vote[1] else bytes(8)
        for index, value in (changes or {}).items():
            header[index] = value
        listed = [] if self.in_contract(height) else members
        self._seal(header, engine, listed, vote, number, maker, members, count)
        if not self.in_contract(height):
            self.model.after(maker, vote, self.epoch_at(height))

    def _seal(
        self, header: list[bytes], engine: str, listed: list[bytes], vote: Vote | None, number: int, maker: bytes,
        members: list[bytes], count: int | None,
    ) -> None:  # fmt: skip
        def digest(extra: bytes) -> bytes:
            return keccak256(rlp.encode([*header[:12], extra, *header[13:]]))

        own = b""
        if engine == "ibft1":
            own = self._sign(maker, keccak256(digest(self.extra(engine, listed, None, 0, []))))
            block_hash = digest(self.extra(engine, listed, None, 0, [], own))
            sealed = keccak256(block_hash + b"\2")
        elif engine == "ibft2":
            block_hash = digest(self.extra(engine, listed, vote, None, None))
            sealed = digest(self.extra(engine, listed, vote, number, None))
        else:
            block_hash, sealed = (digest(self.extra(engine, listed, vote, one, [])) for one in (0, number))
        needed = -(-2 * len(members) // 3) if count is None else count
        seals = [self._sign(member, sealed) for member in members[:needed]]
        header[12] = self.extra(engine, listed, vote, number, seals, own)
        self.fields.append(header)
        self.hashes.append(block_hash)

    def _sign(self, member: bytes, digest: bytes) -> bytes:
        return bytes(self.keys[member].sign_recoverable(digest, hasher=None))

    def raw_lines(self) -> list[bytes]:
        """Give the headers as raw RLP."""
        rows = [{"blockNumber": hex(n), "header": "0x" + rlp.encode(one).hex()} for n, one in enumerate(self.fields)]
        return [json.dumps(row).encode() for row in rows]

    def printed(self, height: int) -> dict[str, Any]:
        """Give a block as a node prints it."""
        fields = enumerate(self.fields[height])
        shown = {NAMES[n]: hex(int.from_bytes(one, "big")) if n in NUMBERS else "0x" + one.hex() for n, one in fields}
        return shown | {"hash": "0x" + self.hashes[height].hex(), "transactions": self.bodies.get(height, [])}

    def json_lines(self) -> list[bytes]:
        """Give the blocks as a node prints them."""
        return [json.dumps(self.printed(height)).encode() for height in range(len(self.fields))]

    def genesis(self) -> bytes:
        """Give the genesis file."""
        return json.dumps(self.document).encode()

    def verify(self, headers: list[bytes] | None = None, **more: Any) -> RecordingReport:
        """Verify the chain, or other lines under its genesis file."""
        more.setdefault("client", self.client)
        lines = self.raw_lines() if headers is None else headers
        for name in ("proofs", "validator_proofs"):
            given = more.get(name, [])
            more[name] = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in given]
        return verify_recording(Recording(genesis=self.genesis(), headers=lines, **more), 1 << 62)

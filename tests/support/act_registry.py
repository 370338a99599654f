"""A deployed act registry on the real engine, with two authorities, as the tests of its rules use it."""

from __future__ import annotations

import copy

from lightnode.devnet.engine import Engine
from lightnode.wire import merkle
from lightnode.wire import registry_slots as slots
from lightnode.wire.keccak import keccak256
from lightnode.wire.registry import ActCall, Verb
from lightnode.wire.registry_admin import ChangeCall, Deployment, Operation, propose
from lightnode.wire.types import ZERO_HASH, Address, Hash32
from tests.support.ledger_machine import GENESIS, LedgerMachine, address, artefact, person, word

GOVERNOR, SECOND_GOVERNOR, THIRD_GOVERNOR = person(1), person(2), person(3)
ADMIN, SECOND_ADMIN = person(11), person(12)
OFFICIAL, COLLEAGUE, STRANGER = person(21), person(22), person(23)
OTHER_ADMIN, OTHER_OFFICIAL = person(31), person(32)
AUTHORITY, OTHER, THIRD = Hash32(b"\xaa" * 32), Hash32(b"\xbb" * 32), Hash32(b"\xcc" * 32)
TEMPLATE = Hash32(b"\x11" * 32)
ALL_VERBS = 0b1111110
DAY = 86_400


class Registry:
    """A deployed registry with two authorities that each have a key for every verb."""

    def __init__(self, engine: Engine, threshold: int = 1) -> None:
        self.machine = LedgerMachine(engine)
        members = (address(GOVERNOR), address(SECOND_GOVERNOR), address(THIRD_GOVERNOR))
        code = bytes.fromhex(artefact("ActRegistry")["creation_code"])
        arguments = Deployment(GENESIS, members, (1, 2, 2), threshold).encode()
        made = self.machine.send(GOVERNOR, None, code + arguments)
        assert made["succeeded"]
        self.at = Address(bytes.fromhex(made["created"]))

    def prepare(self) -> Registry:
        """Admit both authorities and entitle their keys."""
        for body, admin, official in ((AUTHORITY, ADMIN, OFFICIAL), (OTHER, OTHER_ADMIN, OTHER_OFFICIAL)):
            assert self.change(GOVERNOR, Operation.ADMIT, body, address(admin), 1) == ""
            assert self.change(admin, Operation.ADD_KEY, body, address(official), ALL_VERBS, 0, 0, 1) == ""
        return self

    def again(self) -> Registry:
        """Give another that goes on from here, in the same engine, as if nothing else had happened in it."""
        other = copy.copy(self)
        other.machine = self.machine.again()
        return other

    def forwarder(self) -> Address:
        """Deploy a contract that hands its calldata on to the registry, and fails with the answer where that fails."""
        # CALLDATACOPY, CALL, JUMPI over RETURNDATACOPY and REVERT.
        code = bytes.fromhex("366000600037600060003660006000") + b"\x73" + self.at + bytes.fromhex("5af1")
        code += bytes.fromhex("3d600060003e") + b"\x60\x00\x57" + bytes.fromhex("3d6000fd5b00")
        code = code.replace(b"\x60\x00\x57", bytes([0x60, len(code) - 2, 0x57]))
        size = bytes([len(code)])
        creation = b"\x60" + size + bytes.fromhex("600c600039") + b"\x60" + size + bytes.fromhex("6000f3")
        made = self.machine.send(STRANGER, None, creation + code)
        return Address(bytes.fromhex(made["created"]))

    def call(self, key: object, data: bytes) -> str:
        """Send a call; give the first 4 bytes of what it failed with in hex, or nothing where it succeeded."""
        outcome = self.machine.send(key, self.at, data)
        return "" if outcome["succeeded"] else outcome["output"][:8] or "failed"

    @property
    def until(self) -> int:
        """A notAfter that holds for a day."""
        return self.machine.time + DAY

    def change(self, key: object, operation: Operation, subject: Hash32, *words: bytes | int) -> str:
        """Propose a change, which takes effect where one consent is enough."""
        call = propose(GENESIS, operation, subject, tuple(word(item) for item in words), self.until, ZERO_HASH)
        return self.call(key, call.encode())

    def consent(self, key: object, operation: Operation, subject: Hash32, number: int, *words: bytes | int) -> str:
        """Consent to a change."""
        padded = tuple(word(item) for item in words) + (0,) * (5 - len(words))
        return self.call(key, ChangeCall(GENESIS, operation, subject, padded, number, self.until, ZERO_HASH).encode())

    def stop(self, key: object, stopped: object) -> str:
        """Stop a key."""
        words = (word(address(stopped)),)
        return self.call(key, ChangeCall(GENESIS, None, ZERO_HASH, words, None, self.until, ZERO_HASH).encode())

    def register(self, key: object, commitment: int, **more: object) -> str:
        """Register a record, or a batch with `count`."""
        return self.call(key, self.registration(commitment, **more).encode())

    def registration(self, commitment: int, **more: object) -> ActCall:
        """Make the call that registers."""
        fields = {
            "verb": Verb.REGISTER, "genesis": GENESIS, "authority": AUTHORITY, "template": TEMPLATE,
            "commitment": Hash32(commitment.to_bytes(32, "big")), "count": 1, "record": None, "act_count": None,
            "receiver": ZERO_HASH, "valid_until": 0, "not_after": self.until, "approval": ZERO_HASH, **more,
        }  # fmt: skip
        return ActCall(**fields)

    def act(self, key: object, verb: Verb, record: int, acts: int, **more: object) -> str:
        """Act on a record."""
        return self.call(key, self.acting(verb, record, acts, **more).encode())

    def acting(self, verb: Verb, record: int, acts: int, **more: object) -> ActCall:
        """Make the call that acts on a record."""
        fields = {
            "verb": verb, "genesis": GENESIS, "authority": None, "template": None, "commitment": None, "count": 1,
            "record": record, "act_count": acts, "receiver": ZERO_HASH, "valid_until": 0, "not_after": self.until,
            "approval": ZERO_HASH, **more,
        }  # fmt: skip
        return ActCall(**fields)

    def state(self, record: int) -> slots.RecordState:
        """Give a record's first slot."""
        return slots.unpack_record(self.machine.storage(self.at, slots.record_slot(record)))

    def counters(self) -> tuple[int, int]:
        """Size of the log, number of records."""
        return slots.unpack_counters(self.machine.storage(self.at, slots.COUNTERS))

    def word(self, slot: int) -> int:
        """Give a slot."""
        return self.machine.storage(self.at, slot)

    def view(self, record: int) -> tuple[int, list[bytes]]:
        """Ask the contract for a record: state; authority, template, commitment or batch root, receiver."""
        data = keccak256(b"recordAt(uint256)")[:4] + record.to_bytes(32, "big")
        message = {"from": bytes(20).hex(), "to": self.at.hex(), "gas": 9_000_000, "value": 0, "data": data.hex()}
        answer = bytes.fromhex(self.machine.engine.call(self.machine.block(), message, None)["output"])
        assert len(answer) == 7 * 32, answer.hex()
        return answer[31], [answer[at : at + 32] for at in range(96, 224, 32)]

    def check_log(self) -> None:
        """Hold size and root to the leaves that the events carried."""
        leaves = self.machine.leaves
        assert self.counters()[0] == len(leaves)
        assert self.machine.storage(self.at, slots.LOG_ROOT) == int.from_bytes(merkle.root(leaves), "big")

"""EBSI's Timestamp registry, with a contract of ours of the same ABI, event and slots, on the real engine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lightnode.devnet.engine import Engine, engine_python
from lightnode.devnet.errors import EngineMissingError
from lightnode.wire import abi, timestamp_call
from lightnode.wire.account_proof import verify_account, verify_storage
from lightnode.wire.keccak import keccak256
from lightnode.wire.registry import Verb
from lightnode.wire.timestamp_call import TimestampAct
from lightnode.wire.types import Address, Hash32
from tests.support.ledger_machine import LedgerMachine, address, artefact, person

pytestmark = [pytest.mark.engine]
OFFICIAL, COPYIST = person(21), person(22)
ACT = TimestampAct(
    Verb.REGISTER, Hash32(b"\1" * 32), Hash32(b"\2" * 32), Hash32(b"\3" * 32), None, 0, None, 20_000, 1_900_000_000, None
)  # fmt: skip


@pytest.fixture(scope="module")
def machine() -> Iterator[LedgerMachine]:
    try:
        engine_python()
    except EngineMissingError:
        pytest.skip(".venv-engine is absent")
    with Engine("istanbul") as running:
        yield LedgerMachine(running)


@pytest.fixture
def registry(machine: LedgerMachine) -> Address:
    made = machine.send(OFFICIAL, None, bytes.fromhex(artefact("Timestamp")["creation_code"]))
    assert made["succeeded"]
    return Address(bytes.fromhex(made["created"]))


def stored(machine: LedgerMachine, registry: Address, slot: int) -> int:
    return machine.storage(registry, slot)


def test_event_and_slots(machine: LedgerMachine, registry: Address) -> None:
    outcome = machine.send(OFFICIAL, registry, ACT.encode())
    assert outcome["succeeded"]
    (emitter, topics, data), *more = outcome["logs"]
    assert not more
    assert emitter == registry.hex()
    assert topics == [timestamp_call.EVENT_TOPIC.hex()]
    assert timestamp_call.decode_timestamp_event(bytes.fromhex(data)) == ACT
    assert bytes.fromhex(data) == ACT.event_data()
    slots = timestamp_call.slots_of(ACT.commitment)
    assert stored(machine, registry, slots.algorithm) == timestamp_call.SHA_256
    assert stored(machine, registry, slots.value) == 0x41
    assert stored(machine, registry, slots.value_data) == int.from_bytes(ACT.commitment, "big")
    assert stored(machine, registry, slots.by) == timestamp_call.by_word(address(OFFICIAL))
    assert stored(machine, registry, slots.block_number) == machine.number
    size = len(ACT.header())
    assert stored(machine, registry, slots.data) == 2 * size + 1
    kept = b"".join(
        stored(machine, registry, slot).to_bytes(32, "big") for slot in timestamp_call.long_value(slots.data, size)
    )
    assert kept[:size] == ACT.header()
    assert stored(machine, registry, timestamp_call.BASE) == 1
    assert stored(machine, registry, timestamp_call.BASE + 2) == 1


def test_the_first_writer_stays_though_he_copied(machine: LedgerMachine, registry: Address) -> None:
    assert machine.send(COPYIST, registry, ACT.encode())["succeeded"]
    first = machine.number
    outcome = machine.send(OFFICIAL, registry, ACT.encode())
    assert outcome["succeeded"]
    assert timestamp_call.decode_timestamp_event(bytes.fromhex(outcome["logs"][0][2])) == ACT, (
        "the official's own event"
    )
    slots = timestamp_call.slots_of(ACT.commitment)
    assert stored(machine, registry, slots.by) == timestamp_call.by_word(address(COPYIST))
    assert stored(machine, registry, slots.block_number) == first
    assert stored(machine, registry, timestamp_call.BASE + 2) == 1


@pytest.mark.parametrize(
    ("algorithms", "hashes", "data"),
    [
        ([], [], []),
        ([0] * 4, [b"\1" * 32] * 4, [b""] * 4),
        ([0], [b"\1" * 32, b"\2" * 32], [b"", b""]),
        ([0], [b"\1" * 32], [b"", b""]),
        ([7], [b"\1" * 32], [b""]),
    ],
)
def test_other_shapes_are_refused(
    machine: LedgerMachine, registry: Address, algorithms: list[int], hashes: list[bytes], data: list[bytes]
) -> None:
    call = abi.encode_call(timestamp_call.SIGNATURE, [algorithms, hashes, data])
    assert not machine.send(OFFICIAL, registry, call)["succeeded"]


def test_storage_proof(machine: LedgerMachine, registry: Address) -> None:
    machine.send(OFFICIAL, registry, ACT.encode())
    slots = timestamp_call.slots_of(ACT.commitment)
    nodes = machine.state.trie.prove(keccak256(registry))
    account = verify_account(machine.state.trie.root, registry, nodes)
    assert account is not None
    trie = machine.state.account(registry).storage_trie
    proof = trie.prove(keccak256(slots.block_number.to_bytes(32, "big")))
    assert verify_storage(account.storage_root, slots.block_number, proof) == machine.number

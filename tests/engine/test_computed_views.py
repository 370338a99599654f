"""Views computed from storage are what the contracts answer: each beside the real engine's own call."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence

import pytest

from lightnode.devnet.engine import Engine
from lightnode.node.act_registry_views import act_registry
from lightnode.node.errors import UnprovableError
from lightnode.node.timestamp_views import timestamp
from lightnode.node.views import Reverted, ViewContract
from lightnode.wire import abi
from lightnode.wire.registry import Verb
from lightnode.wire.registry_admin import Operation
from lightnode.wire.types import ZERO_HASH, Address, Hash32
from tests.support.act_registry import (
    ADMIN,
    AUTHORITY,
    GOVERNOR,
    OFFICIAL,
    OTHER,
    OTHER_OFFICIAL,
    STRANGER,
    THIRD,
    Registry,
)
from tests.support.ledger_machine import LedgerMachine, address, artefact

pytestmark = [pytest.mark.engine]


def engine_says(machine: LedgerMachine, to: Address, data: bytes) -> bytes | Reverted:
    message = {"from": bytes(20).hex(), "to": to.hex(), "gas": 9_000_000, "value": 0, "data": data.hex()}
    outcome = machine.engine.call(machine.block(), message, None)
    output = bytes.fromhex(outcome["output"])
    return output if outcome["error"] is None else Reverted(output)


def computed(
    machine: LedgerMachine, contract: ViewContract, signature: str, values: Sequence[object]
) -> bytes | Reverted:
    def read(slots: Sequence[int]) -> Mapping[int, int]:
        return {slot: machine.storage(contract.address, slot) for slot in slots}

    arguments = abi.decode_call(signature, abi.encode_call(signature, list(values)))
    return contract.views[signature](arguments, read)


def agree(machine: LedgerMachine, contract: ViewContract, signature: str, *values: object) -> bytes | Reverted:
    ours = computed(machine, contract, signature, values)
    assert ours == engine_says(machine, contract.address, abi.encode_call(signature, list(values))), (signature, values)
    return ours


def test_act_registry(registry: Registry) -> None:
    table = act_registry(registry.at, ZERO_HASH)
    machine = registry.machine
    empty = agree(machine, table, "recordAt(uint256)", 0)
    assert empty == Reverted(abi.selector("UnknownRecord()"))
    assert registry.register(OFFICIAL, 1, receiver=OTHER, valid_until=30_000) == ""
    assert registry.register(OFFICIAL, 2, count=3, receiver=THIRD, valid_until=25_000) == ""
    assert registry.register(OFFICIAL, 3, count=700) == ""
    assert registry.register(OTHER_OFFICIAL, 4, authority=OTHER) == ""
    assert registry.act(OFFICIAL, Verb.SUSPEND, 0, 0) == ""
    assert registry.act(OFFICIAL, Verb.REVOKE, 2, 0) == ""
    assert registry.stop(ADMIN, OFFICIAL) == ""
    # The records of the other authority come to the first.
    assert registry.change(GOVERNOR, Operation.CLOSE, OTHER, AUTHORITY) == ""
    records = registry.counters()[1]
    assert records == 705
    seen = {agree(machine, table, "recordAt(uint256)", at) for at in (0, 1, 2, 3, 4, 259, 260, 300, 703, 704)}
    assert len(seen) == 5, "single, suspended; of a batch, untouched and revoked; of a large one; another owner's"
    for beyond in (records, 2**64, 2**256 - 1):
        assert isinstance(agree(machine, table, "recordAt(uint256)", beyond), Reverted)
    for who in (OFFICIAL, OTHER_OFFICIAL, STRANGER):
        agree(machine, table, "keyAt(address)", address(who))
    for body in (AUTHORITY, OTHER, THIRD):
        agree(machine, table, "authorityAt(bytes32)", bytes(body))
    assert agree(machine, table, "head()") != bytes(128)
    assert agree(machine, table, "changeNumber()") != bytes(32)


def test_every_view_of_the_act_registry_is_computed(registry: Registry) -> None:
    views = {
        f"{item['name']}({','.join(given['type'] for given in item['inputs'])})"
        for item in artefact("ActRegistry")["abi"]
        if item["type"] == "function" and item["stateMutability"] == "view"
    }
    assert views == set(act_registry(registry.at, ZERO_HASH).views)


@pytest.fixture(scope="module")
def machine(engine: Engine) -> LedgerMachine:
    return LedgerMachine(engine)


LENGTHS = (0, 1, 31, 32, 33, 64, 100)


def test_timestamp(machine: LedgerMachine) -> None:
    made = machine.send(OFFICIAL, None, bytes.fromhex(artefact("Timestamp")["creation_code"]))
    where = Address(bytes.fromhex(made["created"]))
    table = timestamp(where, ZERO_HASH)
    stored = [os.urandom(length) for length in LENGTHS]
    for at, value in enumerate(stored):
        attached = os.urandom(LENGTHS[-1 - at])
        call = abi.encode_call("timestampHashes(uint256[],bytes[],bytes[])", [[at % 7], [value], [attached]])
        assert machine.send(OFFICIAL, where, call)["succeeded"]
    answers = [agree(machine, table, "getTimestamp(bytes)", value) for value in stored]
    assert len(set(answers)) == len(LENGTHS)
    nothing = agree(machine, table, "getTimestamp(bytes)", b"never stamped")
    assert nothing not in answers
    by_id = agree(machine, table, "getTimestampById(bytes32)", hashlib.sha256(stored[3]).digest())
    assert by_id == answers[3]


def test_a_value_that_no_proof_could_hold_is_refused(machine: LedgerMachine) -> None:
    table = timestamp(Address(bytes(20)), ZERO_HASH)
    with pytest.raises(UnprovableError, match="longer than"):
        table.views["getTimestampById(bytes32)"]((Hash32(bytes(32)),), lambda slots: dict.fromkeys(slots, 1_000_001))

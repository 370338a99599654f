"""What each call costs in a log of sixteen million leaves, at Istanbul's and at London's prices (foundations section 5)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lightnode.devnet.engine import Engine, engine_python
from lightnode.devnet.errors import EngineMissingError
from lightnode.wire import registry_slots as slots
from lightnode.wire.keccak import keccak256
from lightnode.wire.registry import ActCall, Verb
from lightnode.wire.registry_admin import Deployment, Operation, propose
from lightnode.wire.types import ZERO_HASH, Address, Hash32
from tests.support.ledger_machine import GENESIS, LedgerMachine, address, artefact, person, word

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("engine")]
LIMIT = 250_000
# Above the limit, and known (docs/registry.md): superseding a record that has no slot of its own, at London's prices.
BATCH_SUPERSEDE_AT_LONDON = 300_000
# The one call that brings the log to a power of two opens a slot; at London's prices it is above the limit.
NEW_LEVEL = 17_100
LOG = 2**24
GOVERNOR, ADMIN, OFFICIAL, RECEIVER_ADMIN, RECEIVER = (person(number) for number in (1, 11, 21, 31, 32))
AUTHORITY, OTHER = Hash32(b"\xaa" * 32), Hash32(b"\xbb" * 32)
FULL = Hash32(b"\xff" * 32)
DAY = 86_400


@pytest.fixture(scope="module", params=["istanbul", "london"])
def fork(request: pytest.FixtureRequest) -> Iterator[tuple[str, LedgerMachine, Address]]:
    try:
        engine_python()
    except EngineMissingError:
        pytest.skip(".venv-engine is absent")
    with Engine(request.param) as running:
        machine = LedgerMachine(running)
        arguments = Deployment(GENESIS, (address(GOVERNOR),), (1,), 1).encode()
        made = machine.send(GOVERNOR, None, bytes.fromhex(artefact("ActRegistry")["creation_code"]) + arguments)
        at = Address(bytes.fromhex(made["created"]))
        for body, admin, key in ((AUTHORITY, ADMIN, OFFICIAL), (OTHER, RECEIVER_ADMIN, RECEIVER)):
            for who, operation, words in (
                (GOVERNOR, Operation.ADMIT, (word(address(admin)), 1)),
                (admin, Operation.ADD_KEY, (word(address(key)), 0b1111110, 0, 0, 1)),
            ):
                change = propose(GENESIS, operation, body, words, machine.time + DAY, FULL)
                assert machine.send(who, at, change.encode())["succeeded"]
        yield request.param, machine, at


def call(machine: LedgerMachine, verb: Verb, **more: object) -> bytes:
    new = verb in (Verb.REGISTER, Verb.SUPERSEDE)
    fields = {
        "verb": verb, "genesis": GENESIS, "authority": AUTHORITY if verb is Verb.REGISTER else None,
        "template": FULL if new else None, "commitment": keccak256(machine.number.to_bytes(8, "big")) if new else None,
        "count": 1, "record": None, "act_count": None, "receiver": OTHER if new else ZERO_HASH,
        "valid_until": 30_000 if new else 0, "not_after": machine.time + DAY, "approval": FULL, **more,
    }  # fmt: skip
    return ActCall(**fields).encode()


@pytest.mark.parametrize("size", [LOG - 2, LOG - 2**22 - 1, LOG - 1])
def test_each_act_is_cheap(fork: tuple[str, LedgerMachine, Address], size: int) -> None:
    name, machine, at = fork

    def cost(verb: Verb, key: object = OFFICIAL, **more: object) -> int:
        # At each of these sizes all complete subtrees are read; receiver, approval and last day are there.
        grown = {slots.FRONTIER + level: level + 1 for level in range(24)}
        machine.poke(at, {slots.LOG_SIZE: size, slots.FRONTIER + 24: 0, **grown})
        outcome = machine.send(key, at, call(machine, verb, **more))
        assert outcome["succeeded"], (verb, outcome)
        return outcome["gas_used"]

    cost(Verb.REGISTER)  # the first record and the first batch open slots, once for ever
    cost(Verb.REGISTER, count=2)
    single = machine.storage(at, slots.RECORD_COUNT)
    costs = {"register": cost(Verb.REGISTER), "registerBatch": cost(Verb.REGISTER, count=4096)}
    costs["suspend"] = cost(Verb.SUSPEND, record=single, act_count=0)
    costs["reinstate"] = cost(Verb.REINSTATE, record=single, act_count=1)
    costs["acknowledge"] = cost(Verb.ACKNOWLEDGE, RECEIVER, record=single, act_count=2)
    costs["supersede"] = cost(Verb.SUPERSEDE, record=single, act_count=3)
    costs["suspend of a batch"] = cost(Verb.SUSPEND, record=single + 1, act_count=0)
    costs["acknowledge of a batch"] = cost(Verb.ACKNOWLEDGE, RECEIVER, record=single + 2, act_count=0)
    costs["revoke of a batch"] = cost(Verb.REVOKE, record=single + 4096, act_count=0)
    last = cost(Verb.SUPERSEDE, record=single + 3, act_count=0)
    opened = NEW_LEVEL if size == LOG - 1 else 0
    assert {verb: gas for verb, gas in costs.items() if gas > LIMIT + (opened if name == "london" else 0)} == {}
    assert last <= (LIMIT if name == "istanbul" else BATCH_SUPERSEDE_AT_LONDON) + opened

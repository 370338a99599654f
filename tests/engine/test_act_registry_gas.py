"""No act costs more than 250 000 gas, in whatever state, at Istanbul's and at London's prices (foundations section 5).

States are made by hand where millions of calls would lead to them: a log of 2^24 - 2, 2^24 - 1 and 2^24 - 2^22 - 1
leaves, 65 536 batches and more, bodies that succeeded each other. Every call that registers opens slots that no call
opened before, and carries receiver, last day and approval.
"""

from __future__ import annotations

import copy
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

pytestmark = [pytest.mark.engine]
LIMIT = 250_000
DEPLOYMENT = 4_000_000
LOG = 2**24
# Each of these sizes reads all complete subtrees that it has: 23 and a leaf to keep, 24 into a new height, and 23 in between.
RECORDS = 2**25
SIZES = (LOG - 2, LOG - 1, LOG - 2**22 - 1)
GOVERNOR, ADMIN, OFFICIAL, RECEIVER_ADMIN, RECEIVER = (person(number) for number in (1, 11, 21, 31, 32))
PREDECESSORS = 6
AUTHORITY, OTHER = Hash32(b"\xaa" * 32), Hash32(b"\xbb" * 32)
FULL = Hash32(b"\xff" * 32)
DAY = 86_400


class Log:
    """A registry in a log of sixteen million leaves."""

    def __init__(self, engine: Engine) -> None:
        self.machine = LedgerMachine(engine)
        arguments = Deployment(GENESIS, (address(GOVERNOR),), (1,), 1).encode()
        made = self.machine.send(GOVERNOR, None, bytes.fromhex(artefact("ActRegistry")["creation_code"]) + arguments)
        assert made["gas_used"] <= DEPLOYMENT
        self.at = Address(bytes.fromhex(made["created"]))
        self.admit(AUTHORITY, ADMIN, OFFICIAL)
        self.admit(OTHER, RECEIVER_ADMIN, RECEIVER)
        self.seed = 0

    def admit(self, body: Hash32, admin: object, key: object) -> None:
        self.change(GOVERNOR, Operation.ADMIT, body, word(address(admin)), 1)
        self.change(admin, Operation.ADD_KEY, body, word(address(key)), 0b1111110, 0, 0, 1)

    def change(self, who: object, operation: Operation, body: Hash32, *words: int) -> int:
        call = propose(GENESIS, operation, body, words, self.machine.time + DAY, FULL)
        outcome = self.machine.send(who, self.at, call.encode())
        assert outcome["succeeded"], outcome
        return outcome["gas_used"]

    def records(self) -> int:
        return slots.unpack_counters(self.machine.storage(self.at, slots.COUNTERS))[1]

    def stand(self, size: int, records: int) -> None:
        """Set the size of the log with its complete subtrees, and the number of records; the rest stays as it is."""
        grown = {slots.FRONTIER + level: level + 1 for level in range(32) if size >> level & 1}
        self.machine.poke(self.at, {slots.COUNTERS: size | records << 64, **grown})

    def cost(self, size: int, verb: Verb, key: object = OFFICIAL, **more: object) -> int:
        """Give the gas of an act in a log of that size."""
        self.stand(size, self.records())
        self.seed += 1
        new = verb in (Verb.REGISTER, Verb.SUPERSEDE)
        fields = {
            "verb": verb, "genesis": GENESIS, "authority": AUTHORITY if verb is Verb.REGISTER else None,
            "template": FULL if new else None, "commitment": keccak256(b"%d" % self.seed) if new else None,
            "count": 1, "record": None, "act_count": None, "receiver": OTHER if new else ZERO_HASH,
            "valid_until": 30_000 if new else 0, "not_after": self.machine.time + 29 * DAY, "approval": FULL, **more,
        }  # fmt: skip
        outcome = self.machine.send(key, self.at, ActCall(**fields).encode())
        assert outcome["succeeded"], (verb, more, outcome)
        return outcome["gas_used"]


@pytest.fixture(scope="module", params=["istanbul", "london"])
def fresh(request: pytest.FixtureRequest) -> Iterator[Log]:
    try:
        engine_python()
    except EngineMissingError:
        pytest.skip(".venv-engine is absent")
    with Engine(request.param) as running:
        yield Log(running)


@pytest.fixture
def log(fresh: Log) -> Log:
    other = copy.copy(fresh)
    other.machine = fresh.machine.again()
    return other


def within(costs: dict[str, int]) -> None:
    """Hold the limit; the numbers of docs/registry.md are printed with `-s`."""
    print(*(f"{gas:>7} {name}" for name, gas in costs.items()), sep="\n")
    assert {name: gas for name, gas in costs.items() if gas > LIMIT} == {}


@pytest.mark.parametrize("size", SIZES)
def test_acts_on_single_records(log: Log, size: int) -> None:
    number = RECORDS
    log.stand(size, number)
    costs = {"register": log.cost(size, Verb.REGISTER)}
    costs["suspend"] = log.cost(size, Verb.SUSPEND, record=number, act_count=0)
    costs["reinstate"] = log.cost(size, Verb.REINSTATE, record=number, act_count=1)
    costs["acknowledge"] = log.cost(size, Verb.ACKNOWLEDGE, RECEIVER, record=number, act_count=2)
    costs["supersede"] = log.cost(size, Verb.SUPERSEDE, record=number, act_count=3)
    costs["revoke"] = log.cost(size, Verb.REVOKE, record=number + 1, act_count=0)
    within(costs)


@pytest.mark.parametrize(("size", "count"), [(LOG - 2, 2), (LOG - 1, 256), (SIZES[2], 257), (LOG - 1, 4096)])
def test_acts_on_batch_records(log: Log, size: int, count: int) -> None:
    # Begins at the end of 4096 numbers that no batch began in, so that whatever a lookup may have to read it reads.
    first = RECORDS | 0xFFF
    log.stand(size, first)
    costs = {"registerBatch": log.cost(size, Verb.REGISTER, count=count)}
    last = first + count - 1
    costs["suspend, first act"] = log.cost(size, Verb.SUSPEND, record=last, act_count=0)
    costs["reinstate"] = log.cost(size, Verb.REINSTATE, record=last, act_count=1)
    costs["acknowledge"] = log.cost(size, Verb.ACKNOWLEDGE, RECEIVER, record=last, act_count=2)
    costs["supersede"] = log.cost(size, Verb.SUPERSEDE, record=last, act_count=3)
    costs["supersede, first act"] = log.cost(size, Verb.SUPERSEDE, record=last - 1, act_count=0)
    if count > 2:
        costs["acknowledge, first act"] = log.cost(size, Verb.ACKNOWLEDGE, RECEIVER, record=last - 2, act_count=0)
    within(costs)


def test_acts_among_many_batches(log: Log) -> None:
    # 2^16 batches of 2 without a gap, then a long one across them all: each word of starts is as full as it can be.
    begin = RECORDS
    pairs = int("01" * 128, 2)
    entries = {slots.batch_slot(begin + at): begin + at | 2 << 64 | 1 << 128 for at in range(0, 2**17, 2**11)}
    starts = {slots.mapping_slot((page).to_bytes(32, "big"), slots.SHORT_BATCHES): pairs
              for page in range(begin >> 8, begin + 2**17 >> 8)}  # fmt: skip
    log.machine.poke(log.at, {**starts, **entries})
    log.stand(LOG - 1, begin + 2**17)
    costs = {"registerBatch": log.cost(LOG - 1, Verb.REGISTER, count=4096)}
    for number in (begin, begin + 2**16 + 1, begin + 2**17 + 4095):
        costs[f"supersede {number - begin}"] = log.cost(LOG - 1, Verb.SUPERSEDE, record=number, act_count=0)
    within(costs)


def test_acts_for_bodies_that_were_succeeded(log: Log) -> None:
    # The last of the line acts on a record of the first, and so does the successor of a receiver.
    line = [Hash32(bytes([0xC0, number]) * 16) for number in range(PREDECESSORS)]
    people = [(person(100 + number), person(200 + number)) for number in range(PREDECESSORS)]
    first = RECORDS | 0xFFF
    log.stand(LOG - 1, first)
    log.admit(line[0], *people[0])
    for more in ({"count": 4096}, {"receiver": line[0]}):
        log.cost(LOG - 1, Verb.REGISTER, people[0][1], authority=line[0], **more)
    for number in range(1, PREDECESSORS):
        log.admit(line[number], *people[number])
        log.change(GOVERNOR, Operation.CLOSE, line[number - 1], word(line[number]))
    key, single = people[-1][1], first + 4096
    costs = {"suspend": log.cost(LOG - 1, Verb.SUSPEND, key, record=single, act_count=0)}
    costs["reinstate"] = log.cost(LOG - 1, Verb.REINSTATE, key, record=single, act_count=1)
    costs["acknowledge"] = log.cost(LOG - 1, Verb.ACKNOWLEDGE, key, record=single, act_count=2)
    costs["supersede"] = log.cost(LOG - 1, Verb.SUPERSEDE, key, record=single, act_count=3)
    costs["supersede, first act"] = log.cost(LOG - 1, Verb.SUPERSEDE, key, record=first + 4095, act_count=0)
    log.stand(LOG - 1, log.records())
    costs["restore"] = log.change(people[-1][0], Operation.RESTORE_RECORD, line[-1], first + 4095, 1, 1)
    within(costs)

"""What holds for every function of the act registry that changes anything: length, network, time, sender, count, leaf."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from lightnode.wire import registry_slots as slots
from lightnode.wire.registry import KEY_LOG_DOMAIN, LOGGED_TOPIC, ActCall, Verb, agrees, read_log_leaf
from lightnode.wire.registry_admin import ChangeCall, Operation, propose
from lightnode.wire.types import ZERO_HASH, Hash32
from tests.support.act_registry import (
    ADMIN,
    ALL_VERBS,
    AUTHORITY,
    COLLEAGUE,
    DAY,
    GOVERNOR,
    OFFICIAL,
    OTHER,
    OTHER_OFFICIAL,
    STRANGER,
    TEMPLATE,
    THIRD,
    Registry,
)
from tests.support.ledger_machine import GENESIS, address, error, person, word

pytestmark = [pytest.mark.engine]

APPROVAL = Hash32(b"\x77" * 32)
NEW = {"template": TEMPLATE, "commitment": Hash32(b"\x22" * 32), "receiver": OTHER, "valid_until": 21_000}
Made = ActCall | ChangeCall


def stop(registry: Registry) -> ChangeCall:
    words = (word(address(OFFICIAL)),)
    return ChangeCall(GENESIS, None, ZERO_HASH, words, None, registry.until, ZERO_HASH)


def proposal(registry: Registry) -> ChangeCall:
    return propose(GENESIS, Operation.ADMIT, THIRD, (word(address(ADMIN)), 1), registry.until, ZERO_HASH)


# Each function as it stands after `ready`: who may call it, and the call.
FUNCTIONS: dict[str, tuple[object, Callable[[Registry], Made]]] = {
    "register": (OFFICIAL, lambda at: at.registration(9, receiver=OTHER, valid_until=20_000)),
    "registerBatch": (OFFICIAL, lambda at: at.registration(9, count=3, receiver=OTHER, valid_until=20_000)),
    "supersede": (OFFICIAL, lambda at: at.acting(Verb.SUPERSEDE, 0, 0, **NEW)),
    "suspend": (OFFICIAL, lambda at: at.acting(Verb.SUSPEND, 0, 0)),
    "reinstate": (OFFICIAL, lambda at: at.acting(Verb.REINSTATE, 1, 1)),
    "revoke": (OFFICIAL, lambda at: at.acting(Verb.REVOKE, 0, 0)),
    "acknowledge": (OTHER_OFFICIAL, lambda at: at.acting(Verb.ACKNOWLEDGE, 0, 0)),
    "propose": (GOVERNOR, proposal),
    "consent": (person(2), lambda at: replace(proposal(at), number=at.word(slots.CHANGE_COUNT))),
    "stopKey": (ADMIN, stop),
}
ACTS = [name for name, (_, make) in FUNCTIONS.items() if name not in ("propose", "consent", "stopKey")]


@pytest.fixture(scope="module")
def ready(prepared: Registry) -> Registry:
    """A record in force with a receiver, one suspended, and a change that a second member has to consent to."""
    registry = prepared.again()
    assert registry.change(GOVERNOR, Operation.SET_GOVERNANCE_THRESHOLD, ZERO_HASH, 2) == ""
    for number in (1, 2):
        assert registry.register(OFFICIAL, number, receiver=OTHER, valid_until=20_000) == ""
    assert registry.act(OFFICIAL, Verb.SUSPEND, 1, 0) == ""
    assert registry.machine.send(GOVERNOR, registry.at, proposal(registry).encode())["succeeded"]
    return registry


@pytest.fixture
def registry(ready: Registry) -> Registry:
    return ready.again()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_one_length_only(registry: Registry, name: str) -> None:
    key, make = FUNCTIONS[name]
    good = make(registry).encode()
    for data in (good + b"\0", good + bytes(32), good + bytes(31)):
        assert registry.call(key, data) == error("CalldataLength"), len(data)
    for data in (good[:-1], good[:-32], good[:4]):
        assert registry.call(key, data) != "", len(data)
    assert registry.call(key, good) == ""


@pytest.mark.parametrize("name", FUNCTIONS)
def test_network_and_time(registry: Registry, name: str) -> None:
    key, make = FUNCTIONS[name]
    good = make(registry)
    assert registry.call(key, replace(good, genesis=Hash32(b"\x56" * 32)).encode()) == error("OtherNetwork")
    now = registry.machine.time
    assert registry.call(key, replace(good, not_after=now).encode()) == error("Late")
    far = registry.machine.time + 1 + 30 * DAY
    assert registry.call(key, replace(good, not_after=far + 1).encode()) == error("TooFarAhead")
    assert registry.call(key, replace(good, not_after=(1 << 64) - 1).encode()) == error("TooFarAhead")
    assert registry.call(key, replace(good, not_after=registry.machine.time + 1).encode()) == ""


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_contract_between(registry: Registry, name: str) -> None:
    key, make = FUNCTIONS[name]
    contract = registry.forwarder()
    outcome = registry.machine.send(key, contract, make(registry).encode())
    assert not outcome["succeeded"]
    assert outcome["output"][:8] == error("NotDirect")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_stranger_may_nothing(registry: Registry, name: str) -> None:
    _, make = FUNCTIONS[name]
    refused = "NotInOffice" if name in ("propose", "consent", "stopKey") else "NotEntitled"
    assert registry.call(STRANGER, make(registry).encode()) == error(refused)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_replayed_call_does_nothing(registry: Registry, name: str) -> None:
    key, make = FUNCTIONS[name]
    data = make(registry).encode()
    assert registry.call(key, data) == ""
    again = {
        "register": "AlreadyRegistered", "registerBatch": "AlreadyRegistered", "consent": "UnknownChange",
        "stopKey": "OtherState",
    }  # fmt: skip
    if name == "propose":
        before = registry.word(slots.CHANGE_COUNT)
        assert registry.call(key, data) == "", "a change of its own, with a number of its own and no consents yet"
        assert registry.word(slots.CHANGE_COUNT) == before + 1
        assert registry.word(slots.authority_slot(THIRD)) == 0
    else:
        assert registry.call(key, data) == error(again.get(name, "OtherActCount"))


@pytest.mark.parametrize("name", [name for name in ACTS if not name.startswith("register")])
def test_another_act_count_is_refused(registry: Registry, name: str) -> None:
    key, make = FUNCTIONS[name]
    good = make(registry)
    assert isinstance(good, ActCall)
    assert good.act_count is not None
    for other in {good.act_count + 1, max(good.act_count - 1, 0)} - {good.act_count}:
        assert registry.call(key, replace(good, act_count=other).encode()) == error("OtherActCount")
    assert registry.call(key, replace(good, record=99).encode()) == error("UnknownRecord")
    assert registry.call(key, good.encode()) == ""


@pytest.mark.parametrize("name", ACTS)
def test_a_key_needs_the_verb(registry: Registry, name: str) -> None:
    _, make = FUNCTIONS[name]
    good = make(registry)
    assert isinstance(good, ActCall)
    receives = name == "acknowledge"
    body, admin = (OTHER, person(31)) if receives else (AUTHORITY, ADMIN)
    for key, mask in ((COLLEAGUE, ALL_VERBS & ~(1 << good.verb)), (STRANGER, 1 << good.verb)):
        assert registry.change(admin, Operation.ADD_KEY, body, address(key), mask, 0, 0, 2) == ""
    assert registry.call(COLLEAGUE, good.encode()) == error("NotEntitled")
    assert registry.call(STRANGER, good.encode()) == ""


@pytest.mark.parametrize("name", ACTS)
def test_the_event_is_the_leaf_of_sixteen_words(registry: Registry, name: str) -> None:
    key, make = FUNCTIONS[name]
    call = replace(make(registry), approval=APPROVAL)
    assert isinstance(call, ActCall)
    records = registry.counters()[1]
    outcome = registry.machine.send(key, registry.at, call.encode())
    [(emitter, topics, data)] = outcome["logs"]
    assert (emitter, topics) == (registry.at.hex(), [LOGGED_TOPIC.hex()])
    leaf = read_log_leaf(bytes.fromhex(data))
    assert agrees(call, leaf)
    assert leaf.words() == bytes.fromhex(data)
    assert (leaf.sender, leaf.approval, leaf.not_after) == (address(key), APPROVAL, call.not_after)
    assert (leaf.block_number, leaf.block_time) == (registry.machine.number, registry.machine.time)
    assert leaf.authority == (OTHER if name == "acknowledge" else AUTHORITY)
    assert leaf.successor == (records if name == "supersede" else 0)
    assert leaf.record == (records if name.startswith("register") else call.record)
    # What an act does not bring along stands in the leaf all the same.
    assert (leaf.template, leaf.receiver) == (TEMPLATE, OTHER)
    assert leaf.valid_until == (21_000 if name == "supersede" else 20_000)
    registered = Hash32(((call.record or 0) + 1).to_bytes(32, "big"))
    assert leaf.commitment == (call.commitment or registered)
    registry.check_log()


def test_a_keys_leaves_have_their_own_domain(registry: Registry) -> None:
    key, first, last = address(COLLEAGUE), registry.machine.number + 50, registry.machine.number + 60
    change = propose(GENESIS, Operation.ADD_KEY, AUTHORITY, (word(key), 6, first, last, 9), registry.until, APPROVAL)
    added = registry.machine.send(ADMIN, registry.at, change.encode())
    stopped = registry.machine.send(
        ADMIN, registry.at, replace(stop(registry), words=(word(key),), approval=APPROVAL).encode()
    )
    for what, outcome, until, back in ((1, added, last, 1), (2, stopped, registry.machine.number, 0)):
        [data] = [bytes.fromhex(data) for _, topics, data in outcome["logs"] if topics == [LOGGED_TOPIC.hex()]]
        words = [data[at : at + 32] for at in range(0, 512, 32)]
        numbers = [int.from_bytes(item, "big") for item in words]
        assert words[0] == KEY_LOG_DOMAIN
        assert numbers[1:4] == [what, word(key), 6]
        assert words[4] == AUTHORITY
        assert numbers[5:7] == [first, until]
        assert numbers[7:12] == [word(address(ADMIN)), 9, 0, 0, 0]
        assert words[13] == APPROVAL
        assert numbers[14:] == [registry.machine.number - back, registry.machine.time - back]
    registry.check_log()

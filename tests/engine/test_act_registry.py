"""Every rule of the act registry on the real engine, at Istanbul, abuse included (foundations section 5)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lightnode.devnet.engine import Engine, engine_python
from lightnode.devnet.errors import EngineMissingError
from lightnode.wire import merkle
from lightnode.wire import registry_slots as slots
from lightnode.wire.registry import ActCall, Verb, agrees, read_log_leaf
from lightnode.wire.registry_admin import ChangeCall, Deployment, Operation, propose
from lightnode.wire.types import ZERO_HASH, Address, Hash32
from tests.support.ledger_machine import GENESIS, LedgerMachine, address, artefact, error, person, word

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("engine")]

GOVERNOR, SECOND_GOVERNOR, THIRD_GOVERNOR = person(1), person(2), person(3)
ADMIN, SECOND_ADMIN = person(11), person(12)
OFFICIAL, COLLEAGUE, STRANGER = person(21), person(22), person(23)
OTHER_ADMIN, OTHER_OFFICIAL = person(31), person(32)
AUTHORITY, OTHER, THIRD = Hash32(b"\xaa" * 32), Hash32(b"\xbb" * 32), Hash32(b"\xcc" * 32)
TEMPLATE = Hash32(b"\x11" * 32)
ALL_VERBS = 0b1111110
DAY = 86_400


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    try:
        engine_python()
    except EngineMissingError:
        pytest.skip(".venv-engine is absent")
    with Engine("istanbul") as running:
        yield running


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
        for body, admin, official in ((AUTHORITY, ADMIN, OFFICIAL), (OTHER, OTHER_ADMIN, OTHER_OFFICIAL)):
            assert self.change(GOVERNOR, Operation.ADMIT, body, address(admin), 1) == ""
            assert self.change(admin, Operation.ADD_KEY, body, address(official), ALL_VERBS, 0, 0, 1) == ""
        return self

    def call(self, key: object, data: bytes) -> str:
        outcome = self.machine.send(key, self.at, data)
        return "" if outcome["succeeded"] else outcome["output"][:8] or "failed"

    @property
    def until(self) -> int:
        return self.machine.time + DAY

    def change(self, key: object, operation: Operation, subject: Hash32, *words: bytes | int) -> str:
        call = propose(GENESIS, operation, subject, tuple(word(item) for item in words), self.until, ZERO_HASH)
        return self.call(key, call.encode())

    def consent(self, key: object, operation: Operation, subject: Hash32, number: int, *words: bytes | int) -> str:
        padded = tuple(word(item) for item in words) + (0,) * (5 - len(words))
        return self.call(key, ChangeCall(GENESIS, operation, subject, padded, number, self.until, ZERO_HASH).encode())

    def register(self, key: object, commitment: int, **more: object) -> str:
        return self.call(key, self.registration(commitment, **more).encode())

    def registration(self, commitment: int, **more: object) -> ActCall:
        fields = {
            "verb": Verb.REGISTER, "genesis": GENESIS, "authority": AUTHORITY, "template": TEMPLATE,
            "commitment": Hash32(commitment.to_bytes(32, "big")), "count": 1, "record": None, "act_count": None,
            "receiver": ZERO_HASH, "valid_until": 0, "not_after": self.until, "approval": ZERO_HASH, **more,
        }  # fmt: skip
        return ActCall(**fields)

    def act(self, key: object, verb: Verb, record: int, acts: int, **more: object) -> str:
        fields = {
            "verb": verb, "genesis": GENESIS, "authority": None, "template": None, "commitment": None, "count": 1,
            "record": record, "act_count": acts, "receiver": ZERO_HASH, "valid_until": 0, "not_after": self.until,
            "approval": ZERO_HASH, **more,
        }  # fmt: skip
        return self.call(key, ActCall(**fields).encode())

    def state(self, record: int) -> slots.RecordState:
        return slots.unpack_record(self.machine.storage(self.at, slots.record_slot(record)))

    def check_log(self) -> None:
        leaves = self.machine.leaves
        assert self.machine.storage(self.at, slots.LOG_SIZE) == len(leaves)
        assert self.machine.storage(self.at, slots.LOG_ROOT) == int.from_bytes(merkle.root(leaves), "big")


@pytest.fixture
def registry(engine: Engine) -> Registry:
    return Registry(engine).prepare()


def test_fixed_slots(registry: Registry) -> None:
    assert registry.machine.storage(registry.at, slots.GENESIS) == int.from_bytes(GENESIS, "big")
    registry.check_log()


def test_log_root_after_every_call_is_that_of_rfc_6962(registry: Registry) -> None:
    for number in range(1, 20):
        assert registry.register(OFFICIAL, number) == ""
        registry.check_log()
    assert registry.machine.storage(registry.at, slots.RECORD_COUNT) == 19


def test_event_is_the_leaf(registry: Registry) -> None:
    call = registry.registration(7, receiver=OTHER, valid_until=20_000)
    outcome = registry.machine.send(OFFICIAL, registry.at, call.encode())
    leaf = read_log_leaf(bytes.fromhex(outcome["logs"][0][2]))
    assert agrees(call, leaf)
    assert leaf.sender == address(OFFICIAL)
    assert (leaf.block_number, leaf.block_time) == (registry.machine.number, registry.machine.time)
    assert leaf.authority == AUTHORITY


def test_life_of_a_record(registry: Registry) -> None:
    assert registry.register(OFFICIAL, 1) == ""
    assert registry.state(0).state == 1
    assert registry.act(OFFICIAL, Verb.SUSPEND, 0, 0) == ""
    assert registry.act(OFFICIAL, Verb.SUSPEND, 0, 1) == error("OtherState")
    assert registry.act(OFFICIAL, Verb.REINSTATE, 0, 1) == ""
    assert registry.act(OFFICIAL, Verb.REINSTATE, 0, 2) == error("OtherState")
    assert registry.act(OFFICIAL, Verb.REVOKE, 0, 2) == ""
    assert registry.state(0).state == 4
    for verb in (Verb.SUSPEND, Verb.REINSTATE, Verb.REVOKE):
        assert registry.act(OFFICIAL, verb, 0, 3) == error("OtherState"), "withdrawn is final"
    registry.check_log()


def test_supersede_registers_the_successor_in_the_same_call(registry: Registry) -> None:
    registry.register(OFFICIAL, 1)
    new = {"template": TEMPLATE, "commitment": Hash32(b"\2" * 32)}
    assert registry.act(OFFICIAL, Verb.SUPERSEDE, 0, 0, **new) == ""
    assert registry.state(0).state == 3
    assert registry.state(1).state == 1
    assert registry.act(OFFICIAL, Verb.SUPERSEDE, 0, 1, **new) == error("OtherState")
    registry.check_log()


def test_act_count_must_fit(registry: Registry) -> None:
    registry.register(OFFICIAL, 1)
    assert registry.act(OFFICIAL, Verb.SUSPEND, 0, 1) == error("OtherActCount")
    assert registry.act(OFFICIAL, Verb.SUSPEND, 1, 0) == error("UnknownRecord")


def test_another_authoritys_record(registry: Registry) -> None:
    registry.register(OFFICIAL, 1)
    for verb in (Verb.SUSPEND, Verb.REVOKE):
        assert registry.act(OTHER_OFFICIAL, verb, 0, 0) == error("NotEntitled")
    new = {"template": TEMPLATE, "commitment": Hash32(b"\2" * 32)}
    assert registry.act(OTHER_OFFICIAL, Verb.SUPERSEDE, 0, 0, **new) == error("NotEntitled")
    assert registry.register(OTHER_OFFICIAL, 5) == error("NotEntitled"), "for an authority that is not the key's"
    assert registry.register(STRANGER, 5) == error("NotEntitled")


def test_a_copied_commitment_blocks_nobody(registry: Registry) -> None:
    assert registry.register(OTHER_OFFICIAL, 9, authority=OTHER) == ""
    assert registry.register(OFFICIAL, 9) == ""
    assert registry.register(OFFICIAL, 9) == error("AlreadyRegistered")
    batch = {"count": 2}
    assert registry.register(OFFICIAL, 9, **batch) == error("AlreadyRegistered")
    assert registry.register(OFFICIAL, 10, **batch) == ""
    assert registry.register(OFFICIAL, 10) == error("AlreadyRegistered")


def test_only_the_receiver_acknowledges_and_once(registry: Registry) -> None:
    registry.register(OFFICIAL, 1, receiver=OTHER)
    registry.register(OFFICIAL, 2)
    assert registry.act(OFFICIAL, Verb.ACKNOWLEDGE, 0, 0) == error("NotEntitled")
    assert registry.act(OTHER_OFFICIAL, Verb.ACKNOWLEDGE, 1, 0) == error("NotEntitled")
    assert registry.act(OTHER_OFFICIAL, Verb.ACKNOWLEDGE, 0, 0) == ""
    assert registry.state(0).acknowledged
    assert registry.act(OTHER_OFFICIAL, Verb.ACKNOWLEDGE, 0, 1) == error("OtherState")


def test_any_current_key_of_the_owner_may_withdraw(registry: Registry) -> None:
    registry.register(OFFICIAL, 1)
    registry.change(ADMIN, Operation.ADD_KEY, AUTHORITY, address(COLLEAGUE), 1 << Verb.REVOKE, 0, 0, 2)
    assert registry.act(COLLEAGUE, Verb.SUSPEND, 0, 0) == error("NotEntitled"), "a verb the key does not have"
    assert registry.act(COLLEAGUE, Verb.REVOKE, 0, 0) == ""


@pytest.mark.parametrize("length", [0, 3, 4, 100, 4 + 7 * 32, 4 + 8 * 32 - 1, 4 + 8 * 32 + 1, 4 + 9 * 32])
def test_any_other_calldata_length_is_refused(registry: Registry, length: int) -> None:
    good = registry.registration(1).encode()
    assert registry.call(OFFICIAL, (good + bytes(64))[:length]) != ""
    assert registry.call(OFFICIAL, good) == ""


def test_other_networks_calls_do_not_count(registry: Registry) -> None:
    assert registry.register(OFFICIAL, 1, genesis=Hash32(b"\x56" * 32)) == error("OtherNetwork")


def test_late_and_far_calls(registry: Registry) -> None:
    now = registry.machine.time
    assert registry.register(OFFICIAL, 1, not_after=now) == error("Late"), "the block is a second later"
    assert registry.register(OFFICIAL, 1, not_after=registry.machine.time + 30 * DAY + 2) == error("TooFarAhead")
    assert registry.register(OFFICIAL, 1, not_after=registry.machine.time + 30 * DAY + 1) == ""
    assert registry.register(OFFICIAL, 2, not_after=registry.machine.time + 1) == ""


def test_a_contract_cannot_act(registry: Registry) -> None:
    # A contract that hands its calldata on: CALLDATACOPY, CALL to the registry, REVERT with the answer if it failed.
    forward = bytes.fromhex("366000600037600060003660006000") + b"\x73" + registry.at + bytes.fromhex("5af1")
    forward += bytes.fromhex("3d6000600 03e".replace(" ", "")) + bytes.fromhex("603c573d6000fd5b00")
    target = forward.index(b"\x5b")
    forward = forward.replace(b"\x60\x3c\x57", bytes([0x60, target, 0x57]))
    code = bytes.fromhex("60") + bytes([len(forward)]) + bytes.fromhex("600c60003960") + bytes([len(forward)])
    made = registry.machine.send(STRANGER, None, code + bytes.fromhex("6000f3") + forward)
    contract = Address(bytes.fromhex(made["created"]))
    registry.change(ADMIN, Operation.ADD_KEY, AUTHORITY, contract, ALL_VERBS, 0, 0, 5)
    outcome = registry.machine.send(OFFICIAL, contract, registry.registration(1).encode())
    assert not outcome["succeeded"]
    assert outcome["output"][:8] == error("NotDirect")


def test_a_stopped_key_ends_with_its_block_and_never_comes_back(registry: Registry) -> None:
    registry.register(OFFICIAL, 1)
    stop = ChangeCall(GENESIS, None, ZERO_HASH, (word(address(OFFICIAL)),), None, registry.until, ZERO_HASH)
    assert registry.call(STRANGER, stop.encode()) == error("NotInOffice")
    assert registry.call(ADMIN, stop.encode()) == ""
    packed = registry.machine.storage(registry.at, slots.key_slot(address(OFFICIAL)) + 1)
    assert (packed >> 72) & (2**64 - 1) == registry.machine.number
    assert registry.register(OFFICIAL, 2) == error("NotEntitled")
    again = registry.change(ADMIN, Operation.ADD_KEY, AUTHORITY, address(OFFICIAL), ALL_VERBS, 0, 0, 1)
    assert again == error("Exists")
    registry.check_log()


def test_key_intervals(registry: Registry) -> None:
    first = registry.machine.number + 4
    registry.change(ADMIN, Operation.ADD_KEY, AUTHORITY, address(COLLEAGUE), ALL_VERBS, first, first + 1, 2)
    assert registry.register(COLLEAGUE, 1) == error("NotEntitled")
    registry.register(OFFICIAL, 2)
    assert registry.register(COLLEAGUE, 3) == ""
    assert registry.register(COLLEAGUE, 4) == ""
    assert registry.register(COLLEAGUE, 5) == error("NotEntitled")


def test_batches(registry: Registry) -> None:
    registry.register(OFFICIAL, 1)
    assert registry.register(OFFICIAL, 2, count=4096, receiver=OTHER, valid_until=30_000) == ""
    for count in (1, 4097):
        data = bytearray(registry.registration(3, count=2).encode())
        data[4 + 4 * 32 : 4 + 5 * 32] = count.to_bytes(32, "big")
        assert registry.call(OFFICIAL, bytes(data)) == error("Malformed")
    assert registry.machine.storage(registry.at, slots.RECORD_COUNT) == 4097
    assert registry.state(4096).state == 0, "in force only together with its batch entry"
    entry = registry.machine.storage(registry.at, slots.batch_slot(0))
    assert (entry & (2**64 - 1), (entry >> 64) & (2**32 - 1), (entry >> 96) & (2**32 - 1)) == (1, 4096, 30_000)
    assert registry.act(OTHER_OFFICIAL, Verb.SUSPEND, 4096, 0) == error("NotEntitled")
    assert registry.act(OTHER_OFFICIAL, Verb.ACKNOWLEDGE, 4096, 0) == ""
    assert registry.act(OFFICIAL, Verb.REVOKE, 4096, 1) == ""
    assert registry.state(4096).state == 4
    assert registry.state(4095).state == 0
    registry.check_log()


def test_threshold_counts_holders_not_keys(engine: Engine) -> None:
    registry = Registry(engine, threshold=2)
    assert registry.change(SECOND_GOVERNOR, Operation.ADMIT, AUTHORITY, address(ADMIN), 1) == ""
    number = 1
    assert registry.machine.storage(registry.at, slots.authority_slot(AUTHORITY)) == 0, "one holder is not enough"
    assert registry.consent(THIRD_GOVERNOR, Operation.ADMIT, AUTHORITY, number, address(ADMIN), 1) == ""
    assert registry.machine.storage(registry.at, slots.authority_slot(AUTHORITY)) == 0, "two keys of one holder are one"
    assert registry.consent(STRANGER, Operation.ADMIT, AUTHORITY, number, address(ADMIN), 1) == error("NotInOffice")
    assert registry.consent(GOVERNOR, Operation.ADMIT, AUTHORITY, number, address(STRANGER), 1) == error(
        "UnknownChange"
    )
    assert registry.consent(GOVERNOR, Operation.ADMIT, AUTHORITY, number, address(ADMIN), 1) == ""
    assert registry.machine.storage(registry.at, slots.authority_slot(AUTHORITY)) != 0
    again = registry.consent(GOVERNOR, Operation.ADMIT, AUTHORITY, number, address(ADMIN), 1)
    assert again == error("UnknownChange"), "a change takes effect once"


def test_consents_are_counted_against_who_is_in_office_at_execution(engine: Engine) -> None:
    registry = Registry(engine, threshold=2)
    registry.change(SECOND_GOVERNOR, Operation.ADMIT, AUTHORITY, address(ADMIN), 1)
    registry.change(GOVERNOR, Operation.REMOVE_GOVERNOR, ZERO_HASH, address(SECOND_GOVERNOR))
    assert registry.consent(THIRD_GOVERNOR, Operation.REMOVE_GOVERNOR, ZERO_HASH, 2, address(SECOND_GOVERNOR)) == ""
    assert registry.consent(GOVERNOR, Operation.ADMIT, AUTHORITY, 1, address(ADMIN), 1) == ""
    assert registry.machine.storage(registry.at, slots.authority_slot(AUTHORITY)) == 0, "a former member does not count"
    assert registry.consent(THIRD_GOVERNOR, Operation.ADMIT, AUTHORITY, 1, address(ADMIN), 1) == ""
    assert registry.machine.storage(registry.at, slots.authority_slot(AUTHORITY)) != 0


def test_a_pending_change_lapses_after_seven_days(engine: Engine) -> None:
    registry = Registry(engine, threshold=2)
    registry.change(GOVERNOR, Operation.ADMIT, AUTHORITY, address(ADMIN), 1)
    registry.machine.time += 7 * DAY + 1
    assert registry.consent(SECOND_GOVERNOR, Operation.ADMIT, AUTHORITY, 1, address(ADMIN), 1) == error("Lapsed")


def test_thresholds_stay_reachable(registry: Registry) -> None:
    assert registry.change(GOVERNOR, Operation.SET_GOVERNANCE_THRESHOLD, ZERO_HASH, 3) == error("Malformed")
    assert registry.change(GOVERNOR, Operation.SET_GOVERNANCE_THRESHOLD, ZERO_HASH, 0) == error("Malformed")
    assert registry.change(ADMIN, Operation.REMOVE_ADMINISTRATOR, AUTHORITY, address(ADMIN)) == error("Malformed")


def test_administrators_answer_for_their_own_authority_only(registry: Registry) -> None:
    key = address(STRANGER)
    assert registry.change(ADMIN, Operation.ADD_KEY, OTHER, key, ALL_VERBS, 0, 0, 1) == error("NotInOffice")
    assert registry.change(GOVERNOR, Operation.ADD_KEY, AUTHORITY, key, ALL_VERBS, 0, 0, 1) == error("NotInOffice")
    assert registry.change(ADMIN, Operation.ADMIT, THIRD, key, 1) == error("NotInOffice")
    assert registry.change(ADMIN, Operation.ADD_ADMINISTRATOR, AUTHORITY, address(SECOND_ADMIN), 2) == ""
    assert registry.change(ADMIN, Operation.SET_ADMINISTRATORS_THRESHOLD, AUTHORITY, 2) == ""
    assert registry.change(ADMIN, Operation.ADD_KEY, AUTHORITY, key, ALL_VERBS, 0, 0, 3) == ""
    assert registry.machine.storage(registry.at, slots.key_slot(key)) == 0, "two administrators are needed now"


def test_governance_replaces_administrators(registry: Registry) -> None:
    assert registry.change(GOVERNOR, Operation.RESET_ADMINISTRATORS, AUTHORITY, address(SECOND_ADMIN), 7) == ""
    late = registry.change(ADMIN, Operation.ADD_ADMINISTRATOR, AUTHORITY, address(ADMIN), 1)
    assert late == error("NotInOffice")
    assert registry.change(SECOND_ADMIN, Operation.ADD_ADMINISTRATOR, AUTHORITY, address(ADMIN), 1) == ""


def test_a_successor_owns_the_records(registry: Registry) -> None:
    registry.register(OFFICIAL, 1)
    assert registry.change(GOVERNOR, Operation.CLOSE, AUTHORITY, AUTHORITY) == error("OtherState")
    assert registry.change(GOVERNOR, Operation.CLOSE, AUTHORITY, THIRD) == error("OtherState")
    assert registry.change(GOVERNOR, Operation.CLOSE, AUTHORITY, OTHER) == ""
    assert registry.register(OFFICIAL, 2) == error("NotEntitled"), "keys of a closed authority end"
    assert registry.act(OFFICIAL, Verb.REVOKE, 0, 0) == error("NotEntitled")
    assert registry.act(OTHER_OFFICIAL, Verb.REVOKE, 0, 0) == ""
    assert registry.change(GOVERNOR, Operation.ADMIT, AUTHORITY, address(ADMIN), 1) == error("Exists")


def test_administrators_restore_what_a_key_not_entitled_withdrew(registry: Registry) -> None:
    registry.register(OFFICIAL, 1)
    registry.act(OFFICIAL, Verb.REVOKE, 0, 0)
    assert registry.change(OTHER_ADMIN, Operation.RESTORE_RECORD, OTHER, 0, 1, 1) == error("NotEntitled")
    assert registry.change(ADMIN, Operation.RESTORE_RECORD, AUTHORITY, 0, 1, 0) == error("OtherActCount")
    assert registry.change(ADMIN, Operation.RESTORE_RECORD, AUTHORITY, 0, 4, 1) == error("Malformed")
    assert registry.change(ADMIN, Operation.RESTORE_RECORD, AUTHORITY, 0, 1, 1) == ""
    assert registry.state(0).state == 1
    registry.check_log()


def test_dirty_words_are_refused(registry: Registry) -> None:
    words = (word(address(STRANGER)) | 1 << 160, ALL_VERBS, 0, 0, 1)
    call = propose(GENESIS, Operation.ADD_KEY, AUTHORITY, words, registry.until, ZERO_HASH)
    assert registry.call(ADMIN, call.encode()) == error("Malformed")
    huge = registry.registration(1).encode()
    dirty = huge[: 4 + 5 * 32] + (1 << 40).to_bytes(32, "big") + huge[4 + 6 * 32 :]
    assert registry.call(OFFICIAL, dirty) == error("Malformed")


@pytest.mark.parametrize("size", [2**24 - 1, 2**24 - 2, 2**23, 2**24])
def test_an_act_in_a_log_of_sixteen_million_is_cheap(engine: Engine, size: int) -> None:
    registry = Registry(engine).prepare()
    words = {slots.FRONTIER + level: level + 1 for level in range(25)}
    registry.machine.poke(registry.at, {slots.LOG_SIZE: size, slots.RECORD_COUNT: size, **words})
    outcome = registry.machine.send(OFFICIAL, registry.at, registry.registration(1, receiver=OTHER).encode())
    assert outcome["succeeded"]
    assert outcome["gas_used"] <= 250_000


def test_a_closed_body_gets_its_successor_later_and_once(registry: Registry) -> None:
    registry.register(OFFICIAL, 1)
    assert registry.change(GOVERNOR, Operation.CLOSE, AUTHORITY) == ""
    assert registry.act(OTHER_OFFICIAL, Verb.REVOKE, 0, 0) == error("NotEntitled")
    assert registry.change(GOVERNOR, Operation.CLOSE, AUTHORITY) == error("OtherState")
    assert registry.change(GOVERNOR, Operation.CLOSE, OTHER, AUTHORITY) == error("OtherState"), (
        "a closed one owns nothing"
    )
    assert registry.change(GOVERNOR, Operation.CLOSE, AUTHORITY, OTHER) == ""
    assert registry.act(OTHER_OFFICIAL, Verb.SUSPEND, 0, 0) == ""
    assert registry.change(GOVERNOR, Operation.ADMIT, THIRD, address(SECOND_ADMIN), 1) == ""
    assert registry.change(GOVERNOR, Operation.CLOSE, AUTHORITY, THIRD) == error("OtherState")


def test_a_batch_record_keeps_its_content_in_the_batch_entry(registry: Registry) -> None:
    for first in (1, 2, 3):
        assert registry.register(OFFICIAL, first, count=5, receiver=OTHER, valid_until=20_000 + first) == ""
    for number, batch in ((0, 1), (4, 1), (5, 2), (9, 2), (10, 3), (14, 3)):
        call = ActCall(
            Verb.SUSPEND, GENESIS, None, None, None, 1, number, 0, ZERO_HASH, 0, registry.until, ZERO_HASH
        )  # fmt: skip
        outcome = registry.machine.send(OFFICIAL, registry.at, call.encode())
        leaf = read_log_leaf(bytes.fromhex(outcome["logs"][0][2]))
        assert (leaf.template, leaf.receiver) == (TEMPLATE, OTHER)
        assert (int.from_bytes(leaf.commitment, "big"), leaf.valid_until) == (batch, 20_000 + batch)
        state = registry.state(number)
        assert (state.state, state.acts, state.valid_until, state.authority_index) == (2, 1, 20_000 + batch, 0)
        assert registry.machine.storage(registry.at, slots.record_slot(number) + 1) == 0
    assert registry.act(OTHER_OFFICIAL, Verb.ACKNOWLEDGE, 9, 1) == error("OtherState"), "suspended"
    assert registry.act(OFFICIAL, Verb.SUSPEND, 15, 0) == error("UnknownRecord")
    registry.check_log()


def test_a_record_is_acknowledged_once_whatever_happens_between(registry: Registry) -> None:
    registry.register(OFFICIAL, 1, receiver=OTHER)
    assert registry.act(OTHER_OFFICIAL, Verb.ACKNOWLEDGE, 0, 0) == ""
    assert registry.act(OFFICIAL, Verb.SUSPEND, 0, 1) == ""
    assert registry.act(OFFICIAL, Verb.REINSTATE, 0, 2) == ""
    assert registry.state(0) == slots.RecordState(1, 3, 0, 0, True)
    assert registry.act(OTHER_OFFICIAL, Verb.ACKNOWLEDGE, 0, 3) == error("OtherState")


def test_an_approved_change_falls_with_who_consented(registry: Registry) -> None:
    key = address(STRANGER)
    registry.change(ADMIN, Operation.ADD_ADMINISTRATOR, AUTHORITY, address(SECOND_ADMIN), 2)
    registry.change(ADMIN, Operation.SET_ADMINISTRATORS_THRESHOLD, AUTHORITY, 2)
    registry.change(ADMIN, Operation.ADD_KEY, AUTHORITY, key, ALL_VERBS, 0, 0, 3)
    number = registry.machine.storage(registry.at, 4)
    assert registry.change(GOVERNOR, Operation.RESET_ADMINISTRATORS, AUTHORITY, address(THIRD_GOVERNOR), 9) == ""
    late = registry.consent(SECOND_ADMIN, Operation.ADD_KEY, AUTHORITY, number, key, ALL_VERBS, 0, 0, 3)
    assert late == error("NotInOffice")
    assert registry.machine.storage(registry.at, slots.key_slot(key)) == 0


def test_any_one_administrator_stops_a_key(registry: Registry) -> None:
    registry.change(ADMIN, Operation.ADD_ADMINISTRATOR, AUTHORITY, address(SECOND_ADMIN), 2)
    registry.change(ADMIN, Operation.SET_ADMINISTRATORS_THRESHOLD, AUTHORITY, 2)
    stop = ChangeCall(GENESIS, None, ZERO_HASH, (word(address(OFFICIAL)),), None, registry.until, ZERO_HASH)
    assert registry.call(OTHER_ADMIN, stop.encode()) == error("NotInOffice"), "another authority's"
    assert registry.call(SECOND_ADMIN, stop.encode()) == ""
    assert registry.call(SECOND_ADMIN, stop.encode()) == error("OtherState")

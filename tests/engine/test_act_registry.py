"""Every rule of the act registry on the real engine, at Istanbul, abuse included (foundations section 5)."""

from __future__ import annotations

import pytest

from lightnode.devnet.engine import Engine
from lightnode.wire import registry_slots as slots
from lightnode.wire.registry import ActCall, Verb, read_log_leaf
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
    OTHER_ADMIN,
    OTHER_OFFICIAL,
    SECOND_ADMIN,
    SECOND_GOVERNOR,
    STRANGER,
    TEMPLATE,
    THIRD,
    THIRD_GOVERNOR,
    Registry,
)  # fmt: skip
from tests.support.ledger_machine import GENESIS, address, error, word

pytestmark = [pytest.mark.engine]


def test_fixed_slots(registry: Registry) -> None:
    assert registry.machine.storage(registry.at, slots.GENESIS) == int.from_bytes(GENESIS, "big")
    registry.check_log()


def test_log_root_after_every_call_is_that_of_rfc_6962(registry: Registry) -> None:
    for number in range(1, 20):
        assert registry.register(OFFICIAL, number) == ""
        registry.check_log()
    assert registry.counters()[1] == 19


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


def test_a_contract_cannot_act(registry: Registry) -> None:
    contract = registry.forwarder()
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
    assert registry.counters()[1] == 4097
    assert registry.state(4096).state == 0, "in force only together with its batch entry"
    entry = registry.machine.storage(registry.at, slots.batch_slot(1))
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
    number = registry.machine.storage(registry.at, slots.CHANGE_COUNT)
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

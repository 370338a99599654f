"""Rules of the act registry that need a longer story: batches, succession, restoration, changes, keys' ends."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lightnode.devnet.engine import Engine
from lightnode.wire import registry_slots as slots
from lightnode.wire.registry import LOGGED_TOPIC, Verb, read_log_leaf
from lightnode.wire.registry_admin import ChangeCall, Operation
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
)
from tests.support.ledger_machine import GENESIS, address, error, person, word

pytestmark = [pytest.mark.engine]

CLERK = person(41)
NEW = {"template": TEMPLATE, "commitment": Hash32(b"\x22" * 32)}
# Short and long batches and singles, so that batches begin and end at, before and after edges of 256 and of 4096.
SIZES = (1, 2, 253, 256, 257, 1, 3320, 2, 4096, 255, 258, 1, 2000, 2, 4096, 4095, 3)


def closed(registry: Registry, body: Hash32, successor: Hash32 = ZERO_HASH) -> str:
    return registry.change(GOVERNOR, Operation.CLOSE, body, *([successor] if successor != ZERO_HASH else []))


def number_of(registry: Registry) -> int:
    """The newest change's number."""
    return registry.word(slots.CHANGE_COUNT)


def two_administrators(registry: Registry) -> None:
    assert registry.change(ADMIN, Operation.ADD_ADMINISTRATOR, AUTHORITY, address(SECOND_ADMIN), 2) == ""
    assert registry.change(ADMIN, Operation.SET_ADMINISTRATORS_THRESHOLD, AUTHORITY, 2) == ""


def test_a_record_finds_its_batch_wherever_it_begins(registry: Registry) -> None:
    first, edges = 0, []
    for at, count in enumerate(SIZES, start=1):
        assert registry.register(OFFICIAL, at, count=count, receiver=OTHER if at % 2 else ZERO_HASH) == ""
        inside = {0, count - 1, 256 - first % 256, 4096 - first % 4096}
        edges += [(first + place, at) for place in sorted(inside) if 0 <= place < count]
        first += count
    assert registry.counters()[1] == first
    for number, at in edges:
        receiver = OTHER if at % 2 else ZERO_HASH
        content = [AUTHORITY, TEMPLATE, at.to_bytes(32, "big"), receiver]
        assert registry.view(number) == (1, content), number
    # The same with acts, for a few: what the leaf says is what the batch's entry says, and the next still finds it.
    for number, at in edges[::11]:
        outcome = registry.machine.send(OFFICIAL, registry.at, registry.acting(Verb.REVOKE, number, 0).encode())
        assert read_log_leaf(bytes.fromhex(outcome["logs"][0][2])).commitment == at.to_bytes(32, "big")
        assert registry.view(number)[0] == 4
    assert registry.act(OFFICIAL, Verb.REVOKE, first, 0) == error("UnknownRecord")


def test_what_a_batch_holds_stands_in_slots(registry: Registry) -> None:
    assert registry.register(OFFICIAL, 5) == ""
    assert registry.register(OFFICIAL, 6, count=7, receiver=OTHER, valid_until=30_000) == ""
    assert registry.word(slots.record_slot(0)) != 0, "a single record's first slot is never zero"
    entry = slots.batch_slot(1)
    assert registry.word(entry) == 1 | 7 << 64 | 30_000 << 96 | 1 << 128
    assert registry.word(entry + 1) == 6
    assert registry.word(entry + 2) == word(OTHER)
    for commitment in (5, 6):
        assert registry.word(slots.template_slot(1, Hash32(word(commitment).to_bytes(32, "big")))) == word(TEMPLATE)
    for number in range(1, 9):
        assert registry.word(slots.record_slot(number)) == 0
        assert registry.word(slots.batch_slot(number)) == (registry.word(entry) if number == 1 else 0)


def test_nothing_empty_is_registered(registry: Registry) -> None:
    for count in (1, 2):
        assert registry.register(OFFICIAL, 0, count=count) == error("Malformed")
        assert registry.register(OFFICIAL, 1, count=count, template=ZERO_HASH) == error("Malformed")
        assert registry.register(OFFICIAL, 1, count=count, valid_until=1 << 32) == error("Malformed")
        assert registry.register(OFFICIAL, 1, count=count, authority=OTHER) == error("NotEntitled")
    registry.register(OFFICIAL, 1)
    assert registry.act(OFFICIAL, Verb.SUPERSEDE, 0, 0, **{**NEW, "template": ZERO_HASH}) == error("Malformed")
    assert registry.act(OFFICIAL, Verb.SUPERSEDE, 0, 0, **{**NEW, "commitment": ZERO_HASH}) == error("Malformed")
    assert registry.state(0) == slots.RecordState(1, 0, 0, 0, False)


@pytest.mark.parametrize("suspended", [False, True])
@pytest.mark.parametrize("last", [Verb.SUPERSEDE, Verb.REVOKE])
def test_superseded_and_revoked_are_final(registry: Registry, last: Verb, suspended: bool) -> None:
    registry.register(OFFICIAL, 1, receiver=OTHER)
    acts = 0
    if suspended:
        assert registry.act(OFFICIAL, Verb.SUSPEND, 0, acts) == ""
        acts += 1
    assert registry.act(OFFICIAL, last, 0, acts, **(NEW if last is Verb.SUPERSEDE else {})) == ""
    other = {**NEW, "commitment": Hash32(b"\x33" * 32)}
    for verb in (Verb.SUSPEND, Verb.REINSTATE, Verb.REVOKE, Verb.SUPERSEDE, Verb.ACKNOWLEDGE):
        key = OTHER_OFFICIAL if verb is Verb.ACKNOWLEDGE else OFFICIAL
        more = other if verb is Verb.SUPERSEDE else {}
        assert registry.act(key, verb, 0, acts + 1, **more) == error("OtherState"), verb
    assert registry.state(0).state == last + (1 if last is Verb.SUPERSEDE else -1)


def test_a_successor_is_a_record_like_any_other(registry: Registry) -> None:
    registry.register(OFFICIAL, 1)
    registry.register(OFFICIAL, 2)
    used = {**NEW, "commitment": Hash32(word(2).to_bytes(32, "big"))}
    assert registry.act(OFFICIAL, Verb.SUPERSEDE, 0, 0, **used) == error("AlreadyRegistered")
    assert registry.state(0) == slots.RecordState(1, 0, 0, 0, False), "nothing happened"
    assert registry.counters()[1] == 2
    registry.register(OTHER_OFFICIAL, word(NEW["commitment"]), authority=OTHER)
    assert registry.act(OFFICIAL, Verb.SUPERSEDE, 0, 0, **NEW, receiver=OTHER, valid_until=9) == ""
    assert registry.view(3) == (1, [AUTHORITY, TEMPLATE, NEW["commitment"], OTHER])
    assert registry.state(3) == slots.RecordState(1, 0, 9, 0, False)
    assert registry.register(OFFICIAL, word(NEW["commitment"])) == error("AlreadyRegistered")
    assert registry.act(OTHER_OFFICIAL, Verb.ACKNOWLEDGE, 3, 0) == ""
    assert registry.act(OFFICIAL, Verb.REVOKE, 3, 1) == ""


def test_records_follow_a_line_of_successors(registry: Registry) -> None:
    # AUTHORITY closes without a successor, then gets OTHER, which closes in favour of THIRD.
    registry.register(OFFICIAL, 1, count=3, receiver=OTHER)
    registry.register(OTHER_OFFICIAL, 1, authority=OTHER, receiver=AUTHORITY)
    assert registry.change(GOVERNOR, Operation.ADMIT, THIRD, address(SECOND_ADMIN), 1) == ""
    assert registry.change(SECOND_ADMIN, Operation.ADD_KEY, THIRD, address(CLERK), ALL_VERBS, 0, 0, 1) == ""
    assert closed(registry, AUTHORITY) == ""
    assert registry.act(CLERK, Verb.SUSPEND, 0, 0) == error("NotEntitled")
    assert closed(registry, AUTHORITY, OTHER) == ""
    assert registry.view(0)[1][0] == OTHER
    assert registry.act(OTHER_OFFICIAL, Verb.SUSPEND, 0, 0) == ""
    assert registry.act(CLERK, Verb.REINSTATE, 0, 1) == error("NotEntitled")
    assert closed(registry, OTHER, THIRD) == ""
    assert [registry.view(number)[1][0] for number in (0, 1, 3)] == [THIRD] * 3
    assert registry.act(OTHER_OFFICIAL, Verb.REINSTATE, 0, 1) == error("NotEntitled")
    assert registry.act(CLERK, Verb.REINSTATE, 0, 1) == ""
    assert registry.act(CLERK, Verb.ACKNOWLEDGE, 1, 0) == "", "the receiver's successor"
    assert registry.act(CLERK, Verb.ACKNOWLEDGE, 3, 0) == "", "through two"
    assert registry.act(CLERK, Verb.SUPERSEDE, 2, 0, **NEW) == ""
    assert registry.state(4).authority_index == 2, "the successor record is registered by who acts"
    assert registry.register(CLERK, 1, authority=THIRD) == "", "a predecessor's commitment is not one's own"
    assert registry.change(SECOND_ADMIN, Operation.RESTORE_RECORD, THIRD, 2, 1, 1) == ""
    registry.check_log()


def test_a_closed_body_does_nothing_more(registry: Registry) -> None:
    registry.register(OFFICIAL, 1)
    registry.register(OTHER_OFFICIAL, 1, authority=OTHER, receiver=AUTHORITY)
    assert closed(registry, AUTHORITY) == ""
    for operation, words in (
        (Operation.ADD_KEY, (address(CLERK), ALL_VERBS, 0, 0, 1)),
        (Operation.ADD_ADMINISTRATOR, (address(CLERK), 2)),
        (Operation.RESTORE_RECORD, (0, 1, 0)),
    ):
        assert registry.change(ADMIN, operation, AUTHORITY, *words) == error("NotInOffice")
    reset = registry.change(GOVERNOR, Operation.RESET_ADMINISTRATORS, AUTHORITY, address(CLERK), 1)
    assert reset == error("OtherState")
    assert registry.act(OFFICIAL, Verb.ACKNOWLEDGE, 1, 0) == error("NotEntitled")
    # An id that was never admitted can be named as receiver, but nobody answers for it.
    registry.register(OTHER_OFFICIAL, 2, authority=OTHER, receiver=THIRD)
    assert registry.act(OTHER_OFFICIAL, Verb.ACKNOWLEDGE, 2, 0) == error("NotEntitled")


@pytest.mark.parametrize("batch", [False, True])
@pytest.mark.parametrize(("verb", "back"), [(Verb.REVOKE, 1), (Verb.SUPERSEDE, 2), (Verb.SUSPEND, 1)])
def test_k_of_n_administrators_restore(registry: Registry, verb: Verb, back: int, batch: bool) -> None:
    registry.register(OFFICIAL, 1, count=3 if batch else 1, receiver=OTHER, valid_until=7)
    assert registry.act(OFFICIAL, verb, 0, 0, **(NEW if verb is Verb.SUPERSEDE else {})) == ""
    # A second key of the first holder does not make two.
    assert registry.change(ADMIN, Operation.ADD_ADMINISTRATOR, AUTHORITY, address(STRANGER), 1) == ""
    two_administrators(registry)
    words = (0, back, 1)
    withdrawn = registry.state(0)
    assert registry.change(ADMIN, Operation.RESTORE_RECORD, AUTHORITY, *words) == ""
    number = number_of(registry)
    assert registry.consent(ADMIN, Operation.RESTORE_RECORD, AUTHORITY, number, *words) == ""
    assert registry.consent(STRANGER, Operation.RESTORE_RECORD, AUTHORITY, number, *words) == ""
    assert registry.state(0) == withdrawn, "one person"
    for outsider in (OFFICIAL, OTHER_ADMIN, GOVERNOR):
        refused = registry.consent(outsider, Operation.RESTORE_RECORD, AUTHORITY, number, *words)
        assert refused == error("NotInOffice")
    call = ChangeCall(
        GENESIS, Operation.RESTORE_RECORD, AUTHORITY, (*words, 0, 0), number, registry.until, Hash32(b"\x77" * 32)
    )
    outcome = registry.machine.send(SECOND_ADMIN, registry.at, call.encode())
    assert outcome["succeeded"]
    assert registry.state(0) == replace(withdrawn, state=back, acts=2)
    [leaf] = [
        read_log_leaf(bytes.fromhex(data)) for _, topics, data in outcome["logs"] if topics[0] == LOGGED_TOPIC.hex()
    ]
    assert (leaf.verb, leaf.record, leaf.count, leaf.successor, leaf.act_count) == (7, 0, 1, back, 1)
    assert (leaf.authority, leaf.template, leaf.receiver, leaf.valid_until) == (AUTHORITY, TEMPLATE, OTHER, 7)
    assert (word(leaf.commitment), leaf.approval, leaf.sender) == (1, Hash32(b"\x77" * 32), address(SECOND_ADMIN))
    registry.check_log()


def test_only_what_was_withdrawn_is_restored(registry: Registry) -> None:
    registry.register(OFFICIAL, 1)
    for back in (1, 2):
        refused = registry.change(ADMIN, Operation.RESTORE_RECORD, AUTHORITY, 0, back, 0)
        assert refused == error("OtherState"), "in force"
    registry.act(OFFICIAL, Verb.SUSPEND, 0, 0)
    assert registry.change(ADMIN, Operation.RESTORE_RECORD, AUTHORITY, 0, 2, 1) == error("OtherState"), (
        "suspended it is"
    )
    assert registry.change(ADMIN, Operation.RESTORE_RECORD, AUTHORITY, 0, 1, 1) == ""
    assert registry.act(OFFICIAL, Verb.REVOKE, 0, 2) == "", "and may be withdrawn again"
    assert registry.change(ADMIN, Operation.RESTORE_RECORD, AUTHORITY, 9, 1, 0) == error("UnknownRecord")


def test_governance_changes_its_members_and_threshold(registry: Registry) -> None:
    new = person(4)
    assert registry.change(new, Operation.ADMIT, THIRD, address(ADMIN), 1) == error("NotInOffice")
    assert registry.change(GOVERNOR, Operation.ADD_GOVERNOR, ZERO_HASH, address(new), 4) == ""
    assert registry.change(GOVERNOR, Operation.ADD_GOVERNOR, ZERO_HASH, address(new), 5) == error("Exists")
    assert registry.change(new, Operation.SET_GOVERNANCE_THRESHOLD, ZERO_HASH, 3) == "", "three holders are there now"
    # Holders 1, 2 (two keys) and 4: of holder 2 one key may go, and then nobody more.
    for who, expected in ((SECOND_GOVERNOR, ""), (THIRD_GOVERNOR, error("Malformed"))):
        assert registry.change(GOVERNOR, Operation.REMOVE_GOVERNOR, ZERO_HASH, address(who)) == ""
        number = number_of(registry)
        assert registry.consent(new, Operation.REMOVE_GOVERNOR, ZERO_HASH, number, address(who)) == ""
        assert registry.consent(THIRD_GOVERNOR, Operation.REMOVE_GOVERNOR, ZERO_HASH, number, address(who)) == expected
    late = registry.change(SECOND_GOVERNOR, Operation.ADMIT, THIRD, address(ADMIN), 1)
    assert late == error("NotInOffice")
    gone = registry.consent(GOVERNOR, Operation.REMOVE_GOVERNOR, ZERO_HASH, 99, address(STRANGER))
    assert gone == error("UnknownChange")


def test_administrators_change_theirs(registry: Registry) -> None:
    two_administrators(registry)
    remove = Operation.REMOVE_ADMINISTRATOR
    assert registry.change(ADMIN, remove, AUTHORITY, address(ADMIN)) == ""
    refused = registry.consent(SECOND_ADMIN, remove, AUTHORITY, number_of(registry), address(ADMIN))
    assert refused == error("Malformed"), "two are needed"
    assert registry.change(ADMIN, Operation.SET_ADMINISTRATORS_THRESHOLD, AUTHORITY, 1) == ""
    number = number_of(registry)
    assert registry.consent(SECOND_ADMIN, Operation.SET_ADMINISTRATORS_THRESHOLD, AUTHORITY, number, 1) == ""
    assert registry.change(SECOND_ADMIN, remove, AUTHORITY, address(STRANGER)) == error("NotInOffice")
    assert registry.change(SECOND_ADMIN, remove, AUTHORITY, address(ADMIN)) == ""
    late = registry.change(ADMIN, Operation.ADD_KEY, AUTHORITY, address(CLERK), ALL_VERBS, 0, 0, 1)
    assert late == error("NotInOffice")
    assert registry.stop(ADMIN, OFFICIAL) == error("NotInOffice")


def test_equal_changes_are_two_changes(engine: Engine) -> None:
    registry = Registry(engine, threshold=2)
    for proposer in (GOVERNOR, SECOND_GOVERNOR):
        assert registry.change(proposer, Operation.ADMIT, THIRD, address(ADMIN), 1) == ""
    assert registry.word(slots.authority_slot(THIRD)) == 0, "consents to one are none to the other"
    assert registry.consent(GOVERNOR, Operation.ADMIT, THIRD, 2, address(ADMIN), 2) == error("UnknownChange")
    assert registry.consent(GOVERNOR, Operation.CLOSE, THIRD, 2, address(ADMIN), 1) == error("UnknownChange")
    assert registry.consent(GOVERNOR, Operation.ADMIT, OTHER, 2, address(ADMIN), 1) == error("UnknownChange")
    assert registry.consent(GOVERNOR, Operation.ADMIT, THIRD, 2, address(ADMIN), 1) == ""
    assert registry.consent(SECOND_GOVERNOR, Operation.ADMIT, THIRD, 1, address(ADMIN), 1) == error("Exists")


@pytest.mark.parametrize(("more", "expected"), [(0, ""), (1, error("Lapsed"))])
def test_a_change_lapses_when_seven_days_are_over(engine: Engine, more: int, expected: str) -> None:
    registry = Registry(engine, threshold=2)
    registry.change(GOVERNOR, Operation.ADMIT, AUTHORITY, address(ADMIN), 1)
    registry.machine.time += 7 * DAY - 1 + more
    assert registry.consent(SECOND_GOVERNOR, Operation.ADMIT, AUTHORITY, 1, address(ADMIN), 1) == expected


def test_a_stop_in_a_block_ends_with_that_block(registry: Registry) -> None:
    stop = ChangeCall(GENESIS, None, ZERO_HASH, (word(address(OFFICIAL)),), None, registry.until, ZERO_HASH)
    outcomes = registry.machine.send_together(
        [(ADMIN, registry.at, stop.encode()), (OFFICIAL, registry.at, registry.registration(1).encode())]
    )
    assert [outcome["succeeded"] for outcome in outcomes] == [True, True]
    assert registry.register(OFFICIAL, 2) == error("NotEntitled")
    assert registry.stop(ADMIN, OFFICIAL) == error("OtherState"), "an end is not moved"
    registry.check_log()


def test_a_key_is_never_added_again_by_anyone(registry: Registry) -> None:
    before = [registry.word(slots.key_slot(address(OFFICIAL)) + more) for more in (0, 1)]
    for admin, body in ((OTHER_ADMIN, OTHER), (ADMIN, AUTHORITY)):
        again = registry.change(admin, Operation.ADD_KEY, body, address(OFFICIAL), 2, 0, 0, 1)
        assert again == error("Exists")
    assert closed(registry, AUTHORITY, OTHER) == ""
    again = registry.change(OTHER_ADMIN, Operation.ADD_KEY, OTHER, address(OFFICIAL), 2, 0, 0, 1)
    assert again == error("Exists"), "not by the successor either"
    assert [registry.word(slots.key_slot(address(OFFICIAL)) + more) for more in (0, 1)] == before


def test_a_keys_interval_lies_ahead_and_verbs_are_verbs(registry: Registry) -> None:
    now = registry.machine.number
    for words in (
        (0, 0, 0, 1), (1, 0, 0, 1), (128, 0, 0, 1), (2, now + 9, now + 8, 1), (2, 0, now - 1, 1), (2, 1 << 64, 0, 1),
        (2, 0, 1 << 64, 1), (2, 0, 0, 1 << 32),
    ):  # fmt: skip
        assert registry.change(ADMIN, Operation.ADD_KEY, AUTHORITY, address(CLERK), *words) == error("Malformed"), words
    assert registry.change(ADMIN, Operation.ADD_KEY, AUTHORITY, address(CLERK), 2, 1, 0, 5) == ""
    packed = registry.word(slots.key_slot(address(CLERK)) + 1)
    assert packed == 2 | registry.machine.number << 8 | (2**64 - 1) << 72 | 5 << 136, "from now, not from the past"
    # A key stopped before its first block never acts.
    first = registry.machine.number + 4
    assert registry.change(ADMIN, Operation.ADD_KEY, AUTHORITY, address(COLLEAGUE), 2, first, 0, 6) == ""
    assert registry.stop(ADMIN, COLLEAGUE) == ""
    for at in range(3):
        assert registry.register(COLLEAGUE, 50 + at) == error("NotEntitled")

"""What the office reads slot by slot is what the contract itself says, for every kind of record, office and change."""

from __future__ import annotations

from collections.abc import Sequence

from desktop.services.registry_view import RegistryView
from lightnode.wire.registry import Verb
from lightnode.wire.registry_admin import Operation, change_id
from lightnode.wire.registry_slots import change_slot, consent_slot, next_slot
from lightnode.wire.types import ZERO_HASH, Address
from tests.support.act_registry import (
    ADMIN,
    AUTHORITY,
    GOVERNOR,
    OFFICIAL,
    OTHER,
    SECOND_ADMIN,
    SECOND_GOVERNOR,
    STRANGER,
    THIRD,
    THIRD_GOVERNOR,
    Registry,
)
from tests.support.ledger_machine import address, word


class SlotView(RegistryView):
    """Reads the engine's storage instead of proofs; everything else is the same code."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def words(self, asked: Sequence[int]) -> list[int]:
        return [self._registry.word(slot) for slot in asked]


def test_records_single_in_batches_and_inherited(registry: Registry) -> None:
    assert registry.register(OFFICIAL, 1, receiver=OTHER, valid_until=20_000) == ""
    assert registry.register(OFFICIAL, 2, count=5) == ""
    assert registry.register(OFFICIAL, 3, count=300) == ""
    assert registry.register(OFFICIAL, 4) == ""
    assert registry.act(OFFICIAL, Verb.SUSPEND, 4, 0) == ""
    assert registry.act(OFFICIAL, Verb.REVOKE, 250, 0) == ""
    batches = {0: None, 1: (1, 5), 4: (1, 5), 5: (1, 5), 6: (6, 300), 250: (6, 300), 305: (6, 300), 306: None}
    for after in (False, True):
        if after:
            assert registry.change(GOVERNOR, Operation.CLOSE, AUTHORITY, OTHER) == ""
        for number, batch in batches.items():
            found = SlotView(registry).record(number)
            state, content = registry.view(number)
            assert (found.state, found.batch) == (state, batch), number
            assert [found.owner, found.template, found.commitment, found.receiver] == content, number
            assert found.registered_by == AUTHORITY
            assert found.owner == (OTHER if after else AUTHORITY)
    view = SlotView(registry)
    assert (view.record(0).valid_until, view.record(4).acts, view.record(5).acts) == (20_000, 1, 0)


def test_offices_and_their_holders(registry: Registry) -> None:
    view = SlotView(registry)
    office = view.governance()
    assert (office.threshold, office.holders) == (1, 2)
    who = [address(key) for key in (GOVERNOR, SECOND_GOVERNOR, THIRD_GOVERNOR, STRANGER)]
    assert view.holders(office, who) == [1, 2, 2, None]
    assert registry.change(ADMIN, Operation.ADD_ADMINISTRATOR, AUTHORITY, address(SECOND_ADMIN), 2) == ""
    office = view.office(Operation.ADD_KEY, AUTHORITY)
    assert (office.threshold, office.holders, office.open) == (1, 2, True)
    assert view.holders(office, [address(ADMIN), address(SECOND_ADMIN), who[0]]) == [1, 2, None]
    assert registry.change(GOVERNOR, Operation.RESET_ADMINISTRATORS, AUTHORITY, address(STRANGER), 5) == ""
    office = view.office(Operation.ADD_KEY, AUTHORITY)
    assert view.holders(office, [address(ADMIN), address(STRANGER)]) == [None, 5]
    assert registry.change(GOVERNOR, Operation.CLOSE, AUTHORITY, OTHER) == ""
    office = view.office(Operation.ADD_KEY, AUTHORITY)
    assert (office.open, view.holders(office, [address(STRANGER)])) == (False, [None])
    assert view.authority(AUTHORITY).successor == OTHER
    assert view.authority(THIRD).state.state == 0


def test_a_pending_change_and_its_consents(registry: Registry) -> None:
    assert registry.change(GOVERNOR, Operation.SET_GOVERNANCE_THRESHOLD, ZERO_HASH, 2) == ""
    number = registry.word(4) + 1
    assert registry.change(THIRD_GOVERNOR, Operation.ADMIT, THIRD, address(ADMIN), 1) == ""
    change = change_id(Operation.ADMIT, THIRD, (word(address(ADMIN)), 1, 0, 0, 0), number)
    first = change_slot(change)
    # The proposal's block is the machine's last; a change lapses seven days after it.
    assert registry.word(first) > registry.machine.time
    assert registry.word(next_slot(first)) == 1
    assert Address(registry.word(consent_slot(change, 0)).to_bytes(20, "big")) == address(THIRD_GOVERNOR)
    assert registry.consent(SECOND_GOVERNOR, Operation.ADMIT, THIRD, number, address(ADMIN), 1) == ""
    assert registry.word(next_slot(first)) == 2, "two keys of one holder are one"
    assert registry.consent(GOVERNOR, Operation.ADMIT, THIRD, number, address(ADMIN), 1) == ""
    assert registry.word(first) == 0

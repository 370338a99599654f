"""What a change is called, who is counted, and how it reads."""

from __future__ import annotations

from dataclasses import replace

import pytest

from desktop.cli import resolve
from desktop.errors import UsageError
from desktop.services import change_words
from desktop.services.office_members import Members
from desktop.services.pending_changes import PendingChange, Proposal
from desktop.services.registry_view import Office
from lightnode.wire.registry_admin import Operation, change_id, propose
from lightnode.wire.types import ZERO_HASH, Address, Hash32

ONE, TWO, THREE = (Address(bytes([at]) * 20) for at in (1, 2, 3))
SUBJECT = Hash32(b"\7" * 32)
CALL = propose(SUBJECT, Operation.ADMIT, SUBJECT, (int.from_bytes(THREE, "big"), 4), 9, ZERO_HASH)
PROPOSAL = Proposal(3, change_id(Operation.ADMIT, SUBJECT, CALL.words, 3), CALL, ONE, 81)
OFFICE = Office(ZERO_HASH, 2, 3, 0, True)
CHANGE = PendingChange(PROPOSAL, 1_800_000_000, False, OFFICE, ((ONE, 1),))


def test_a_change_is_in_effect_lapsed_or_proposed() -> None:
    assert CHANGE.state == "proposed"
    assert replace(CHANGE, lapsed=True).state == "lapsed"
    assert replace(CHANGE, lapses=0, lapsed=True).state == "in effect"
    assert change_words.change_json(CHANGE)["in_effect"] is False
    assert change_words.change_json(replace(CHANGE, lapsed=True))["in_effect"] is False


def test_two_keys_of_one_holder_and_those_who_left_count_as_they_should() -> None:
    assert replace(CHANGE, consents=((ONE, 1), (TWO, 1), (THREE, None))).counted == 1
    assert replace(CHANGE, consents=((ONE, 1), (TWO, 2))).counted == 2


def test_it_reads_with_everything_that_it_does_and_who_is_asked() -> None:
    members = Members(OFFICE, ((ONE, 1), (TWO, 2)))
    text = "\n".join(change_words.change_lines(CHANGE, members))
    for part in ("0x" + THREE.hex(), "1 of 2 needed (3 in office)", "2027-01-15", "0x" + TWO.hex() + ", holder 2",
                 "1 more, not known by account"):  # fmt: skip
        assert part in text
    assert change_words.may_consent(CHANGE, members) == [{"address": "0x" + TWO.hex(), "holder": 2}]
    assert change_words.change_json(CHANGE)["words"] == {"administrator": "0x" + THREE.hex(), "holder": 4}


def test_members_of_a_new_registry() -> None:
    names = ["0x" + ONE.hex(), "0x" + TWO.hex() + "=1"]
    assert resolve.members(names, 1, None, THREE) == {ONE: 1, TWO: 1}
    assert resolve.members([], 1, None, THREE) == {THREE: 1}
    for bad, threshold in ((names, 2), ([names[0], names[0]], 1), (["0x" + ONE.hex() + "=x"], 1), (["label"], 1)):
        with pytest.raises(UsageError):
            resolve.members(bad, threshold, None, THREE)

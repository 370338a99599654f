"""What an authority's status list says follows from the recorded acts by its own keys, whatever others send."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.services.timestamp_acts import RecordedAct
from desktop.services.timestamp_status import Issuer, status_entries
from lightnode.wire.network_facts import REVOKED, SUPERSEDED, SUSPENDED
from lightnode.wire.registry import Verb
from lightnode.wire.timestamp_call import TimestampAct, with_change_hash
from lightnode.wire.trust import KeyEntry
from lightnode.wire.types import Address, Hash32

GENESIS, AUTHORITY, RECORD, NEXT = (Hash32(bytes([number]) * 32) for number in (1, 2, 3, 4))
CONTRACT, OFFICIAL, FORMER, DOUBTED, STRANGER = (Address(bytes([number]) * 20) for number in (7, 11, 12, 13, 14))
ALL = 0b1111110
KEYS = {
    OFFICIAL: KeyEntry(OFFICIAL, ALL, 10, None, 1, "card"),
    FORMER: KeyEntry(FORMER, ALL, 1, None, 2, "card", withdrawn_from=20),
    DOUBTED: KeyEntry(DOUBTED, ALL, 1, None, 3, "card", doubt_since=20),
}
ISSUER = Issuer(GENESIS, CONTRACT, AUTHORITY, KEYS)
LIMIT = 1_900_000_000


def act(verb: Verb, count: int = 0, **changes: object) -> TimestampAct:
    bare = TimestampAct(verb, AUTHORITY, Hash32(b"\5" * 32), NEXT, RECORD, count, None, 0, LIMIT, None)
    changed = replace(bare, **changes)  # type: ignore[arg-type]
    return changed if verb is Verb.SUPERSEDE else with_change_hash(GENESIS, CONTRACT, changed)


def states(*made: tuple[TimestampAct, Address]) -> dict[bytes, int]:
    """The list after these acts, one a block from block 30 on."""
    acts = [RecordedAct(one, sender, 30 + at, LIMIT - 1000 + at) for at, (one, sender) in enumerate(made)]
    return {entry.commitment: entry.state for entry in status_entries(ISSUER, acts)}


SUSPEND, REVOKE, SUPERSEDE = act(Verb.SUSPEND), act(Verb.REVOKE), act(Verb.SUPERSEDE)
ELSEWHERE = with_change_hash(Hash32(b"\x09" * 32), CONTRACT, REVOKE)
CASES: dict[str, tuple[list[tuple[TimestampAct, Address]], int | None]] = {
    "nothing": ([], None),
    "suspended": ([(SUSPEND, OFFICIAL)], SUSPENDED),
    "superseded": ([(SUPERSEDE, OFFICIAL)], SUPERSEDED),
    "revoked": ([(REVOKE, OFFICIAL)], REVOKED),
    "acknowledged": ([(act(Verb.ACKNOWLEDGE), OFFICIAL)], None),
    "reinstated": ([(SUSPEND, OFFICIAL), (act(Verb.REINSTATE, 1), OFFICIAL)], None),
    "reinstated by a maker who had not seen it": ([(SUSPEND, OFFICIAL), (act(Verb.REINSTATE, 0), OFFICIAL)], SUSPENDED),
    "reinstated with a count of acts to come": ([(SUSPEND, OFFICIAL), (act(Verb.REINSTATE, 2), OFFICIAL)], SUSPENDED),
    "suspended again meanwhile": (
        [(SUSPEND, OFFICIAL), (act(Verb.SUSPEND, 1), OFFICIAL), (act(Verb.REINSTATE, 1), OFFICIAL)], SUSPENDED,
    ),
    "a stranger's act between": (
        [(SUSPEND, OFFICIAL), (SUSPEND, STRANGER), (act(Verb.REINSTATE, 1), OFFICIAL)], None,
    ),
    "revoked for good": ([(REVOKE, OFFICIAL), (act(Verb.REINSTATE, 1), OFFICIAL)], REVOKED),
    "superseded for good": ([(SUPERSEDE, OFFICIAL), (act(Verb.REVOKE, 1), OFFICIAL)], SUPERSEDED),
    "revoked by a stranger": ([(REVOKE, STRANGER)], None),
    "revoked by one whose key was withdrawn": ([(REVOKE, FORMER)], SUSPENDED),
    "revoked by a key in doubt": ([(REVOKE, DOUBTED)], SUSPENDED),
    "reinstated by a key in doubt": ([(SUSPEND, OFFICIAL), (act(Verb.REINSTATE, 1), DOUBTED)], SUSPENDED),
    "a doubted withdrawal confirmed": ([(REVOKE, DOUBTED), (act(Verb.REVOKE, 1), OFFICIAL)], REVOKED),
    "a doubted withdrawal lifted": ([(REVOKE, DOUBTED), (act(Verb.REINSTATE, 1), OFFICIAL)], None),
    "too late": ([(act(Verb.REVOKE, not_after=LIMIT - 2000), OFFICIAL)], None),
    "for another authority": ([(act(Verb.REVOKE, authority=Hash32(b"\6" * 32)), OFFICIAL)], None),
    "replayed from another network": ([(ELSEWHERE, OFFICIAL)], None),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_state(name: str) -> None:
    made, state = CASES[name]
    assert states(*made) == ({} if state is None else {RECORD: state})


@pytest.mark.parametrize(
    "entry",
    [
        KeyEntry(OFFICIAL, ALL, 31, None, 1, "card"),
        KeyEntry(OFFICIAL, ALL, 1, 29, 1, "card"),
        KeyEntry(OFFICIAL, ALL & ~(1 << Verb.REVOKE), 1, None, 1, "card"),
    ],
)
def test_a_named_key_outside_its_role_only_suspends(entry: KeyEntry) -> None:
    acts = [RecordedAct(REVOKE, OFFICIAL, 30, LIMIT)]
    (found,) = status_entries(replace(ISSUER, keys={OFFICIAL: entry}), acts)
    assert (found.state, found.height) == (SUSPENDED, 30)


MADE = st.tuples(
    st.sampled_from([Verb.SUSPEND, Verb.SUPERSEDE, Verb.REINSTATE, Verb.REVOKE, Verb.ACKNOWLEDGE]),
    st.integers(0, 4), st.sampled_from([OFFICIAL, FORMER, DOUBTED]),
)  # fmt: skip


@given(st.lists(MADE, max_size=6), st.lists(st.tuples(MADE, st.integers(0, 6)), max_size=4))
def test_strangers_never_put_a_record_on_the_list_nor_take_one_off(
    made: list[tuple[Verb, int, Address]], foreign: list[tuple[tuple[Verb, int, Address], int]]
) -> None:
    ours = [(act(verb, min(count, at)), sender) for at, (verb, count, sender) in enumerate(made)]
    theirs = [(act(verb, count), STRANGER) for (verb, count, _), _ in foreign]
    # After all of ours: whatever they add, counts that were true stay true.
    assert states(*ours, *theirs) == states(*ours)

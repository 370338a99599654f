"""The list by number from the real contract's log: where it differs from the contract's states, a rule of foundations section 6 says so."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace

import pytest

from desktop.services.job_errors import ProviderLiesError
from desktop.services.registry_status import Keys, record_count, status_entries
from lightnode.wire.network_facts import REVOKED, SUPERSEDED, SUSPENDED
from lightnode.wire.registry import Verb
from lightnode.wire.registry_admin import Operation
from lightnode.wire.trust import KeyEntry
from lightnode.wire.types import Address, Hash32
from tests.support.act_registry import (
    ADMIN,
    ALL_VERBS,
    AUTHORITY,
    COLLEAGUE,
    GOVERNOR,
    OFFICIAL,
    OTHER,
    OTHER_OFFICIAL,
    TEMPLATE,
    Registry,
)  # fmt: skip
from tests.support.ledger_machine import address

pytestmark = [pytest.mark.engine]
NEW = {"template": TEMPLATE, "commitment": Hash32(b"\xee" * 32)}


def stated(body: Hash32, key: object, **said: int) -> dict[tuple[Hash32, Address], KeyEntry]:
    entry = KeyEntry(address(key), ALL_VERBS, 1, None, 1, "card")
    return {(body, entry.address): replace(entry, **said)}


ENTITLED = {**stated(AUTHORITY, OFFICIAL), **stated(AUTHORITY, COLLEAGUE), **stated(OTHER, OTHER_OFFICIAL)}


def listed(registry: Registry, keys: Keys) -> dict[int, int]:
    registry.check_log()
    return {entry.number: entry.state for entry in status_entries(keys, registry.machine.logged)}


def on_chain(registry: Registry) -> Mapping[int, int]:
    states = {number: registry.state(number).state for number in range(registry.counters()[1])}
    return {number: state for number, state in states.items() if state in (SUSPENDED, SUPERSEDED, REVOKED)}


def colleague(registry: Registry) -> None:
    assert registry.change(ADMIN, Operation.ADD_KEY, AUTHORITY, address(COLLEAGUE), ALL_VERBS, 0, 0, 2) == ""


@pytest.mark.parametrize("said", ["withdrawn_from", "doubt_since", "last"])
def test_a_key_withdrawn_from_a_block_on(registry: Registry, said: str) -> None:
    colleague(registry)
    for commitment in range(1, 6):
        assert registry.register(OFFICIAL, commitment) == ""
    assert registry.act(OFFICIAL, Verb.SUSPEND, 1, 0) == ""
    assert registry.act(COLLEAGUE, Verb.REVOKE, 2, 0) == ""
    ended = registry.machine.number
    assert registry.act(COLLEAGUE, Verb.REVOKE, 0, 0) == ""
    assert registry.act(COLLEAGUE, Verb.REINSTATE, 1, 1) == ""
    assert registry.act(COLLEAGUE, Verb.SUPERSEDE, 3, 0, **NEW) == ""
    assert registry.act(OFFICIAL, Verb.REVOKE, 4, 0) == ""
    assert listed(registry, ENTITLED) == on_chain(registry) == {0: REVOKED, 2: REVOKED, 3: SUPERSEDED, 4: REVOKED}
    first_bad = ended if said == "last" else ended + 1
    keys = {**ENTITLED, **stated(AUTHORITY, COLLEAGUE, **{said: first_bad})}
    assert listed(registry, keys) == {0: SUSPENDED, 1: SUSPENDED, 2: REVOKED, 3: SUSPENDED, 4: REVOKED}
    # Administrators restore what it withdrew, and nothing that an entitled key did.
    for record in (0, 3, 4):
        assert registry.change(ADMIN, Operation.RESTORE_RECORD, AUTHORITY, record, 1, 1) == ""
    assert on_chain(registry) == {2: REVOKED}
    assert listed(registry, keys) == {1: SUSPENDED, 2: REVOKED, 4: REVOKED}
    # An entitled person lifts what the contract has in force already by suspending it once more.
    assert registry.act(OFFICIAL, Verb.SUSPEND, 1, 2) == ""
    assert registry.act(OFFICIAL, Verb.REINSTATE, 1, 3) == ""
    assert listed(registry, keys) == {2: REVOKED, 4: REVOKED}


def test_a_key_that_no_statement_names_is_one_not_entitled(registry: Registry) -> None:
    registry.register(OFFICIAL, 1)
    registry.register(OTHER_OFFICIAL, 2, authority=OTHER)
    assert registry.act(OFFICIAL, Verb.REVOKE, 0, 0) == ""
    assert registry.act(OTHER_OFFICIAL, Verb.REVOKE, 1, 0) == ""
    assert listed(registry, stated(AUTHORITY, OFFICIAL)) == {0: REVOKED, 1: SUSPENDED}
    # An entry counts for its own authority only.
    assert listed(registry, stated(OTHER, OFFICIAL)) == {0: SUSPENDED, 1: SUSPENDED}


def test_a_successors_key_acts_for_its_own_authority(registry: Registry) -> None:
    registry.register(OFFICIAL, 1)
    assert registry.change(GOVERNOR, Operation.CLOSE, AUTHORITY, OTHER) == ""
    assert registry.act(OTHER_OFFICIAL, Verb.REVOKE, 0, 0) == ""
    assert listed(registry, stated(OTHER, OTHER_OFFICIAL)) == {0: REVOKED}
    assert listed(registry, stated(AUTHORITY, OTHER_OFFICIAL)) == {0: SUSPENDED}


def test_one_record_of_a_batch_by_its_own_number(registry: Registry) -> None:
    registry.register(OFFICIAL, 1, count=5)
    assert registry.act(OFFICIAL, Verb.REVOKE, 3, 0) == ""
    assert registry.act(OFFICIAL, Verb.SUPERSEDE, 1, 0, **NEW) == ""
    assert listed(registry, ENTITLED) == {1: SUPERSEDED, 3: REVOKED}
    assert record_count(registry.machine.logged) == registry.counters()[1] == 6


@pytest.mark.parametrize("seed", range(3))
def test_any_acts_differ_from_the_contracts_states_only_by_the_rules(registry: Registry, seed: int) -> None:
    """With everybody entitled the list is the contract's; else it differs only where such a key acted, after every act."""
    draw = random.Random(seed)
    colleague(registry)
    for commitment in range(1, 9):
        registry.register(OFFICIAL, commitment)
    doubt = registry.machine.number + 20
    keys = {**ENTITLED, **stated(AUTHORITY, COLLEAGUE, doubt_since=doubt)}
    touched: set[int] = set()
    differed = 0
    for _ in range(60):
        record, key = draw.randrange(8), draw.choice([OFFICIAL, COLLEAGUE])
        state = registry.state(record)
        if state.state in (SUPERSEDED, REVOKED):
            continue
        verb = Verb.REVOKE if draw.random() < 0.1 else Verb.REINSTATE if state.state == SUSPENDED else Verb.SUSPEND
        assert registry.act(key, verb, record, state.acts) == ""
        if key is COLLEAGUE and registry.machine.number >= doubt:
            touched.add(record)
        chain, found = on_chain(registry), listed(registry, keys)
        assert listed(registry, ENTITLED) == chain
        assert {number for number in range(8) if found.get(number) != chain.get(number)} <= touched
        assert set(chain) <= set(found), "it never calls in force what the contract withdrew"
        differed += found != chain
    assert differed, "or this test shows nothing"


def test_a_leaf_that_is_none_is_the_nodes_lie() -> None:
    with pytest.raises(ProviderLiesError):
        status_entries({}, [bytes(512)])

"""Status lists by commitment are read strictly and count only from the authority's own keys."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightnode.errors import WireError
from lightnode.wire import cbor
from lightnode.wire.network_facts import REVOKED, SUSPENDED
from lightnode.wire.payload import Payload
from lightnode.wire.status import CommitmentEntry, CommitmentStatus, StatusError, open_statuses, read_status
from lightnode.wire.types import Address, Hash32
from tests.support.sealed_world import AUTHORITY, BODY, COUNTRY, GENESIS, NOW, REGISTRY_AT, key_set, seal

FIRST, SECOND = Hash32(b"\1" * 32), Hash32(b"\2" * 32)
LIST = CommitmentStatus(
    REGISTRY_AT, 40, Hash32(b"\6" * 32), (CommitmentEntry(FIRST, SUSPENDED, 12), CommitmentEntry(SECOND, REVOKED, 40))
)


def payload(body: cbor.Value, **changes: object) -> Payload:
    made = Payload("status", "training", GENESIS, AUTHORITY, 1, NOW, NOW, NOW, body)
    return replace(made, **changes)  # type: ignore[arg-type]


def test_reading_and_writing_are_inverse() -> None:
    assert read_status(payload(LIST.body())) == LIST
    assert LIST.state(SECOND) == CommitmentEntry(SECOND, REVOKED, 40)
    assert LIST.state(Hash32(b"\3" * 32)) is None
    assert LIST.digest() != replace(LIST, entries=LIST.entries[:1]).digest()
    assert LIST.digest() == replace(LIST, height=41).digest(), "two who recompute compare the entries"


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        [1, *LIST.body()[1:]],
        [True, *LIST.body()[1:]],
        [*LIST.body(), 0],
        [2, b"short", 40, b"\6" * 32, []],
        [2, REGISTRY_AT, -1, b"\6" * 32, []],
        [2, REGISTRY_AT, True, b"\6" * 32, []],
        [2, REGISTRY_AT, 40, b"\6", []],
        [2, REGISTRY_AT, 40, b"\6" * 32, None],
        [2, REGISTRY_AT, 40, b"\6" * 32, [[FIRST, 1, 12]]],
        [2, REGISTRY_AT, 40, b"\6" * 32, [[FIRST, 2]]],
        [2, REGISTRY_AT, 40, b"\6" * 32, [[b"\1", 2, 12]]],
        [2, REGISTRY_AT, 40, b"\6" * 32, [[FIRST, 2, 41]]],
        [2, REGISTRY_AT, 40, b"\6" * 32, [[SECOND, 2, 12], [FIRST, 2, 12]]],
        [2, REGISTRY_AT, 40, b"\6" * 32, [[FIRST, 2, 12], [FIRST, 4, 13]]],
    ],
)
def test_anything_else_is_refused(body: cbor.Value) -> None:
    with pytest.raises(StatusError):
        read_status(payload(body))


@pytest.mark.parametrize("changes", [{"kind": "trust"}, {"issuer": b"PT"}, {"scope": b""}])
def test_a_list_is_by_one_authority_for_one_network(changes: dict[str, object]) -> None:
    with pytest.raises(StatusError):
        read_status(payload(LIST.body(), **changes))


def test_only_the_authoritys_own_keys_count_and_one_list_each() -> None:
    file = seal(payload(LIST.body()), BODY)
    signers = {AUTHORITY: key_set(BODY)}
    found, files = open_statuses([file], signers, "training", REGISTRY_AT)
    assert (found[AUTHORITY].status, len(files)) == (LIST, 1)
    for given_files, keys, environment, contract in (
        ([file, file], signers, "training", REGISTRY_AT),
        ([file], {}, "training", REGISTRY_AT),
        ([file], {AUTHORITY: key_set(COUNTRY)}, "training", REGISTRY_AT),
        ([file], signers, "test", REGISTRY_AT),
        ([file], signers, "training", Address(b"\1" * 20)),
        ([file], signers, "training", None),
        ([None], signers, "training", REGISTRY_AT),
        ([b"junk"], signers, "training", REGISTRY_AT),
    ):
        with pytest.raises(WireError):
            open_statuses(given_files, keys, environment, contract)


@given(st.binary(max_size=300))
def test_only_wire_errors_escape(data: bytes) -> None:
    with pytest.raises(WireError):
        open_statuses([data], {AUTHORITY: key_set(BODY)}, "training", REGISTRY_AT)

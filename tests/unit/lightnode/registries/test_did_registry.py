"""EBSI's DID Registry read from a sealed chain: documents, keys at a time, and the ways to lock oneself out."""

from __future__ import annotations

import pytest

from lightnode.registries.did_documents import DidDocument, document_plan, key_address
from lightnode.registries.did_messages import (
    AddController,
    ExpireVerificationMethod,
    InsertDidDocument,
    RevokeController,
    RevokeVerificationMethod,
    RollVerificationMethod,
    RollVerificationMethodTuple,
)
from lightnode.registries.errors import StorageFormError, WalkLimitError
from lightnode.registries.key_rotation import SAFER, Hazard, rotation_warnings
from lightnode.registries.key_standing import KeyState, key_standing
from lightnode.registries.pin import RegistryKind
from lightnode.registries.storage_walk import Plan, walk
from lightnode.registries.typed_call import RegistryCall
from tests.support.registry_world import PROXY, read, world_with
from tests.support.written_registries import WrittenDids

DID, OTHER = "did:ebsi:zZeKyEJfUTGwajhNyNX928z", "did:ebsi:z224tCapjMEJEdLU6n1iG2yH"
BASE = '{"@context":["https://www.w3.org/ns/did/v1","https://w3id.org/security/suites/jws-2020/v1"]}'
FIRST, SECOND, THIRD = (b"\x04" + bytes([number]) * 64 for number in (1, 2, 3))
JWK = b'{"kty":"EC","crv":"P-256","x":"' + b"x" * 43 + b'","y":"' + b"y" * 43 + b'"}'
BEGIN, END = 1_000, 9_000
KIND = RegistryKind.DID


def typical() -> WrittenDids:
    """As the pilot's documents are: one ES256K key, one ES256 key."""
    written = WrittenDids()
    written.insert(DID, BASE, "k1", FIRST, BEGIN, END)
    written.method(DID, "p256", JWK, on_curve=False)
    written.relate(DID, "authentication", "p256", BEGIN, END)
    written.relate(DID, "assertionMethod", "p256", BEGIN + 500, END)
    return written


def read_now(written: WrittenDids, *more: str) -> DidDocument:
    found = read(world_with(written.words), KIND, document_plan(DID, more)).value
    assert found is not None
    return found


def test_a_typical_document() -> None:
    found = read_now(typical())
    assert (found.did, found.base_document, found.controllers) == (DID, BASE, (DID,))
    assert [(one.name, one.method) for one in found.relationships] == [
        ("authentication", "k1"), ("authentication", "p256"), ("assertionMethod", "p256"), ("capabilityInvocation", "k1"),
    ]  # fmt: skip
    first, second = found.methods
    assert (first.id, first.public_key, first.is_secp256k1, first.revoked) == ("k1", FIRST, True, False)
    assert (first.address, first.address_names) == (key_address(FIRST), "k1")
    assert (second.public_key, second.is_secp256k1, second.address, second.invocation) == (JWK, False, None, None)
    # The registry's own check leaves out both ends of an invocation, its documents do not.
    assert [first.may_invoke(time) for time in (BEGIN, BEGIN + 1, END - 1, END)] == [False, True, True, False]
    assert found.invokers(5_000) == (first,)


def test_absence_and_a_key_without_relationship() -> None:
    written = typical()
    written.method(DID, "spare", SECOND, on_curve=True)
    assert read(world_with(written.words), KIND, document_plan(OTHER)).value is None
    assert read_now(written).method("spare") is None
    spare = read_now(written, "spare", "none").method("spare")
    assert spare is not None
    assert not spare.may_invoke(5_000)


@pytest.mark.parametrize(
    ("method", "purpose", "time", "state"),
    [
        ("p256", "assertionMethod", BEGIN + 499, KeyState.NOT_YET),
        ("p256", "assertionMethod", BEGIN + 500, KeyState.VALID),
        ("p256", "assertionMethod", END, KeyState.VALID),
        ("p256", "assertionMethod", END + 1, KeyState.ENDED),
        ("p256", "keyAgreement", 5_000, KeyState.NO_RELATIONSHIP),
        ("k1", "authentication", 5_000, KeyState.VALID),
        ("k9", "authentication", 5_000, KeyState.NO_KEY),
    ],
)
def test_a_key_at_a_time(method: str, purpose: str, time: int, state: KeyState) -> None:
    assert key_standing(read_now(typical()), method, purpose, time).state is state


def test_no_document_has_no_keys() -> None:
    assert key_standing(None, "k1", "authentication", 5_000).state is KeyState.NO_DOCUMENT


def test_a_revocation_dated_back_shows_only_in_the_later_state() -> None:
    written = typical()
    ledger = world_with(written.words)
    words = dict(ledger.state[PROXY].storage)
    written.end(DID, "p256", 4_000, revoke=True)
    ledger.state[PROXY].storage = words | written.words
    ledger.block()
    then, now = (read(ledger, KIND, document_plan(DID), height).value for height in (1, 2))
    assert key_standing(then, "p256", "assertionMethod", 5_000).state is KeyState.VALID
    later = key_standing(now, "p256", "assertionMethod", 5_000)
    assert (later.state, later.not_after, later.revoked) == (KeyState.ENDED, 4_000, True)
    before = key_standing(now, "p256", "assertionMethod", 3_999)
    assert (before.state, before.revoked) == (KeyState.VALID, True)


def changed(written: WrittenDids, changes: dict[int, int]) -> Plan[DidDocument | None]:
    """Read with other words than those written."""

    def prove(slots: tuple[int, ...]) -> dict[int, int]:
        return {slot: changes.get(slot, written.load(slot)) for slot in slots}

    return walk(document_plan(DID), prove)  # type: ignore[return-value]


def test_words_that_are_no_document_are_refused() -> None:
    written = typical()
    entry = written.document(DID)
    key = written.at_bytes(entry + 3, "k1")
    first = written.data_of(entry + 5)
    text = int.from_bytes(b"other" + bytes(26) + b"\x0a", "big")
    forms = {
        key: 0, key + 1: 1 << 16, written.at_bytes(entry + 8, "k1"): 2, written.at_bytes(entry + 9, "k1"): 1,
        first: text, written.data_of(entry + 4): text, first + 1: text,
    }  # fmt: skip
    for slot, word in forms.items():
        with pytest.raises(StorageFormError):
            changed(written, {slot: word})
    for slot, word in ((entry + 1, 11), (entry + 4, 1 << 200), (entry, (1 << 40) + 1)):
        with pytest.raises(WalkLimitError):
            changed(written, {slot: word})


ROLLS: list[RegistryCall] = [
    kind(DID, "k2", SECOND, True, 5_000, END, "k1", 60)
    for kind in (RollVerificationMethod, RollVerificationMethodTuple)
]


@pytest.mark.parametrize("call", ROLLS)
def test_rolling_the_only_invocation_key_is_told_to_lock_out_and_does(call: RegistryCall) -> None:
    written = typical()
    (warning,) = rotation_warnings(read_now(written), call, 5_000)
    assert (warning.hazard, warning.locks_out, warning.safer) == (Hazard.ROLL_LOCKOUT, True, SAFER)
    assert warning.others == ()
    written.roll(DID, "k2", SECOND, 5_000, END, "k1", 60)
    after = read_now(written)
    assert after.method("k2") is not None
    assert after.invokers(5_001) == ()


def test_rolling_with_another_key_left_warns_but_leaves_a_way() -> None:
    written = typical()
    written.method(DID, "k3", THIRD, on_curve=True)
    written.relate(DID, "capabilityInvocation", "k3", BEGIN, END)
    (warning,) = rotation_warnings(read_now(written), ROLLS[0], 5_000)
    assert (warning.hazard, warning.locks_out) == (Hazard.ROLL_LOCKOUT, False)
    written.roll(DID, "k2", SECOND, 5_000, END, "k1", 60)
    assert [one.id for one in read_now(written).invokers(5_001)] == ["k3"]


def test_the_safer_sequence_holds_no_hazard_and_ends_with_the_new_key() -> None:
    written = typical()
    written.method(DID, "k2", SECOND, on_curve=True)
    written.relate(DID, "capabilityInvocation", "k2", BEGIN, END)
    assert [one.id for one in read_now(written).invokers(5_000)] == ["k1", "k2"]
    assert rotation_warnings(read_now(written), RevokeVerificationMethod(DID, "k1", 5_000), 5_000) == ()
    written.end(DID, "k1", 5_000, revoke=True)
    assert [one.id for one in read_now(written).invokers(5_001)] == ["k2"]


@pytest.mark.parametrize("kind", [RevokeVerificationMethod, ExpireVerificationMethod])
def test_ending_the_only_invocation_key(kind: type[RegistryCall]) -> None:
    written = typical()
    warnings = rotation_warnings(read_now(written), kind(DID, "k1", 8_000), 5_000)  # type: ignore[call-arg]
    names = [(one.hazard, one.locks_out) for one in warnings]
    at_once = [(Hazard.EXPIRES_AT_ONCE, True)] if kind is ExpireVerificationMethod else []
    assert names == [(Hazard.LAST_INVOKER, True), *at_once]


def test_an_end_to_come_counts_at_once_for_the_registry() -> None:
    written = typical()
    written.end(DID, "k1", 8_000, revoke=False)
    after = read_now(written)
    assert key_standing(after, "k1", "capabilityInvocation", 6_000).state is KeyState.VALID
    assert after.invokers(6_000) == ()


def test_another_controller_is_named_and_the_last_one_is_told() -> None:
    written = typical()
    written.control(DID, OTHER)
    (warning,) = rotation_warnings(read_now(written), ROLLS[0], 5_000)
    assert warning.others == (OTHER,)
    assert rotation_warnings(read_now(written), RevokeController(DID, OTHER), 5_000) == ()
    (last,) = rotation_warnings(read_now(typical()), RevokeController(DID, DID), 5_000)
    assert last.hazard is Hazard.LAST_CONTROLLER


@pytest.mark.parametrize(
    "call",
    [
        AddController(DID, OTHER),
        InsertDidDocument(DID, BASE, "k1", FIRST, True, 1, 2),
        RollVerificationMethod(DID, "p2", JWK, False, 5_000, END, "p256", 60),
        RevokeVerificationMethod(DID, "p256", 5_000),
        RevokeVerificationMethod(OTHER, "k1", 5_000),
        RevokeController(DID, "did:ebsi:znobody"),
    ],
)
def test_other_calls_hold_none_of_these_hazards(call: RegistryCall) -> None:
    assert rotation_warnings(read_now(typical()), call, 5_000) == ()

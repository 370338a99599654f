"""Every field and every word of a transaction is on the screens: change one, and they change, or it is refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from firmware_bridge.errors import DeviceError, PolicyRefusedError
from firmware_bridge.signer.screens import Screen, closing, paged
from firmware_bridge.signer.transaction_decision import Companions, Limits, explain
from firmware_bridge.signer.transaction_screens import screens_for_transaction
from lightnode.templates import BUILT_IN, built_in
from lightnode.wire.authority import authority_id
from lightnode.wire.commitment import Opening
from lightnode.wire.curve import address_of
from lightnode.wire.key_set import KeySet
from lightnode.wire.plain_text import DEVICE_LABELS
from lightnode.wire.profile import TIMESTAMP, GasPolicy, Recording
from lightnode.wire.registry import ActCall, Verb
from lightnode.wire.registry_admin import MEANINGS, ChangeCall, Deployment, Operation, propose
from lightnode.wire.timestamp_call import TimestampAct, with_change_hash
from lightnode.wire.transaction import TransactionType, UnsignedTransaction
from lightnode.wire.trust import AuthorityEntry
from lightnode.wire.types import ZERO_HASH, Address, Hash32
from tests.support.signer_bench import AUTHORITY, CREATION, DAY, GENESIS, NOW, REGISTRY_AT, SignerBench

WHO = int.from_bytes(b"\x21" * 20, "big")
ALL_VERBS = 0x7E


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> SignerBench:
    made = SignerBench(tmp_path_factory.mktemp("screens"))
    made.session.base.profiles[GENESIS] = made.profile(gas=GasPolicy(0, 9, 1_000_000))
    return made


def screens(bench: SignerBench, transaction: UnsignedTransaction, opening: Opening | None = None) -> list[Screen]:
    """What the session shows for a transaction, without asking."""
    given = Companions("eessi.pda1.v1", opening.encode(), None) if opening else Companions(None, None, None)
    made = explain(transaction.signing_payload(), given, bench.session.base, Limits(NOW, 14 * DAY))
    title, sender = made.screens[0].title, address_of(bench.official.public_key)
    return [*made.screens, *screens_for_transaction(title, made.profile, transaction, "official", sender)]


def drawn(found: list[Screen]) -> list[tuple[str, ...]]:
    return [(page.title, page.label, *page.lines) for page in paged(found)]


def rows(found: list[Screen]) -> dict[str, str]:
    return {screen.label: screen.value for screen in found}


def one_verb(verb: Verb) -> ActCall:
    return ActCall(verb, GENESIS, None, None, None, 1, 12, 3, ZERO_HASH, 0, NOW + DAY, ZERO_HASH)


def calls(bench: SignerBench) -> Iterator[tuple[bytes, Opening | None]]:
    opening = bench.opening()
    yield bench.call(opening, valid_until=21_000, receiver=Hash32(b"\xbb" * 32)).encode(), opening
    for verb in (Verb.SUSPEND, Verb.REINSTATE, Verb.REVOKE, Verb.ACKNOWLEDGE):
        yield one_verb(verb).encode(), None
    words = {"Administrator": WHO, "Member": WHO, "Key": WHO, "Verbs": ALL_VERBS, "State": 2}
    for operation in Operation:
        given = tuple(words.get(label, 5) for label in MEANINGS[operation])
        own = operation in (Operation.ADD_GOVERNOR, Operation.REMOVE_GOVERNOR, Operation.SET_GOVERNANCE_THRESHOLD)
        call = propose(GENESIS, operation, ZERO_HASH if own else AUTHORITY, given, NOW + DAY, ZERO_HASH)
        yield call.encode(), None
        yield replace(call, number=4).encode(), None
    yield propose(GENESIS, Operation.CLOSE, AUTHORITY, (), NOW + DAY, ZERO_HASH).encode(), None
    yield ChangeCall(GENESIS, None, ZERO_HASH, (WHO,), None, NOW + DAY, ZERO_HASH).encode(), None


def changed_words(data: bytes) -> Iterator[bytes]:
    """Calldata with one word changed: single bits along its length, and other whole values."""
    for word in range((len(data) - 4) // 32):
        at = 4 + 32 * word
        value = int.from_bytes(data[at : at + 32], "big")
        bits = (0, 1, 7, 31, 32, 63, 64, 130, 159, 160, 200, 255)
        for other in {*(value ^ 1 << bit for bit in bits), 0, 1, value + 1, value + 60, (1 << 256) - 1}:
            if other != value and 0 <= other < 1 << 256:
                yield data[:at] + other.to_bytes(32, "big") + data[at + 32 :]


def test_every_word_of_every_call_is_shown_or_refused(bench: SignerBench) -> None:
    accepted = tried = 0
    for data, opening in calls(bench):
        before = drawn(screens(bench, bench.transaction(data), opening))
        for other in changed_words(data):
            tried += 1
            try:
                after = drawn(screens(bench, bench.transaction(other), opening))
            except DeviceError:
                continue
            accepted += 1
            assert after != before, (data.hex(), other.hex())
    assert tried > 2000
    assert accepted > 300, "the changes must not all be refused"


def test_every_field_of_a_transaction_is_shown_or_refused(bench: SignerBench) -> None:
    opening = bench.opening()
    first = bench.transaction(bench.call(opening).encode(), gas_price=1)
    dynamic = replace(first, type=TransactionType(2), gas_price=None, max_priority_fee_per_gas=1, max_fee_per_gas=2)
    others = [
        replace(first, nonce=1), replace(first, gas_limit=500_001), replace(first, gas_price=2),
        replace(first, type=TransactionType(1)), dynamic, replace(dynamic, max_priority_fee_per_gas=2),
        replace(dynamic, max_fee_per_gas=3),
    ]  # fmt: skip
    shown = [drawn(screens(bench, item, opening)) for item in (first, *others)]
    assert all(one != other for at, one in enumerate(shown) for other in shown[:at])
    for wrong in (
        replace(first, gas_limit=1_000_001),
        replace(first, gas_limit=2**64 - 1),
        replace(first, gas_price=10),
    ):
        with pytest.raises(PolicyRefusedError):
            screens(bench, wrong, opening)


def test_the_technical_screens_are_in_plain_words(bench: SignerBench) -> None:
    opening = bench.opening()
    found = rows(screens(bench, bench.transaction(bench.call(opening).encode(), nonce=12), opening))
    assert found["Signing key"] == "official"
    assert found["Key address"].replace(" ", "") == address_of(bench.official.public_key).hex().upper()
    assert found["Register"].replace(" ", "") == REGISTRY_AT.hex().upper()
    assert found["Transaction"] == "Number 12 of this key, type 0"
    assert found["Fee"] == "At most 500000 units of gas at 0 wei each"
    assert found["Send by"] == "16 Jan 2027, 08:00:00 UTC"


def test_a_key_label_that_cannot_be_shown_is_not(bench: SignerBench) -> None:
    transaction, address = bench.transaction(b""), Address(bytes(20))
    found = screens_for_transaction("T", bench.profile(), transaction, "a\u202eb", address)
    assert rows(list(found))["Signing key"] == "(not readable)"


@pytest.mark.parametrize(
    ("verb", "words"),
    [(Verb.SUSPEND, "Suspend record 12"), (Verb.REINSTATE, "Lift suspension of record 12"),
     (Verb.REVOKE, "Withdraw record 12"), (Verb.ACKNOWLEDGE, "Confirm receipt of record 12")],
)  # fmt: skip
def test_a_call_on_a_record_says_that_only_its_number_is_known(bench: SignerBench, verb: Verb, words: str) -> None:
    found = rows(screens(bench, bench.transaction(one_verb(verb).encode())))
    assert found["What"] == words
    assert found["Record"] == "Number 12 of Bench network (TRAINING), after 3 changes"
    assert found["Content"] == "Not known here. The number alone names the record."


def test_owner_and_receiver_are_named_where_a_country_named_them(bench: SignerBench) -> None:
    receiver = authority_id("SE", "77")
    bench.session.base.names[receiver] = AuthorityEntry(
        receiver, "SE", "77", "F\u00f6rs\u00e4kringskassan", KeySet(1, ())
    )
    opening = bench.opening()
    found = rows(screens(bench, bench.transaction(bench.call(opening, receiver=receiver).encode()), opening))
    assert (found["Receiver"], found["Receiver number"]) == ("F\u00f6rs\u00e4kringskassan", "SE 77")
    assert found["Receiver id"].replace(" ", "") == receiver.hex().upper()
    assert found["Authority"] == "(not known here)"
    assert found["Authority id"].replace(" ", "") == AUTHORITY.hex().upper()


def test_what_nobody_could_mean_is_refused(bench: SignerBench) -> None:
    def change(operation: Operation, *words: int) -> bytes:
        return propose(GENESIS, operation, AUTHORITY, words, NOW + DAY, ZERO_HASH).encode()

    wrong = [
        change(Operation.ADD_KEY, WHO | 1 << 200, ALL_VERBS, 0, 0, 1),
        *(change(Operation.ADD_KEY, WHO, verbs, 0, 0, 1) for verbs in (0, 1, 0x7F, 0xFE, 1 << 63)),
        change(Operation.ADD_KEY, WHO, ALL_VERBS, 9, 8, 1), change(Operation.ADD_KEY, WHO, ALL_VERBS, 0, 0, 0),
        change(Operation.ADD_KEY, 0, ALL_VERBS, 0, 0, 1), change(Operation.ADMIT, WHO, 0), change(Operation.ADMIT, WHO, 1 << 32),
        change(Operation.SET_ADMINISTRATORS_THRESHOLD, 0), change(Operation.SET_ADMINISTRATORS_THRESHOLD, 65),
        change(Operation.RESTORE_RECORD, 1, 3, 0), change(Operation.ADD_GOVERNOR, WHO, 1),
        propose(GENESIS, Operation.ADMIT, ZERO_HASH, (WHO, 1), NOW + DAY, ZERO_HASH).encode(),
    ]  # fmt: skip
    for data in wrong:
        with pytest.raises(PolicyRefusedError):
            screens(bench, bench.transaction(data))


def test_a_governance_that_nobody_could_mean_is_not_created(bench: SignerBench) -> None:
    one, two = Address(b"\1" * 20), Address(b"\2" * 20)
    good = Deployment(GENESIS, (one, two), (1, 2), 2)
    assert rows(screens(bench, bench.transaction(CREATION + good.encode(), to=None)))["Threshold"] == "2 of 2"
    for wrong in (
        replace(good, threshold=0), replace(good, threshold=9), replace(good, threshold=3), replace(good, holders=(1, 1)),
        replace(good, members=(one, one)), replace(good, holders=(0, 1)), replace(good, members=(one, Address(bytes(20)))),
    ):  # fmt: skip
        with pytest.raises(PolicyRefusedError):
            screens(bench, bench.transaction(CREATION + wrong.encode(), to=None))


def test_every_member_of_an_act_on_timestamp_is_shown_or_refused(tmp_path: Path) -> None:
    bench = SignerBench(tmp_path)
    bench.session.base.profiles[GENESIS] = bench.profile(recording=Recording(TIMESTAMP, REGISTRY_AT, ZERO_HASH))
    opening, other = bench.opening(), Hash32(b"\x31" * 32)
    template = built_in("eessi.pda1.v1").ledger_id
    act = TimestampAct(
        Verb.SUPERSEDE, AUTHORITY, template, bench.commitment(opening), other, 4, None, 0, NOW + DAY, None
    )
    before = drawn(screens(bench, bench.transaction(act.encode()), opening))
    for change in (
        {"act_count": 5}, {"subject": Hash32(b"\x32" * 32)}, {"receiver": other}, {"valid_until": 5},
        {"not_after": NOW + DAY + 1}, {"valid_until": 3_000_000}, {"valid_until": 3_000_001},
    ):  # fmt: skip
        assert drawn(screens(bench, bench.transaction(replace(act, **change).encode()), opening)) != before
    withdrawn = with_change_hash(GENESIS, REGISTRY_AT, replace(act, verb=Verb.REVOKE))
    changed = drawn(screens(bench, bench.transaction(withdrawn.encode())))
    for change in ({"act_count": 5}, {"subject": Hash32(b"\x32" * 32)}, {"template": other}, {"verb": Verb.SUSPEND},
                   {"authority": other}):  # fmt: skip
        made = with_change_hash(GENESIS, REGISTRY_AT, replace(withdrawn, **change))
        assert drawn(screens(bench, bench.transaction(made.encode()))) != changed
    for change in ({"receiver": ZERO_HASH}, {"approval": ZERO_HASH}):
        with pytest.raises(PolicyRefusedError):
            screens(bench, bench.transaction(replace(act, **change).encode()), opening)


def test_no_field_may_bear_a_label_of_the_device(bench: SignerBench) -> None:
    opening = bench.opening()
    fields = {field.label for name in BUILT_IN for field in built_in(name).fields}
    used: set[str] = {closing("T").label, "Signed before", "Look closely", "Replaces", "Approval"}
    for data, given in calls(bench):
        if given is not None or data[:4] == one_verb(Verb.REVOKE).encode()[:4]:
            full = bench.call(opening, valid_until=9, receiver=AUTHORITY).encode()
            used |= set(rows(screens(bench, bench.transaction(full if given else data), given)))
    assert used - fields <= DEVICE_LABELS
    assert not fields & DEVICE_LABELS

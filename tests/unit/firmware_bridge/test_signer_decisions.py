"""The device decides: it shows what it signs, computes the commitment itself, and refuses what it cannot explain."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware_bridge.audit_entry import decode_entry, read_lines
from firmware_bridge.client import SignerClient, TransactionRequest
from firmware_bridge.errors import (
    BridgeError,
    BusyError,
    CancelledError,
    CommitmentMismatchError,
    DeclinedError,
    MalformedRequestError,
    NotInModeError,
    NotProvisionedError,
    PolicyRefusedError,
    RepeatedDifferentlyError,
    StaleTimeError,
    TwoFilesError,
    UnknownContractError,
    UnknownKeyError,
    UnpluggedError,
    UnsupportedMethodError,
    UserTimeoutError,
)
from firmware_bridge.messages import Method, Pending, Request
from firmware_bridge.signer.service import SignerService
from firmware_bridge.signer.session import SignerSession, SignerSettings
from firmware_bridge.signer.signer_files import SignerFiles
from firmware_bridge.signer.work import Withdrawal
from lightnode.templates import built_in
from lightnode.wire.curve import address_of
from lightnode.wire.order import HeightException, verify_height_exception
from lightnode.wire.payload import Payload
from lightnode.wire.profile import TIMESTAMP, Recording
from lightnode.wire.registry import ActCall, Verb
from lightnode.wire.registry_admin import Deployment, Operation, consent, propose, stop_key
from lightnode.wire.status import CommitmentEntry, CommitmentStatus
from lightnode.wire.timestamp_call import TimestampAct, with_change_hash
from lightnode.wire.transaction import AccessEntry, SignedTransaction, TransactionType
from lightnode.wire.types import ZERO_HASH, Address, Hash32
from tests.support.link_host import HOST, PAIRED, hear, post
from tests.support.signer_bench import AUTHORITY, CREATION, DAY, GENESIS, NOW, REGISTRY_AT, SignerBench, labels


@pytest.fixture
def bench(tmp_path: Path) -> SignerBench:
    return SignerBench(tmp_path)


def test_an_act_is_shown_whole_and_signed(bench: SignerBench) -> None:
    opening = bench.opening()
    transaction = bench.transaction(bench.call(opening).encode())
    steps: list[Pending] = []
    # A person needs some time for each screen; this one needs enough for the host to be told.
    bench.finger.decide = lambda shown: time.sleep(0.02) or ("approve" if shown.last else "next")
    with bench.client(pending=steps.append) as client:
        made = client.sign_transaction(bench.request(transaction, opening))
    signed = SignedTransaction(transaction, made.y_parity, made.r, made.s)
    assert signed.sender(bench.curve) == address_of(bench.official.public_key)
    assert made.digest == transaction.signing_hash()
    rows = bench.finger.rows
    assert labels(rows)[:5] == ["What", "Authority", "Authority number", "Authority id", "First names"]
    assert labels(rows)[-9:] == [
        "Document", "Network", "Send by", "Signing key", "Key address", "Register", "Transaction", "Fee", "Sign?",
    ]  # fmt: skip
    assert dict(rows)["Valid until"] == "30 Nov 2027"
    assert dict(rows)["What"] == "Register a PDA1"
    assert "TRAINING" in dict(rows)["Network"]
    assert dict(rows)["Document"].replace(" ", "") == "44" * 32
    assert [step.screen for step in steps if step.screens == len(rows)][-1] == len(rows)


@pytest.mark.parametrize("curve", ["secp256r1"])
def test_networks_on_the_other_curve(tmp_path: Path, curve: str) -> None:
    bench = SignerBench(tmp_path, curve=curve)
    opening = bench.opening()
    transaction = bench.transaction(bench.call(opening).encode())
    with bench.client() as client:
        made = client.sign_transaction(bench.request(transaction, opening))
    assert SignedTransaction(transaction, made.y_parity, made.r, made.s).sender(bench.curve) == address_of(
        bench.official.public_key
    )


def test_one_field_swapped_behind_the_desktops_back(bench: SignerBench) -> None:
    shown, committed = bench.opening(), bench.opening(family_name="Someone Else")
    transaction = bench.transaction(bench.call(committed).encode())
    with bench.client() as client, pytest.raises(CommitmentMismatchError):
        client.sign_transaction(bench.request(transaction, shown))
    assert bench.finger.seen == [], "nothing is even shown"


def refused(bench: SignerBench, request: TransactionRequest, kind: type[BridgeError]) -> None:
    with bench.client() as client, pytest.raises(kind):
        client.sign_transaction(request)
    assert bench.finger.seen == []


def test_what_does_not_fit_one_profile_is_refused(bench: SignerBench) -> None:
    opening = bench.opening()
    good = bench.call(opening)
    other = Address(b"\x78" * 20)
    elsewhere = replace(good, commitment=bench.commitment(opening, registry=other))
    cases = [
        (bench.transaction(good.encode(), to=other), UnknownContractError),
        (bench.transaction(good.encode(), chain_id=1), NotProvisionedError),
        (bench.transaction(good.encode(), chain_id=0x43480002), NotProvisionedError),
        (bench.transaction(good.encode(), chain_id=None), PolicyRefusedError),
        (bench.transaction(good.encode(), value=1), PolicyRefusedError),
        (bench.transaction(good.encode(), gas_price=1), PolicyRefusedError),
        (bench.transaction(replace(good, genesis=Hash32(b"\x56" * 32)).encode()), PolicyRefusedError),
        (bench.transaction(elsewhere.encode()), CommitmentMismatchError),
        (bench.transaction(replace(good, template=Hash32(b"\1" * 32)).encode()), CommitmentMismatchError),
        (bench.transaction(replace(good, authority=Hash32(b"\1" * 32)).encode()), CommitmentMismatchError),
        (bench.transaction(replace(good, count=2).encode()), UnknownContractError),
        (bench.transaction(replace(good, not_after=NOW + 14 * DAY + 1).encode()), StaleTimeError),
    ]
    for transaction, kind in cases:
        refused(bench, bench.request(transaction, opening), kind)


def test_access_lists_and_unknown_calls_are_refused(bench: SignerBench) -> None:
    opening = bench.opening()
    data = bench.call(opening).encode()
    typed = bench.transaction(data, type=TransactionType.ACCESS_LIST, access_list=(AccessEntry(REGISTRY_AT, ()),))
    refused(bench, bench.request(typed, opening), PolicyRefusedError)
    for bad in (b"", b"\1\2\3\4", data + b"\0", data[:-1], data + bytes(32), data[:4]):
        refused(bench, bench.request(bench.transaction(bad), opening), UnknownContractError)


def test_dirty_words_are_refused(bench: SignerBench) -> None:
    opening = bench.opening()
    data = bytearray(bench.call(opening).encode())
    data[4 + 6 * 32] = 1
    refused(bench, bench.request(bench.transaction(bytes(data)), opening), UnknownContractError)


def test_an_act_without_what_it_needs(bench: SignerBench) -> None:
    opening = bench.opening()
    transaction = bench.transaction(bench.call(opening).encode())
    refused(bench, bench.request(transaction), MalformedRequestError)
    payload = transaction.signing_payload()
    refused(bench, TransactionRequest("official", payload, "eessi.ehic.v1", opening.encode()), NotProvisionedError)
    refused(bench, TransactionRequest("nobody", payload, "eessi.pda1.v1", opening.encode()), UnknownKeyError)
    refused(bench, TransactionRequest("gov", payload, "eessi.pda1.v1", opening.encode()), UnknownKeyError)
    refused(
        bench, TransactionRequest("official", payload + b"\0", "eessi.pda1.v1", opening.encode()), MalformedRequestError
    )


def test_withdrawing_is_shown_with_its_record(bench: SignerBench) -> None:
    call = ActCall(Verb.REVOKE, GENESIS, None, None, None, 1, 118204, 2, ZERO_HASH, 0, NOW + DAY, ZERO_HASH)
    with bench.client() as client:
        client.sign_transaction(bench.request(bench.transaction(call.encode())))
    rows = dict(bench.finger.rows)
    assert rows["What"] == "Withdraw record 118204"
    assert rows["Record"] == "Number 118204 of Bench network (TRAINING), after 2 changes"
    assert rows["Content"].startswith("Not known here.")


def on_timestamp(bench: SignerBench) -> TimestampAct:
    recording = Recording(TIMESTAMP, REGISTRY_AT, ZERO_HASH)
    data = bench.seal(bench.profile_payload(serial=2, recording=recording)).encode()
    with bench.client() as client:
        client.load_envelope(data)
    bench.finger.seen.clear()
    template, commitment = built_in("eessi.pda1.v1"), bench.commitment(bench.opening())
    return TimestampAct(Verb.REGISTER, AUTHORITY, template.ledger_id, commitment, None, 0, None, 0, NOW + DAY, None)


def test_acts_on_timestamp_are_shown_like_any_other(bench: SignerBench) -> None:
    act = on_timestamp(bench)
    replacing = replace(act, verb=Verb.SUPERSEDE, subject=Hash32(b"\x31" * 32), act_count=1)
    with bench.client() as client:
        client.sign_transaction(bench.request(bench.transaction(act.encode()), bench.opening()))
        assert dict(bench.finger.rows)["Valid until"] == "30 Nov 2027"
        client.sign_transaction(bench.request(bench.transaction(replacing.encode(), nonce=1), bench.opening()))
    assert dict(bench.finger.rows)["Replaces"].replace(" ", "") == "31" * 32


def test_acts_on_timestamp_are_refused_for_the_same_reasons(bench: SignerBench) -> None:
    act, opening = on_timestamp(bench), bench.opening()
    cases = [
        (replace(act, commitment=Hash32(b"\1" * 32)).encode(), CommitmentMismatchError),
        (replace(act, authority=Hash32(b"\1" * 32)).encode(), CommitmentMismatchError),
        (replace(act, not_after=NOW + 15 * DAY).encode(), StaleTimeError),
        (act.encode() + bytes(32), UnknownContractError),
        (bench.call(opening).encode(), UnknownContractError),
    ]
    for data, kind in cases:
        refused(bench, bench.request(bench.transaction(data), opening), kind)


def withdrawal(act: TimestampAct, verb: Verb = Verb.REVOKE) -> TimestampAct:
    made = replace(act, verb=verb, subject=Hash32(b"\x31" * 32), act_count=2)
    return with_change_hash(GENESIS, REGISTRY_AT, made)


def test_changes_of_a_record_on_timestamp_are_shown_with_its_commitment(bench: SignerBench) -> None:
    act = on_timestamp(bench)
    words = {
        Verb.SUSPEND: "Suspend a record", Verb.REINSTATE: "Lift suspension of a record", Verb.REVOKE: "Withdraw a record",
        Verb.ACKNOWLEDGE: "Confirm receipt of a record",
    }  # fmt: skip
    for nonce, (verb, what) in enumerate(words.items()):
        bench.finger.seen.clear()
        with bench.client() as client:
            client.sign_transaction(bench.request(bench.transaction(withdrawal(act, verb).encode(), nonce=nonce)))
        rows = dict(bench.finger.rows)
        assert rows["What"] == what
        assert rows["Record"].replace(" ", "") == "31" * 32
        assert (rows["Kind of record"], rows["Acts on it"]) == (built_in("eessi.pda1.v1").title, "2")
        assert rows["Authority id"].replace(" ", "").lower() == AUTHORITY.hex()
        assert rows["Content"] == "Not known here. The commitment alone names the record."
        assert rows["Send by"]


def test_changes_on_timestamp_are_refused_unless_every_byte_is_explained(bench: SignerBench) -> None:
    act = on_timestamp(bench)
    good = withdrawal(act)
    elsewhere = with_change_hash(Hash32(b"\1" * 32), REGISTRY_AT, good)
    cases = [
        (replace(good, commitment=act.commitment), CommitmentMismatchError),
        (elsewhere, CommitmentMismatchError),
        (replace(good, subject=Hash32(b"\x32" * 32)), CommitmentMismatchError),
        (withdrawal(replace(act, not_after=NOW + 15 * DAY)), StaleTimeError),
        (withdrawal(replace(act, receiver=AUTHORITY)), UnknownContractError),
        (withdrawal(replace(act, valid_until=9)), UnknownContractError),
    ]
    for changed, kind in cases:
        refused(bench, bench.request(bench.transaction(changed.encode())), kind)
    refused(bench, bench.request(bench.transaction(good.encode()), bench.opening()), MalformedRequestError)
    payload = bench.transaction(good.encode()).signing_payload()
    refused(bench, TransactionRequest("official", payload, None, None, bytes(32)), CommitmentMismatchError)


def test_changes_of_the_registry_are_shown(bench: SignerBench) -> None:
    words = (int.from_bytes(b"\x99" * 20, "big"), 0b110, 0, 0, 7)
    call = propose(GENESIS, Operation.ADD_KEY, Hash32(b"\xaa" * 32), words, NOW + DAY, ZERO_HASH)
    with bench.client() as client:
        client.sign_transaction(bench.request(bench.transaction(call.encode())))
    rows = dict(bench.finger.rows)
    assert rows["What"] == "Entitle a key"
    assert rows["Verbs"] == "register, supersede"
    assert rows["Key"].replace(" ", "") == "99" * 20


def test_a_call_that_names_an_approval_is_refused_as_long_as_it_cannot_be_shown(bench: SignerBench) -> None:
    opening, word = bench.opening(), Hash32(b"\x31" * 32)
    act = bench.call(opening, approval=word)
    change = propose(GENESIS, Operation.ADMIT, AUTHORITY, (7, 1), NOW + DAY, word)
    with bench.client() as client:
        with pytest.raises(UnknownContractError, match="approval"):
            client.sign_transaction(bench.request(bench.transaction(act.encode()), opening))
        with pytest.raises(UnknownContractError, match="approval"):
            client.sign_transaction(bench.request(bench.transaction(change.encode())))


def test_a_consent_is_shown_with_everything_that_it_does(bench: SignerBench) -> None:
    words = (int.from_bytes(b"\x99" * 20, "big"), 0b110, 0, 900, 7)
    call = consent(propose(GENESIS, Operation.ADD_KEY, AUTHORITY, words, NOW, ZERO_HASH), 12, NOW + DAY, ZERO_HASH)
    with bench.client() as client:
        client.sign_transaction(bench.request(bench.transaction(call.encode())))
    rows = dict(bench.finger.rows)
    assert (rows["What"], rows["Step"], rows["Change number"]) == ("Entitle a key", "Consent to", "12")
    assert rows["Key"] == " ".join(["9999"] * 10)
    assert (rows["Verbs"], rows["From block"], rows["To block"]) == ("register, supersede", "at once", "900")
    assert rows["Holder"] == "7"


def test_the_stop_of_a_key_is_shown(bench: SignerBench) -> None:
    call = stop_key(GENESIS, Address(b"\x99" * 20), NOW + DAY, ZERO_HASH)
    with bench.client() as client:
        client.sign_transaction(bench.request(bench.transaction(call.encode())))
    rows = dict(bench.finger.rows)
    assert (rows["What"], rows["Key"]) == ("Stop a key", " ".join(["9999"] * 10))


def test_only_the_packs_contract_is_created(bench: SignerBench) -> None:
    arguments = Deployment(GENESIS, (Address(b"\x99" * 20),), (1,), 1).encode()
    good = bench.transaction(CREATION + arguments, to=None)
    with bench.client() as client:
        client.sign_transaction(bench.request(good))
    assert dict(bench.finger.rows)["What"] == "Create the act registry"
    bench.finger.seen.clear()
    refused(
        bench,
        bench.request(bench.transaction(b"\x60" + CREATION[1:-1] + b"\0" + arguments, to=None)),
        UnknownContractError,
    )
    refused(bench, bench.request(bench.transaction(CREATION + arguments + b"\0", to=None)), UnknownContractError)
    elsewhere = Deployment(Hash32(b"\1" * 32), (Address(b"\x99" * 20),), (1,), 1).encode()
    refused(bench, bench.request(bench.transaction(CREATION + elsewhere, to=None)), PolicyRefusedError)
    with bench.client() as client:
        client.sign_transaction(bench.request(bench.transaction(CREATION, to=None, nonce=1)))
    assert dict(bench.finger.rows)["Members"] == "(none: nobody governs it)"


def test_declining_signs_nothing_and_is_written_down_nowhere_as_signed(bench: SignerBench) -> None:
    bench.finger.decide = lambda shown: "reject" if shown.number == 3 else "next"
    opening = bench.opening()
    with bench.client() as client, pytest.raises(DeclinedError):
        client.sign_transaction(bench.request(bench.transaction(bench.call(opening).encode()), opening))
    lines = (bench.folder / "state" / "audit.log").read_bytes().splitlines(keepends=True)
    what = [decode_entry(one).what for one in read_lines(lines)]
    assert what[-1].outcome == "declined"
    assert ("transaction", "signed") not in [(one.event, one.outcome) for one in what]


def test_approve_counts_only_after_every_screen(bench: SignerBench) -> None:
    bench.finger.decide = lambda shown: "approve" if shown.number == 1 else None
    cancel = threading.Event()
    opening = bench.opening()
    timer = threading.Timer(0.5, cancel.set)
    timer.start()
    with bench.client(cancel) as client, pytest.raises(CancelledError):
        client.sign_transaction(bench.request(bench.transaction(bench.call(opening).encode()), opening))
    assert [shown.number for shown in bench.finger.seen] == [1]


def test_nobody_presses_a_button(tmp_path: Path) -> None:
    bench = SignerBench(tmp_path, screen_seconds=0.3)
    bench.finger.decide = lambda shown: None
    opening = bench.opening()
    with bench.client() as client, pytest.raises(UserTimeoutError):
        client.sign_transaction(bench.request(bench.transaction(bench.call(opening).encode()), opening))


def test_the_same_request_twice_is_signed_once(bench: SignerBench) -> None:
    opening = bench.opening()
    request = bench.request(bench.transaction(bench.call(opening).encode()), opening)
    name = bytes(16)
    with bench.client() as client:
        first = client.sign_transaction(request, name)
    shown = len(bench.finger.seen)
    bench.start(provisioning=False)
    with bench.client() as client:
        assert client.sign_transaction(request, name) == first
        other = bench.request(bench.transaction(bench.call(opening).encode(), nonce=1), opening)
        with pytest.raises(RepeatedDifferentlyError):
            client.sign_transaction(other, name)
    assert len(bench.finger.seen) == shown, "nobody was asked again"


def test_unplugged_mid_request_and_taken_up_again(bench: SignerBench) -> None:
    release = threading.Event()
    bench.finger.decide = lambda shown: None if not release.is_set() else "approve" if shown.last else "next"
    opening = bench.opening()
    request = bench.request(bench.transaction(bench.call(opening).encode()), opening)
    name = b"\x09" * 16
    link = bench.link()
    seen: list[Pending] = []

    def unplug(pending: Pending) -> None:
        seen.append(pending)
        link.close()

    with pytest.raises(UnpluggedError):
        SignerClient(link, HOST, unplug).sign_transaction(request, name)
    release.set()
    with bench.client() as client:
        assert client.sign_transaction(request, name).digest
    log = (bench.folder / "state" / "audit.log").read_bytes().splitlines()
    assert sum(b"register eessi".hex().encode() in line for line in log) == 1


def test_a_second_request_meanwhile_is_told_to_wait(bench: SignerBench) -> None:
    bench.finger.decide = lambda shown: None
    opening = bench.opening()
    request = bench.request(bench.transaction(bench.call(opening).encode()), opening)
    with bench.client() as client:
        parameters = [request.key_label, request.payload, request.template_id, request.opening, None]
        first = Request(b"\1" * 16, Method.SIGN_TRANSACTION, parameters)
        post(client, first)
        while bench.port.current() is None:
            pass
        with pytest.raises(BusyError):
            client.keys()
        client.call(Method.CANCEL, b"\1" * 16)
        while bench.port.current() is not None:
            pass


def test_another_call_at_a_used_nonce_is_asked_about(bench: SignerBench) -> None:
    first, second = bench.opening(), bench.opening(family_name="Other")
    with bench.client() as client:
        client.sign_transaction(bench.request(bench.transaction(bench.call(first).encode()), first))
        client.sign_transaction(bench.request(bench.transaction(bench.call(first).encode(), gas_limit=1), first))
        assert "Signed before" not in labels(bench.finger.rows), "a raised fee keeps the call"
        client.sign_transaction(bench.request(bench.transaction(bench.call(second).encode()), second))
    assert "Signed before" in labels(bench.finger.rows)


def test_provisioning_only_in_its_mode(bench: SignerBench) -> None:
    with bench.client() as client:
        with pytest.raises(NotInModeError):
            client.generate_key("x", "secp256k1", "transaction")
        with pytest.raises(UnsupportedMethodError):
            client.call(99, None)  # type: ignore[arg-type]
        with pytest.raises(MalformedRequestError):
            client.call(Method.SIGN_ENVELOPE, [bytes(32), "official"])


def test_a_first_root_is_installed_in_provisioning_mode_only(bench: SignerBench) -> None:
    bench.session = SignerSession(
        SignerFiles(bench.folder / "fresh"), bench.token, bench.port, SignerSettings(False, "software")
    )
    bench.session.hosts.introduce(PAIRED)
    bench.service = SignerService(bench.session)
    with bench.client() as client, pytest.raises(NotInModeError):
        client.install_root(bench.root.encode())


def test_another_root_is_not_installed_over_the_first(bench: SignerBench) -> None:
    bench.start(provisioning=True)
    body = bench.root.payload.body
    other = bench.seal(Payload("root", "training", b"", b"", 1, NOW + 1, NOW + DAY, NOW + 2 * DAY, body))
    with bench.client() as client, pytest.raises(PolicyRefusedError):
        client.install_root(other.encode())


def test_envelopes_of_other_environments_kinds_and_signers(bench: SignerBench) -> None:
    production = Payload("profile", "production", GENESIS, b"", 1, NOW, NOW, NOW, bench.profile().body())
    receipt = Payload("receipt", "training", b"", b"", 1, NOW, NOW, NOW, [])
    with bench.client() as client:
        with pytest.raises(PolicyRefusedError):
            client.sign_envelope(production.encode(), "gov")
        with pytest.raises(UnknownContractError):
            client.sign_envelope(receipt.encode(), "gov")
        with pytest.raises(UnknownKeyError):
            client.sign_envelope(bench.pack_payload().encode(), "official")
        good = bench.seal(bench.profile_payload(serial=3))
        client.load_envelope(good.encode())
        with pytest.raises(PolicyRefusedError):
            client.load_envelope(bench.seal(bench.profile_payload(serial=2)).encode())
        with pytest.raises(TwoFilesError):
            client.load_envelope(bench.seal(bench.profile_payload(serial=3, name="Other")).encode())
        broken = bytearray(good.encode())
        broken[-1] ^= 1
        with pytest.raises(PolicyRefusedError):
            client.load_envelope(bytes(broken))


def test_a_status_list_is_shown_whole_and_with_its_fingerprint(bench: SignerBench) -> None:
    rows = [CommitmentEntry(Hash32(bytes([number]) * 32), 2 + number % 3, number) for number in range(1, 18)]
    for count in (2, 17):
        listed = CommitmentStatus(REGISTRY_AT, 40, Hash32(b"\x66" * 32), tuple(rows[:count]))
        payload = Payload("status", "training", GENESIS, AUTHORITY, count, NOW, NOW, NOW, listed.body())
        bench.finger.seen.clear()
        with bench.client() as client:
            client.sign_envelope(payload.encode(), "gov")
        shown = dict(bench.finger.rows)
        assert shown["What"] == "Sign a status list"
        assert shown["Issuer"].replace(" ", "").lower() == AUTHORITY.hex()
        assert shown["List"].replace(" ", "").lower() == listed.digest().hex()
        assert shown["As of"] == "block 40"
        assert (shown[f"1 of {count}"], shown[f"2 of {count}"]) == ("replaced in block 1", "withdrawn in block 2")
        assert sum(label == "Record" for label, _ in bench.finger.rows) == count
    assert shown["Not in force"] == "5 suspended, 6 replaced, 6 withdrawn"


def test_a_status_list_that_cannot_be_read_is_not_signed(bench: SignerBench) -> None:
    for body in ([], [2, REGISTRY_AT, 40, b"\x66", []], [1, 2, 3, 4, []]):
        payload = Payload("status", "training", GENESIS, AUTHORITY, 1, NOW, NOW, NOW, body)
        with bench.client() as client, pytest.raises(UnknownContractError):
            client.sign_envelope(payload.encode(), "gov")


def test_an_order_is_shown_and_what_is_signed_lets_its_block_pass(bench: SignerBench) -> None:
    order = HeightException(GENESIS, 70_412, Hash32(b"\x66" * 32))
    payload = Payload("order", "training", b"", b"", 1, NOW, NOW, NOW, order.body())
    bench.finger.seen.clear()
    envelope = bench.seal(payload)
    base = bench.session.base
    assert base is not None
    assert verify_height_exception(envelope, base.root, GENESIS, NOW) == order
    shown = dict(bench.finger.rows)
    assert (shown["What"], shown["Block"]) == ("Sign an order", "70412")
    assert shown["Order"] == "Let one block pass that can be read in two ways"
    assert shown["Genesis hash"].replace(" ", "").lower() == GENESIS.hex()
    assert shown["Block hash"].replace(" ", "").lower() == "66" * 32


@pytest.mark.parametrize(
    "body", [[1, NOW], [3, 1, b"puk"], [4, b""], [2, GENESIS, 0, b"\x66" * 32], [2, GENESIS, 4], []]
)
def test_an_order_that_cannot_be_explained_is_not_signed(bench: SignerBench, body: list[object]) -> None:
    payload = Payload("order", "training", b"", b"", 1, NOW, NOW, NOW, body)
    with bench.client() as client, pytest.raises(UnknownContractError):
        client.sign_envelope(payload.encode(), "gov")


def test_training_chain_ids_and_training_go_together(bench: SignerBench) -> None:
    with bench.client() as client, pytest.raises(UnknownContractError):
        client.sign_envelope(bench.profile_payload(serial=9, chain_id=1).encode(), "gov")


_fuzz = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def shared_bench(tmp_path_factory: pytest.TempPathFactory) -> SignerBench:
    bench = SignerBench(tmp_path_factory.mktemp("fuzz"))
    bench.finger.decide = lambda shown: "reject"
    return bench


@_fuzz
@given(data=st.binary(max_size=400), method=st.integers(0, 12))
def test_requests_of_any_kind_get_an_answer(shared_bench: SignerBench, data: bytes, method: int) -> None:
    with shared_bench.client() as client:
        for parameters in (data, ["official", data, None, None, None], ["official", data], [data], None):
            try:
                client.call(method, parameters)  # type: ignore[arg-type]
            except BridgeError as error:
                assert error.code != "DEVICE-INTERNAL", (method, parameters)
        assert client.info().environment == "training"


@_fuzz
@given(st.binary(max_size=600))
def test_garbage_on_the_line_ends_nothing(shared_bench: SignerBench, garbage: bytes) -> None:
    link = shared_bench.link()
    link.write(garbage)
    with SignerClient(link, HOST) as client:
        assert client.keys()


def test_what_is_refused_for_its_serial_takes_no_effect(bench: SignerBench) -> None:
    newer = bench.seal(bench.profile_payload(serial=5, name="New net")).encode()
    older = bench.seal(bench.profile_payload(serial=4, name="Old net")).encode()
    bench.finger.seen.clear()
    opening = bench.opening()
    with bench.client() as client:
        client.load_envelope(newer)
        with pytest.raises(PolicyRefusedError):
            client.load_envelope(older)
        client.sign_transaction(bench.request(bench.transaction(bench.call(opening).encode()), opening))
    assert "New net" in dict(bench.finger.rows)["Network"]


def test_an_answer_that_cannot_be_sent_leaves_the_signer_free(bench: SignerBench) -> None:
    opening = bench.opening()
    request = bench.request(bench.transaction(bench.call(opening).encode()), opening)
    name = b"\x0b" * 16
    client = bench.client()
    parameters = [request.key_label, request.payload, request.template_id, request.opening, None]
    post(client, Request(name, Method.SIGN_TRANSACTION, parameters))
    while bench.port.current() is None:
        pass
    client.exchange.initiator._link._incoming.put(None)
    client.close()
    with bench.client() as again:
        assert again.sign_transaction(request, name).digest
        assert again.keys()


def test_one_id_for_two_things_at_once(bench: SignerBench) -> None:
    bench.finger.decide = lambda shown: None
    opening = bench.opening()
    parameters = ["official", bench.transaction(bench.call(opening).encode()).signing_payload(), "eessi.pda1.v1",
                  opening.encode(), None]  # fmt: skip
    with bench.client() as client:
        first = Request(b"\1" * 16, Method.SIGN_TRANSACTION, parameters)
        post(client, first)
        while bench.port.current() is None:
            pass
        with pytest.raises(RepeatedDifferentlyError):
            client.call(Method.SIGN_TRANSACTION, ["gov", *parameters[1:]], b"\1" * 16)
        client.call(Method.CANCEL, b"\1" * 16)
        while bench.port.current() is not None:
            pass


def test_a_request_withdrawn_before_its_first_screen_is_not_asked(bench: SignerBench) -> None:
    cancel = threading.Event()
    cancel.set()
    opening = bench.opening()
    request = bench.request(bench.transaction(bench.call(opening).encode()), opening)
    with bench.client(cancel) as client, pytest.raises(CancelledError):
        client.sign_transaction(request)
    parameters = [request.key_label, request.payload, request.template_id, request.opening, None]
    with bench.client() as client:
        both = Request(b"\2" * 16, Method.SIGN_TRANSACTION, parameters), Request(b"\3" * 16, Method.CANCEL, b"\2" * 16)
        post(client, *both)
        assert hear(client, b"\3" * 16).result == Withdrawal.WITHDRAWN
        while hear(client, b"\2" * 16).failure is None:
            pass
    assert bench.finger.seen == []
    with bench.client() as client:
        client.sign_transaction(bench.request(bench.transaction(bench.call(opening).encode()), opening))


def test_a_torn_audit_entry_is_dropped_at_the_next_start(bench: SignerBench) -> None:
    log = bench.folder / "state" / "audit.log"
    whole = log.read_bytes()
    for torn in (b"8", b"83ab"):
        log.write_bytes(whole + torn)
        bench.start(provisioning=False)
        assert log.read_bytes() == whole


def test_dates_beyond_the_calendar_are_refused(bench: SignerBench) -> None:
    far = replace(bench.pack_payload(), not_after=(1 << 40) - 1)
    with bench.client() as client, pytest.raises((UnknownContractError, MalformedRequestError)):
        client.sign_envelope(far.encode(), "gov")


def test_a_folder_of_another_environment_is_not_opened(bench: SignerBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firmware_bridge.signer.refusals.TRAINING_BUILD", False)
    with pytest.raises(PolicyRefusedError):
        bench.start(provisioning=False)

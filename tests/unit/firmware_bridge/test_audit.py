"""The audit log: what it says of each occasion, its chain, its marks, and a full one that locks nobody out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge.audit_entry import Act, Entry, Event, Head, decode_entry, follow, read_lines, write_line
from firmware_bridge.audit_mark import mark_payload, read_mark
from firmware_bridge.errors import (
    AuditEntryError,
    AuditFullError,
    AuditMarkError,
    DeclinedError,
    KeySwappedError,
    MalformedRequestError,
    SignerStateError,
    UnknownKeyError,
)
from firmware_bridge.signer import audit_log
from lightnode.wire import cbor
from lightnode.wire.curve import Curve, compress
from lightnode.wire.key_set import key_id
from lightnode.wire.registry import intent_hash
from tests.support.link_host import OTHER_HOST
from tests.support.signer_bench import CHAIN_ID, GENESIS, REGISTRY_AT, SignerBench

KEY, DIGEST = b"\1" * 32, b"\2" * 32
ENTRY = Entry(
    3,
    b"\4" * 32,
    Event("transaction", "signed", "here", KEY, DIGEST, Act(7, b"\5" * 20, b"\6" * 4, b"\7" * 32), ("x", b"y")),
)


@pytest.fixture
def bench(tmp_path: Path) -> SignerBench:
    return SignerBench(tmp_path)


def entries(bench: SignerBench) -> list[Entry]:
    lines = (bench.folder / "state" / "audit.log").read_bytes().splitlines(keepends=True)
    return [entry for entry, _ in follow(read_lines(lines), Head())]


def attested(bench: SignerBench, curve: str = "secp256r1") -> None:
    bench.start(provisioning=True)
    with bench.client() as client:
        client.generate_key("attestation", curve, "attestation")
    bench.start(provisioning=False)


def test_an_entry_has_one_form() -> None:
    for entry in (
        ENTRY,
        replace(ENTRY, what=Event("pin", "wrong")),
        replace(ENTRY, what=replace(ENTRY.what, act=None)),
    ):
        assert decode_entry(entry.encode()) == entry
    whole = cbor.decode(ENTRY.encode(), max_bytes=4096)
    for at, bad in [
        (0, "chancery/audit/1"), (1, 0), (1, True), (1, -1), (2, b""), (3, ""), (3, "x" * 65), (4, None), (5, b"x"), (6, b"x" * 31),
        (7, []), (7, [7, b"", b"", None]), (7, [True, None, b"", None]), (7, [7, None, b"\1", None]), (8, [1]), (8, ["x"] * 9),
        (8, None), (9, None), (9, "x" * 65),
    ]:  # fmt: skip
        with pytest.raises(AuditEntryError):
            decode_entry(cbor.encode([*whole[:at], bad, *whole[at + 1 :]]))
    for data in (b"", cbor.encode(whole[:-1]), cbor.encode([*whole, 1]), ENTRY.encode() + b"\0"):
        with pytest.raises(AuditEntryError):
            decode_entry(data)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.binary(max_size=400))
def test_only_its_own_error(data: bytes) -> None:
    for read in (decode_entry, lambda given: list(read_lines([given]))):
        try:
            read(data)
        except AuditEntryError:
            pass


def test_each_occasion_is_written_down_and_nothing_personal(bench: SignerBench) -> None:
    opening = bench.opening()
    calldata = bench.call(opening).encode()
    request = bench.request(bench.transaction(calldata), opening)
    with bench.client() as client:
        signed = client.sign_transaction(request, b"\1" * 16)
        client.sign_transaction(request, b"\1" * 16)
        bench.finger.decide = lambda shown: "reject"
        with pytest.raises(DeclinedError):
            client.sign_transaction(bench.request(bench.transaction(calldata, nonce=1), opening))
    known = entries(bench)
    outcomes = [(one.what.event, one.what.outcome) for one in known]
    assert outcomes[:2] == [("host", "introduced"), ("key", "made")]
    assert outcomes[-2:] == [("transaction", "signed"), ("transaction", "declined")], "a repeated id is no second entry"
    assert ("root", "installed") in outcomes
    what = known[-2].what
    assert what.key == key_id(Curve.SECP256K1, bench.official.public_key)
    assert what.digest == signed.digest
    assert what.act == Act(CHAIN_ID, REGISTRY_AT, calldata[:4], intent_hash(GENESIS, REGISTRY_AT, calldata))
    assert what.shown == "shown on this computer"
    whole = b"".join(one.encode() for one in known)
    for word in ("Leal", "Carpintaria", "1989", "1234"):
        assert word.encode() not in whole


def test_the_entry_stands_before_the_signature_leaves(bench: SignerBench, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    save = bench.session.files.save_answer

    def noting(*given: object) -> None:
        seen.append(len([one for one in entries(bench) if one.what.event == "transaction"]))
        save(*given)

    monkeypatch.setattr(bench.session.files, "save_answer", noting)
    opening = bench.opening()
    with bench.client() as client:
        client.sign_transaction(bench.request(bench.transaction(bench.call(opening).encode()), opening))
    assert seen == [1]


def test_what_cannot_be_written_down_is_not_signed_away(bench: SignerBench, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: Event) -> Entry:
        raise SignerStateError("The audit log cannot be written.")

    monkeypatch.setattr(bench.session.files.log, "append", full)
    opening = bench.opening()
    request = bench.request(bench.transaction(bench.call(opening).encode()), opening)
    with bench.client() as client, pytest.raises(Exception, match="cannot be written"):
        client.sign_transaction(request, b"\1" * 16)
    assert bench.session.files.answered(b"\1" * 16) is None


@pytest.mark.parametrize("curve", ["secp256r1", "secp256k1"])
def test_a_mark_is_of_the_log_as_it_stands(bench: SignerBench, curve: str) -> None:
    attested(bench, curve)
    with bench.client() as client:
        (key,) = [key for key in client.keys() if key.purpose == "attestation"]
        envelope = client.audit_mark(b"\x0c" * 32)
        _, head = client.audit_entries(1)
    mark = read_mark(envelope, Curve(curve), key.public_key)
    assert (mark.head, mark.challenge, mark.environment) == (head, b"\x0c" * 32, "training")
    assert mark.head == Head(len(entries(bench)), entries(bench)[-1].hash)
    for at in range(len(envelope)):
        with pytest.raises(AuditMarkError):
            read_mark(envelope[:at] + bytes([envelope[at] ^ 1]) + envelope[at + 1 :], Curve(curve), key.public_key)
    other = bench.official if curve == "secp256k1" else bench.governance
    with pytest.raises(AuditMarkError):
        read_mark(envelope, Curve(curve), other.public_key)


def test_no_other_key_makes_a_mark_and_the_attestation_key_makes_nothing_else(bench: SignerBench) -> None:
    with bench.client() as client, pytest.raises(UnknownKeyError):
        client.audit_mark(bytes(32))
    attested(bench)
    forged = mark_payload(
        Head(1, b"\1" * 32), bytes(32), "training", 5, key_id(Curve.SECP256R1, bench.governance.public_key)
    )
    with bench.client() as client:
        with pytest.raises(Exception, match="show"):
            client.sign_envelope(forged.encode(), "gov")
        for label, payload in (("attestation", forged.encode()), ("attestation", bench.profile_payload(9).encode())):
            with pytest.raises(UnknownKeyError):
                client.sign_envelope(payload, label)
        opening = bench.opening()
        request = bench.request(bench.transaction(bench.call(opening).encode()), opening)
        with pytest.raises(UnknownKeyError):
            client.sign_transaction(replace(request, key_label="attestation"))
        for challenge in (b"", bytes(31), bytes(33)):
            with pytest.raises(MalformedRequestError):
                client.audit_mark(challenge)
    assert compress(bench.governance.public_key)


def test_a_swapped_attestation_key_makes_no_mark_and_is_not_taken_for_the_first(
    bench: SignerBench, tmp_path: Path
) -> None:
    attested(bench)
    with bench.client() as client:
        client.audit_mark(bytes(32))
    memory = bench.session.files.memory()
    swapped = tuple((name, b"\x55" * 32) for name, _ in memory.pins)
    bench.session.files.save_memory(replace(memory, pins=swapped))
    with bench.client() as client:
        for _ in range(2):
            with pytest.raises(KeySwappedError):
                client.audit_mark(bytes(32))
    assert bench.session.files.memory().pins == swapped


def test_a_full_log_holds_up_signatures_and_nothing_of_its_own_upkeep(
    bench: SignerBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    attested(bench)
    opening = bench.opening()
    request = bench.request(bench.transaction(bench.call(opening).encode()), opening)
    with bench.client() as client:
        waiting = client.info().audit_waiting
        assert waiting == len(entries(bench))
        monkeypatch.setattr(audit_log, "CAPACITY", waiting)
        shown = len(bench.finger.seen)
        with pytest.raises(AuditFullError):
            client.sign_transaction(request)
        with pytest.raises(AuditFullError):
            client.sign_envelope(bench.profile_payload(9).encode(), "gov")
        assert len(bench.finger.seen) == shown, "nobody was asked"
        # Everything that is needed to get out of it goes on.
        client.keys()
        client.lock()
        bench.token.login(bytearray(b"1234"))
        bench.session.files.hosts.add(replace(bench.session.files.hosts.all()[0], key=OTHER_HOST.public, name="other"))
        given, head = client.audit_entries(1)
        assert len(given) == head.counter
        client.audit_mark(bytes(32))
        for wrong in (replace(head, hash=bytes(32)), replace(head, counter=head.counter + 1), replace(head, counter=0)):
            with pytest.raises(MalformedRequestError):
                client.audit_taken(wrong)
        with pytest.raises(AuditFullError):
            client.sign_transaction(request)
        assert client.audit_taken(head) == 0
        assert client.sign_transaction(request).digest
    # What was taken over is known after a restart.
    bench.start(provisioning=False)
    assert bench.session.files.log.waiting == 1


def test_a_lost_answer_is_answered_again_also_when_the_log_is_full(
    bench: SignerBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    opening = bench.opening()
    request = bench.request(bench.transaction(bench.call(opening).encode()), opening)
    with bench.client() as client:
        monkeypatch.setattr(audit_log, "CAPACITY", client.info().audit_waiting + 1)
        signed = client.sign_transaction(request, b"\1" * 16)
        with pytest.raises(AuditFullError):
            client.sign_transaction(request, b"\2" * 16)
        assert client.sign_transaction(request, b"\1" * 16) == signed


def test_a_log_whose_taken_end_was_cut_off_is_found_out(bench: SignerBench) -> None:
    with bench.client() as client:
        client.audit_taken(client.audit_entries(1)[1])
    path = bench.folder / "state" / "audit.log"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]))
    with pytest.raises(SignerStateError, match="taken over"):
        bench.start(provisioning=False)


def test_reading_goes_in_answers_of_bounded_size(bench: SignerBench, monkeypatch: pytest.MonkeyPatch) -> None:
    from firmware_bridge.signer import audit_access

    monkeypatch.setattr(audit_access, "MAX_ANSWER", 600)
    collected: list[bytes] = []
    with bench.client() as client:
        while True:
            given, head = client.audit_entries(len(collected) + 1)
            if not given:
                break
            assert sum(map(len, given)) <= 600 or len(given) == 1
            collected += given
        for number in (0, head.counter + 2, -1):
            with pytest.raises(MalformedRequestError):
                client.audit_entries(number)
    assert [decode_entry(one) for one in collected] == entries(bench)
    assert b"".join(map(write_line, collected)) == (bench.folder / "state" / "audit.log").read_bytes()

"""What a signer knows of the PIN is dropped when the token vanishes, on LOCK, after some time, and at the end."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest

from firmware_bridge.errors import CancelledError, KeySwappedError, LockedError, TokenTroubleError
from firmware_bridge.messages import Method, Request
from firmware_bridge.signer import service
from firmware_bridge.signer.build import PIN_IDLE_SECONDS
from firmware_bridge.signer.token_watch import WatchedToken, slept_seconds
from hsm.errors import PinNeededError, TokenGoneError
from hsm.software import MAX_TRIES, SoftwareToken
from tests.support.link_host import hear, post
from tests.support.signer_bench import SignerBench
from tests.unit.firmware_bridge.test_pin_entry import Locked
from tests.unit.firmware_bridge.test_withdrawal import until

PIN = "123456"


def open_token(folder: Path) -> SoftwareToken:
    token = SoftwareToken.create(folder, bytearray(PIN.encode()))
    token.login(bytearray(PIN.encode()))
    return token


def test_a_token_that_is_back_is_opened_anew_with_its_pin(tmp_path: Path) -> None:
    signer = Locked(tmp_path, [PIN, PIN])
    signer.client.generate_key("a", "secp256k1", "transaction")
    shutil.move(tmp_path / "token", tmp_path / "pulled")
    for _ in range(2):
        with pytest.raises(TokenTroubleError, match="TOKEN-GONE"):
            signer.client.generate_key("b", "secp256k1", "transaction")
    shutil.move(tmp_path / "pulled", tmp_path / "token")
    assert signer.client.info().locked
    signer.client.generate_key("b", "secp256k1", "transaction")
    assert signer.person.pins == []


def test_a_removal_that_nobody_asked_during_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "REST_SECONDS", 0.05)
    signer = Locked(tmp_path, [PIN, PIN])
    signer.client.generate_key("a", "secp256k1", "transaction")
    shutil.move(tmp_path / "token", tmp_path / "pulled")
    until(lambda: signer.token._wrapping is None)
    shutil.move(tmp_path / "pulled", tmp_path / "token")
    signer.client.generate_key("b", "secp256k1", "transaction")
    assert signer.person.pins == []


def test_lock_asks_for_the_pin_again(tmp_path: Path) -> None:
    signer = Locked(tmp_path, [PIN, PIN])
    signer.client.generate_key("a", "secp256k1", "transaction")
    assert signer.client.lock()
    assert signer.token._wrapping is None
    assert signer.client.info().locked
    signer.client.generate_key("b", "secp256k1", "transaction")
    assert signer.person.pins == []


def test_lock_takes_a_question_back_and_locks_behind_it(tmp_path: Path) -> None:
    bench = SignerBench(tmp_path)
    bench.finger.decide = lambda shown: None
    opening = bench.opening()
    wanted = bench.request(bench.transaction(bench.call(opening).encode()), opening)
    parameters = [wanted.key_label, wanted.payload, wanted.template_id, wanted.opening, None]
    with bench.client() as client:
        name = b"\5" * 16
        post(client, Request(name, Method.SIGN_TRANSACTION, parameters))
        until(bench.port.current)
        post(client, Request(b"\6" * 16, Method.LOCK, None))
        while (response := hear(client, name)).failure is None:
            pass
        assert response.failure.number == CancelledError.number
        until(lambda: bench.token.pin_status().needed)
        bench.finger.decide = lambda shown: "approve" if shown.last else "next"
        with pytest.raises(LockedError):
            client.sign_transaction(wanted)


def test_a_token_that_is_not_used_is_locked(tmp_path: Path) -> None:
    now = [0.0]
    inner = open_token(tmp_path / "token")
    token = WatchedToken(inner, lambda: now[0])
    now[0] = PIN_IDLE_SECONDS
    token.rest()
    assert not inner.pin_status().needed
    token.generate_key("a", "secp256k1", "transaction")
    now[0] += PIN_IDLE_SECONDS
    token.rest()
    token.keys()
    token.pin_status()
    assert not inner.pin_status().needed, "a list of keys is no use of the PIN, and none was due"
    now[0] += 1
    token.rest()
    assert inner.pin_status().needed


def test_a_computer_that_slept_has_locked_it(tmp_path: Path) -> None:
    slept = [5.0]
    inner = open_token(tmp_path / "token")
    token = WatchedToken(inner, lambda: 0.0, lambda: slept[0])
    token.rest()
    assert not inner.pin_status().needed
    slept[0] += 60
    token.rest()
    assert inner.pin_status().needed
    token.login(bytearray(PIN.encode()))
    token.rest()
    assert not inner.pin_status().needed
    assert slept_seconds() >= 0


def test_the_end_locks_it(tmp_path: Path) -> None:
    inner = open_token(tmp_path / "token")
    WatchedToken(inner).close()
    assert inner._wrapping is None


def test_a_token_that_hangs_is_not_waited_for_at_the_end(tmp_path: Path) -> None:
    inner = open_token(tmp_path / "token")
    begun, go = threading.Event(), threading.Event()
    inner.keys = lambda: (begun.set(), go.wait(30))
    token = WatchedToken(inner)
    threading.Thread(target=token.keys, daemon=True).start()
    assert begun.wait(10)
    assert token.busy_seconds() is not None
    token.close()
    go.set()


def test_another_token_in_the_place_of_the_first_is_none(tmp_path: Path) -> None:
    first = open_token(tmp_path / "token")
    shutil.move(tmp_path / "token", tmp_path / "first")
    open_token(tmp_path / "token")
    with pytest.raises(TokenGoneError, match="took the place"):
        first.keys()
    assert first._wrapping is None


def test_the_tries_are_read_again_before_they_are_told(tmp_path: Path) -> None:
    first = SoftwareToken.create(tmp_path / "t", bytearray(PIN.encode()))
    second = SoftwareToken(tmp_path / "t")
    for left in range(MAX_TRIES - 1, 0, -1):
        with pytest.raises(Exception, match="wrong"):
            second.login(bytearray(b"0000"))
        assert first.pin_status().tries_left == left
    assert first.pin_status().last_try


def test_an_empty_pin_is_no_try(tmp_path: Path) -> None:
    token = SoftwareToken.create(tmp_path / "t", bytearray(PIN.encode()))
    with pytest.raises(PinNeededError, match="empty"):
        token.login(bytearray())
    assert token.pin_status().tries_left == MAX_TRIES


def test_two_programs_cannot_count_one_try(tmp_path: Path) -> None:
    SoftwareToken.create(tmp_path / "t", bytearray(PIN.encode()))
    tokens = [SoftwareToken(tmp_path / "t") for _ in range(MAX_TRIES)]

    def wrong(token: SoftwareToken) -> None:
        with pytest.raises(Exception, match="wrong"):
            token.login(bytearray(b"0000"))

    trying = [threading.Thread(target=wrong, args=(token,)) for token in tokens]
    for thread in trying:
        thread.start()
    for thread in trying:
        thread.join()
    assert tokens[0].pin_status().blocked


def test_a_key_swapped_under_its_label_is_refused(tmp_path: Path) -> None:
    bench = SignerBench(tmp_path)
    opening = bench.opening()
    wanted = bench.request(bench.transaction(bench.call(opening).encode()), opening)
    with bench.client() as client:
        client.sign_transaction(wanted)
    other = SoftwareToken.create(tmp_path / "other", bytearray(b"1234"))
    other.login(bytearray(b"1234"))
    other.generate_key("official", "secp256k1", "transaction")
    bench.token.keys, bench.token.sign_digest = other.keys, other.sign_digest
    bench.finger.seen.clear()
    bench.start(provisioning=False)
    with bench.client() as client, pytest.raises(KeySwappedError):
        client.sign_transaction(wanted)
    assert bench.finger.seen == []

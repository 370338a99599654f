"""The PIN is asked for on the signer's display, after what the token tells of its tries, and tried once each."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from firmware_bridge.client import SignerClient
from firmware_bridge.debug_buttons import DebugButtons
from firmware_bridge.errors import CancelledError, DevicePinBlockedError, LockedError, UserTimeoutError
from firmware_bridge.link.memory_port import pair
from firmware_bridge.messages import Pending, Reason
from firmware_bridge.signer.approval import ApprovalPort, Shown
from firmware_bridge.signer.debug_channel import DebugServer
from firmware_bridge.signer.pin_entry import tries_text, unlock_with
from firmware_bridge.signer.service import SignerService, serve_forever
from firmware_bridge.signer.session import SignerSession, SignerSettings
from firmware_bridge.signer.signer_files import SignerFiles
from hsm.errors import PinLastTryError, PinNeededError
from hsm.software import MAX_TRIES, SoftwareToken
from hsm.token import KeyInfo, PinStatus, RawSignature, SigningContext
from tests.support.link_host import HOST, PAIRED
from tests.support.signer_bench import SignerBench


class Person:
    """Reads the display, answers a PIN with the next of a list, approves everything else."""

    def __init__(self, port: ApprovalPort, pins: list[str]) -> None:
        self.port, self.pins, self.seen, self.stop = port, pins, list[Shown](), threading.Event()
        port.attend()
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        changed = threading.Event()
        self.port.on_change(changed.set)
        while not self.stop.wait(0.002):
            changed.clear()
            shown = self.port.read()
            if shown is None:
                changed.wait(1)
                continue
            if not self.seen or self.seen[-1] != shown:
                self.seen.append(shown)
            if shown.wants_pin and self.pins:
                assert not self.port.press("approve")
                self.port.enter_pin(bytearray(self.pins.pop(0).encode()))
                time.sleep(0.01)
            elif shown.wants_pin:
                self.port.press("reject")
            else:
                self.port.press("approve" if shown.last else "next")

    @property
    def told(self) -> list[str]:
        return [shown.screen.value for shown in self.seen if shown.wants_pin]


class Locked:
    """A signer in provisioning mode over a software token that nobody opened."""

    def __init__(self, folder: Path, pins: list[str] | None, token: SoftwareToken | None = None) -> None:
        self.token = token or SoftwareToken.create(folder / "token", bytearray(b"123456"))
        self.port = ApprovalPort(5)
        self.files = SignerFiles(folder / "state")
        session = SignerSession(self.files, self.token, self.port, SignerSettings(True, "card"))
        session.hosts.introduce(PAIRED)
        self.person = None if pins is None else Person(self.port, pins)
        host, device = pair()
        stop = threading.Event()
        threading.Thread(target=serve_forever, args=(SignerService(session), device, stop), daemon=True).start()
        self.pending: list[Pending] = []
        self.cancel = threading.Event()
        self.client = SignerClient(host, HOST, self.pending.append, self.cancel)


def test_the_pin_is_asked_for_when_it_is_needed(tmp_path: Path) -> None:
    signer = Locked(tmp_path, ["123456"])
    assert signer.client.info().locked
    assert signer.client.generate_key("a", "secp256k1", "transaction").label == "a"
    assert signer.person.told == ["Enter the PIN."]
    assert Pending(Reason.PIN, 1, 1) in signer.pending
    assert not signer.client.info().locked
    signer.client.generate_key("b", "secp256k1", "transaction")
    assert len(signer.person.told) == 1


def test_the_tries_left_are_shown_before_the_next_try(tmp_path: Path) -> None:
    signer = Locked(tmp_path, ["999999", "888888", "123456"])
    signer.client.generate_key("a", "secp256k1", "transaction")
    assert signer.person.told == [
        "Enter the PIN.",
        f"That PIN was wrong. {MAX_TRIES - 1} tries are left.",
        f"That PIN was wrong. {MAX_TRIES - 2} tries are left."
        if MAX_TRIES > 3
        else "That PIN was wrong. This is the last try: a wrong PIN blocks the token.",
    ]
    log = (tmp_path / "state" / "audit.log").read_text()
    assert all(pin.encode().hex() not in log for pin in ("999999", "888888", "123456"))
    assert log.count(b"wrong".hex()) == 2


def test_a_person_who_goes_on_blocks_it_and_is_told_before(tmp_path: Path) -> None:
    signer = Locked(tmp_path, ["999999"] * MAX_TRIES)
    with pytest.raises(DevicePinBlockedError):
        signer.client.generate_key("a", "secp256k1", "transaction")
    assert signer.person.told[-1] == "That PIN was wrong. This is the last try: a wrong PIN blocks the token."
    with pytest.raises(DevicePinBlockedError):
        signer.client.generate_key("a", "secp256k1", "transaction")
    assert len(signer.person.told) == MAX_TRIES


def test_declined_nobody_there_and_out_of_time_are_three_answers(tmp_path: Path) -> None:
    with pytest.raises(LockedError, match="not entered"):
        Locked(tmp_path / "a", []).client.generate_key("a", "secp256k1", "transaction")
    with pytest.raises(LockedError, match="no display"):
        Locked(tmp_path / "b", None).client.generate_key("a", "secp256k1", "transaction")
    alone = Locked(tmp_path / "c", None)
    alone.port.attend()
    alone.port._screen_seconds = 0.2
    with pytest.raises(UserTimeoutError):
        alone.client.generate_key("a", "secp256k1", "transaction")
    assert alone.port.current() is None


def test_a_withdrawn_request_takes_the_question_away(tmp_path: Path) -> None:
    signer = Locked(tmp_path, None)
    signer.port.attend()
    threading.Timer(0.3, signer.cancel.set).start()
    with pytest.raises(CancelledError):
        signer.client.generate_key("a", "secp256k1", "transaction")
    assert not signer.port.enter_pin(bytearray(b"123456"))
    assert signer.token.pin_status().tries_left == MAX_TRIES


def test_a_pin_that_nobody_asked_for_is_wiped(tmp_path: Path) -> None:
    pin = bytearray(b"123456")
    assert not ApprovalPort().enter_pin(pin)
    assert pin == bytes(6)


class EachTime(SoftwareToken):
    """Wants the PIN for each signature, as CKA_ALWAYS_AUTHENTICATE keys do."""

    once = False

    def login(self, pin: bytearray) -> None:
        super().login(pin)
        self.once = True

    def sign_digest(self, key: KeyInfo, digest: bytes, context: SigningContext) -> RawSignature:
        if not self.once:
            raise PinNeededError("This key wants the PIN for each signature.")
        self.once = False
        return super().sign_digest(key, digest, context)


def test_a_key_that_wants_its_pin_each_time_gets_it_after_the_screens(tmp_path: Path) -> None:
    bench = SignerBench(tmp_path)
    bench.finger.stop.set()
    token = EachTime(tmp_path / "token")
    token.login(bytearray(b"1234"))
    person = Person(bench.port, ["1234", "1234"])
    bench.token = token
    bench.start(provisioning=False)
    opening = bench.opening()
    for nonce in range(3):
        person.seen.clear()
        with bench.client() as client:
            client.sign_transaction(
                bench.request(bench.transaction(bench.call(opening).encode(), nonce=nonce), opening)
            )
        asked = [at for at, shown in enumerate(person.seen) if shown.wants_pin]
        # The log-in of the start serves one signature.
        assert asked == ([] if nonce == 0 else [len(person.seen) - 1])
        assert any(shown.screen.label == "Sign?" for shown in person.seen)


def test_the_last_try_is_not_spent_on_a_pin_handed_over_at_the_start(tmp_path: Path) -> None:
    token = SoftwareToken.create(tmp_path / "token", bytearray(b"123456"))
    for _ in range(MAX_TRIES - 1):
        with pytest.raises(Exception, match="wrong"):
            unlock_with(token, bytearray(b"999999"))
    pin = bytearray(b"123456")
    with pytest.raises(PinLastTryError):
        unlock_with(token, pin)
    assert pin == bytes(6)
    assert token.pin_status().tries_left == 1


@pytest.mark.parametrize(
    ("status", "wrong", "text"),
    [
        (PinStatus(True, None, False, False), False, "Enter the PIN."),
        (PinStatus(True, None, False, False), True, "That PIN was wrong."),
        (PinStatus(True, None, False, False, True), False, "A wrong PIN was entered before; few tries are left."),
        (PinStatus(True, 2, False, False, True), False, "2 tries are left."),
        (PinStatus(True, 1, True, False, True), False, "This is the last try: a wrong PIN blocks the token."),
        (PinStatus(True, 3, False, False), False, "Enter the PIN."),
    ],
)
def test_what_is_said_of_the_tries(status: PinStatus, wrong: bool, text: str) -> None:
    assert tries_text(status, wrong=wrong) == text


def test_the_debug_channel_enters_a_training_pin_only_when_asked(tmp_path: Path) -> None:
    signer = Locked(tmp_path, None)
    server = DebugServer(signer.port, signer.files)
    buttons = DebugButtons(server.url, HOST)
    try:
        assert not buttons.wants_pin()
        assert not buttons.enter_pin("123456")
        made: list[object] = []
        asking = threading.Thread(
            target=lambda: made.append(signer.client.generate_key("a", "secp256k1", "transaction"))
        )
        asking.start()
        deadline = time.monotonic() + 5
        while not buttons.wants_pin() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert buttons.enter_pin("123456")
        asking.join(5)
        assert made
    finally:
        buttons.close()
        server.close()


def test_the_finger_of_the_debug_channel_knows_no_pin(tmp_path: Path) -> None:
    signer = Locked(tmp_path, None)
    server = DebugServer(signer.port, signer.files)
    buttons = DebugButtons(server.url, HOST)
    stop = threading.Event()
    pressing = threading.Thread(target=buttons.approve_all, args=(stop,), daemon=True)
    pressing.start()
    try:
        with pytest.raises(LockedError):
            signer.client.generate_key("a", "secp256k1", "transaction")
    finally:
        stop.set()
        pressing.join(5)
        buttons.close()
        server.close()

"""Every exception of python-pkcs11 becomes one of ours, and PIN states are read from flags before a PIN is asked."""

from __future__ import annotations

import importlib
from types import SimpleNamespace
from typing import Any

import pytest

from hsm.errors import (
    HsmError,
    KeyNotFoundError,
    ModuleError,
    PinBlockedError,
    PinNeededError,
    PinWrongError,
    TokenGoneError,
    UnsupportedError,
)
from hsm.pkcs11 import Pkcs11Token
from hsm.pkcs11_errors import translate

pkcs11 = pytest.importorskip("pkcs11", reason="python-pkcs11 is not installed")
from pkcs11 import exceptions  # noqa: E402 - after the skip

NAMES = sorted(
    name
    for name, value in vars(exceptions).items()
    if isinstance(value, type) and issubclass(value, exceptions.PKCS11Error)
)


@pytest.mark.parametrize("name", NAMES)
def test_every_exception_is_translated(name: str) -> None:
    error = translate(getattr(exceptions, name)())
    assert isinstance(error, HsmError)
    assert type(error) is not HsmError
    if isinstance(error, ModuleError):
        assert name in error.text


@pytest.mark.parametrize(
    ("name", "leaf"),
    [
        ("ObjectHandleInvalid", TokenGoneError),
        ("GeneralError", TokenGoneError),
        ("TokenNotPresent", TokenGoneError),
        ("DeviceRemoved", TokenGoneError),
        ("SessionHandleInvalid", TokenGoneError),
        ("NoSuchToken", TokenGoneError),
        ("DeviceMemory", UnsupportedError),
        ("MechanismInvalid", UnsupportedError),
        ("PinIncorrect", PinWrongError),
        ("PinLenRange", PinWrongError),
        ("PinLocked", PinBlockedError),
        ("UserNotLoggedIn", PinNeededError),
        ("NoSuchKey", KeyNotFoundError),
        ("HostMemory", ModuleError),
    ],
)
def test_the_errors_that_matter(name: str, leaf: type[HsmError]) -> None:
    assert type(translate(getattr(exceptions, name)())) is leaf


class FakeModule:
    """A module with one token that has a PIN counter; SoftHSM never locks, cards do."""

    def __init__(self, tries: int) -> None:
        self.tries = tries
        self.asked = 0

    def reinitialize(self) -> None:
        pass

    def finalize(self) -> None:
        pass

    def get_token(self, token_label: str) -> Any:
        flags = {3: 0, 2: 0x10000, 1: 0x30000, 0: 0x40000}[self.tries]
        return SimpleNamespace(flags=flags, serial=b"1", model="fake", firmware_version=(1, 0), open=self.open)

    def open(self, rw: bool, user_pin: str) -> Any:
        self.asked += 1
        if self.tries == 0:
            raise exceptions.PinLocked
        if user_pin != "1234":
            self.tries -= 1
            raise exceptions.PinIncorrect
        self.tries = 3
        return SimpleNamespace(get_objects=lambda _: iter(()), close=lambda: None)


def fake(monkeypatch: pytest.MonkeyPatch, tries: int) -> tuple[FakeModule, Pkcs11Token]:
    module = FakeModule(tries)
    monkeypatch.setattr(pkcs11, "lib", lambda _: module)
    return module, Pkcs11Token("/fake.so", "label")


@pytest.mark.parametrize(
    ("tries", "left", "last", "blocked", "warned"),
    [
        (3, None, False, False, False),
        (2, None, False, False, True),
        (1, 1, True, False, True),
        (0, 0, False, True, True),
    ],
)
def test_flags_before_asking(
    monkeypatch: pytest.MonkeyPatch, tries: int, left: int | None, last: bool, blocked: bool, warned: bool
) -> None:
    _, token = fake(monkeypatch, tries)
    status = token.pin_status()
    assert (status.tries_left, status.last_try, status.blocked, status.warned) == (left, last, blocked, warned)


def test_a_card_that_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    module, token = fake(monkeypatch, 3)
    for left in (None, 1, 0):
        with pytest.raises(PinWrongError) as caught:
            token.login(bytearray(b"0000"))
        assert caught.value.tries_left == left
    assert module.asked == 3
    with pytest.raises(PinBlockedError):
        token.login(bytearray(b"1234"))
    # A PIN known to be blocked is not even tried.
    assert module.asked == 3


def test_a_wrong_pin_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    module, token = fake(monkeypatch, 3)
    pin = bytearray(b"\xff\xfe")
    with pytest.raises(PinWrongError):
        token.login(pin)
    assert pin == bytes(2)
    assert module.asked == 0
    with pytest.raises(PinWrongError):
        token.login(bytearray(b"9999"))
    assert module.asked == 1


def test_a_module_without_always_authenticate_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    module, token = fake(monkeypatch, 3)

    def refuse(_: Any) -> Any:
        raise exceptions.AttributeTypeInvalid

    session = SimpleNamespace(get_objects=refuse, close=lambda: None)
    monkeypatch.setattr(module, "open", lambda rw, user_pin: session)
    token.login(bytearray(b"1234"))
    assert not token.pin_status().needed


def test_another_token_in_the_same_slot_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    module, token = fake(monkeypatch, 3)
    swapped = SimpleNamespace(flags=0, serial=b"2", model="fake", firmware_version=(1, 0), open=module.open)
    monkeypatch.setattr(module, "get_token", lambda token_label: swapped)
    with pytest.raises(TokenGoneError):
        token.login(bytearray(b"1234"))
    assert module.asked == 0


def test_a_missing_module_is_one_clear_error(tmp_path: Any) -> None:
    with pytest.raises(ModuleError):
        Pkcs11Token(str(tmp_path / "absent.so"), "label")
    (tmp_path / "text.so").write_text("no library")
    with pytest.raises(ModuleError):
        Pkcs11Token(str(tmp_path / "text.so"), "label")


def test_the_library_is_optional(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", absent)
    with pytest.raises(ModuleError, match="extra pkcs11"):
        Pkcs11Token("/x.so", "label")

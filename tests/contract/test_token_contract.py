"""One suite for every token: what a signer may rely on, whatever holds the key."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from coincurve import PrivateKey

from hsm.errors import (
    DigestLengthError,
    KeyExistsError,
    KeyNotFoundError,
    PinNeededError,
    PinWrongError,
    TokenGoneError,
    TokenUrlError,
    UnsupportedError,
    WrongKeyOrDigestError,
)
from hsm.signature_adapter import sign
from hsm.signature_form import ORDERS
from hsm.software import SoftwareToken
from hsm.token import CURVES, KeyInfo, SigningContext, Token
from hsm.token_url import open_token
from lightnode.wire.curve import Curve, recover_public_key
from tests.support.soft_hsm_token import PIN, make_token

TRAINING = SigningContext("training", 0x43480001)


@pytest.fixture(params=["software", pytest.param("softhsm", marks=pytest.mark.softhsm)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "softhsm":
        return make_token(tmp_path, "contract")
    SoftwareToken.create(tmp_path / "token", bytearray(PIN)).close()
    return f"software:{tmp_path / 'token'}"


@pytest.fixture
def token(url: str) -> Iterator[Token]:
    opened = open_token(url)
    opened.login(bytearray(PIN))
    yield opened
    opened.close()


@pytest.mark.parametrize("curve", CURVES)
def test_signatures_are_low_and_recover_to_the_pinned_key(token: Token, curve: str) -> None:
    key = token.generate_key("official", curve, "transaction")
    for _ in range(200 if curve == "secp256k1" else 10):
        digest = os.urandom(32)
        made = sign(token, key, digest, TRAINING)
        assert made.s <= ORDERS[curve] // 2
        assert recover_public_key(Curve(curve), digest, made.y_parity, made.r, made.s) == key.public_key


@pytest.mark.parametrize("length", [0, 20, 31, 33, 64])
def test_only_digests_of_32_bytes(token: Token, length: int) -> None:
    key = token.generate_key("official", "secp256k1", "transaction")
    with pytest.raises(DigestLengthError):
        sign(token, key, bytes(length), TRAINING)
    with pytest.raises(DigestLengthError):
        token.sign_digest(key, bytes(length), TRAINING)


def test_keys_are_listed_with_their_purpose(url: str, token: Token) -> None:
    made = token.generate_key("gov", "secp256r1", "envelope")
    assert token.keys() == (made,)
    assert made.purpose == "envelope"
    assert len(made.public_key) == 65


def test_labels_are_unique_and_values_checked(token: Token) -> None:
    token.generate_key("a", "secp256k1", "transaction")
    with pytest.raises(KeyExistsError):
        token.generate_key("a", "secp256r1", "envelope")
    for label, curve, purpose in (
        ("b", "ed25519", "envelope"),
        ("b", "secp256k1", "anything"),
        ("", "secp256k1", "cache"),
    ):
        with pytest.raises(UnsupportedError):
            token.generate_key(label, curve, purpose)


def test_locked_token_signs_nothing(url: str, token: Token) -> None:
    key = token.generate_key("a", "secp256k1", "transaction")
    token.logout()
    assert token.pin_status().needed
    with pytest.raises(PinNeededError):
        sign(token, key, bytes(32), TRAINING)


def test_wrong_pin_then_right_pin_and_both_are_wiped(url: str) -> None:
    opened = open_token(url)
    wrong, right = bytearray(b"999999"), bytearray(PIN)
    with pytest.raises(PinWrongError):
        opened.login(wrong)
    assert wrong == bytes(len(wrong))
    opened.login(right)
    assert right == bytes(len(right))
    assert not opened.pin_status().needed
    opened.close()


def test_an_empty_pin_is_never_tried(url: str) -> None:
    opened = open_token(url)
    for _ in range(5):
        with pytest.raises(PinNeededError):
            opened.login(bytearray())
    assert not opened.pin_status().warned
    opened.login(bytearray(PIN))
    opened.close()


def remove(url: str, folder: Path) -> None:
    shutil.rmtree(folder / ("token" if url.startswith("software:") else "tokens"))


def test_a_vanished_token_is_one_error_however_it_shows(url: str, token: Token, tmp_path: Path) -> None:
    key = token.generate_key("a", "secp256k1", "transaction")
    sign(token, key, bytes(32), TRAINING)
    remove(url, tmp_path)
    for ask in (
        lambda: sign(token, key, bytes(32), TRAINING),
        token.keys,
        lambda: token.generate_key("b", "secp256k1", "transaction"),
        lambda: token.login(bytearray(PIN)),
    ):
        with pytest.raises(TokenGoneError):
            ask()
    token.close()


def test_a_token_put_in_again_wants_its_pin_and_has_its_keys(url: str, token: Token, tmp_path: Path) -> None:
    key = token.generate_key("a", "secp256k1", "transaction")
    place = tmp_path / ("token" if url.startswith("software:") else "tokens")
    place.rename(tmp_path / "pulled")
    with pytest.raises(TokenGoneError):
        sign(token, key, bytes(32), TRAINING)
    (tmp_path / "pulled").rename(place)
    assert token.pin_status().needed
    with pytest.raises(PinNeededError):
        sign(token, key, bytes(32), TRAINING)
    token.login(bytearray(PIN))
    assert token.keys() == (key,)
    sign(token, key, bytes(32), TRAINING)


def test_an_empty_token_is_not_a_vanished_one(token: Token) -> None:
    assert token.keys() == ()
    public = PrivateKey(b"\x07" * 32).public_key.format(compressed=False)
    with pytest.raises(KeyNotFoundError):
        sign(token, KeyInfo("a", "secp256k1", public, "transaction"), bytes(32), TRAINING)


def test_another_key_of_the_same_token_is_noticed(token: Token) -> None:
    first = token.generate_key("a", "secp256k1", "transaction")
    second = token.generate_key("b", "secp256k1", "transaction")
    forged = KeyInfo(first.label, first.curve, second.public_key, first.purpose)
    with pytest.raises((WrongKeyOrDigestError, KeyNotFoundError)):
        sign(token, forged, bytes(32), TRAINING)


@pytest.mark.parametrize("purpose", ["envelope", "approval", "cache"])
def test_a_key_is_not_found_under_another_purpose(token: Token, purpose: str) -> None:
    key = token.generate_key("a", "secp256k1", "transaction")
    with pytest.raises(KeyNotFoundError):
        sign(token, KeyInfo(key.label, key.curve, key.public_key, purpose), bytes(32), TRAINING)


def test_keys_outlive_the_session_and_the_log_in_can_be_repeated(url: str) -> None:
    opened = open_token(url)
    opened.login(bytearray(PIN))
    made = opened.generate_key("a", "secp256r1", "transaction")
    opened.close()
    opened.close()
    again = open_token(url)
    again.login(bytearray(PIN))
    again.login(bytearray(PIN))
    assert again.keys() == (made,)
    sign(again, made, bytes(32), TRAINING)
    again.close()


def test_the_token_warns_after_a_wrong_pin(url: str) -> None:
    opened = open_token(url)
    assert not opened.pin_status().warned
    with pytest.raises(PinWrongError):
        opened.login(bytearray(b"999999"))
    assert opened.pin_status().warned
    assert opened.pin_status().needed
    opened.login(bytearray(PIN))
    assert not opened.pin_status().warned
    opened.close()


def test_a_wrong_pin_on_an_open_token_locks_it(token: Token) -> None:
    key = token.generate_key("a", "secp256k1", "transaction")
    with pytest.raises(PinWrongError):
        token.login(bytearray(b"999999"))
    with pytest.raises(PinNeededError):
        sign(token, key, bytes(32), TRAINING)


def test_no_member_of_a_token_gives_a_private_value(token: Token) -> None:
    token.generate_key("a", "secp256k1", "transaction")
    public = {name for name in dir(token) if not name.startswith("_")}
    known = {"info", "pin_status", "login", "logout", "keys", "generate_key", "sign_digest", "close", "create"}
    assert public <= known


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "software:",
        "pkcs11:",
        "pkcs11:/x.so",
        "pkcs11:/x.so?label=a",
        "usb:1",
        "pkcs11:?token=a",
        "pkcs11:x.so?token=a",
        "pkcs11:/x.so?token=a&token=b",
        "pkcs11:/x.so?token=",
        "pkcs11:/x.so?token=a&pin=1",
    ],
)
def test_urls(bad: str) -> None:
    with pytest.raises(TokenUrlError):
        open_token(bad)

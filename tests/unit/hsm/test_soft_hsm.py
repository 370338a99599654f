"""What only a PKCS#11 token can show: attributes of keys, the mechanism named, a PIN for each signature."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hsm.errors import PinNeededError, TokenGoneError
from hsm.pkcs11 import Pkcs11Token
from hsm.public_point import PARAMETERS
from hsm.signature_adapter import sign
from hsm.token import SigningContext
from hsm.token_url import open_token
from tests.support.soft_hsm_token import PIN, make_token

pkcs11 = pytest.importorskip("pkcs11", reason="python-pkcs11 is not installed")
pytestmark = pytest.mark.softhsm
ANY = SigningContext("production", 1)


@pytest.fixture
def token(tmp_path: Path) -> Iterator[Pkcs11Token]:
    opened = open_token(make_token(tmp_path, "soft"))
    assert isinstance(opened, Pkcs11Token)
    opened.login(bytearray(PIN))
    yield opened
    opened.close()


def private_half(token: Pkcs11Token, label: str) -> Any:
    return token._session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=label)


@pytest.mark.parametrize("curve", sorted(PARAMETERS))
def test_private_keys_stay_inside(token: Pkcs11Token, curve: str) -> None:
    token.generate_key("a", curve, "transaction")
    private = private_half(token, "transaction/a")
    attribute = pkcs11.Attribute
    wanted = {
        attribute.SENSITIVE: True, attribute.EXTRACTABLE: False, attribute.ALWAYS_SENSITIVE: True,
        attribute.NEVER_EXTRACTABLE: True, attribute.PRIVATE: True, attribute.TOKEN: True, attribute.SIGN: True,
        attribute.LOCAL: True, attribute.DERIVE: False, attribute.DECRYPT: False, attribute.UNWRAP: False,
    }  # fmt: skip
    assert {name: private[name] for name in wanted} == wanted
    with pytest.raises(pkcs11.exceptions.AttributeSensitive):
        private[attribute.VALUE]


def test_the_two_halves_share_an_identifier(token: Pkcs11Token) -> None:
    token.generate_key("a", "secp256k1", "transaction")
    token.generate_key("b", "secp256k1", "transaction")
    found = {bytes(item[pkcs11.Attribute.ID]) for item in token._session.get_objects({})}
    assert len(found) == 2


def test_the_bare_mechanism_is_named(token: Pkcs11Token, monkeypatch: pytest.MonkeyPatch) -> None:
    key = token.generate_key("a", "secp256k1", "transaction")
    named: list[Any] = []

    class Watched:
        def __init__(self, inner: Any) -> None:
            self.inner = inner

        def __getitem__(self, name: Any) -> Any:
            return self.inner[name]

        def sign(self, data: bytes, mechanism: Any = None, pin: str | None = None) -> bytes:
            named.append(mechanism)
            return bytes(self.inner.sign(data, mechanism=mechanism, pin=pin))

    session = token._session
    watched = Watched(private_half(token, "transaction/a"))

    class Session:
        def __getattr__(self, name: str) -> Any:
            return getattr(session, name)

        def get_key(self, **_: Any) -> Any:
            return watched

    monkeypatch.setattr(token, "_session", Session())
    sign(token, key, bytes(range(32)), ANY)
    assert named == [pkcs11.Mechanism.ECDSA]


def test_keys_of_others_are_left_alone(token: Pkcs11Token) -> None:
    session, attribute = token._session, pkcs11.Attribute
    parameters = session.create_domain_parameters(
        pkcs11.KeyType.EC, {attribute.EC_PARAMS: PARAMETERS["secp256k1"]}, local=True
    )
    parameters.generate_keypair(label="somebody's", store=True)
    session.generate_keypair(pkcs11.KeyType.RSA, 1024, label="transaction/rsa", store=True)
    brainpool = session.create_domain_parameters(
        pkcs11.KeyType.EC, {attribute.EC_PARAMS: bytes.fromhex("06092b2403030208010107")}, local=True
    )
    brainpool.generate_keypair(label="transaction/brainpool", store=True)
    made = token.generate_key("ours", "secp256r1", "envelope")
    assert token.keys() == (made,)


def test_a_key_that_wants_the_pin_each_time(token: Pkcs11Token) -> None:
    attribute = pkcs11.Attribute
    parameters = token._session.create_domain_parameters(
        pkcs11.KeyType.EC, {attribute.EC_PARAMS: PARAMETERS["secp256k1"]}, local=True
    )
    parameters.generate_keypair(
        label="transaction/each", store=True, private_template={attribute.ALWAYS_AUTHENTICATE: True}
    )
    plain = token.generate_key("plain", "secp256k1", "transaction")
    token.login(bytearray(PIN))
    each = next(key for key in token.keys() if key.label == "each")
    # A key that does not want it leaves the PIN for the one that does.
    sign(token, plain, bytes(32), ANY)
    sign(token, each, bytes(32), ANY)
    assert token.pin_status().needed
    with pytest.raises(PinNeededError):
        sign(token, each, bytes(32), ANY)
    sign(token, plain, bytes(32), ANY)
    token.login(bytearray(PIN))
    sign(token, each, bytes(32), ANY)


def test_it_says_what_it_is(token: Pkcs11Token) -> None:
    info = token.info()
    assert (info.kind, info.label, info.training_only) == ("pkcs11", "soft", False)
    assert "SoftHSM" in info.model
    assert info.serial


def test_no_token_of_that_label(tmp_path: Path) -> None:
    url = make_token(tmp_path, "soft")
    with pytest.raises(TokenGoneError):
        open_token(url.replace("token=soft", "token=other"))

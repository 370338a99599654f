"""The software token: fenced to training, whatever the caller; PIN tries counted before they are answered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hsm.errors import (
    FenceError,
    HsmError,
    KeyExistsError,
    PinBlockedError,
    PinWrongError,
    TokenGoneError,
    TokenStoreError,
    UnsupportedError,
)
from hsm.signature_adapter import sign
from hsm.software import LABEL, TRAINING_CHAIN_IDS, SoftwareToken
from hsm.token import SigningContext


def make(folder: Path) -> SoftwareToken:
    token = SoftwareToken.create(folder, bytearray(b"1234"))
    token.login(bytearray(b"1234"))
    return token


@pytest.mark.parametrize(
    "context",
    [
        SigningContext("production", None),
        SigningContext("test", 0x43480001),
        SigningContext("training", 1),
        SigningContext("training", 0x4347FFFF),
        SigningContext("training", 0x43490000),
        SigningContext("", 0x43480001),
        SigningContext("Training", 0x43480001),
        SigningContext("training", -1),
        SigningContext("training", 0x143480001),
        SigningContext("training", float(0x43480001)),  # type: ignore[arg-type]
    ],
)
def test_fence(tmp_path: Path, context: SigningContext) -> None:
    token = make(tmp_path / "t")
    for curve in ("secp256k1", "secp256r1"):
        key = token.generate_key(curve, curve, "transaction")
        with pytest.raises(FenceError):
            sign(token, key, bytes(32), context)


@settings(
    max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(environment=st.text(max_size=12) | st.just("training"), chain_id=st.none() | st.integers(0, 1 << 64))
def test_the_fence_holds_for_any_world(tmp_path: Path, environment: str, chain_id: int | None) -> None:
    path = tmp_path / "t"
    if not path.exists():
        make(path).generate_key("a", "secp256k1", "transaction")
    token = SoftwareToken(path)
    inside = environment == "training" and (chain_id is None or chain_id in TRAINING_CHAIN_IDS)
    # The token is locked: inside the fence it says so, outside the fence comes first.
    with pytest.raises(HsmError) as caught:
        token.sign_digest(token.keys()[0], bytes(32), SigningContext(environment, chain_id))
    assert isinstance(caught.value, FenceError) is not inside


def test_it_says_what_it_is(tmp_path: Path) -> None:
    info = make(tmp_path / "t").info()
    assert info.training_only
    assert info.label == LABEL == "SOFTWARE TOKEN, TRAINING ONLY"


def test_three_wrong_pins_block_it_for_good(tmp_path: Path) -> None:
    make(tmp_path / "t").close()
    token = SoftwareToken(tmp_path / "t")
    for left in (2, 1, 0):
        with pytest.raises(PinWrongError) as caught:
            token.login(bytearray(b"0000"))
        assert caught.value.tries_left == left
    with pytest.raises(PinBlockedError):
        SoftwareToken(tmp_path / "t").login(bytearray(b"1234"))
    assert SoftwareToken(tmp_path / "t").pin_status().blocked


def test_files_are_private_and_hold_no_key_in_the_clear(tmp_path: Path) -> None:
    token = make(tmp_path / "t")
    token.generate_key("a", "secp256k1", "transaction")
    path = tmp_path / "t" / "token.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert set(json.loads(path.read_text())["keys"][0]) == {"label", "curve", "purpose", "public", "wrapped"}
    assert (tmp_path / "t").stat().st_mode & 0o777 == 0o700


def altered(folder: Path, **changed: Any) -> None:
    path = folder / "token.json"
    content = json.loads(path.read_text())
    content["keys"][0].update(changed)
    path.write_text(json.dumps(content))


@pytest.mark.parametrize("changed", [{"purpose": "envelope"}, {"label": "b"}, {"curve": "secp256r1"}])
def test_what_stands_beside_a_key_cannot_be_changed(tmp_path: Path, changed: dict[str, str]) -> None:
    token = make(tmp_path / "t")
    token.generate_key("a", "secp256k1", "transaction")
    altered(tmp_path / "t", **changed)
    with pytest.raises(TokenStoreError):
        sign(token, token.keys()[0], bytes(32), SigningContext("training", None))


def test_tries_of_another_process_count(tmp_path: Path) -> None:
    make(tmp_path / "t").close()
    first, second = SoftwareToken(tmp_path / "t"), SoftwareToken(tmp_path / "t")
    for token, left in ((first, 2), (second, 1), (first, 0)):
        with pytest.raises(PinWrongError) as caught:
            token.login(bytearray(b"0000"))
        assert caught.value.tries_left == left
    with pytest.raises(PinBlockedError):
        second.login(bytearray(b"1234"))


def test_keys_of_another_process_are_kept(tmp_path: Path) -> None:
    first = make(tmp_path / "t")
    second = SoftwareToken(tmp_path / "t")
    second.login(bytearray(b"1234"))
    first.generate_key("a", "secp256k1", "transaction")
    with pytest.raises(KeyExistsError):
        second.generate_key("a", "secp256k1", "transaction")
    second.generate_key("b", "secp256k1", "transaction")
    assert [key.label for key in first.keys()] == ["a", "b"]


def test_a_folder_taken_away_locks_it(tmp_path: Path) -> None:
    token = make(tmp_path / "t")
    (tmp_path / "t" / "token.json").rename(tmp_path / "elsewhere")
    with pytest.raises(TokenGoneError):
        token.keys()
    (tmp_path / "elsewhere").rename(tmp_path / "t" / "token.json")
    assert token.pin_status().needed


@pytest.mark.parametrize("label", ["", "x" * 33, "\ud800", "a\nb", "a\x00", 7, None])
def test_labels_that_no_key_bears(tmp_path: Path, label: object) -> None:
    token = make(tmp_path / "t")
    token.generate_key("a", "secp256k1", "transaction")
    if isinstance(label, str):
        with pytest.raises(UnsupportedError):
            token.generate_key(label, "secp256k1", "transaction")
    altered(tmp_path / "t", label=label)
    with pytest.raises(TokenStoreError):
        SoftwareToken(tmp_path / "t")


@pytest.mark.parametrize("pin", [b"", b"123", b"1" * 65])
def test_pins_that_protect_nothing(tmp_path: Path, pin: bytes) -> None:
    given_pin = bytearray(pin)
    with pytest.raises(UnsupportedError):
        SoftwareToken.create(tmp_path / "t", given_pin)
    assert given_pin == bytes(len(pin))
    assert not (tmp_path / "t" / "token.json").exists()


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"version": 2}', '{"version":1,"tries":9,"keys":[]}'])
def test_damaged_store(tmp_path: Path, content: str) -> None:
    make(tmp_path / "t").close()
    (tmp_path / "t" / "token.json").write_text(content)
    with pytest.raises(TokenStoreError):
        SoftwareToken(tmp_path / "t")


@settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_any_damage_is_one_error(tmp_path: Path, data: st.DataObject) -> None:
    folder = tmp_path / "t"
    if not folder.exists():
        make(folder).generate_key("a", "secp256k1", "transaction")
        (folder / "good").write_bytes((folder / "token.json").read_bytes())
    raw = bytearray((folder / "good").read_bytes())
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at : at + data.draw(st.integers(1, 4))] = data.draw(st.binary(max_size=4))
    (folder / "token.json").write_bytes(raw)
    try:
        SoftwareToken(folder).keys()
    except TokenStoreError:
        return
    # Read all the same: then only a hex digit or a letter of the label changed, which the key's own seal notices.


def test_deep_and_large_files(tmp_path: Path) -> None:
    make(tmp_path / "t")
    for content in ("[" * 100_000, " " * (1 << 21), '{"version":NaN}'):
        (tmp_path / "t" / "token.json").write_text(content)
        with pytest.raises(TokenStoreError):
            SoftwareToken(tmp_path / "t")


def test_never_made_over_another(tmp_path: Path) -> None:
    make(tmp_path / "t")
    with pytest.raises(TokenStoreError):
        SoftwareToken.create(tmp_path / "t", bytearray(b"1"))

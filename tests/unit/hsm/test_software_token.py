"""The software token: fenced to training, whatever the caller; PIN tries counted before they are answered."""

from __future__ import annotations

from pathlib import Path

import pytest

from hsm.errors import FenceError, PinBlockedError, PinWrongError, TokenStoreError
from hsm.signature_adapter import sign
from hsm.software import LABEL, SoftwareToken
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
    ],
)
def test_fence(tmp_path: Path, context: SigningContext) -> None:
    token = make(tmp_path / "t")
    for curve in ("secp256k1", "secp256r1"):
        key = token.generate_key(curve, curve, "transaction")
        with pytest.raises(FenceError):
            sign(token, key, bytes(32), context)


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
    assert '"secret"' not in path.read_text()


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"version": 2}', '{"version":1,"tries":9,"keys":[]}'])
def test_damaged_store(tmp_path: Path, content: str) -> None:
    make(tmp_path / "t").close()
    (tmp_path / "t" / "token.json").write_text(content)
    with pytest.raises(TokenStoreError):
        SoftwareToken(tmp_path / "t")


def test_never_made_over_another(tmp_path: Path) -> None:
    make(tmp_path / "t")
    with pytest.raises(TokenStoreError):
        SoftwareToken.create(tmp_path / "t", bytearray(b"1"))

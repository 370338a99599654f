"""A signer process over a genuine PKCS#11 module: key made, envelope signed, card pulled, one clear answer."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware_bridge.client import SignerClient
from firmware_bridge.debug_buttons import DebugButtons
from firmware_bridge.errors import SignerStartError, TokenTroubleError
from firmware_bridge.launcher import SignerStart, SignerStatus, start, stop
from lightnode.wire.curve import Curve, compress, verify_signature
from lightnode.wire.envelope import digest_to_sign
from lightnode.wire.key_set import KeySet, SigningKey
from lightnode.wire.payload import Payload
from lightnode.wire.root import root_body
from tests.support.link_host import HOST, INTRODUCED
from tests.support.soft_hsm_token import PIN, make_token

pytest.importorskip("pkcs11", reason="python-pkcs11 is not installed")
pytestmark = pytest.mark.softhsm


def begin(folder: Path, url: str, pin: bytes) -> SignerStatus:
    """Start a signer with its PIN through a pipe."""
    reading, writing = os.pipe()
    os.write(writing, pin + b"\n")
    os.close(writing)
    try:
        wanted = SignerStart(token=url, pin_fd=reading, provisioning=True, debug=True, hosts=(INTRODUCED,))
        return start(folder, wanted)
    finally:
        os.close(reading)


@pytest.fixture
def signer(tmp_path: Path) -> Iterator[SignerStatus]:
    running = begin(tmp_path / "signer", make_token(tmp_path, "bridge"), PIN)
    yield running
    stop(tmp_path / "signer")


def root_payload(public_key: bytes, curve: Curve) -> bytes:
    keys = KeySet.of(1, [SigningKey(curve, compress(public_key), 1)])
    body = root_body(keys, keys, {"PT": keys})
    return Payload("root", "training", b"", b"", 1, 1_800_000_000, 1_810_000_000, 1_820_000_000, body).encode()


@pytest.mark.parametrize("curve", list(Curve))
def test_a_card_signs_through_the_bridge_and_its_loss_is_said(
    signer: SignerStatus, tmp_path: Path, curve: Curve
) -> None:
    stopping = threading.Event()
    buttons = DebugButtons(signer.debug_url, HOST)
    pressing = threading.Thread(target=buttons.approve_all, args=(stopping,), daemon=True)
    pressing.start()
    try:
        with SignerClient.open(signer.url, HOST) as client:
            made = client.generate_key("gov", curve.value, "envelope")
            assert client.keys() == (made,)
            payload = root_payload(made.public_key, curve)
            signed = client.sign_envelope(payload, "gov")
            digest = digest_to_sign(payload, "root", curve, signed.kid)
            r, s = int.from_bytes(signed.signature[:32], "big"), int.from_bytes(signed.signature[32:], "big")
            verify_signature(curve, made.public_key, digest, r, s)
            shutil.rmtree(tmp_path / "tokens")
            with pytest.raises(TokenTroubleError, match="TOKEN-GONE"):
                client.sign_envelope(payload, "gov")
            with pytest.raises(TokenTroubleError, match="TOKEN-GONE"):
                client.keys()
    finally:
        stopping.set()
        pressing.join(5)
        buttons.close()


def test_a_wrong_pin_is_said_and_never_written_down(tmp_path: Path) -> None:
    url = make_token(tmp_path, "bridge")
    with pytest.raises(SignerStartError, match="PIN-WRONG"):
        begin(tmp_path / "signer", url, b"97531864")
    for path in (tmp_path / "signer").rglob("*"):
        assert not path.is_file() or b"97531864" not in path.read_bytes()


def enter_pin(buttons: DebugButtons, stop: threading.Event, entered: list[str]) -> None:
    """Approve everything, and enter the PIN where it is asked for."""
    while not stop.wait(0.02):
        if buttons.wants_pin():
            if buttons.enter_pin(PIN.decode()):
                entered.append("PIN")
        elif not buttons.press("next"):
            buttons.press("approve")


def test_a_card_put_back_in_is_opened_anew_with_its_pin(signer: SignerStatus, tmp_path: Path) -> None:
    buttons, stopping, entered = DebugButtons(signer.debug_url, HOST), threading.Event(), list[str]()
    pressing = threading.Thread(target=enter_pin, args=(buttons, stopping, entered), daemon=True)
    pressing.start()
    try:
        with SignerClient.open(signer.url, HOST) as client:
            made = client.generate_key("gov", "secp256r1", "envelope")
            payload = root_payload(made.public_key, Curve.SECP256R1)
            client.sign_envelope(payload, "gov")
            assert entered == []
            for turn in (1, 2):
                shutil.move(tmp_path / "tokens", tmp_path / "pulled")
                for _ in range(2):
                    with pytest.raises(TokenTroubleError, match="TOKEN-GONE"):
                        client.sign_envelope(payload, "gov")
                shutil.move(tmp_path / "pulled", tmp_path / "tokens")
                client.sign_envelope(payload, "gov")
                assert len(entered) == turn
            assert client.lock()
            assert client.info().locked
            client.sign_envelope(payload, "gov")
            assert len(entered) == 3
    finally:
        stopping.set()
        pressing.join(5)
        buttons.close()


def test_a_token_in_this_computer_s_files_is_no_card(signer: SignerStatus) -> None:
    with SignerClient.open(signer.url, HOST) as client:
        assert client.info().device_class == "software"

"""Pairing through the commands, with the signer's real process: two data folders are two computers."""

from __future__ import annotations

import io
import json
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from desktop.cli.main import main
from firmware_bridge import launcher
from firmware_bridge.debug_buttons import DebugButtons
from firmware_bridge.launcher import SignerStatus
from hsm.software import SoftwareToken
from tests.integration.test_signer_soft_hsm import begin
from tests.support.link_host import HOST

PIN = b"123456"


@pytest.fixture
def signer(tmp_path: Path) -> Iterator[SignerStatus]:
    SoftwareToken.create(tmp_path / "token", bytearray(PIN)).close()
    yield begin(tmp_path / "signer", f"software:{tmp_path / 'token'}", PIN)
    launcher.stop(tmp_path / "signer")


def do(capsys: pytest.CaptureFixture[str], home: Path, *words: str, status: int = 0) -> Any:
    got = main([*words, "--home", str(home), "--json"])
    out = capsys.readouterr().out
    assert got == status, out
    return json.loads(out)


class Typist:
    """Standard input of a person who reads the signer's display, types, and presses the tick afterwards."""

    def __init__(self, signer: SignerStatus, twist: int = 0) -> None:
        self.buttons, self.twist = DebugButtons(signer.debug_url, HOST), twist
        self.seen: list[tuple[str, str, str]] = []

    def readline(self, size: int = -1) -> str:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            shown = self.buttons.current()
            if shown is not None:
                self.seen.append(shown)
                if shown[1] == "Type this code there":
                    threading.Thread(target=self.press, daemon=True).start()
                    code = (int(shown[2].replace(" ", "")) + self.twist) % 1_000_000
                    return f"{code:06}\n"
                self.buttons.press("next")
            time.sleep(0.02)
        raise AssertionError("no code was shown")

    def press(self) -> None:
        time.sleep(0.3)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and self.buttons.current() is not None:
            if not self.buttons.press("next"):
                self.buttons.press("approve")
            time.sleep(0.02)


def test_another_computer_is_a_stranger_until_the_code_was_typed(
    signer: SignerStatus, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    home, url = tmp_path / "other", ["--signer", signer.url]
    assert do(capsys, home, "signer", "keys", *url, status=4)["error"]["code"] == "SIGNER-UNKNOWN"
    monkeypatch.setattr(sys, "stdin", Typist(signer, twist=1))
    assert do(capsys, home, "signer", "pair", *url, status=4)["error"]["code"] == "PAIR-CODE"
    assert do(capsys, home, "signer", "keys", *url, status=4)["error"]["code"] == "SIGNER-UNKNOWN"
    typist = Typist(signer)
    monkeypatch.setattr(sys, "stdin", typist)
    made = do(capsys, home, "signer", "pair", *url)
    assert made["key"] == signer.key.hex()
    assert ("Pair a computer", "Computer", made["name"]) in typist.seen
    assert do(capsys, home, "signer", "keys", *url)["keys"] == []
    assert do(capsys, home, "signer", "known")["signers"] == [{"key": signer.key.hex(), "model": made["model"]}]
    hosts = do(capsys, home, "signer", "hosts", *url)["hosts"]
    assert [host["name"] for host in hosts] == [HOST.name, made["name"]]
    # Struck on either side it is a stranger again.
    do(capsys, home, "signer", "forget-host", hosts[1]["id"], *url, "--approve-debug", signer.debug_url)
    assert do(capsys, home, "signer", "keys", *url, status=4)["error"]["code"] == "DEVICE-NOT-PAIRED"
    assert do(capsys, home, "signer", "known", "--forget", signer.key.hex())["struck"]
    assert do(capsys, home, "signer", "keys", *url, status=4)["error"]["code"] == "SIGNER-UNKNOWN"


def test_a_signer_that_cannot_be_reached_is_not_said_to_show_anything(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["signer", "pair", "--signer", "serial:/dev/chancery-nowhere", "--home", str(tmp_path)]) == 4
    said = capsys.readouterr().err
    assert "SIGNER-GONE" in said
    assert "shows" not in said


def test_nobody_types_anything(
    signer: SignerStatus, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    refused = do(capsys, tmp_path / "other", "signer", "pair", "--signer", signer.url, status=4)
    assert refused["error"]["code"] == "PAIR-CODE"


@pytest.mark.parametrize("name", ["host.key", "signers.cbor"])
def test_damaged_files_of_this_computer_are_said(
    signer: SignerStatus, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    home = tmp_path / "other"
    do(capsys, home, "signer", "keys", "--signer", signer.url, status=4)
    folder = home / "link"
    assert folder.stat().st_mode & 0o077 == 0
    assert (folder / "host.key").stat().st_mode & 0o077 == 0
    (folder / name).write_bytes(b"damage")
    refused = do(capsys, home, "signer", "keys", "--signer", signer.url, status=1)
    assert refused["error"]["code"] == "LINK-FILES"
    assert (folder / name).read_bytes() == b"damage", "nothing is replaced in silence"

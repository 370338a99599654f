"""Finding signers: a port is one only where it greets as one does, whatever it calls itself."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from desktop.cli.main import main
from desktop.services import signer_search
from firmware_bridge.errors import LinkPermissionError
from firmware_bridge.link import candidates
from firmware_bridge.link.candidates import Candidate
from firmware_bridge.link.memory_port import MemoryPort, pair
from firmware_bridge.link.transport import Transport
from firmware_bridge.signer.build import MODEL
from firmware_bridge.signer.service import serve_forever
from tests.support.signer_bench import SignerBench


class Instrument:
    """Something else on a serial port, that talks all the time and calls itself a signer."""

    def __init__(self) -> None:
        self.heard = b""

    def read(self, timeout: float) -> bytes:
        threading.Event().wait(min(timeout, 0.02))
        return b"+0.000321E-3\r\n\0\0"

    def write(self, data: bytes) -> None:
        self.heard += data

    def close(self) -> None:
        return


def test_the_greeting_decides(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench, instrument = SignerBench(tmp_path), Instrument()
    opened: list[MemoryPort] = []

    def open_link(url: str, write_seconds: float) -> Transport:
        if url == "serial:/dev/denied":
            raise LinkPermissionError("The system lets this user not open the signer's port.")
        if url == "serial:/dev/instrument":
            return instrument
        host, device = pair()
        threading.Thread(target=serve_forever, args=(bench.service, device, bench.stop), daemon=True).start()
        opened.append(host)
        return host

    names = ("serial:/dev/denied", "serial:/dev/instrument", "serial:/dev/signer")
    found = tuple(Candidate(name, name, "Chancery signer") for name in names)
    monkeypatch.setattr(candidates, "open_link", open_link)
    monkeypatch.setattr(signer_search, "look", lambda: found)
    assert main(["signer", "find", "--json"]) == 0
    said: Any = json.loads(capsys.readouterr().out)
    assert said["signers"] == [{"url": names[2], "place": names[2], "model": MODEL}]
    assert said["troubles"] == [{"url": names[0], "code": "LINK-PERMISSION"}]
    assert said["others"] == 1
    assert 0 < len(instrument.heard) <= candidates.MAX_GREETING
    assert len(opened) == 1
    assert main(["signer", "find"]) == 0
    text = capsys.readouterr().out
    assert MODEL in text and "udev" in text


def test_nothing_is_plugged_in(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signer_search, "look", tuple)
    assert main(["signer", "find", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"ok": True, "signers": [], "troubles": [], "others": 0}
    assert main(["signer", "find"]) == 0
    assert "No signer answers" in capsys.readouterr().out

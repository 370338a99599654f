"""A PIN through a descriptor: one error for whatever is none, and no try of the token spent on it."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from firmware_bridge import launcher, pin_descriptor
from firmware_bridge.errors import PinDescriptorError
from firmware_bridge.pin_descriptor import MAX_PIN, read_pin
from firmware_bridge.signer import process
from firmware_bridge.signer.approval import ApprovalPort
from hsm.software import MAX_TRIES, SoftwareToken


def pipe(content: bytes, *, close: bool = True) -> int:
    reading, writing = os.pipe()
    os.write(writing, content)
    if close:
        os.close(writing)
    return reading


def device(path: str) -> Callable[[Path], int]:
    return lambda _: os.open(path, os.O_RDONLY)


def closed(_: Path) -> int:
    descriptor = pipe(b"")
    os.close(descriptor)
    return descriptor


BAD: dict[str, Callable[[Path], int]] = {
    "empty": lambda _: pipe(b""),
    "empty line": lambda _: pipe(b"\n1234\n"),
    "over-long": lambda _: pipe(b"1" * (MAX_PIN + 1)),
    "binary": lambda _: pipe(b"12\xff\xfe34\n"),
    "control": lambda _: pipe(b"1234\r\n"),
    "never": lambda _: pipe(b"12", close=False),
    "null": device(os.devnull),
    "endless zeros": device("/dev/zero"),
    "endless noise": device("/dev/urandom"),
    "directory": lambda folder: os.open(folder, os.O_RDONLY),
    "closed": closed,
    "output": lambda _: 1,
    "errors": lambda _: 2,
    "negative": lambda _: -1,
    "far": lambda _: 1 << 40,
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.skipif(os.name != "posix", reason="devices of POSIX")
def test_what_gives_no_pin_is_one_error_and_no_try(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pin_descriptor, "READ_SECONDS", 0.3)
    SoftwareToken.create(tmp_path / "token", bytearray(b"123456"))
    words = ["--state", str(tmp_path / "s"), "--token", f"software:{tmp_path / 'token'}", "--pin-fd"]
    with pytest.raises(PinDescriptorError) as caught:
        process.run(process.arguments([*words, str(BAD[name](tmp_path))]), ApprovalPort())
    assert "Errno" not in caught.value.text
    assert SoftwareToken(tmp_path / "token").pin_status().tries_left == MAX_TRIES


def test_pins_of_every_kind_of_source(tmp_path: Path) -> None:
    (tmp_path / "pin").write_bytes(b"12 \xc3\xa4\nrest")
    near, far = socket.socketpair()
    far.sendall(b"1234\n")
    assert read_pin(os.open(tmp_path / "pin", os.O_RDONLY)) == "12 ä".encode()
    assert read_pin(near.detach()) == b"1234"
    assert read_pin(pipe(b"1" * MAX_PIN)) == b"1" * MAX_PIN
    assert read_pin(pipe(b"1234\n", close=False)) == b"1234"
    far.close()


@pytest.mark.parametrize("name", ["directory", "closed", "output", "null", "endless zeros"])
def test_the_launcher_says_so_before_it_starts_anything(name: str, tmp_path: Path) -> None:
    with pytest.raises(PinDescriptorError):
        launcher.start(tmp_path / "s", launcher.SignerStart("software:nowhere", pin_fd=BAD[name](tmp_path)))
    assert not (tmp_path / "s").exists()

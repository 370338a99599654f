"""Starting, asking after and stopping the local signer's process.

Invariant: a signer runs where its folder's lock is held, by a process that the system lets go of it when it ends. What a
status file of a former run says is never believed, so that nobody else's process is ended.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock, Timeout

from firmware_bridge.errors import (
    BridgeError,
    PinDescriptorError,
    SignerStartError,
    SignerStartPinError,
    SignerStartTokenError,
    SignerStateError,
    SignerStatusError,
    SignerTokenUrlError,
)
from firmware_bridge.pin_descriptor import demand_pin_source

STATUS = "status.json"
LOG = "signer.log"
LOCK = "signer.lock"
MODULE = "firmware_bridge.signer"
_START_SECONDS = 20.0
# How the signer's process ends: the code of its error, then what happened; the advice stands on a line of its own.
_SAID = re.compile(r"([A-Z][A-Z0-9]+(?:-[A-Z0-9]+)*): (.+)")
_KEY = re.compile("[0-9a-f]{64}")
_FAILURES: tuple[tuple[str, type[BridgeError]], ...] = (
    ("PIN-", SignerStartPinError),
    ("TOKEN-URL", SignerTokenUrlError),
    ("TOKEN-", SignerStartTokenError),
    ("PKCS11-", SignerStartTokenError),
    (PinDescriptorError.code, PinDescriptorError),
    (SignerStateError.code, SignerStateError),
)


@dataclass(frozen=True, slots=True)
class SignerStart:
    """How a signer is started.

    Attributes:
        token: URL of the token.
        pin_fd: descriptor that the signer reads the PIN from; None to ask on its own display.
        provisioning: keys may be made, a root installed.
        debug: open the debug channel; training builds only.
        link: pty or socket; None for the system's own way.
        module: to run; the one with a window is another.
        hosts: public key and name of whoever starts it, which it is thereby paired with.
    """

    token: str
    pin_fd: int | None = None
    provisioning: bool = False
    debug: bool = False
    link: str | None = None
    module: str = MODULE
    hosts: tuple[tuple[bytes, str], ...] = ()


@dataclass(frozen=True, slots=True)
class SignerStatus:
    """A signer as it stands.

    Attributes:
        running: whether its process is there.
        pid: of it; 0 while it is stopped.
        url: how the desktop reaches it.
        debug_url: of its debug channel; empty without one.
        key: its static public key, 32 bytes; empty while it is stopped.
    """

    running: bool
    pid: int
    url: str
    debug_url: str
    key: bytes = b""


def start(folder: Path, wanted: SignerStart) -> SignerStatus:
    """Start a signer and wait until it can be reached.

    Args:
        folder: of the signer.
        wanted: how.

    Raises:
        SignerStartError: it runs already, or does not come up; its leaves say that token or PIN are the reason.
        PinDescriptorError: no PIN can come from the descriptor.
        SignerStateError: the folder is damaged, or cannot be made.
    """
    if status(folder).running:
        raise SignerStartError("This signer is running already.")
    if wanted.pin_fd is not None:
        demand_pin_source(wanted.pin_fd)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as cause:
        raise SignerStateError("The signer's folder cannot be made.") from cause
    (folder / STATUS).unlink(missing_ok=True)
    log = folder / LOG
    with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as output:
        begun = output.tell()
        child = _spawn(folder, wanted, output)
    try:
        if _wait(folder, child):
            return status(folder)
    except BaseException:
        # Ctrl-C, say: nobody would know of what comes up afterwards.
        child.terminate()
        raise
    child.terminate()
    raise _failure(log.read_bytes()[begun:].decode(errors="replace"))


def _wait(folder: Path, child: subprocess.Popen[bytes]) -> bool:
    """Wait until a process that was started serves its folder; False where it ended, or does not answer in time."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and child.poll() is None:
        if status(folder).running:
            return True
        time.sleep(0.02)
    return False


def _failure(said: str) -> BridgeError:
    """Give the error for what a signer's process said before it ended."""
    named = [found for line in said.splitlines() if (found := _SAID.fullmatch(line.strip()))]
    if not named:
        return SignerStartError(
            f"The signer did not come up: {(said.strip().splitlines() or ['it said nothing.'])[-1]}"
        )
    code, text = named[-1].groups()
    kind = next((kind for begin, kind in _FAILURES if code.startswith(begin)), SignerStartError)
    return kind(f"The signer did not come up: {text} ({code})")


def _spawn(folder: Path, wanted: SignerStart, output: BinaryIO) -> subprocess.Popen[bytes]:
    # The child's own 0 is closed to it: a PIN that comes from ours comes in by another number.
    pin = os.dup(wanted.pin_fd) if wanted.pin_fd == 0 else wanted.pin_fd
    command = [
        sys.executable,
        "-m",
        wanted.module,
        "--state",
        str(folder.resolve()),
        "--token",
        _absolute(wanted.token),
    ]
    command += ["--pin-fd", str(pin)] if pin is not None else []
    command += ["--provisioning"] if wanted.provisioning else []
    command += ["--debug"] if wanted.debug else []
    command += ["--link", wanted.link] if wanted.link else []
    for key, name in wanted.hosts:
        command += ["--host", f"{key.hex()}:{name}"]
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=() if pin is None else (pin,),
            cwd=Path(__file__).resolve().parents[1],
            start_new_session=True,
        )
    finally:
        if pin is not None and pin != wanted.pin_fd:
            os.close(pin)


def _absolute(token: str) -> str:
    """Give a token's URL as it reads from any folder: the child starts in another one than the caller."""
    kind, _, folder = token.partition(":")
    return f"{kind}:{Path(folder).absolute()}" if kind == "software" and folder else token


def status(folder: Path) -> SignerStatus:
    """Ask after a signer.

    Raises:
        SignerStatusError: its process runs, but what it wrote of itself is damaged.
    """
    if is_held(folder):
        # Where the file is not there the process is just starting or just ending: it cannot be reached.
        with contextlib.suppress(OSError):
            return _read_status(folder / STATUS)
    return SignerStatus(False, 0, "", "")


def _read_status(path: Path) -> SignerStatus:
    data = path.read_bytes()
    try:
        match json.loads(data):
            case {"pid": int(pid), "url": str(url), "debug_url": str(debug_url), "key": str(key)} if (
                pid > 1 and _KEY.fullmatch(key)
            ):
                return SignerStatus(True, pid, url, debug_url, bytes.fromhex(key))
    except (ValueError, RecursionError):
        pass
    raise SignerStatusError(f"The signer runs, but what it wrote of itself cannot be read: {path}.")


def is_held(folder: Path) -> bool:
    """Whether a signer's process holds a folder."""
    if not (folder / LOCK).exists():
        return False
    try:
        with folder_lock(folder).acquire(timeout=0):
            return False
    except Timeout:
        return True


def folder_lock(folder: Path) -> FileLock:
    """Give the lock that a signer holds for as long as it runs."""
    return FileLock(folder / LOCK, mode=0o600, is_singleton=False)


def stop(folder: Path) -> SignerStatus:
    """Stop a signer and wait until it is gone."""
    now = status(folder)
    if now.running:
        with contextlib.suppress(ProcessLookupError):
            os.kill(now.pid, signal.SIGTERM)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and status(folder).running:
            time.sleep(0.02)
    return status(folder)

"""A SoftHSM2 token of its own for a training set-up: its configuration, its folder, its initialisation.

The PINs reach `softhsm2-util` through a terminal, as a person would type them: never through arguments. The token is opened
by the signer process alone; nothing here loads its PKCS#11 module.
"""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from desktop.errors import DesktopError
from desktop.services.data_folder import private_folder
from desktop.services.file_access import write_bytes

LABEL = "chancery-training"
VARIABLE = "SOFTHSM2_CONF"
MODULES = (
    Path("/usr/lib/softhsm/libsofthsm2.so"),
    Path("/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"),
    Path("/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so"),
    Path("/usr/local/lib/softhsm/libsofthsm2.so"),
)
_SECONDS = 20.0


class SoftHsmMissingError(DesktopError):
    """SoftHSM2 is not installed, or does not work here."""

    code = "SOFTHSM-MISSING"
    advice = "Install Debian's package softhsm2, or leave out the token to use a software token."


@dataclass(frozen=True, slots=True)
class MadeToken:
    """A token that was made.

    Attributes:
        url: for `signer start --token`.
        configuration: file that the variable SOFTHSM2_CONF must name for the signer.
    """

    url: str
    configuration: Path


def module() -> Path | None:
    """Give SoftHSM2's PKCS#11 module; None where it is not installed."""
    found = next((path for path in MODULES if path.exists()), None)
    return found if found is not None and shutil.which("softhsm2-util") and hasattr(os, "openpty") else None


def make(folder: Path, pin: str, officer_pin: str) -> MadeToken:
    """Make a token, or give the one that was made before.

    Args:
        folder: of the token.
        pin: of the user.
        officer_pin: of the security officer.

    Raises:
        SoftHsmMissingError: SoftHSM2 is not installed or refuses.
    """
    library = module()
    if library is None:
        raise SoftHsmMissingError("SoftHSM2 is not installed here.")
    tokens = private_folder(private_folder(folder) / "tokens")
    configuration = folder / "softhsm2.conf"
    made = MadeToken(f"pkcs11:{library}?token={LABEL}", configuration)
    if any(tokens.iterdir()):
        return made
    text = f"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\nslots.removable = false\n"
    write_bytes(configuration, text.encode(), private=True)
    _initialise(configuration, [officer_pin, officer_pin, pin, pin])
    return made


def _initialise(configuration: Path, answers: list[str]) -> None:
    near, far = os.openpty()
    try:
        child = subprocess.Popen(
            ["softhsm2-util", "--init-token", "--free", "--label", LABEL],
            stdin=far,
            stdout=far,
            stderr=far,
            start_new_session=True,
            env={**os.environ, VARIABLE: str(configuration)},
        )
        os.close(far)
        _type(near, answers)
        if child.wait(timeout=_SECONDS) != 0:
            raise SoftHsmMissingError("SoftHSM2 refused to make a token.")
    except (OSError, subprocess.TimeoutExpired) as cause:
        raise SoftHsmMissingError("SoftHSM2 does not work here.") from cause
    finally:
        os.close(near)


def _type(terminal: int, answers: list[str]) -> None:
    """Type each answer when it is asked for, and read on until the other end is closed."""
    waiting = list(answers)
    deadline = time.monotonic() + _SECONDS
    said = b""
    while time.monotonic() < deadline:
        ready, _, _ = select.select([terminal], [], [], 0.2)
        if not ready:
            continue
        try:
            part = os.read(terminal, 4096)
        except OSError:
            return
        if not part:
            return
        said += part
        if waiting and said.rstrip().endswith(b":"):
            # It discards what was typed before it turned the echo off.
            time.sleep(0.05)
            os.write(terminal, waiting.pop(0).encode() + b"\n")
            said = b""

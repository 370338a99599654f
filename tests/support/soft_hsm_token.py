"""A SoftHSM2 token of a test's own, made without a PIN in arguments."""

from __future__ import annotations

import ctypes.util
import os
import subprocess
from pathlib import Path

import pytest

MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
)
PIN = b"246810"


def module() -> str:
    """Find the module; the test is skipped where Debian's softhsm2 is not installed."""
    for path in MODULES:
        if Path(path).exists():
            return path
    found = ctypes.util.find_library("softhsm2")
    if found is None:
        pytest.skip("Debian's softhsm2 is not installed")
    return found


def make_token(folder: Path, label: str) -> str:
    """Make a token; gives its URL. Sets SOFTHSM2_CONF for this process."""
    library = module()
    tokens = folder / "tokens"
    tokens.mkdir(parents=True)
    configuration = folder / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(configuration)
    # A test's PIN is no secret; the product itself never puts one into arguments.
    subprocess.run(
        ["softhsm2-util", "--init-token", "--free", "--label", label, "--so-pin", "12345678", "--pin", PIN.decode()],
        check=True,
        capture_output=True,
    )
    return f"pkcs11:{library}?token={label}"

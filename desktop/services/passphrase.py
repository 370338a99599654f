"""Where the passphrase of the encrypted store comes from.

Invariants:
- In the training environment it is random and lies beside the store, readable by the owner only: nothing there is real,
  and commands must run without questions. Nowhere else does a passphrase lie in a file.
- It never appears on a command line, in an environment variable or in output.
"""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path

from desktop.errors import DesktopError
from desktop.services.file_access import read_bytes, write_bytes

TRAINING_FILE = "store.pass"
MAX_BYTES = 1024


class PassphraseMissingError(DesktopError):
    """The store of this network needs a passphrase and none was given."""

    code = "STORE-PASSPHRASE"
    advice = "Give it on a descriptor with --passphrase-fd, or run the command in a terminal and type it."


def obtain(folder: Path, environment: str, descriptor: int | None) -> bytes:
    """Give the passphrase of a store.

    Args:
        folder: of the network.
        environment: of the profile.
        descriptor: an open file descriptor that holds it, or None.

    Raises:
        PassphraseMissingError: there is no way to get it.
    """
    if descriptor is not None:
        return _from_descriptor(descriptor)
    if environment == "training":
        return _training(folder / TRAINING_FILE)
    if not sys.stdin.isatty():
        raise PassphraseMissingError("The store of this network needs its passphrase.")
    import getpass

    return getpass.getpass("Passphrase of the store: ", stream=sys.stderr).encode()


def _from_descriptor(descriptor: int) -> bytes:
    try:
        with os.fdopen(descriptor, "rb", closefd=True) as source:
            text = source.read(MAX_BYTES + 1)
    except OSError as cause:
        raise PassphraseMissingError("The descriptor of the passphrase cannot be read.") from cause
    if not 1 <= len(text.rstrip(b"\r\n")) <= MAX_BYTES:
        raise PassphraseMissingError("The descriptor holds no passphrase.")
    return text.rstrip(b"\r\n")


def _training(path: Path) -> bytes:
    if not path.exists():
        write_bytes(path, secrets.token_hex(16).encode(), private=True)
    return read_bytes(path, MAX_BYTES)

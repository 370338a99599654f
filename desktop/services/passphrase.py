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


class PassphraseLostError(DesktopError):
    """The training store is there, and the file with its passphrase is not."""

    code = "STORE-PASSPHRASE-LOST"
    advice = (
        "Restore the file from a backup: without it nobody can open the store. Or begin a new one with "
        "`chancery store begin-anew`, which moves the old one aside, whole."
    )


def given(environment: str, descriptor: int | None) -> bytes | None:
    """Give the passphrase that a person or a program gives; None in training, where it lies beside the store.

    Args:
        environment: of the profile.
        descriptor: an open file descriptor that holds it, or None.

    Raises:
        PassphraseMissingError: there is no way to get it.
    """
    if descriptor is not None:
        return _from_descriptor(descriptor)
    if environment == "training":
        return None
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


def of_training(folder: Path, *, store_exists: bool) -> bytes:
    """Give the passphrase of a training store, making it at first use; whoever calls holds the folder.

    Args:
        folder: of the network.
        store_exists: whether a store is there already, which only its own passphrase opens.

    Raises:
        PassphraseLostError: it is there, and its passphrase is not.
    """
    path = folder / TRAINING_FILE
    if not path.exists():
        if store_exists:
            raise PassphraseLostError(f"The passphrase of this training store is gone: {path}.")
        write_bytes(path, secrets.token_hex(16).encode(), private=True)
    return read_bytes(path, MAX_BYTES)

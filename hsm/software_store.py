"""The software token's file: read strictly, written whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from hsm.errors import TokenGoneError, TokenStoreError
from hsm.token import CURVES, PURPOSES, is_sound_label

FILE = "token.json"
LOCK = "token.lock"
_LOCK_SECONDS = 10.0
MAX_TRIES = 3
_MAX_BYTES = 1 << 20
_MEMBERS = {"version", "serial", "salt", "tries", "check", "keys"}
_KEY_MEMBERS = {"label", "curve", "purpose", "public", "wrapped"}


def read_content(folder: Path) -> dict[str, Any]:
    """Read the file.

    Args:
        folder: of the token.

    Raises:
        TokenStoreError: it is missing or damaged.
    """
    try:
        with (folder / FILE).open("rb") as file:
            raw = file.read(_MAX_BYTES + 1)
        if len(raw) > _MAX_BYTES:
            raise TokenStoreError("The token's file is too large.")
        content = json.loads(raw)
    except (OSError, ValueError, RecursionError) as cause:
        raise TokenStoreError("The token's file is missing or damaged.") from cause
    check_content(content)
    checked: dict[str, Any] = content
    return checked


@contextmanager
def store_lock(folder: Path) -> Iterator[None]:
    """Hold the file alone: tries that two programs count at once are counted one after the other.

    Args:
        folder: of the token.

    Raises:
        TokenGoneError: it was taken away; it is not made anew.
        TokenStoreError: another program holds the file and does not let go.
    """
    if not (folder / FILE).exists():
        raise TokenGoneError("The token's file was taken away.")
    try:
        with FileLock(folder / LOCK, timeout=_LOCK_SECONDS, mode=0o600, is_singleton=False):
            yield
    except Timeout as cause:
        raise TokenStoreError("Another program holds the token's file.") from cause
    except OSError as cause:
        raise TokenStoreError("The token's file cannot be held.") from cause


def check_content(content: object) -> None:
    """Check every member's type and size.

    Raises:
        TokenStoreError: the content is damaged.
    """
    if not isinstance(content, dict) or set(content) != _MEMBERS:
        raise TokenStoreError("The token's file is damaged.")
    tries, keys = content["tries"], content["keys"]
    sound = (
        type(content["version"]) is int
        and content["version"] == 1
        and type(tries) is int
        and 0 <= tries <= MAX_TRIES
        and _is_hex(content["serial"], 4)
        and _is_hex(content["salt"], 16)
        # Nonce of 12 bytes, the word "check", tag of 16.
        and _is_hex(content["check"], 33)
        and isinstance(keys, list)
        and all(_is_key(item) for item in keys)
        and len({item["label"] for item in keys}) == len(keys)
    )
    if not sound:
        raise TokenStoreError("The token's file is damaged.")


def write_content(folder: Path, content: dict[str, Any]) -> None:
    """Write the file, for its owner only; a crash leaves the old one.

    Args:
        folder: made if missing, mode 0700.
        content: the whole of it.

    Raises:
        TokenStoreError: it cannot be written.
    """
    path = folder / FILE
    partial = path.with_suffix(".part")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial.unlink(missing_ok=True)
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(content, file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as cause:
        raise TokenStoreError("The token's file cannot be written.") from cause


def _is_key(item: object) -> bool:
    return (
        isinstance(item, dict)
        and set(item) == _KEY_MEMBERS
        and isinstance(item["label"], str)
        and is_sound_label(item["label"])
        and item["curve"] in CURVES
        and item["purpose"] in PURPOSES
        and _is_hex(item["public"], 65)
        # Nonce of 12 bytes, secret of 32, tag of 16.
        and _is_hex(item["wrapped"], 60)
    )


def _is_hex(value: object, size: int) -> bool:
    if not isinstance(value, str) or len(value) != 2 * size or not value.isascii() or not value.isalnum():
        return False
    try:
        return len(bytes.fromhex(value)) == size
    except ValueError:
        return False

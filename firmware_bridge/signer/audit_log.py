"""The audit log: one line of hex for each entry, CBOR `["chancery/audit/1", hash of the entry before, *entry]`.

Invariants: it only grows; its chain is checked whole when it is opened; what a power cut left half written is cut off,
because what it would have told was never answered.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from firmware_bridge.errors import SignerStateError
from lightnode.errors import WireError
from lightnode.wire import cbor

_FORMAT = "chancery/audit/1"
_MAX_ENTRY = 64 * 1024


class AuditLog:
    """The log of one signer; used by one process."""

    def __init__(self, path: Path) -> None:
        """Open it, or begin one with the first entry.

        Raises:
            SignerStateError: an entry is damaged, or does not follow from the one before.
        """
        self._path = path
        try:
            self._drop_torn_entry()
            self._size = path.stat().st_size if path.exists() else 0
            self._head = self._follow()
        except OSError as cause:
            raise SignerStateError("The audit log cannot be read.") from cause

    def _drop_torn_entry(self) -> None:
        if not self._path.exists():
            return
        content = self._path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if whole != content:
            with self._path.open("r+b") as file:
                file.truncate(len(whole))
                file.flush()
                os.fsync(file.fileno())

    def _follow(self) -> bytes:
        head = bytes(32)
        if not self._path.exists():
            return head
        with self._path.open("rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    entry = bytes.fromhex(line.decode("ascii"))
                    if entry.hex().encode() + b"\n" != line:
                        raise ValueError("The line is not in its one form.")
                    match cbor.decode(entry, max_bytes=_MAX_ENTRY):
                        case [kind, previous, *_] if kind == _FORMAT and previous == head:
                            head = hashlib.sha256(entry).digest()
                            continue
                except (ValueError, WireError):
                    pass
                raise SignerStateError(f"The audit log is damaged at entry {number}.")
        return head

    def demand_unchanged(self) -> None:
        """Demand that nobody else wrote to it.

        Raises:
            SignerStateError: somebody did.
        """
        try:
            size = self._path.stat().st_size if self._path.exists() else 0
        except OSError as cause:
            raise SignerStateError("The audit log cannot be read.") from cause
        if size != self._size:
            raise SignerStateError("The audit log was changed by something else than this signer.")

    def append(self, entry: list[cbor.Value]) -> bytes:
        """Append an entry.

        Returns:
            The hash of the new entry.

        Raises:
            SignerStateError: it cannot be written.
        """
        line = cbor.encode([_FORMAT, self._head, *entry])
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(descriptor, "ab") as file:
                file.write(line.hex().encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as cause:
            raise SignerStateError("The audit log cannot be written.") from cause
        self._head = hashlib.sha256(line).digest()
        self._size += 2 * len(line) + 1
        return self._head

"""The audit log of a signer: a file of lines (`firmware_bridge.audit_entry`), and how far it was taken over elsewhere.

Invariants: it only grows; its chain is checked whole when it is opened; what a power cut left half written is cut off,
because what it would have told was never answered; what counts as taken over is named by its hash.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from firmware_bridge.audit_entry import Entry, Event, Head, follow, read_lines, write_line
from firmware_bridge.errors import AuditEntryError, AuditFullError, MalformedRequestError, SignerStateError
from lightnode.errors import WireError
from lightnode.wire import cbor

# Entries that may wait to be taken over. What is asked of the signer is refused beyond; what it must write down itself
# (a PIN's try, a host struck, the taking over itself) never is, so that a full log cannot lock anybody out.
CAPACITY = 10_000
WARN_PERCENT = 80
_ACKNOWLEDGED = "chancery/audit-taken/1"


class AuditLog:
    """The log of one signer; used by one process."""

    def __init__(self, path: Path, taken: bytes | None, save_taken: Callable[[bytes], None]) -> None:
        """Open it.

        Args:
            path: of the file.
            taken: what was stored of how far it was taken over; None for never.
            save_taken: stores that.

        Raises:
            SignerStateError: an entry is damaged, or does not follow from the one before.
        """
        self._path, self._save_taken = path, save_taken
        try:
            self._drop_torn_entry()
            self._size = path.stat().st_size if path.exists() else 0
            # Where each entry begins, and each entry's hash by its counter: entries are read back by number.
            self._places: list[int] = []
            self._hashes: list[bytes] = []
            self._follow()
        except OSError as cause:
            raise SignerStateError("The audit log cannot be read.") from cause
        self._taken = 0 if taken is None else self._read_taken(taken)

    @property
    def head(self) -> Head:
        """Where the chain ends."""
        return Head(len(self._hashes), self._hashes[-1]) if self._hashes else Head()

    @property
    def waiting(self) -> int:
        """How many entries were not taken over."""
        return len(self._hashes) - self._taken

    def demand_room(self) -> None:
        """Demand that there is room for what is asked.

        Raises:
            AuditFullError: first the log is to be taken over.
        """
        if self.waiting >= CAPACITY:
            raise AuditFullError(f"The signer's audit log holds {self.waiting} entries that nobody has taken over.")

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

    def append(self, what: Event) -> Entry:
        """Append an entry.

        Raises:
            SignerStateError: it cannot be written.
        """
        head = self.head
        entry = Entry(head.counter + 1, head.hash, what)
        line = write_line(entry.encode())
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(descriptor, "ab") as file:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
        except OSError as cause:
            raise SignerStateError("The audit log cannot be written.") from cause
        self._places.append(self._size)
        self._hashes.append(entry.hash)
        self._size += len(line)
        return entry

    def read(self, first: int, max_bytes: int) -> list[bytes]:
        """Give entries in order, as many as fit.

        Args:
            first: counter of the first one; one beyond the last gives none.
            max_bytes: of all together; at least one is given.

        Raises:
            MalformedRequestError: there are not so many.
        """
        if not 1 <= first <= len(self._places) + 1:
            raise MalformedRequestError("The audit log has no entry of this number.")
        if first > len(self._places):
            return []
        found: list[bytes] = []
        with self._path.open("rb") as file:
            file.seek(self._places[first - 1])
            for entry in read_lines(file):
                max_bytes -= len(entry)
                if found and max_bytes < 0:
                    break
                found.append(entry)
        return found

    def take_over(self, head: Head) -> int:
        """Take note that somebody holds the log up to an entry; gives how many still wait.

        Raises:
            MalformedRequestError: the chain has no such entry: whoever asks holds another log.
        """
        if not self._holds(head):
            raise MalformedRequestError("The audit log has no such entry.")
        if head.counter > self._taken:
            self._save_taken(cbor.encode([_ACKNOWLEDGED, head.counter, head.hash]))
            self._taken = head.counter
        return self.waiting

    def _holds(self, head: Head) -> bool:
        return 1 <= head.counter <= len(self._hashes) and self._hashes[head.counter - 1] == head.hash

    def _read_taken(self, data: bytes) -> int:
        try:
            match cbor.decode(data, max_bytes=128):
                case [kind, int(counter), bytes(found)] if kind == _ACKNOWLEDGED and self._holds(Head(counter, found)):
                    return counter
        except WireError as cause:
            raise SignerStateError("What is stored of the audit log is damaged.") from cause
        raise SignerStateError("The audit log is not the one that was taken over: its end was cut off or changed.")

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

    def _follow(self) -> None:
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            try:
                self._hashes = [head.hash for _, head in follow(read_lines(self._placed(file)), Head())]
            except AuditEntryError as cause:
                raise SignerStateError(f"The audit log is damaged at entry {len(self._places)}.") from cause

    def _placed(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """Note where each line begins."""
        at = 0
        for line in lines:
            self._places.append(at)
            at += len(line)
            yield line

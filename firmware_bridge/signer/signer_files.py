"""The signer's own folder: root, envelopes, memory of serials, nonces and time, answered requests, hosts, audit log.

Invariants: each change is one file replaced as a whole after fsync, so that kill -9 leaves the state before or after it;
damage is found when the folder is opened, before anything is asked of a person.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from firmware_bridge.errors import SignerStateError
from firmware_bridge.signer.audit_log import AuditLog
from firmware_bridge.signer.paired_hosts import PairedHosts
from lightnode.errors import WireError
from lightnode.wire import cbor
from lightnode.wire.serial_memory import SerialMemory

_MAX_BYTES = 4 * 1024 * 1024
_KEPT_REQUESTS = 256
_SECRET_BYTES = 32
_MEMORY = "chancery/signer-memory/2"


@dataclass(frozen=True, slots=True)
class Memory:
    """What the signer remembers.

    Attributes:
        serials: highest serial of each line of envelopes.
        nonces: SHA-256 of the last payload signed, by genesis, key and nonce.
        newest_time: newest signed time, unix seconds; 0 without one.
        confirmed_time: the newest signed time that a person has confirmed; 0 without one.
        pins: SHA-256 of the public key that was first used, by token and label.
    """

    serials: SerialMemory = field(default_factory=lambda: SerialMemory({}))
    nonces: tuple[tuple[bytes, int, bytes], ...] = ()
    newest_time: int = 0
    confirmed_time: int = 0
    pins: tuple[tuple[bytes, bytes], ...] = ()


class SignerFiles:
    """The folder of one signer; used by one process."""

    def __init__(self, folder: Path) -> None:
        """Open or make it, mode 0700.

        Raises:
            SignerStateError: it cannot be made, or what it holds is damaged.
        """
        self.folder = folder
        try:
            for name in ("", "envelopes", "requests"):
                (folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as cause:
            raise SignerStateError("The signer's folder cannot be made.") from cause
        self.log = AuditLog(
            folder / "audit.log", self._read("audit-taken.cbor"), lambda data: self._write("audit-taken.cbor", data)
        )
        self.memory()
        self.hosts = PairedHosts(self._read("hosts.cbor"), lambda data: self._write("hosts.cbor", data))

    def channel_secret(self) -> bytes:
        """Give the static secret key by which hosts know this signer; made when it is first asked for.

        Raises:
            SignerStateError: the file is damaged, or cannot be written.
        """
        known = self._read("channel.key")
        if known is None:
            known = os.urandom(_SECRET_BYTES)
            self._write("channel.key", known)
        if len(known) != _SECRET_BYTES:
            raise SignerStateError("The signer's channel key is damaged.")
        return known

    def demand_sound(self) -> None:
        """Demand that what must be written later can be.

        Raises:
            SignerStateError: the memory or the audit log was damaged meanwhile.
        """
        self.log.demand_unchanged()
        self.memory()

    def root(self) -> bytes | None:
        """Give the installed root's file."""
        return self._read("root.cenv")

    def save_root(self, data: bytes) -> None:
        """Install a root."""
        self._write("root.cenv", data)

    def next_roots(self) -> tuple[bytes, ...]:
        """Give the files of the roots that followed the installed one, ascending by serial."""
        return tuple(path.read_bytes() for path in sorted(self.folder.glob("root-*.cenv")))

    def save_next_root(self, serial: int, data: bytes, dropped: Sequence[str]) -> None:
        """Keep a root that follows, and forget the loaded envelopes that do not count under it.

        They go first: a signer that is cut off in between asks for them again, and never meets one it cannot verify.
        """
        for name in dropped:
            (self.folder / "envelopes" / name).unlink(missing_ok=True)
        self._write(f"root-{serial:010}.cenv", data)

    def envelope_files(self) -> tuple[tuple[str, bytes], ...]:
        """Give every loaded envelope with the name of its file."""
        names = sorted((self.folder / "envelopes").glob("*.cenv"))
        return tuple((path.name, path.read_bytes()) for path in names)

    def envelopes(self) -> tuple[bytes, ...]:
        """Give every loaded envelope, by name."""
        return tuple(data for _, data in self.envelope_files())

    def save_envelope(self, name: str, data: bytes) -> None:
        """Keep an envelope; a newer one of the same line takes its place."""
        self._write(f"envelopes/{name}.cenv", data)

    def memory(self) -> Memory:
        """Give what is remembered.

        Raises:
            SignerStateError: the file is damaged.
        """
        data = self._read("memory.cbor")
        if data is None:
            return Memory()
        try:
            match cbor.decode(data, max_bytes=_MAX_BYTES):
                case [kind, bytes(content), digest] if kind == _MEMORY and digest == hashlib.sha256(content).digest():
                    return _read_memory(content)
        except (WireError, ValueError, TypeError) as cause:
            raise SignerStateError("The signer's memory is damaged.") from cause
        raise SignerStateError("The signer's memory is damaged, or of an unknown version.")

    def save_memory(self, memory: Memory) -> None:
        """Store what is remembered."""
        content = _write_memory(memory)
        # Against damage, not against attackers: a flipped bit in a hash would go unnoticed for long.
        self._write("memory.cbor", cbor.encode([_MEMORY, content, hashlib.sha256(content).digest()]))

    def answered(self, request_id: bytes) -> tuple[bytes, bytes] | None:
        """Give the digest and stored response of a request that was answered before."""
        data = self._read(f"requests/{request_id.hex()}")
        return None if data is None else (data[:32], data[32:])

    def save_answer(self, request_id: bytes, digest: bytes, response: bytes) -> None:
        """Store a response before it is sent; the oldest beyond a number are forgotten."""
        self._write(f"requests/{request_id.hex()}", digest + response)
        kept = sorted((self.folder / "requests").iterdir(), key=lambda path: path.stat().st_mtime_ns)
        for path in kept[:-_KEPT_REQUESTS]:
            path.unlink(missing_ok=True)

    def _read(self, name: str) -> bytes | None:
        try:
            return (self.folder / name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as cause:
            raise SignerStateError("A file of the signer cannot be read.") from cause

    def _write(self, name: str, data: bytes) -> None:
        target = self.folder / name
        partial = target.with_name(f".{target.name}.part")
        try:
            descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(target)
        except OSError as cause:
            raise SignerStateError("A file of the signer cannot be written.") from cause


def _write_memory(memory: Memory) -> bytes:
    lines = [[name, serial, digest] for name, (serial, digest) in sorted(memory.serials.lines.items())]
    nonces, pins = [list(item) for item in memory.nonces], [list(item) for item in memory.pins]
    return cbor.encode([lines, nonces, memory.newest_time, memory.confirmed_time, pins])


def _read_memory(content: bytes) -> Memory:
    match cbor.decode(content, max_bytes=_MAX_BYTES):
        case [list(lines), list(nonces), int(newest), int(confirmed), list(pins)]:
            return Memory(
                SerialMemory({row[0]: (row[1], row[2]) for row in _rows(lines, bytes, int, bytes)}),
                tuple(_rows(nonces, bytes, int, bytes)),
                newest,
                confirmed,
                tuple(_rows(pins, bytes, bytes)),
            )
    raise ValueError("The memory is malformed.")


def _rows(value: list[cbor.Value], *types: type) -> list[tuple[cbor.Value, ...]]:
    """Give the rows of a table whose every cell is of its column's type."""
    rows = [tuple(row) for row in value]
    if any(tuple(type(cell) for cell in row) != types for row in rows):
        raise ValueError("A row is malformed.")
    return rows

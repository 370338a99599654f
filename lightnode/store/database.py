"""Opening, creating and wiping the SQLCipher database behind its key slots.

Invariants:
- The raw key goes to SQLCipher as `x'key salt'`, so the file's first 16 bytes are the salt that the sidecar names: a
  foreign file is told from a damaged one before anything is decrypted.
- A new store is made beside its place and moved there as a whole; a missing part is never made anew.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlcipher3 import dbapi2 as sqlcipher

from lightnode.store import key_slots, schema
from lightnode.store.errors import (
    DamagedStoreError,
    KeySlotsError,
    NotADatabaseError,
    SchemaTooNewError,
    StoreFolderError,
)
from lightnode.store.statements import own_errors
from lightnode.store.store_files import (
    DATABASE_NAME,
    SIDECAR_NAME,
    demand_whole,
    exists,
    make_empty_file,
    make_private_files,
    make_private_folder,
)

_WHOLE_CHECK_BYTES = 64 * 1024 * 1024
_PLAIN_MAGIC = b"SQLite format 3\0"

Connection = Any


def create(folder: Path, passphrase: bytes, randomness: Callable[[int], bytes]) -> Connection:
    """Make a new store and open it.

    Args:
        folder: made, mode 0700; may be there already where it is empty.
        passphrase: UTF-8 bytes of the first key slot.
        randomness: gives that many random bytes.

    Raises:
        StoreFolderError: the folder cannot be made or already holds a store.
    """
    if exists(folder):
        raise StoreFolderError("The folder already holds a store.")
    slots, key = key_slots.create(passphrase, randomness)
    making: Path | None = None
    try:
        if not folder.parent.exists():
            make_private_folder(folder.parent)
        making = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".part", dir=folder.parent))
        _write_sidecar(making, slots)
        make_empty_file(making / DATABASE_NAME)
        _connect(making, slots, key).close()
        if folder.exists():
            folder.rmdir()
        making.rename(folder)
    except OSError as cause:
        raise StoreFolderError("The folder of the store cannot be written, or holds something else.") from cause
    finally:
        if making is not None:
            # What never became a store; gone already where it did.
            shutil.rmtree(making, ignore_errors=True)
    return _connect(folder, slots, key)


def open_with_passphrase(folder: Path, passphrase: bytes) -> Connection:
    """Open an existing store.

    Args:
        folder: holds database and sidecar.
        passphrase: UTF-8 bytes.

    Raises:
        StoreGoneError: the sidecar or the database is missing, or the database is empty.
        KeySlotsError: the sidecar is damaged.
        WrongKeyError: the passphrase is wrong.
        NotADatabaseError: another file stands in the database's place.
        DamagedStoreError: the database fails its integrity check.
        SchemaTooNewError: a newer program laid it out.
        StoreBusyError: another process holds it.
    """
    slots = read_sidecar(folder)
    return _connect(folder, slots, slots.unlock(passphrase))


def open_with_key(folder: Path, key: bytes) -> Connection:
    """Open an existing store with its raw key, as a token or TPM slot gives it.

    Args:
        folder: holds database and sidecar.
        key: 32 bytes.

    Raises:
        StoreError: as `open_with_passphrase`.
    """
    slots = read_sidecar(folder)
    slots.demand(key)
    return _connect(folder, slots, key)


def open_reader(folder: Path, passphrase: bytes) -> Connection:
    """Open a store for reading only, beside whoever writes to it; also where nothing can be written.

    Raises:
        StoreError: as `open_with_passphrase`; also where an older program laid it out, because nothing is migrated.
    """
    slots = read_sidecar(folder)
    key = slots.unlock(passphrase)
    path = folder / DATABASE_NAME
    _demand_own_file(path, slots.file_salt)
    # Without a log to read, a disk that cannot be written needs no lock either.
    writable = os.access(folder, os.W_OK, effective_ids=os.access in os.supports_effective_ids)
    still = "" if writable or _has_content(folder / f"{DATABASE_NAME}-wal") else "&immutable=1"
    with own_errors():
        address = f"{path.absolute().as_uri()}?mode=ro{still}"
        connection = sqlcipher.connect(address, uri=True, timeout=5.0, isolation_level=None)
    try:
        with own_errors():
            connection.execute("PRAGMA cipher_log_level = NONE")
            connection.set_key(f"x'{(key + slots.file_salt).hex()}'".encode())
            connection.execute("PRAGMA query_only = ON")
            version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version > schema.NEWEST:
            raise SchemaTooNewError(
                f"The store has layout {version}; this program knows layouts up to {schema.NEWEST}."
            )
        if version < schema.NEWEST:
            raise StoreFolderError("An older program laid out the store; open it once for writing.")
    except BaseException:
        connection.close()
        raise
    return connection


def read_sidecar(folder: Path) -> key_slots.KeySlots:
    """Read the key slots.

    Raises:
        StoreGoneError: sidecar or database is missing, or the database is empty.
        KeySlotsError: damaged.
    """
    demand_whole(folder)
    try:
        data = (folder / SIDECAR_NAME).read_bytes()
    except OSError as cause:
        raise KeySlotsError("The file with the key slots cannot be read.") from cause
    return key_slots.decode(data)


def wipe(folder: Path) -> None:
    """Destroy every key slot: what the database holds can never be read again.

    Raises:
        StoreFolderError: the sidecar cannot be written.
    """
    slots = read_sidecar(folder)
    size = (folder / SIDECAR_NAME).stat().st_size
    try:
        with (folder / SIDECAR_NAME).open("r+b") as file:
            file.write(bytes(size))
            file.flush()
            os.fsync(file.fileno())
        _write_sidecar(folder, key_slots.KeySlots(slots.file_salt, slots.key_check, ()))
    except OSError as cause:
        raise StoreFolderError("The key slots cannot be overwritten.") from cause


def check_integrity(connection: Connection) -> None:
    """Check the authentication code of every page, and that tables and indices agree; reads the whole file.

    Raises:
        DamagedStoreError: a page was changed.
    """
    with own_errors():
        # What a checkpoint that was cut short left half written is written again before it is judged.
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        problems = connection.execute("PRAGMA cipher_integrity_check").fetchall()
        if not problems:
            said = connection.execute("PRAGMA quick_check(10)").fetchall()
            problems = [row for row in said if row[0] != "ok"]
    if problems:
        raise DamagedStoreError(f"The database fails its check in {len(problems)} places.")


def _check_after_unclean_end(connection: Connection, path: Path) -> None:
    """Check a store whose last use did not end by closing it, at bounded cost.

    Up to 64 MiB every page is checked; beyond that the tables on which signing relies. Headers are held against their
    hashes whenever they are read, and openings and evidence against their commitments.
    """
    if path.stat().st_size <= _WHOLE_CHECK_BYTES:
        check_integrity(connection)
        return
    with own_errors():
        for table in ("job", "job_step", "record", "serial_memory", "checkpoint"):
            connection.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 - names from above


def _write_sidecar(folder: Path, slots: key_slots.KeySlots) -> None:
    """Replace the sidecar as one step, private from its first byte on."""
    partial = folder / f"{SIDECAR_NAME}.part"
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(slots.encode())
        file.flush()
        os.fsync(file.fileno())
    partial.replace(folder / SIDECAR_NAME)


def _connect(folder: Path, slots: key_slots.KeySlots, key: bytes) -> Connection:
    path = folder / DATABASE_NAME
    _demand_own_file(path, slots.file_salt)
    try:
        make_private_files(folder)
    except OSError as cause:
        raise StoreFolderError("The files of the store do not belong to you.") from cause
    unclean = _has_content(folder / f"{DATABASE_NAME}-wal")
    with own_errors():
        connection = sqlcipher.connect(str(path), timeout=5.0, isolation_level=None)
    try:
        with own_errors():
            connection.execute("PRAGMA cipher_log_level = NONE")
            connection.set_key(f"x'{(key + slots.file_salt).hex()}'".encode())
            connection.execute("PRAGMA cipher_memory_security = ON")
            _migrate(connection)
        if unclean:
            _check_after_unclean_end(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _has_content(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except OSError:
        return False


def _demand_own_file(path: Path, salt: bytes) -> None:
    """Tell a foreign file from ours by the salt in its first 16 bytes."""
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except OSError as cause:
        raise StoreFolderError("The database cannot be read.") from cause
    if head in (b"", salt):
        return
    # A few changed bytes in our own salt are damage; anything else never was this database.
    if head != _PLAIN_MAGIC and len(head) == 16 and sum(a == b for a, b in zip(head, salt, strict=True)) >= 8:
        raise DamagedStoreError("The first bytes of the database were changed.")
    raise NotADatabaseError("The file in the place of the database is not this store.")


def _migrate(connection: Connection) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA trusted_schema = OFF")
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > schema.NEWEST:
        raise SchemaTooNewError(f"The store has layout {version}; this program knows layouts up to {schema.NEWEST}.")
    for number in range(version, schema.NEWEST):
        connection.execute("BEGIN IMMEDIATE")
        for statement in schema.STEPS[number].split(";"):
            if statement.strip():
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {number + 1}")
        connection.execute("COMMIT")

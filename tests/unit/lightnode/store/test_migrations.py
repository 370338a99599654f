"""Stores of every layout that was ever released: each is brought up to date with all its rows, or stays what it was.

The layouts below are frozen texts, not the program's steps: a step that were changed later would be found here.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from sqlcipher3 import dbapi2 as sqlcipher

from lightnode.store import database, key_slots, schema, store_files
from lightnode.store.cache import Store
from lightnode.store.errors import SchemaTooNewError
from lightnode.wire.types import Hash32, Height

PASSPHRASE = b"a test passphrase"
LAYOUT_1 = """
CREATE TABLE header (height INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, rlp BLOB NOT NULL, validators BLOB NOT NULL) STRICT;
CREATE TABLE checkpoint (height INTEGER PRIMARY KEY, hash BLOB NOT NULL, body BLOB NOT NULL, stored INTEGER NOT NULL) STRICT;
CREATE TABLE job (id TEXT PRIMARY KEY, state TEXT NOT NULL, revision INTEGER NOT NULL, body BLOB NOT NULL,
    created INTEGER NOT NULL, updated INTEGER NOT NULL) STRICT;
CREATE TABLE job_step (job TEXT NOT NULL REFERENCES job (id), revision INTEGER NOT NULL, state TEXT NOT NULL, code TEXT,
    at INTEGER NOT NULL, PRIMARY KEY (job, revision)) STRICT;
CREATE TABLE record (commitment BLOB PRIMARY KEY, registry BLOB NOT NULL, number INTEGER, authority BLOB NOT NULL,
    template TEXT NOT NULL, stored INTEGER NOT NULL) STRICT;
CREATE TABLE opening (commitment BLOB PRIMARY KEY REFERENCES record (commitment), body BLOB NOT NULL) STRICT;
CREATE TABLE evidence (digest BLOB PRIMARY KEY, commitment BLOB NOT NULL REFERENCES record (commitment), body BLOB NOT NULL,
    stored INTEGER NOT NULL) STRICT;
CREATE TABLE serial_memory (name BLOB PRIMARY KEY, serial INTEGER NOT NULL, digest BLOB NOT NULL) STRICT
"""
LAYOUT_3 = """
CREATE TABLE commit_count (one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL) STRICT;
INSERT INTO commit_count VALUES (1, 7)
"""
HEADERS = 40


@pytest.fixture(autouse=True)
def _quick_slots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_slots, "LOG2_N", 10)


def old_store(folder: Path, version: int, headers: int = HEADERS) -> None:
    """Make a store as a program of that time left it, with something in every table."""
    slots, key = key_slots.create(PASSPHRASE, os.urandom)
    store_files.make_private_folder(folder)
    database._write_sidecar(folder, slots)
    store_files.make_empty_file(folder / store_files.DATABASE_NAME)
    connection = sqlcipher.connect(str(folder / store_files.DATABASE_NAME), isolation_level=None)
    connection.set_key(f"x'{(key + slots.file_salt).hex()}'".encode())
    connection.execute("PRAGMA journal_mode = WAL")
    texts = [LAYOUT_1] + ([LAYOUT_3] if version >= 3 else [])
    for statement in ";".join(texts).split(";"):
        connection.execute(statement)
    connection.execute("BEGIN")
    for height in range(1, headers + 1):
        connection.execute(
            "INSERT INTO header VALUES (?, ?, ?, ?)",
            (height, height.to_bytes(32, "big"), b"rlp %d" % height, b"set after %d" % height),
        )
    connection.execute("INSERT INTO checkpoint VALUES (40, ?, ?, 1)", (bytes(32), b"body"))
    connection.execute("INSERT INTO job VALUES ('j', 'sent', 2, ?, 1, 2)", (b"job",))
    connection.execute("INSERT INTO job_step VALUES ('j', 1, 'drafted', NULL, 1), ('j', 2, 'sent', NULL, 2)")
    connection.execute("INSERT INTO record VALUES (?, ?, 4, ?, 'eessi.pda1.v1', 1)", (b"c" * 32, b"r" * 20, b"a" * 32))
    connection.execute("INSERT INTO opening VALUES (?, ?)", (b"c" * 32, b"opening"))
    connection.execute("INSERT INTO evidence VALUES (?, ?, ?, 1)", (b"d" * 32, b"c" * 32, b"evidence"))
    connection.execute("INSERT INTO serial_memory VALUES (?, 3, ?)", (b"line", b"e" * 32))
    connection.execute("COMMIT")
    connection.execute(f"PRAGMA user_version = {version}")
    connection.close()


def content(store: Store) -> list[Any]:
    """Give everything in it."""
    headers = [store.header(Height(height)) for height in range(1, HEADERS + 1)]
    return [
        [(row.height, row.block_hash, row.rlp, row.validators) for row in headers],
        store.newest_checkpoint(), store.jobs(), store.job_steps("j"), store.records(),
        store.opening(Hash32(b"c" * 32)), store.evidence(Hash32(b"c" * 32)), store.serials(),
    ]  # fmt: skip


@pytest.mark.parametrize("version", [1, 2, 3])
def test_every_row_of_an_older_layout_is_kept(tmp_path: Path, version: int) -> None:
    folder = tmp_path / "store"
    old_store(folder, version)
    with Store.open(folder, PASSPHRASE) as store:
        store.check_integrity()
        found = content(store)
        assert found[0] == [
            (n, n.to_bytes(32, "big"), b"rlp %d" % n, b"set after %d" % n) for n in range(1, HEADERS + 1)
        ]
        assert (found[1], found[5], found[6]) == (b"body", b"opening", (b"evidence",))
        # Who sealed a block is what stood in force after the one before it.
        assert [store.header(Height(n)).members for n in (1, 2, 40)] == [None, b"set after 1", b"set after 39"]
        assert {store.header(Height(n)).way for n in range(1, HEADERS + 1)} == {"sequential"}
        assert store.halts() == ()
    with Store.open(folder, PASSPHRASE) as store:
        assert content(store) == found


def test_the_frozen_layouts_and_the_program_end_alike(tmp_path: Path) -> None:
    def layout(folder: Path) -> list[Any]:
        with Store.open(folder, PASSPHRASE) as store:
            rows = store._statements.run("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
            return [(name, store._statements.run(f"PRAGMA table_info({name})")) for (name,) in rows]

    database.create(tmp_path / "new", PASSPHRASE, os.urandom).close()
    for version in (1, 2, 3):
        old_store(tmp_path / str(version), version)
        assert layout(tmp_path / str(version)) == layout(tmp_path / "new")


@pytest.mark.parametrize("step", range(1, len(schema.STEPS)))
def test_a_migration_that_fails_half_way_leaves_the_layout_before_it(
    tmp_path: Path, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "store"
    old_store(folder, 1)
    with monkeypatch.context() as patch:
        broken = list(schema.STEPS)
        broken[step] = f"{broken[step].rstrip().rstrip(';')};CREATE TABLE half (x) STRICT"
        patch.setattr(schema, "STEPS", tuple(broken))
        with pytest.raises(Exception, match=r"store|type"):
            Store.open(folder, PASSPHRASE)
    with Store.open(folder, PASSPHRASE) as store:
        assert len(content(store)[0]) == HEADERS


KILLED = """
import sys
from pathlib import Path
from lightnode.store.cache import Store
print("ready", flush=True)
Store.open(Path(sys.argv[1]), sys.argv[2].encode()).close()
print("done", flush=True)
"""


def test_kill_minus_nine_while_migrating_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    seen = set()
    for turn in range(6):
        folder = tmp_path / str(turn)
        old_store(folder, 1, headers=30_000)
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(folder), PASSPHRASE.decode()], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.03 + 0.05 * turn)
        process.kill()
        process.wait()
        with Store.open(folder, PASSPHRASE) as store:
            seen.add(process.returncode)
            assert len(content(store)[0]) == HEADERS
            assert store.header(Height(30_000)).members == b"set after 29999"
    assert -9 in seen


def test_a_newer_layout_is_refused_and_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    database.create(folder, PASSPHRASE, os.urandom).close()
    connection = database.open_with_passphrase(folder, PASSPHRASE)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = (folder / store_files.DATABASE_NAME).read_bytes()
    for opening in (Store.open, Store.open_reader):
        with pytest.raises(SchemaTooNewError, match="layout 99"):
            opening(folder, PASSPHRASE)
    assert (folder / store_files.DATABASE_NAME).read_bytes()[:100] == before[:100]

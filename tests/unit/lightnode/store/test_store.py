"""The encrypted store: its three kinds of "does not open", its promises about kill -9, and its rows."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightnode.store import database, key_slots, schema, store_files
from lightnode.store.cache import Store, create_store
from lightnode.store.errors import (
    DamagedStoreError,
    KeySlotsError,
    MissingRowError,
    NotADatabaseError,
    SchemaTooNewError,
    StoreConflictError,
    StoreFolderError,
    StoreGoneError,
    WrongKeyError,
)
from lightnode.store.rows import StoredHeader, StoredRecord
from lightnode.wire.types import Address, Hash32, Height

PASSPHRASE = b"correct horse"
ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture(scope="module", autouse=True)
def cheap_stretching() -> object:
    """Scrypt at its real cost takes 0.1 s a try; the tests try it often."""
    before = key_slots.LOG2_N
    key_slots.LOG2_N = 10
    yield
    key_slots.LOG2_N = before


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    target = tmp_path / "data"
    with create_store(target, PASSPHRASE, os.urandom) as store:
        store.save_job("a", "drafted", b"one", revision=0, at=5)
    return target


def test_files_are_private(folder: Path) -> None:
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()} == {
        "store.db": 0o600,
        "store.key": 0o600,
        "store.mark": 0o600,
    }


@pytest.mark.parametrize("umask", [0o022, 0o000])
def test_no_file_is_ever_open_to_others(tmp_path: Path, umask: int) -> None:
    target = tmp_path / "home" / "training" / "data"
    before = os.umask(umask)
    try:
        with create_store(target, PASSPHRASE, os.urandom) as store:
            store.save_job("a", "drafted", b"one", revision=0, at=5)
            files = {path.name: path.stat().st_mode & 0o777 for path in target.iterdir()}
    finally:
        os.umask(before)
    assert {"store.db", "store.db-wal", "store.db-shm", "store.key"} <= set(files)
    assert set(files.values()) == {0o600}, files
    assert [one.stat().st_mode & 0o777 for one in (target, target.parent, target.parent.parent)] == [0o700] * 3
    for path in target.iterdir():
        path.chmod(0o644)
    with Store.open(target, PASSPHRASE):
        assert {path.stat().st_mode & 0o777 for path in target.iterdir()} == {0o600}


def test_nothing_readable_on_disk(folder: Path) -> None:
    with Store.open(folder, PASSPHRASE) as store:
        store.save_job("b", "drafted", b"PLAINTEXT-MARKER", revision=0, at=5)
        for path in folder.iterdir():
            assert b"PLAINTEXT-MARKER" not in path.read_bytes()
            assert b"CREATE TABLE" not in path.read_bytes()


def test_wrong_passphrase(folder: Path) -> None:
    with pytest.raises(WrongKeyError):
        Store.open(folder, b"wrong")


def test_wrong_raw_key(folder: Path) -> None:
    with pytest.raises(WrongKeyError):
        database.open_with_key(folder, bytes(32))


def test_not_a_database(folder: Path) -> None:
    for content in (b"SQLite format 3\0" + bytes(4096), b"hello", os.urandom(8192)):
        (folder / "store.db").write_bytes(content)
        with pytest.raises(NotADatabaseError):
            Store.open(folder, PASSPHRASE)
        assert (folder / "store.db").read_bytes() == content, "a refusal loses nothing"


@pytest.mark.parametrize("name", ["store.db", "store.key", "store.mark"])
def test_a_folder_in_a_files_place(folder: Path, name: str) -> None:
    (folder / name).unlink()
    (folder / name).mkdir()
    if name == "store.mark":
        # The mark only guards; the store is used without it.
        with Store.open(folder, PASSPHRASE) as store:
            store.save_job("b", "drafted", b"two", revision=0, at=6)
        return
    with pytest.raises((StoreFolderError, KeySlotsError)):
        Store.open(folder, PASSPHRASE)


@pytest.mark.parametrize("position", [0, 15, 16, 100, 4095])
def test_damaged_first_page(folder: Path, position: int) -> None:
    data = bytearray((folder / "store.db").read_bytes())
    data[position] ^= 1
    (folder / "store.db").write_bytes(data)
    with pytest.raises(DamagedStoreError):
        Store.open(folder, PASSPHRASE)


def test_damaged_middle_page_is_found_by_the_check(folder: Path) -> None:
    data = bytearray((folder / "store.db").read_bytes())
    data[len(data) // 2] ^= 1
    (folder / "store.db").write_bytes(data)
    with pytest.raises(DamagedStoreError):
        Store.open(folder, PASSPHRASE).check_integrity()


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400))
def test_sidecar_reader_raises_only_its_own_error(data: bytes) -> None:
    with pytest.raises(KeySlotsError):
        key_slots.decode(data)


def test_every_flipped_byte_of_the_sidecar_is_refused(folder: Path) -> None:
    sidecar = folder / "store.key"
    good = sidecar.read_bytes()
    for position in range(len(good)):
        data = bytearray(good)
        data[position] ^= 1 << position % 8
        sidecar.write_bytes(data)
        with pytest.raises(KeySlotsError):
            Store.open(folder, PASSPHRASE)
        # Neither the passphrase nor the database is blamed, whatever the passphrase.
        with pytest.raises(KeySlotsError):
            Store.open(folder, b"wrong")
    sidecar.write_bytes(good)
    with pytest.raises(WrongKeyError):
        Store.open(folder, b"wrong")


def test_a_sidecar_of_the_first_form_still_opens_its_store(folder: Path) -> None:
    from lightnode.wire import cbor

    members = cbor.decode((folder / "store.key").read_bytes(), max_bytes=16_384)
    (folder / "store.key").write_bytes(cbor.encode(["chancery/store-key/1", *members[1:-1]]))
    with Store.open(folder, PASSPHRASE) as store:
        assert store.job("a").body == b"one"
    # A form without its checksum, or with one too many, is no form.
    for shape in (["chancery/store-key/2", *members[1:-1]], ["chancery/store-key/1", *members[1:]], [*members, b""]):
        with pytest.raises(KeySlotsError):
            key_slots.decode(cbor.encode(shape))


def _content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("missing", ["store.db", "store.key", "both"])
@pytest.mark.parametrize("how", ["removed", "emptied"])
def test_a_missing_part_is_an_error_of_its_own_and_nothing_is_made_anew(folder: Path, missing: str, how: str) -> None:
    for name in ("store.db", "store.key") if missing == "both" else (missing,):
        if how == "emptied":
            (folder / name).write_bytes(b"")
        else:
            (folder / name).unlink()
    (folder / "store.db-wal").write_bytes(b"left")
    before = _content(folder)
    expected = KeySlotsError if (missing, how) == ("store.key", "emptied") else StoreGoneError
    with pytest.raises(expected):
        Store.open(folder, PASSPHRASE)
    with pytest.raises(StoreFolderError):
        create_store(folder, PASSPHRASE, os.urandom)
    assert store_files.exists(folder)
    assert _content(folder) == before, "a refusal overwrites nothing"


def test_beginning_anew_moves_everything_aside(folder: Path) -> None:
    before = _content(folder)
    moved = store_files.move_aside(folder)
    assert _content(moved) == before
    with create_store(folder, PASSPHRASE, os.urandom) as store:
        assert store.jobs() == ()
    again = store_files.move_aside(folder)
    assert again != moved
    with Store.open(moved, PASSPHRASE) as store:
        assert [job.identifier for job in store.jobs()] == ["a"]
    with pytest.raises(StoreFolderError):
        store_files.move_aside(folder)


def test_a_store_that_could_not_be_made_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(database, "make_empty_file", refuse)
        with pytest.raises(StoreFolderError):
            create_store(tmp_path / "data", PASSPHRASE, os.urandom)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "data").mkdir()
    create_store(tmp_path / "data", PASSPHRASE, os.urandom).close()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("mine")
    with pytest.raises(StoreFolderError):
        create_store(tmp_path / "other", PASSPHRASE, os.urandom)
    assert (tmp_path / "other" / "letter.txt").read_text() == "mine"


def test_second_slot_opens_the_same_key(folder: Path) -> None:
    slots = database.read_sidecar(folder)
    key = slots.unlock(PASSPHRASE)
    both = key_slots.decode(slots.with_passphrase(key, b"second", os.urandom).encode())
    assert both.unlock(b"second") == both.unlock(PASSPHRASE) == key


def test_wipe_destroys_the_slots(folder: Path) -> None:
    database.wipe(folder)
    with pytest.raises(WrongKeyError):
        Store.open(folder, PASSPHRASE)


def test_store_is_never_made_over_another(folder: Path) -> None:
    with pytest.raises(StoreFolderError):
        create_store(folder, PASSPHRASE, os.urandom)


def test_newer_layout_is_refused_by_name(folder: Path) -> None:
    connection = database.open_with_passphrase(folder, PASSPHRASE)
    connection.execute(f"PRAGMA user_version = {schema.NEWEST + 1}")
    connection.close()
    with pytest.raises(SchemaTooNewError):
        Store.open(folder, PASSPHRASE)


def test_job_steps_are_kept_in_order(folder: Path) -> None:
    with Store.open(folder, PASSPHRASE) as store:
        assert store.save_job("a", "approved", b"two", revision=1, at=6) == 2
        with pytest.raises(StoreConflictError):
            store.save_job("a", "signed", b"lost", revision=1, at=7)
        store.save_job("a", "failed", b"three", revision=2, at=8, code="SIM-REVERT")
        assert store.job("a").body == b"three"
        assert store.job_steps("a") == (("drafted", None, 5), ("approved", None, 6), ("failed", "SIM-REVERT", 8))
        with pytest.raises(MissingRowError):
            store.job("b")


def test_header_is_never_replaced(folder: Path) -> None:
    first = StoredHeader(Height(7), Hash32(b"\1" * 32), b"rlp", b"v" * 20)
    with Store.open(folder, PASSPHRASE) as store:
        store.add_headers([first])
        store.add_headers([first])
        with pytest.raises(StoreConflictError):
            store.add_headers([StoredHeader(Height(7), Hash32(b"\2" * 32), b"other", b"")])
        assert store.header(Height(7)) == first
        assert store.head() == first


def test_erasing_an_opening_takes_its_evidence_with_it(folder: Path) -> None:
    commitment = Hash32(b"\3" * 32)
    with Store.open(folder, PASSPHRASE) as store:
        store.add_record(StoredRecord(commitment, Address(bytes(20)), None, Hash32(bytes(32)), "t.a.v1", 9), b"salts")
        store.add_evidence(commitment, b"evidence", 9)
        assert store.opening(commitment) == b"salts"
        store.erase_opening(commitment)
        assert store.evidence(commitment) == ()
        with pytest.raises(MissingRowError):
            store.opening(commitment)
        assert store.records()[0].number is None


_WRITER = """
import sys
from pathlib import Path
from lightnode.store.cache import Store
with Store.open(Path(sys.argv[1]), b"correct horse") as store:
    for number in range(1, 100000):
        store.save_job("k", "drafted", b"x" * 2000, revision=number - 1, at=number)
        print(number, flush=True)
"""


def test_kill_minus_nine_loses_nothing_committed(folder: Path) -> None:
    committed = 0
    for delay in (0.0, 0.013, 0.05):
        with Store.open(folder, PASSPHRASE) as store:
            store._statements.run("DELETE FROM job_step WHERE job = 'k'")
            store._statements.run("DELETE FROM job WHERE id = 'k'")
        writer = subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(delay)
        writer.send_signal(signal.SIGKILL)
        said = writer.stdout.read().splitlines()
        writer.wait()
        last = int(said[-1]) if said and said[-1].isdigit() else 1
        with Store.open(folder, PASSPHRASE) as store:
            store.check_integrity()
            assert store.job("k").revision >= last
            assert len(store.job_steps("k")) == store.job("k").revision
        committed += last
    assert committed >= 3


def test_a_store_of_the_first_layout_is_brought_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "old"
    with monkeypatch.context() as patch:
        patch.setattr(schema, "STEPS", schema.STEPS[:1])
        patch.setattr(schema, "NEWEST", 1)
        connection = database.create(target, PASSPHRASE, os.urandom)
        connection.execute("INSERT INTO job VALUES ('a', 'sent', 1, x'01', 5, 5)")
        connection.close()
    with Store.open(target, PASSPHRASE) as store:
        assert store.job("a").state == "sent"
        store.save_job("b", "drafted", b"two", revision=0, at=6)
    with monkeypatch.context() as patch:
        patch.setattr(schema, "NEWEST", 1)
        with pytest.raises(SchemaTooNewError, match=f"layout {len(schema.STEPS)}; this program knows layouts up to 1"):
            Store.open(target, PASSPHRASE)


def test_of_two_jobs_of_one_second_the_later_one_comes_first(folder: Path) -> None:
    with Store.open(folder, PASSPHRASE) as store:
        for name in ("of two", "of three", "of one"):
            store.save_job(name, "drafted", b"", revision=0, at=5_000_000_000)
        assert [job.identifier for job in store.jobs()][:3] == ["of one", "of three", "of two"]

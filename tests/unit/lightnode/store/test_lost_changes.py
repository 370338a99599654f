"""Commits that vanish from the disk are noticed at opening, and a kill at any moment is never taken for that."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lightnode.store import key_slots
from lightnode.store.cache import Store, create_store
from lightnode.store.commit_mark import NAME, CommitMark
from lightnode.store.errors import StoreLostError
from lightnode.wire.types import Hash32

PASSPHRASE = b"correct horse"
ROOT = Path(__file__).resolve().parents[4]
WAL = "store.db-wal"

_WRITER = """
import os, sys
from pathlib import Path
from lightnode.store.cache import Store
with Store.open(Path(sys.argv[1]), b"correct horse") as store:
    for number in range(100000):
        store.save_job(f"{sys.argv[2]}-{number}", "drafted", os.urandom(2500), revision=0, at=number)
        print(number, flush=True)
"""


@pytest.fixture(autouse=True)
def cheap_stretching() -> Iterator[None]:
    before, key_slots.LOG2_N = key_slots.LOG2_N, 10
    yield
    key_slots.LOG2_N = before


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    target = tmp_path / "store"
    with create_store(target, PASSPHRASE, os.urandom) as store:
        store.save_job("a", "drafted", b"one", revision=0, at=5)
    return target


def _cut_short(folder: Path, target: Path) -> int:
    """Copy a store as a power cut leaves it: its newest commits are only in the log. Gives the number of commits."""
    with Store.open(folder, PASSPHRASE) as store:
        for number in range(10):
            store.save_job(f"b{number}", "approved", os.urandom(2500), revision=0, at=number)
        shutil.copytree(folder, target)
        return store._statements.count()


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


LOSSES: dict[str, Callable[[Path], object]] = {
    "log removed": lambda folder: (folder / WAL).unlink(),
    "log emptied": lambda folder: (folder / WAL).write_bytes(b""),
    "log cut": lambda folder: os.truncate(folder / WAL, (folder / WAL).stat().st_size // 2),
    "log flipped": lambda folder: _flip(folder / WAL),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_a_lost_log_is_said_until_a_person_accepts_it(folder: Path, tmp_path: Path, loss: str) -> None:
    copy = tmp_path / "copy"
    count = _cut_short(folder, copy)
    LOSSES[loss](copy)
    for _ in range(2):
        with pytest.raises(StoreLostError, match="lost its newest changes"):
            Store.open(copy, PASSPHRASE)
    with Store.open(copy, PASSPHRASE, accept_loss=True) as store:
        assert store._statements.count() < count
        assert len(store.jobs()) < 11
    with Store.open(copy, PASSPHRASE) as store:
        store.save_job("after", "drafted", b"x", revision=0, at=1)


def test_a_log_that_is_there_loses_nothing(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    _cut_short(folder, copy)
    with Store.open(copy, PASSPHRASE) as store:
        assert len(store.jobs()) == 11


def test_an_older_database_beside_the_mark_of_today_is_said(folder: Path, tmp_path: Path) -> None:
    earlier = (folder / "store.db").read_bytes()
    with Store.open(folder, PASSPHRASE) as store:
        store.save_job("b", "drafted", b"two", revision=0, at=6)
    (folder / "store.db").write_bytes(earlier)
    with pytest.raises(StoreLostError, match="1 were stored since"):
        Store.open(folder, PASSPHRASE)


@pytest.mark.parametrize("content", [None, b"", b"x" * 53, b"chancery/store-mark/1" + b"\xff" * 32])
def test_a_mark_that_says_nothing_stops_nobody_and_is_made_again(folder: Path, content: bytes | None) -> None:
    good = (folder / NAME).read_bytes()
    (folder / NAME).unlink()
    if content is not None:
        (folder / NAME).write_bytes(content)
    with Store.open(folder, PASSPHRASE) as store:
        store.remember_serial(b"x", 1, Hash32(bytes(32)))
    assert len((folder / NAME).read_bytes()) == len(good)
    with pytest.raises(StoreLostError):
        CommitMark(folder).demand(0)


def test_a_mark_of_another_store_says_nothing(folder: Path, tmp_path: Path) -> None:
    with create_store(tmp_path / "other", PASSPHRASE, os.urandom) as store:
        store.remember_serial(b"x", 1, Hash32(bytes(32)))
    shutil.copy(folder / NAME, tmp_path / "other" / NAME)
    CommitMark(tmp_path / "other").demand(0)


def test_a_mark_never_leads_and_never_goes_back_by_itself(folder: Path) -> None:
    with Store.open(folder, PASSPHRASE) as one, Store.open(folder, PASSPHRASE) as other:
        for number in range(6):
            (one, other)[number % 2].remember_serial(bytes([number]), 1, Hash32(bytes(32)))
            CommitMark(folder).demand(one._statements.count())
    mark = CommitMark(folder)
    mark.advance(3)
    with pytest.raises(StoreLostError):
        CommitMark(folder).demand(6)


def test_a_commit_counts_where_the_mark_cannot_be_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(CommitMark, "_write", refuse)
    with Store.open(folder, PASSPHRASE) as store:
        store.save_job("b", "drafted", b"two", revision=0, at=6)
        assert store.job("b").body == b"two"


def test_a_kill_at_any_moment_is_no_loss(folder: Path) -> None:
    chance = random.Random(3)
    written = 0
    for turn in range(8):
        writer = subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(folder), str(turn)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(chance.uniform(0, 0.05))
        writer.send_signal(signal.SIGKILL)
        said = len(writer.stdout.read().splitlines())
        writer.wait()
        written += said
        with Store.open(folder, PASSPHRASE) as store:
            stored = [job for job in store.jobs() if job.identifier.startswith(f"{turn}-")]
            assert len(stored) >= said
            # At most the commit that was under way is missing in the mark.
            with pytest.raises(StoreLostError):
                CommitMark(folder).demand(store._statements.count() - 2)
    assert written >= 8

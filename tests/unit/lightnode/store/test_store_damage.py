"""A store on a disk that lies: whatever byte is changed, every method answers or raises an error of the store's own."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lightnode.store import database, key_slots
from lightnode.store.cache import Store, create_store
from lightnode.store.chain_rows import ChainRows
from lightnode.store.errors import DamagedStoreError, StoreError
from lightnode.store.rows import StoredHalt, StoredHeader, StoredRecord
from lightnode.wire.types import Address, Hash32, Height

PASSPHRASE = b"correct horse"
PAGE = 4096
COMMITMENT = Hash32(b"\3" * 32)


def _record(number: int) -> StoredRecord:
    return StoredRecord(Hash32(number.to_bytes(32, "big")), Address(bytes(20)), None, Hash32(bytes(32)), "t.a.v1", 9)


# Every public method that reads or writes; a test holds this list against the class.
METHODS: dict[str, Callable[[Store], object]] = {
    "check_integrity": lambda store: store.check_integrity(),
    "add_headers": lambda store: store.add_headers(
        [StoredHeader(Height(n), Hash32(n.to_bytes(32, "big")), bytes(600), bytes(20)) for n in range(1, 60)]
    ),
    "header": lambda store: [store.header(Height(n)) for n in range(1, 40)],
    "head": lambda store: store.head(),
    "header_above": lambda store: [store.header_above(Height(n)) for n in range(60)],
    "add_halt": lambda store: store.add_halt(
        StoredHalt(Hash32(os.urandom(32)), Height(9), bytes(900), 1, None, None, None, None)
    ),
    "halts": lambda store: store.halts(),
    "drop_above": lambda store: store.drop_above(Height(55)),
    "go_on": lambda store: store.go_on(2, "somebody", "a reason", Hash32(bytes(32)), above=Height(55)),
    "prune": lambda store: store.prune(Height(5)),
    "shrink": lambda store: store.shrink(),
    "runs": lambda store: store.runs(Height(1), 100),
    "heights_near": lambda store: store.heights_near(Height(7)),
    "height_of": lambda store: store.height_of(Hash32((7).to_bytes(32, "big"))),
    "add_checkpoint": lambda store: store.add_checkpoint(Height(5), Hash32(bytes(32)), bytes(300), 1),
    "newest_checkpoint": lambda store: store.newest_checkpoint(),
    "save_job": lambda store: store.save_job(os.urandom(4).hex(), "drafted", bytes(3000), revision=0, at=1),
    "job": lambda store: [store.job(f"j{n}") for n in range(20)],
    "jobs": lambda store: store.jobs(),
    "job_steps": lambda store: [store.job_steps(f"j{n}") for n in range(20)],
    "add_record": lambda store: store.add_record(_record(500), bytes(2000)),
    "records": lambda store: store.records(),
    "opening": lambda store: [store.opening(_record(n).commitment) for n in range(20)],
    "erase_opening": lambda store: store.erase_opening(_record(3).commitment),
    "add_evidence": lambda store: store.add_evidence(_record(4).commitment, os.urandom(900), 1),
    "evidence": lambda store: [store.evidence(_record(n).commitment) for n in range(20)],
    "remember_serial": lambda store: store.remember_serial(os.urandom(32), 1, Hash32(bytes(32))),
    "serials": lambda store: store.serials(),
}  # fmt: skip


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    before, key_slots.LOG2_N = key_slots.LOG2_N, 10
    folder = tmp_path_factory.mktemp("damage") / "store"
    with create_store(folder, PASSPHRASE, os.urandom) as store:
        METHODS["add_headers"](store)
        for number in range(20):
            store.save_job(f"j{number}", "drafted", os.urandom(1500), revision=0, at=number)
            store.add_record(_record(number), os.urandom(700))
            store.add_evidence(_record(number).commitment, os.urandom(900), 1)
        for number in range(300):
            store.remember_serial(number.to_bytes(32, "big"), number, Hash32(os.urandom(32)))
        METHODS["add_checkpoint"](store)
    yield folder
    key_slots.LOG2_N = before


def test_the_list_of_methods_is_whole() -> None:
    rows = {**vars(ChainRows), **vars(Store)}
    public = {name for name, value in rows.items() if callable(value) and not name.startswith("_")}
    assert public == set(METHODS) | {"close"}


def _attempt(folder: Path, work: Callable[[Store], object]) -> str:
    """Give ok or the code; anything but the store's own error goes through."""
    try:
        with Store.open(folder, PASSPHRASE) as store:
            work(store)
    except StoreError as error:
        return error.code
    return "ok"


def test_a_flipped_byte_in_any_page_never_lets_a_foreign_error_out(filled: Path, tmp_path: Path) -> None:
    good = (filled / "store.db").read_bytes()
    chance, copy = random.Random(7), tmp_path / "copy"
    for page in range(len(good) // PAGE):
        data = bytearray(good)
        data[page * PAGE + chance.randrange(16 if page == 0 else 0, PAGE)] ^= 1 << chance.randrange(8)
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(filled, copy)
        (copy / "store.db").write_bytes(data)
        codes = {_attempt(copy, METHODS["check_integrity"])}
        assert codes == {"STORE-DAMAGED"}, "the check of the whole finds every page"
        if _attempt(copy, lambda _: None) != "ok":
            continue
        with Store.open(copy, PASSPHRASE) as store:
            for name in chance.sample(sorted(METHODS), len(METHODS)):
                try:
                    METHODS[name](store)
                except StoreError as error:
                    codes.add(error.code)
        assert codes <= {"STORE-DAMAGED", "STORE-MISSING", "STORE-CONFLICT"}, (page, codes)


def test_a_page_that_turns_bad_while_the_store_is_open(filled: Path, tmp_path: Path) -> None:
    for name, work in METHODS.items():
        copy = tmp_path / name
        shutil.copytree(filled, copy)
        size = (copy / "store.db").stat().st_size
        with Store.open(copy, PASSPHRASE) as store:
            with (copy / "store.db").open("r+b") as file:
                file.seek(PAGE)
                file.write(os.urandom(size - PAGE))
            with pytest.raises(StoreError):
                work(store)
                store.check_integrity()
            # The failed step is over: a further one is refused for the same reason, not for an open transaction.
            with pytest.raises(DamagedStoreError):
                store.check_integrity()


def test_a_closed_store_says_so(filled: Path) -> None:
    store = Store.open(filled, PASSPHRASE)
    store.close()
    for work in METHODS.values():
        with pytest.raises(StoreError, match="closed"):
            work(store)


@pytest.mark.parametrize("limit", [64 << 20, 0])
def test_after_an_unclean_end_the_store_is_checked_before_it_is_used(
    filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    """A page of the job table is changed; a store that was closed tells of it at the read, one that was not at once."""
    monkeypatch.setattr(database, "_WHOLE_CHECK_BYTES", limit)
    copy = tmp_path / "copy"
    store = Store.open(filled, PASSPHRASE)
    try:
        store.remember_serial(b"x" * 32, 1, Hash32(bytes(32)))
        shutil.copytree(filled, copy)
    finally:
        store.close()
    assert (copy / "store.db-wal").stat().st_size > 0
    assert _attempt(copy, lambda _: None) == "ok"
    bad = _page_that_breaks_jobs(filled, tmp_path / "probe")
    shutil.rmtree(copy)
    store = Store.open(filled, PASSPHRASE)
    try:
        store.remember_serial(b"y" * 32, 1, Hash32(bytes(32)))
        shutil.copytree(filled, copy)
    finally:
        store.close()
    data = bytearray((copy / "store.db").read_bytes())
    data[bad * PAGE + 2000] ^= 1
    (copy / "store.db").write_bytes(data)
    assert _attempt(copy, lambda _: None) == "STORE-DAMAGED"


def _page_that_breaks_jobs(folder: Path, probe: Path) -> int:
    def only_jobs(store: Any) -> None:
        store.jobs()

    good = (folder / "store.db").read_bytes()
    for page in range(1, len(good) // PAGE):
        shutil.rmtree(probe, ignore_errors=True)
        shutil.copytree(folder, probe)
        data = bytearray(good)
        data[page * PAGE + 2000] ^= 1
        (probe / "store.db").write_bytes(data)
        if _attempt(probe, lambda _: None) == "ok" and _attempt(probe, only_jobs) != "ok":
            return page
    raise AssertionError("no page holds a job")

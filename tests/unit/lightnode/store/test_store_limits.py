"""Readers beside a writer, a full disk, a place where nothing can be written, pruning: nothing torn, nothing half done."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lightnode.consensus.genesis import load_genesis
from lightnode.light_client.follower import Follower
from lightnode.light_client.memory import StoreMemory
from lightnode.light_client.stored_chain import StoredChainError, check_stored
from lightnode.store import key_slots
from lightnode.store.cache import Store, create_store
from lightnode.store.errors import MissingRowError, StoreError, StoreReadOnlyError
from lightnode.store.rows import StoredHalt, StoredHeader
from lightnode.wire.types import Hash32, Height
from tests.support.made_chain import MadeChain
from tests.support.made_source import MadeSource

PASSPHRASE = b"a test passphrase"


@pytest.fixture(autouse=True)
def _quick_slots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_slots, "LOG2_N", 10)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    create_store(tmp_path / "store", PASSPHRASE, os.urandom).close()
    return tmp_path / "store"


def rows(first: int, last: int) -> list[StoredHeader]:
    return [
        StoredHeader(Height(n), Hash32(n.to_bytes(32, "big")), bytes(600), b"s" * 20) for n in range(first, last + 1)
    ]


READER = """
import sys
from pathlib import Path
from lightnode.store.cache import Store
from lightnode.wire.types import Height
seen = 0
with Store.open_reader(Path(sys.argv[1]), sys.argv[2].encode()) as store:
    print("ready", flush=True)
    while seen < 40 * 50:
        head = store.head()
        height = 0 if head is None else head.height
        assert height >= seen, (height, seen)
        # A batch is there as a whole or not at all, with the end of the run that was stored after it.
        assert height % 50 == 0, height
        assert len(store.runs(Height(1), height + 9)) >= height
        seen = height
print("done", flush=True)
"""


def test_readers_beside_a_writer_see_whole_batches_only(folder: Path) -> None:
    words = [sys.executable, "-c", READER, str(folder), PASSPHRASE.decode()]
    readers = [subprocess.Popen(words, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    for reader in readers:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "ready\n"
    with Store.open(folder, PASSPHRASE) as store:
        for batch in range(40):
            store.add_headers(rows(batch * 50 + 1, batch * 50 + 50))
            store.add_checkpoint(Height(batch * 50 + 50), Hash32(bytes(32)), b"end", 1)
    for reader in readers:
        assert reader.communicate(timeout=60)[0] == "done\n"
        assert reader.returncode == 0


def test_a_reader_writes_nothing(folder: Path) -> None:
    with Store.open_reader(folder, PASSPHRASE) as store:
        with pytest.raises(StoreReadOnlyError):
            store.add_headers(rows(1, 1))
        assert store.head() is None


def test_two_writers_take_turns_and_neither_loses_a_change(folder: Path) -> None:
    with Store.open(folder, PASSPHRASE) as one, Store.open(folder, PASSPHRASE) as other:
        for turn in range(1, 21):
            (one if turn % 2 else other).add_headers(rows(turn, turn))
        assert [row.height for row in one.runs(Height(1), 99)] == list(range(1, 21))
        assert [row.height for row in other.runs(Height(1), 99)] == list(range(1, 21))


FILL = """
import resource, signal, sys
from pathlib import Path
from lightnode.store.cache import Store
from lightnode.store.errors import StoreError
from lightnode.store.rows import StoredHeader
from lightnode.wire.types import Hash32, Height
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = Store.open(Path(sys.argv[1]), sys.argv[2].encode())
resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))
height = 1
try:
    while height < 100_000:
        part = range(height, height + 50)
        store.add_headers([StoredHeader(Height(n), Hash32(n.to_bytes(32, "big")), bytes(600), b"s" * 20) for n in part])
        height += 50
except StoreError as error:
    print(error.code, height, flush=True)
"""


def test_a_full_disk_is_said_and_what_was_stored_before_is_whole(folder: Path) -> None:
    """The limit on a file's size stands for the disk: the same calls fail."""
    done = subprocess.run(
        [sys.executable, "-c", FILL, str(folder), PASSPHRASE.decode()], capture_output=True, text=True, check=True
    )
    code, height = done.stdout.split()
    assert code in ("STORE-FULL", "STORE-FOLDER"), done.stdout
    with Store.open(folder, PASSPHRASE) as store:
        store.check_integrity()
        assert [row.height for row in store.runs(Height(1), 10**6)] == list(range(1, int(height)))
        store.add_headers(rows(int(height), int(height) + 49))


def test_a_database_at_its_limit_says_that_it_is_full(folder: Path) -> None:
    with Store.open(folder, PASSPHRASE) as store:
        store._statements.run("PRAGMA max_page_count = 60")
        stored = 0
        with pytest.raises(StoreError) as refused:
            for batch in range(100):
                store.add_headers(rows(batch * 50 + 1, batch * 50 + 50))
                stored += 50
        assert refused.value.code == "STORE-FULL"
        assert len(store.runs(Height(1), 10**6)) == stored


def as_nobody(work: Callable[[], str]) -> str:
    """Do something in a process of its own that may not write what it does not own; root may write anywhere."""
    receive, send = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.getuid() == 0:
                os.setegid(65534)
                os.seteuid(65534)
            os.write(send, work().encode())
        except BaseException as error:
            os.write(send, repr(error).encode())
        finally:
            os._exit(0)
    os.close(send)
    os.waitpid(child, 0)
    with os.fdopen(receive) as file:
        return file.read()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork, and modes of files mean something else")
def test_a_store_where_nothing_can_be_written_is_read(folder: Path) -> None:
    with Store.open(folder, PASSPHRASE) as store:
        store.add_headers(rows(1, 30))

    def work() -> str:
        with Store.open_reader(folder, PASSPHRASE) as store:
            found = len(store.runs(Height(1), 99))
        try:
            Store.open(folder, PASSPHRASE)
        except StoreError as error:
            return f"{found} {error.code}"
        return f"{found} opened"

    opened = [place for place in folder.parents if place.stat().st_uid == os.getuid() and "pytest" in str(place)]
    try:
        for place in opened:
            place.chmod(0o711)
        for path in folder.iterdir():
            path.chmod(0o444)
        folder.chmod(0o555)
        said = as_nobody(work)
    finally:
        folder.chmod(0o700)
        for path in folder.iterdir():
            path.chmod(0o600)
        for place in opened:
            place.chmod(0o700)
    assert said in ("30 STORE-FOLDER", "30 STORE-READ-ONLY")


@pytest.fixture
def kept(folder: Path) -> Iterator[tuple[Store, MadeChain, MadeSource]]:
    chain = MadeChain()
    for _ in range(300):
        chain.block()
    source = MadeSource(chain)
    with Store.open(folder, PASSPHRASE) as store:
        config = load_genesis(chain.genesis(), "besu")
        Follower(config, source, StoreMemory(store, config, lambda: 7)).follow(300, 1 << 40)
        yield store, chain, source


def test_pruning_keeps_the_end_what_halts_are_about_and_everything_that_is_no_header(
    kept: tuple[Store, MadeChain, MadeSource],
) -> None:
    store, chain, source = kept
    store.save_job("j", "drafted", b"job", revision=0, at=1)
    store.add_halt(StoredHalt(Hash32(bytes(32)), Height(40), b"evidence", 1, None, None, None, None))
    assert store.prune(Height(250)) == 248
    assert [row.height for row in store.runs(Height(1), 999)] == [40, *range(250, 301)]
    assert store.job("j").body == b"job"
    # Asked for more than there is: the end of the run and its header stay.
    store.prune(Height(10_000))
    assert [row.height for row in store.runs(Height(1), 999)] == [40, 300]
    store.shrink()
    store.check_integrity()
    config = load_genesis(chain.genesis(), "besu")
    for _ in range(20):
        chain.block()
    follower = Follower(config, source, StoreMemory(store, config, lambda: 7))
    follower.follow(320, 1 << 40)
    assert follower.end.block_hash == chain.hashes[320]
    # What was pruned is verified again from above.
    assert follower.header(260, 1 << 40).block_hash == chain.hashes[260]


def test_pruning_gives_space_back(kept: tuple[Store, MadeChain, MadeSource], folder: Path) -> None:
    store, _, _ = kept
    store.shrink()
    before = (folder / "store.db").stat().st_size
    store.prune(Height(290))
    store.shrink()
    assert (folder / "store.db").stat().st_size < before // 2


def test_the_stored_chain_is_checked_without_any_node(kept: tuple[Store, MadeChain, MadeSource]) -> None:
    store, chain, _ = kept
    config = load_genesis(chain.genesis(), "besu")
    found = check_stored(config, store)
    assert (found.headers, found.spans, found.ways) == (300, ((0, 300),), {"sequential": 300})
    store.prune(Height(100))
    assert check_stored(config, store).spans == ((0, 0), (100, 300))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE header SET rlp = (SELECT rlp FROM header WHERE height = 9) WHERE height = 10",
        "UPDATE header SET hash = zeroblob(32) WHERE height = 10",
        "UPDATE header SET way = 'guessed' WHERE height = 10",
        "UPDATE header SET rlp = zeroblob(5) WHERE height = 10",
    ],
)
def test_a_changed_row_is_found(kept: tuple[Store, MadeChain, MadeSource], change: str) -> None:
    store, chain, _ = kept
    store._statements.run(change)
    with pytest.raises(StoredChainError):
        check_stored(load_genesis(chain.genesis(), "besu"), store)


def test_a_chain_of_other_headers_is_found(kept: tuple[Store, MadeChain, MadeSource]) -> None:
    store, chain, _ = kept
    other = MadeChain()
    other.block(seconds=2)
    source = MadeSource(other)
    store._statements.run("DELETE FROM header WHERE height = 1")
    store.add_headers(
        [StoredHeader(Height(1), Hash32(other.hashes[1]), source.header(1).encode(), b"", b"", "sequential")]
    )
    with pytest.raises(StoredChainError, match="does not follow"):
        check_stored(load_genesis(chain.genesis(), "besu"), store)
    with pytest.raises(MissingRowError):
        store.header(Height(999))

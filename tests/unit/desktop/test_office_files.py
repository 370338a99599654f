"""What an office keeps in files: data folder, rollback memory, known roots, passphrases, results."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from desktop.errors import InputError, InputFileError, InputFormatError, InputSizeError, OutputFileError
from desktop.services import data_folder, file_access, office, opening_lock, passphrase, serial_file
from desktop.services.workspace import STORE_FOLDER, Workspace
from lightnode.store import store_files
from lightnode.store.errors import StoreBusyError, StoreFolderError, StoreGoneError, WrongKeyError
from lightnode.wire.serial_memory import SerialMemory
from lightnode.wire.types import hash32

GENESIS = hash32(b"\x07" * 32)


def test_each_environment_and_network_has_a_private_folder(tmp_path: Path) -> None:
    made = {
        data_folder.network_folder(tmp_path, environment, hash32(bytes([number]) * 32))
        for environment in data_folder.ENVIRONMENTS
        for number in (1, 2)
    }
    assert len(made) == 6
    assert all(folder.stat().st_mode & 0o777 == 0o700 for folder in made)


def test_the_data_folder_is_the_named_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(data_folder.VARIABLE, str(tmp_path / "variable"))
    assert data_folder.base_folder(tmp_path / "named") == tmp_path / "named"
    assert data_folder.base_folder() == tmp_path / "variable"
    monkeypatch.delenv(data_folder.VARIABLE)
    assert data_folder.base_folder().name == "chancery"


def test_results_are_whole_or_absent(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "er" / "file"
    file_access.write_bytes(target, b"one", private=True)
    assert target.stat().st_mode & 0o777 == 0o600
    file_access.write_bytes(target, b"two")
    assert target.read_bytes() == b"two"
    assert [path.name for path in target.parent.iterdir()] == ["file"]
    with pytest.raises(OutputFileError):
        file_access.write_bytes(target, b"three", replace=False)
    for wrong in (tmp_path / "deep", target / "below", tmp_path / ("n" * 300)):
        with pytest.raises(OutputFileError):
            file_access.write_bytes(wrong, b"x")


def test_files_are_read_within_bounds(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"12345")
    assert file_access.read_bytes(tmp_path / "f", 5) == b"12345"
    with pytest.raises(InputSizeError):
        file_access.read_bytes(tmp_path / "f", 4)
    os.mkfifo(tmp_path / "pipe")
    for wrong in (tmp_path, tmp_path / "absent", Path("a\0b"), Path("/dev/null")):
        with pytest.raises(InputFileError):
            file_access.read_bytes(wrong)


@pytest.mark.parametrize("text", [b"", b"{", b'{"a":1,"a":2}', b"\xff", b"[" * 100_000, b"NaN x"])
def test_json_that_is_none(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "f").write_bytes(text)
    with pytest.raises(InputFormatError):
        file_access.read_json(tmp_path / "f")


def test_json_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b'\xef\xbb\xbf{"a": "\xc3\xa9"}')
    assert file_access.read_json(tmp_path / "f") == {"a": "\u00e9"}


LINE, OTHER = b"\x01" * 32, b"\x02" * 32


def test_the_rollback_memory_never_forgets(tmp_path: Path) -> None:
    assert serial_file.load(tmp_path).lines == {}
    serial_file.save(tmp_path, SerialMemory({LINE: (5, b"five")}))
    serial_file.save(tmp_path, SerialMemory({LINE: (4, b"four"), OTHER: (1, b"one")}))
    assert serial_file.load(tmp_path).lines == {LINE: (5, b"five"), OTHER: (1, b"one")}
    before = (tmp_path / serial_file.NAME).stat().st_mtime_ns
    serial_file.save(tmp_path, serial_file.load(tmp_path))
    assert (tmp_path / serial_file.NAME).stat().st_mtime_ns == before


@pytest.mark.parametrize(
    "content", [b"", b"\x80", b"\xff" * 9, b"\x82\x61a\x80", b"\x82\x74chancery/serials/1\x81\x01"]
)
def test_a_damaged_rollback_memory_is_never_taken_for_an_empty_one(tmp_path: Path, content: bytes) -> None:
    (tmp_path / serial_file.NAME).write_bytes(content)
    with pytest.raises(serial_file.SerialFileError):
        serial_file.load(tmp_path)


def test_only_training_keeps_a_passphrase_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert passphrase.given("training", None) is None
    first = passphrase.of_training(tmp_path, store_exists=False)
    assert first == passphrase.of_training(tmp_path, store_exists=True)
    assert (tmp_path / passphrase.TRAINING_FILE).stat().st_mode & 0o777 == 0o600
    monkeypatch.setattr("sys.stdin", open(os.devnull))  # noqa: SIM115
    for environment in ("test", "production"):
        with pytest.raises(passphrase.PassphraseMissingError):
            passphrase.given(environment, None)


def test_a_lost_passphrase_is_never_made_anew_beside_a_store(tmp_path: Path) -> None:
    Workspace.open(tmp_path, "training", GENESIS).close()
    (path,) = tmp_path.rglob(passphrase.TRAINING_FILE)
    words = path.read_bytes()
    path.unlink()
    for _ in range(2):
        with pytest.raises(passphrase.PassphraseLostError):
            Workspace.open(tmp_path, "training", GENESIS)
        assert not path.exists()
    path.write_bytes(words)
    Workspace.open(tmp_path, "training", GENESIS).close()
    path.unlink()
    # What the advice says.
    store_files.move_aside(path.parent / STORE_FOLDER)
    Workspace.open(tmp_path, "training", GENESIS).close()
    assert path.read_bytes() != words


def test_first_uses_at_once_make_one_store(tmp_path: Path) -> None:
    for attempt in range(4):
        base = tmp_path / str(attempt)
        begun = threading.Barrier(4)

        def use(place: Path = base, at: threading.Barrier = begun) -> str:
            at.wait()
            with Workspace.open(place, "training", GENESIS) as opened:
                return opened.folder.name

        with ThreadPoolExecutor(4) as pool:
            assert [one.result() for one in [pool.submit(use) for _ in range(4)]] == [GENESIS.hex()] * 4
        Workspace.open(base, "training", GENESIS).close()
        assert [one.name for one in base.rglob("*.part")] == []


def test_one_that_never_ends_opening_is_said(tmp_path: Path) -> None:
    with opening_lock.held(tmp_path), pytest.raises(StoreBusyError), opening_lock.held(tmp_path, 0.05):
        pass
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreFolderError), opening_lock.held(tmp_path / "file"):
        pass


def descriptor(content: bytes) -> int:
    reading, writing = os.pipe()
    os.write(writing, content)
    os.close(writing)
    return reading


def test_a_passphrase_comes_through_a_descriptor(tmp_path: Path) -> None:
    assert passphrase.given("production", descriptor(b"secret words\n")) == b"secret words"
    for content in (b"", b"\n", b"x" * 2000):
        with pytest.raises(passphrase.PassphraseMissingError):
            passphrase.given("production", descriptor(content))
    with pytest.raises(passphrase.PassphraseMissingError):
        passphrase.given("production", 900)


def test_a_store_is_made_once_and_opened_with_its_passphrase(tmp_path: Path) -> None:
    with Workspace.open(tmp_path, "production", GENESIS, passphrase_fd=descriptor(b"one")) as made:
        made.keep_genesis(b"{}")
        made.keep_genesis(b"other")
        assert (made.folder / "genesis.json").read_bytes() == b"{}"
    with Workspace.open(tmp_path, "production", GENESIS, passphrase_fd=descriptor(b"one")) as again:
        assert again.unfinished() == ()
    with pytest.raises(WrongKeyError):
        Workspace.open(tmp_path, "production", GENESIS, passphrase_fd=descriptor(b"two"))
    folder = data_folder.network_folder(tmp_path, "production", GENESIS)
    (folder / "store" / "store.key").unlink()
    with pytest.raises(StoreGoneError):
        Workspace.open(tmp_path, "production", GENESIS, passphrase_fd=descriptor(b"one"))


def test_everything_wrong_with_input_is_an_input_error() -> None:
    assert {InputFileError, InputFormatError, InputSizeError} <= set(InputError.__subclasses__())


def test_an_office_is_kept_with_the_authority_it_acts_for(tmp_path: Path) -> None:
    made = office.Office(
        "Office", tmp_path / "root.cenv", None, None, "http://127.0.0.1:1", None, "official", "SE/12345"
    )
    office.save(tmp_path, made)
    assert office.load(tmp_path) == made
    office.save(tmp_path, office.Office("Office"))
    assert office.load(tmp_path).authority is None

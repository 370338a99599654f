"""The local network's process: started once, killed, damaged, on a taken port, by the clock."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from lightnode.devnet import control, process
from lightnode.devnet.errors import (
    DevnetFolderError,
    DevnetPortError,
    DevnetRunsError,
    DevnetStartError,
    DevnetStatusError,
    DevnetStopError,
)
from lightnode.devnet.settings import DevnetSettings
from lightnode.recording.verification import verify_recording
from tests.support.on_demand_network import Net, raw, running
from tests.support.training_network import Client, signed, words

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(
        not (os.environ.get("CHANCERY_ENGINE_PYTHON") or (ROOT / ".venv-engine").exists()),
        reason="the EVM engine's environment is not set up",
    ),
]


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Net]:
    with running(tmp_path_factory.mktemp("devnet") / "network") as made:
        yield made


def test_a_second_process_cannot_take_the_folder(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    pid = control.status(net.folder).pid
    again = control.start(net.folder)
    assert (again.already, again.pid) == (True, pid)
    kept = (net.folder / "status.json").read_bytes()
    monkeypatch.setattr(control, "_START_SECONDS", 1.0)
    try:
        (net.folder / "status.json").unlink()
        assert control.status(net.folder).pid == pid
        with pytest.raises(DevnetStartError, match="does not serve"):
            control.start(net.folder)
        with pytest.raises(DevnetRunsError):
            process.run(net.folder, 0)
        (net.folder / "status.json").write_bytes(kept[:-9])
        for ask in (control.status, control.start):
            with pytest.raises(DevnetStatusError) as caught:
                ask(net.folder)
            assert "devnet stop" in caught.value.advice
    finally:
        (net.folder / "status.json").write_bytes(kept)
    assert control.status(net.folder).running


def test_a_port_that_is_taken_is_said_with_what_to_do(net: Net, tmp_path: Path) -> None:
    taken = urlsplit(net.url).port or 0
    with pytest.raises(DevnetPortError, match=str(taken)) as caught:
        control.start(tmp_path / "other", DevnetSettings(validators=1, on_demand=True), taken)
    assert "--port" in caught.value.advice
    assert not control.status(tmp_path / "other").running


def test_of_several_starts_at_once_one_makes_the_network(tmp_path: Path) -> None:
    folder = tmp_path / "network"
    settings = DevnetSettings(validators=1, on_demand=True)
    try:
        for _ in range(2):
            with ThreadPoolExecutor(4) as pool:
                found = list(pool.map(lambda _: control.start(folder, settings), range(4)))
            assert sorted(one.already for one in found) == [False, True, True, True]
            assert {(one.running, one.pid, one.rpc_url) for one in found} == {(True, found[0].pid, found[0].rpc_url)}
            assert not control.stop(folder).running
    finally:
        control.stop(folder)


def test_a_damaged_folder_is_said_and_its_network_can_be_stopped(tmp_path: Path) -> None:
    folder = tmp_path / "network"
    control.start(folder, DevnetSettings(validators=1, on_demand=True))
    good = (folder / "genesis.json").read_bytes()
    try:
        for wrong in (b"", b"{", b"[]", b'{"config":{"chainId":"1"}}', b"\xff", b"[" * 100_000):
            (folder / "genesis.json").write_bytes(wrong)
            for ask in (control.status, control.start):
                with pytest.raises(DevnetFolderError, match="genesis file is damaged"):
                    ask(folder)
        (folder / "status.json").write_bytes(b'{"pid": 1}')
        (folder / "network.pid").write_bytes(b"1")
        with pytest.raises(DevnetStopError, match="no file"):
            control.stop(folder)
        pid = int(next(path for path in Path("/proc").iterdir() if _serves(path, folder)).name)
        (folder / "network.pid").write_bytes(b"%d\n" % pid)
        assert not control.stop(folder).running
    finally:
        (folder / "genesis.json").write_bytes(good)
        for left in [path for path in Path("/proc").iterdir() if _serves(path, folder)]:
            os.kill(int(left.name), signal.SIGKILL)
    # What a former process left behind is not believed: this test's own process lives on.
    (folder / "network.pid").write_text(f"{os.getpid()}\n")
    (folder / "status.json").write_text(json.dumps({"pid": os.getpid()}))
    assert not control.status(folder).running
    assert not control.stop(folder).running
    (folder / "settings.json").write_text("{}")
    with pytest.raises(DevnetStartError, match="DEVNET-FOLDER"):
        control.start(folder)


def _serves(path: Path, folder: Path) -> bool:
    with contextlib.suppress(OSError):
        words = (path / "cmdline").read_bytes().split(b"\0")
        return b"lightnode.devnet" in words and bytes(folder.resolve()) in words
    return False


def test_killed_at_any_moment_it_goes_on_where_it_was(net: Net) -> None:
    # With a set of validators that has changed, and more blocks than states are kept.
    joining = next(item["address"] for item in net.get("training_validators") if not item["inSet"])
    net.get("training_proposeVote", joining, True)
    net.get("training_roundChange", 2)
    net.get("training_mine", 520)
    members = net.get("qbft_getValidatorsByBlockNumber", "latest")
    assert joining in members
    contract = net.contract()
    sender = net.newcomer()
    for nonce in range(2):
        net.send(signed(sender, nonce, raw(contract), words(nonce, 50 + nonce)))
    last = net.height()
    head = net.block(last)
    pid = control.status(net.folder).pid
    with ThreadPoolExecutor(1) as worker:
        mining = worker.submit(net.ask, "training_mine", 1000)
        time.sleep(0.3)
        os.kill(pid, signal.SIGKILL)
        with pytest.raises((OSError, http.client.HTTPException)):
            mining.result()
    assert not control.status(net.folder).running
    begun = time.monotonic()
    again = control.start(net.folder)
    assert time.monotonic() - begun < 10
    net.url = again.rpc_url
    assert again.head > last
    assert net.block(last) == head
    assert net.get("qbft_getValidatorsByBlockNumber", "latest") == members
    assert net.get("eth_getStorageAt", contract, "0x1") == f"0x{words(51).hex()}"
    assert net.send(signed(sender, 2, raw(contract), words(2, 52)))["status"] == "0x1"
    report = verify_recording(net.recording(net.status.genesis_path, [(raw(contract), [2], net.height())]), 1 << 40)
    assert report.failure is None


def test_by_the_clock_blocks_come_in_time_and_never_early(tmp_path: Path) -> None:
    folder = tmp_path / "clock"
    status = control.start(folder, DevnetSettings(validators=1, period_seconds=1))
    try:
        client = Client(status.rpc_url)
        assert (folder / "validators.keys").stat().st_mode & 0o777 == 0o600
        answers = [client.ask("training_mine") for _ in range(4)]
        assert answers[-1]["error"]["message"] == "The next block is not due yet"
        deadline = time.monotonic() + 10
        while client.height() < 4 and time.monotonic() < deadline:
            time.sleep(0.1)
        times = [int(client.block(at)["timestamp"], 16) for at in range(5)]
        assert times == sorted(set(times))
        assert times[-1] <= time.time() + 1
        report = verify_recording(client.recording(status.genesis_path, []), int(time.time()))
        assert report.failure is None
    finally:
        control.stop(folder)
    assert not control.status(folder).running
    with sqlite3.connect(folder / "blocks.db") as blocks:
        blocks.execute("UPDATE block SET header = x'c0' WHERE number = 2")
    blocks.close()
    with pytest.raises(DevnetStartError, match="DEVNET-FOLDER"):
        control.start(folder)


def test_a_port_that_another_network_took_is_not_ours(net: Net, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    control.start(folder, DevnetSettings(validators=1, on_demand=True))
    control.stop(folder)
    stale = json.loads((net.folder / "status.json").read_text())
    (folder / "status.json").write_text(json.dumps({**stale, "genesis_hash": f"0x{'00' * 32}"}))
    assert not control.status(folder).running
    assert not control.stop(folder).running
    assert control.status(net.folder).running
    with pytest.raises(DevnetFolderError):
        control.status(tmp_path / "none")

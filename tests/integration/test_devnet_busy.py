"""A local network that has much to do: calls and transactions without end, slow clients, and commands meanwhile."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from desktop.cli.main import main
from lightnode.devnet import control
from lightnode.devnet.call_engine import CALL_SECONDS
from lightnode.devnet.settings import DevnetSettings
from tests.support.hurried_network import BUILT, HURRIED, Patience, running
from tests.support.training_network import CONTRACT, Client, person, signed, words

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(
        not (os.environ.get("CHANCERY_ENGINE_PYTHON") or (ROOT / ".venv-engine").exists()),
        reason="the EVM engine's environment is not set up",
    ),
]
# JUMPDEST, PUSH1 0, JUMP: as the code that makes a contract, it never comes to making one.
ENDLESS = "0x5b600056"


@pytest.fixture
def clock(tmp_path: Path) -> Iterator[tuple[Path, Client]]:
    folder = tmp_path / "network"
    status = control.start(folder, DevnetSettings(validators=1, period_seconds=1))
    try:
        yield folder, Client(status.rpc_url)
    finally:
        control.stop(folder)


def test_an_endless_call_ends_in_time_and_keeps_nobody_waiting(clock: tuple[Path, Client]) -> None:
    folder, net = clock
    made = f"0x{signed(person(1), 0, None, CONTRACT).encode().hex()}"
    name = net.get("eth_sendRawTransaction", made)
    deadline = time.monotonic() + 20
    while (receipt := net.get("eth_getTransactionReceipt", name)) is None and time.monotonic() < deadline:
        time.sleep(0.1)
    write = {"to": receipt["contractAddress"], "data": f"0x{words(3, 2).hex()}"}
    estimated = net.get("eth_estimateGas", write)
    with ThreadPoolExecutor(1) as one:
        begun, before, slowest = time.monotonic(), net.height(), 0.0
        endless = one.submit(net.refused, "eth_call", {"data": ENDLESS, "gas": "0xffffffffffffffff"}, "latest")
        while not endless.done():
            asked = time.monotonic()
            assert control.status(folder).running
            net.get("eth_getProof", receipt["contractAddress"], ["0x3"], "latest")
            slowest = max(slowest, time.monotonic() - asked)
            time.sleep(0.05)
        took = time.monotonic() - begun
        error: dict[str, Any] = endless.result()
    assert (error["code"], error["message"]) == (-32603, "Timeout expired")
    assert took < CALL_SECONDS + 5
    assert slowest < 3
    # Blocks came meanwhile, and the next call is answered from the same state.
    assert net.height() >= before + 3
    assert net.get("eth_estimateGas", write) == estimated
    assert net.refused("eth_estimateGas", {"data": ENDLESS})["message"] == "Timeout expired"
    assert net.get("eth_call", write, "latest") == "0x"


def test_calls_see_each_block_and_old_ones_again(clock: tuple[Path, Client]) -> None:
    _, net = clock
    # Gives back the number of the block that it runs in, from the code that would make a contract.
    number = {"data": "0x4360005260206000fd"}
    seen = {}
    while len(seen) < 3:
        height = net.height()
        seen[height] = net.refused("eth_call", number, hex(height))["data"]
    for height in sorted(seen)[:2]:
        assert net.refused("eth_call", number, hex(height))["data"] == f"0x{words(height).hex()}"


def test_a_call_pays_before_anything_runs(clock: tuple[Path, Client]) -> None:
    _, net = clock
    to = f"0x{'01' * 19}ff"
    for gas, data in (("0x1", "0x"), ("0x5207", "0x"), ("0x521b", "0x0001")):
        error = net.refused("eth_call", {"to": to, "gas": gas, "data": data}, "latest")
        assert (error["code"], error["message"]) == (-32003, "Intrinsic gas exceeds gas limit")
    assert net.refused("eth_estimateGas", {"to": to, "gas": "0x1"})["code"] == -32003
    assert net.get("eth_call", {"to": to, "gas": "0x5208"}, "latest") == "0x"
    assert net.get("eth_call", {"to": to, "gas": "0x521c", "data": "0x0001"}, "latest") == "0x"
    # What is left for the code is what was given less what it cost: here nothing is left for the first step.
    error = net.refused("eth_call", {"gas": "0xcf3c", "data": ENDLESS}, "latest")
    assert (error["code"], error["message"]) == (-32000, "Execution halted: OutOfGasError")


def test_a_block_that_takes_long_keeps_no_reader_waiting_and_can_be_stopped(
    clock: tuple[Path, Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, net = clock
    monkeypatch.setattr(control, "_STOP_SECONDS", 1.0)
    endless = signed(person(1), 0, None, bytes.fromhex(ENDLESS[2:]), gas=30_000_000)
    net.get("eth_sendRawTransaction", f"0x{endless.encode().hex()}")
    time.sleep(2.5)
    head = net.height()
    status = control.status(folder)
    assert (status.running, status.busy, status.head) == (True, False, head)
    assert net.get("eth_getTransactionByHash", f"0x{endless.hash().hex()}")["blockHash"] is None
    assert net.get("eth_call", {"to": f"0x{'11' * 20}"}, "latest") == "0x"
    again = control.start(folder)
    assert (again.already, again.pid) == (True, status.pid)
    begun = time.monotonic()
    assert not control.stop(folder).running
    assert time.monotonic() - begun < 10
    # What waited is gone; the blocks are not.
    assert control.start(folder).head >= head


def test_a_process_that_does_not_answer_runs_all_the_same(
    clock: tuple[Path, Client], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, net = clock
    monkeypatch.setattr(control, "_ASK_SECONDS", 0.5)
    monkeypatch.setattr(control, "_STOP_SECONDS", 1.0)
    pid = control.status(folder).pid
    written = (folder / "status.json").read_bytes()
    os.kill(pid, signal.SIGSTOP)
    for ask in (control.status, control.start):
        found = ask(folder)
        assert (found.running, found.busy, found.head, found.pid, found.rpc_url) == (True, True, -1, pid, net.url)
    assert (folder / "status.json").read_bytes() == written
    for verb, said in (("status", "The network runs ("), ("start", "The network runs already (")):
        assert main(["devnet", verb, str(folder)]) == 0
        out = capsys.readouterr().out
        assert said in out
        assert "its process is busy" in out
        assert main(["devnet", verb, str(folder), "--json"]) == 0
        value = json.loads(capsys.readouterr().out)
        assert (value["running"], value["busy"], value.get("already", False)) == (True, True, verb == "start")
    assert not control.stop(folder).running
    assert not control.status(folder).running
    assert control.start(folder).pid != pid


@pytest.mark.parametrize(
    ("patience", "within"),
    [(HURRIED, 30), pytest.param(BUILT, 60, marks=pytest.mark.full)],
    ids=["hurried", "as built"],
)
def test_many_endless_calls_at_once_leave_room_for_others(tmp_path: Path, patience: Patience, within: int) -> None:
    with running(tmp_path / "network", DevnetSettings(validators=1, period_seconds=1), patience) as status:
        _ask_endlessly(Client(status.rpc_url), within)


def _ask_endlessly(net: Client, within: int) -> None:
    before = net.height()
    endless = {"jsonrpc": "2.0", "id": 1, "method": "eth_call", "params": [{"data": ENDLESS}, "latest"]}
    with ThreadPoolExecutor(70) as many:
        begun = time.monotonic()
        batch = many.submit(net.post, json.dumps([{**endless, "id": at} for at in range(50)]).encode())
        asked = [many.submit(net.refused, "eth_call", {"data": ENDLESS}, "latest") for _ in range(50)]
        time.sleep(1)
        for _ in range(20):
            since = time.monotonic()
            net.height()
            assert time.monotonic() - since < 5
            time.sleep(0.2)
        assert {one.result()["message"] for one in asked} == {"Timeout expired"}
        answers = json.loads(batch.result())
        assert time.monotonic() - begun < within
    assert [one["id"] for one in answers] == list(range(50))
    assert {one["error"]["message"] for one in answers} == {"Timeout expired"}
    assert net.height() >= before + 5
    assert net.get("eth_call", {"to": f"0x{'11' * 20}"}, "latest") == "0x"

"""The engine's worker: several forks, abuse, and the same state as ours after every block."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from lightnode.devnet.call_engine import CallEngine
from lightnode.devnet.engine import VARIABLE, Engine, engine_python
from lightnode.devnet.errors import CallTimeError, EngineFailedError, EngineMissingError
from lightnode.devnet.settings import DEFAULT_CHAIN_ID
from lightnode.devnet.world_state import WorldAccount, WorldState
from tests.support.training_network import CONTRACT, person, signed, words

try:
    engine_python()
except EngineMissingError:
    pytest.skip("the EVM engine's environment is not set up", allow_module_level=True)

pytestmark = pytest.mark.engine
# PUSH/CALL of itself with all gas; then an endless loop; then memory without end.
RECURSE = bytes.fromhex("60006000600060006000305af100")
LOOP = bytes.fromhex("5b600056")
BIG_MEMORY = bytes.fromhex("600160ff60020a52")


def block(number: int, **changes: Any) -> dict[str, Any]:
    made = {
        "chain_id": DEFAULT_CHAIN_ID, "gas_limit": 30_000_000, "hashes": [], "coinbase": "00" * 20, "number": number,
        "base_fee": 0, "time": 1_800_000_000 + number,
    }  # fmt: skip
    return {**made, **changes}


def message(to: bytes | None, data: bytes = b"", gas: int = 1_000_000) -> dict[str, Any]:
    return {"from": "11" * 20, "to": "" if to is None else to.hex(), "gas": gas, "value": 0, "data": data.hex()}


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine() as made:
        yield made


@pytest.mark.parametrize("fork", ["istanbul", "berlin", "london"])
def test_each_fork_deploys_and_calls(fork: str) -> None:
    with Engine(fork) as engine:
        empty = engine.reset({})
        assert empty == WorldState({}).trie.root
        raw = [signed(person(1), 0, None, CONTRACT).encode()]
        result = engine.execute(block(1), raw)
        created = bytes.fromhex(result["results"][0]["created"])
        state = WorldState({}).changed(result["changed"])
        assert state.account(created).code == CONTRACT[12:]
        assert state.trie.root == engine.root()
        outcome = engine.call(block(2), message(created, words(1, 1)), None)
        assert (outcome["error"], outcome["output"]) == ("Revert", words(1).hex())
        assert engine.root() == state.trie.root


def test_random_blocks_leave_the_same_state_on_both_sides(engine: Engine) -> None:
    chance = random.Random(7)
    engine.reset({})
    state, nonces, contracts = WorldState({}), dict.fromkeys(range(1, 6), 0), []
    for number in range(1, 25):
        raw = []
        for _ in range(chance.randrange(5)):
            who = chance.randrange(1, 6)
            to = chance.choice([None, *contracts[-4:]])
            data = CONTRACT if to is None else words(chance.randrange(4), chance.randrange(4))
            raw.append(signed(person(who), nonces[who], to, data, kind=chance.randrange(3)).encode())
            nonces[who] += 1
        result = engine.execute(block(number), raw)
        contracts += [bytes.fromhex(one["created"]) for one in result["results"] if one["created"]]
        state = state.changed(result["changed"])
        assert state.trie.root == engine.root(), number
        assert result["gas_used"] == sum(one["gas_used"] for one in result["results"])
        assert all(one["succeeded"] for one in result["results"] if one["logs"])
    # The whole state goes over the line and comes back as the same root.
    assert engine.reset(state.dump()) == state.trie.root


def test_what_cannot_be_included_is_left_out_and_the_rest_goes_on(engine: Engine) -> None:
    engine.reset({})
    good = signed(person(1), 0, b"\x01" * 20).encode()
    late = signed(person(2), 5, b"\x01" * 20).encode()
    poor = signed(person(3), 0, b"\x01" * 20, value=1).encode()
    results = engine.execute(block(1), [late, poor, good])["results"]
    assert [("refused" in one) for one in results] == [True, True, False]
    root = engine.root()
    engine.execute(block(2), [signed(person(1), 1, b"\x01" * 20).encode()], discard=True)
    assert engine.root() == root


@pytest.mark.parametrize(
    ("code", "gas", "error"), [(RECURSE, 3_000_000, None), (LOOP, 200_000, "OutOfGasError"), (BIG_MEMORY, 200_000, "OutOfGasError")]
)  # fmt: skip
def test_hostile_code_ends_and_leaves_nothing(engine: Engine, code: bytes, gas: int, error: str | None) -> None:
    where = b"\xcc" * 20
    root = engine.reset({where.hex(): {"nonce": 1, "balance": 0, "code": code.hex(), "storage": {}}})
    assert engine.call(block(1), message(where, gas=gas), None)["error"] == error
    assert engine.root() == root


def test_an_earlier_state_is_called_without_touching_the_newest(engine: Engine) -> None:
    where = b"\xcc" * 20
    # Gives back its slot 0.
    code = bytes.fromhex("60005460005260206000f3")
    entry = {"nonce": 1, "balance": 0, "code": code.hex(), "storage": {"00" * 32: "0x5"}}
    root = engine.reset({where.hex(): entry})
    earlier = {where.hex(): {**entry, "storage": {"00" * 32: "0x9"}}}
    assert engine.call(block(1), message(where), earlier)["output"] == words(9).hex()
    assert engine.call(block(1), message(where), None)["output"] == words(5).hex()
    assert engine.root() == root


def test_a_call_without_end_costs_its_worker_and_nothing_else() -> None:
    where, other = b"\xcc" * 20, b"\xdd" * 20
    # Gives back its slot 0.
    code = bytes.fromhex("60005460005260206000f3")

    def state(number: int) -> WorldState:
        return WorldState({where: WorldAccount(1, 0, code, {0: number}), other: WorldAccount(1, 0, LOOP)})

    first = state(5)
    second = WorldState({**first.accounts, where: WorldAccount(1, 0, code, {1: 7})})
    third = WorldState({other: first.accounts[other]})
    calls = CallEngine(seconds=1.0)
    try:
        for _ in range(2):
            for at, given in ((first, words(5)), (second, words(0)), (third, b""), (first, words(5))):
                assert calls.call(block(1), message(where), at)["output"] == given.hex()
            begun = time.monotonic()
            with pytest.raises(CallTimeError):
                calls.call(block(1), message(other, gas=30_000_000), first)
            assert time.monotonic() - begun < 5
    finally:
        calls.close()
    with pytest.raises(EngineFailedError):
        calls.call(block(1), message(where), first)


def test_a_worker_ends_with_who_started_it_even_when_it_computes() -> None:
    engine = Engine()
    where = b"\xcc" * 20
    engine.reset({where.hex(): {"nonce": 1, "balance": 0, "code": LOOP.hex(), "storage": {}}})
    with ThreadPoolExecutor(1) as one:
        running = one.submit(engine.call, block(1), message(where, gas=30_000_000), None)
        time.sleep(0.5)
        begun = time.monotonic()
        engine.close()
        assert time.monotonic() - begun < 4
        with pytest.raises(EngineFailedError):
            running.result()


def test_a_fault_of_a_request_is_told_and_the_engine_lives(engine: Engine) -> None:
    with pytest.raises(EngineFailedError):
        engine.execute(block(1), [b""])
    with pytest.raises(EngineFailedError):
        engine.call(block(1), {**message(b"\x01" * 20), "value": 5}, None)
    assert engine.reset({}) == WorldState({}).trie.root


def test_a_missing_or_wrong_engine_is_said_in_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "none"))
    with pytest.raises(EngineMissingError) as caught:
        Engine()
    assert "./dev setup" in caught.value.advice
    mute = tmp_path / "mute"
    mute.write_text("#!/bin/sh\nexit 0\n")
    mute.chmod(0o755)
    monkeypatch.setenv(VARIABLE, str(mute))
    with pytest.raises(EngineFailedError):
        Engine()
    mute.write_text("#!/bin/sh\necho nonsense\ncat > /dev/null\n")
    with pytest.raises(EngineFailedError, match="unreadable"):
        Engine()


def test_a_closed_engine_refuses() -> None:
    engine = Engine()
    engine.close()
    with pytest.raises(EngineFailedError):
        engine.root()

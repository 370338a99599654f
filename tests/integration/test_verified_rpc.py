"""The verified server asked by a client library of others: web3.py says of it what it says of the node behind."""

from __future__ import annotations

import json
import os
import signal
import stat
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from desktop.services import session_client
from desktop.services.loaded_profile import load_profile
from desktop.services.network_session import NetworkSession
from desktop.services.session_client import SessionClient
from lightnode.consensus.verified_header import Way
from lightnode.devnet import control
from lightnode.devnet.settings import DevnetSettings
from lightnode.light_client.choices import Mode, SyncChoices
from lightnode.node.errors import UnprovableError
from tests.support.hostile_node import HostileNode
from tests.support.ledger_machine import artefact
from tests.support.on_demand_network import Net, running
from tests.support.training_network import account, person, signed, words
from tests.support.training_set_up import SetUp
from tests.support.verified_server import CLIENTS, ROOT, Served, serving, web3_says

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(
        not (os.environ.get("CHANCERY_ENGINE_PYTHON") or (ROOT / ".venv-engine").exists()) or not CLIENTS.exists(),
        reason="the environments of the EVM engine and of client libraries are not set up (./dev setup)",
    ),
]
NOBODY = "0x" + "77" * 20
NOTHING = "0x" + "ab" * 32


@pytest.fixture(scope="module")
def served(office_set_up: SetUp, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("serving")
    with serving(office_set_up.value["rpc"], office_set_up.file("profile.cenv"), home, "--root", str(office_set_up.file("root.cenv")), "--allow-send") as made:  # fmt: skip
        yield made


class Ledger:
    """What is on the ledger of the set-up: the registry and the newest transaction to it."""

    def __init__(self, made: SetUp) -> None:
        self.rpc = made.value["rpc"]
        head = int(self.ask("eth_blockNumber"), 16)
        found = [self.ask("eth_getBlockByNumber", hex(at), True) for at in range(1, head + 1)]
        self.acts = [one for block in found for one in block["transactions"] if one["to"] is not None]
        self.registry = self.acts[-1]["to"]

    def ask(self, method: str, *params: Any) -> Any:
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        with urllib.request.urlopen(urllib.request.Request(self.rpc, body), timeout=30) as answer:
            return json.loads(answer.read())["result"]


@pytest.fixture(scope="module")
def ledger(office_set_up: SetUp) -> Ledger:
    return Ledger(office_set_up)


def shared(ours: Any, theirs: Any) -> tuple[Any, Any]:
    """Leave what only one of two answers has."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        pairs = {name: shared(ours[name], theirs[name]) for name in ours.keys() & theirs.keys()}
        return {name: pair[0] for name, pair in pairs.items()}, {name: pair[1] for name, pair in pairs.items()}
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        both = [shared(one, other) for one, other in zip(ours, theirs, strict=True)]
        return [one for one, _ in both], [other for _, other in both]
    return ours, theirs


def test_web3_says_the_same_of_it_as_of_the_node(served: Served, ledger: Ledger) -> None:
    act, registry = ledger.acts[-1], ledger.registry
    block, sender = act["blockNumber"], act["from"]
    steps: list[list[Any]] = [
        ["connected", "connected"], ["chain", "chain_id"],
        ["block", "get_block", int(block, 16)], ["whole block", "get_block", int(block, 16), True],
        ["by hash", "get_block", act["blockHash"]], ["earliest", "get_block", "earliest"],
        ["count", "get_block_transaction_count", int(block, 16)],
        ["transaction", "get_transaction", act["hash"]], ["receipt", "get_transaction_receipt", act["hash"]],
        ["by index", "get_transaction_by_block", int(block, 16), 0],
        ["receipts", "get_block_receipts", int(block, 16)],
        ["nonce", "get_transaction_count", sender, int(block, 16)], ["balance", "get_balance", sender],
        ["nobody", "get_balance", NOBODY], ["code", "get_code", registry], ["no code", "get_code", NOBODY],
        ["storage", "get_storage_at", registry, 0], ["no storage", "get_storage_at", registry, 2**255],
        ["logs", "get_logs", {"fromBlock": 0, "toBlock": "latest", "address": registry}],
        ["block logs", "get_logs", {"blockHash": act["blockHash"]}],
        ["head()", "call", "head"], ["changes", "call", "changeNumber"], ["record", "call", "recordAt", 0],
        ["key", "call", "keyAt", sender], ["no record", "call", "recordAt", 10**6],
        ["future", "get_block", 10**9],
    ]  # fmt: skip
    more = {"abi": artefact("ActRegistry")["abi"], "contract": registry}
    steps = [[name, what, *(_checksummed(one) for one in given)] for name, what, *given in steps]
    ours = web3_says(served.url, served.token, steps, **more)
    theirs = web3_says(ledger.rpc, None, steps, **more)
    # Two that the local network does not offer.
    own = {name for name, one in theirs.items() if isinstance(one, dict) and one.get("error") == "MethodUnavailable"}
    assert own == {"count", "by index"}
    assert ours["count"] == len(ours["block"]["transactions"])
    assert ours["by index"] == ours["whole block"]["transactions"][0]
    for name in theirs.keys() - own:
        one, other = shared(ours[name], theirs[name])
        assert one == other, f"{name}: {ours[name]} {theirs[name]}"
    assert ours["transaction"]["hash"] == act["hash"]
    assert len(ours["logs"]) > 1
    assert len(ours["code"]) > 1000
    assert ours["balance"] is not None
    assert ours["no record"]["error"] == "ContractCustomError"
    assert ours["future"]["error"] == "BlockNotFound"
    assert {"error"} & ours["record"].keys() == set() if isinstance(ours["record"], dict) else len(ours["record"]) == 7


def _checksummed(value: Any) -> Any:
    """Write addresses as web3 demands them; done by web3's own rule, EIP-55."""
    if isinstance(value, dict):
        return {name: _checksummed(item) for name, item in value.items()}
    if not isinstance(value, str) or len(value) != 42:
        return value
    from lightnode.wire.keccak import keccak256

    digits = keccak256(value[2:].lower().encode()).hex()
    return "0x" + "".join(letter.upper() if int(digit, 16) > 7 else letter for letter, digit in zip(value[2:].lower(), digits, strict=False))  # fmt: skip


def test_what_cannot_be_proven_is_one_error(served: Served, ledger: Ledger) -> None:
    steps: list[list[Any]] = [
        ["unknown", "get_transaction", NOTHING], ["unknown receipt", "get_transaction_receipt", NOTHING],
        ["gas price", "gas_price"], ["estimate", "estimate_gas", {"to": NOBODY}],
        ["pending", "get_transaction_count", NOBODY, "pending"],
        ["other contract", "eth_call", {"to": NOBODY, "data": "0x12345678"}],
        ["hash", "get_block", NOTHING],
    ]  # fmt: skip
    said = web3_says(
        served.url, served.token, [[name, what, *map(_checksummed, given)] for name, what, *given in steps]
    )
    # web3 takes an error of eth_call with an object in it for the contract's own refusal: a lie about the contract.
    assert {one["error"] for one in said.values()} == {"Web3RPCError"}, said
    assert {name: one.get("code") for name, one in said.items()} == dict.fromkeys(said, -32004), said
    for name, one in said.items():
        assert "not provable" in one["text"], name


def test_a_client_sends_and_waits_for_what_is_proven(served: Served, ledger: Ledger) -> None:
    secret = "0x" + f"{4711:064x}"
    said = web3_says(served.url, served.token, [["sent", "send", secret, NOBODY, 0]])["sent"]
    assert said.get("status") == 1, said
    assert said["from"].lower() == f"0x{account(person(4711)).hex()}"


def test_strangers_get_nothing(served: Served) -> None:
    step = [["head", "block_number"]]
    for token, origin, status in (
        (None, None, "401"),
        ("x" * 43, None, "401"),
        (served.token, "https://evil.example", "403"),
    ):
        said = web3_says(served.url, token, step, **({} if origin is None else {"origin": origin}))["head"]
        assert status in said["text"], (token, origin, said)
    assert isinstance(web3_says(served.url, served.token, step)["head"], int)


def post(served: Served, body: bytes, **headers: str) -> tuple[int, Any]:
    request = urllib.request.Request(served.url, body, served.headers(**headers))
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            raw = answer.read()
            return answer.status, json.loads(raw) if raw else None
    except urllib.error.HTTPError as refusal:
        raw = refusal.read()
        return refusal.code, json.loads(raw) if raw else None


def test_status_health_and_the_token_file(served: Served, office_set_up: SetUp) -> None:
    status, answer = post(served, b'{"jsonrpc":"2.0","id":"a","method":"chancery_status"}')
    assert (status, answer["id"]) == (200, "a")
    told = answer["result"]
    assert told["trouble"] is None
    assert told["profile"]["checked"] is True
    assert told["choices"]["counting"]["reason"]
    with urllib.request.urlopen(f"{served.url}/health", timeout=10) as health:
        assert json.loads(health.read()) == {"ready": True, "age": pytest.approx(told["age"], abs=5)}
    assert stat.S_IMODE(Path(served.said["token_file"]).stat().st_mode) == 0o600


def test_a_name_that_only_resolves_to_this_computer_is_refused(served: Served) -> None:
    body = b'{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber"}'
    assert post(served, body, Host="rebound.example")[0] == 403
    assert post(served, body)[0] == 200


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Net]:
    with running(tmp_path / "network") as made:
        yield made


def profile_of(net: Net, folder: Path) -> Path:
    from desktop.cli.main import main

    out = folder / "profile.draft"
    assert main(["profile", "make", "--genesis", str(net.status.genesis_path), "--out", str(out), "--quiet"]) == 0
    return out


def test_it_stops_at_a_signal_sends_nothing_unasked_and_goes_on_where_it_was(net: Net, tmp_path: Path) -> None:
    contract = net.contract()
    made = net.send(signed(net.newcomer(), 0, bytes.fromhex(contract[2:]), words(5, 6)))
    profile, home = profile_of(net, tmp_path), tmp_path / "home"
    with serving(net.url, profile, home) as first:
        answer = post(first, json.dumps({"jsonrpc": "2.0", "id": 1, "method": "eth_getStorageAt", "params": [contract, "0x5", "latest"]}).encode())[1]  # fmt: skip
        assert int(answer["result"], 16) == 6
        raw = signed(net.newcomer(), 0, bytes(20)).encode()
        refused = post(first, json.dumps({"jsonrpc": "2.0", "id": 1, "method": "eth_sendRawTransaction", "params": [f"0x{raw.hex()}"]}).encode())[1]  # fmt: skip
        assert refused["error"]["code"] == -32004
        assert net.get("eth_getTransactionByHash", f"0x{signed(person(net.people), 0, bytes(20)).hash().hex()}") is None
        begun = time.monotonic()
        first.process.send_signal(signal.SIGINT)
        assert first.process.wait(timeout=20) == 0
        assert time.monotonic() - begun < 10
    with serving(net.url, profile, home) as second:
        assert second.token == first.token
        assert second.said["head"]["number"] >= int(made["blockNumber"], 16)


def test_it_goes_on_serving_what_it_proved_while_the_node_lies_or_is_away(net: Net, tmp_path: Path) -> None:
    made = net.send(signed(net.newcomer(), 0, None, b""))
    hostile = HostileNode(net.url)
    try:
        with serving(hostile.url, profile_of(net, tmp_path), tmp_path / "home") as served:
            question = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "eth_getBlockByNumber", "params": [made["blockNumber"], False]}).encode()  # fmt: skip
            assert post(served, question)[1]["result"]["hash"] == made["blockHash"]
            hostile.behave(
                trouble=dict.fromkeys(("eth_blockNumber", "eth_getProof", "eth_getBlockByNumber"), (-32000, "no"))
            )
            deadline = time.monotonic() + 20
            while post(served, b'{"jsonrpc":"2.0","id":1,"method":"chancery_status"}')[1]["result"]["trouble"] is None:
                assert time.monotonic() < deadline
                time.sleep(0.2)
            # Its body was proven before and cannot change; a state was not asked for yet.
            assert post(served, question)[1]["result"]["hash"] == made["blockHash"]
            balance = json.dumps(
                {"jsonrpc": "2.0", "id": 1, "method": "eth_getBalance", "params": [NOBODY, "latest"]}
            ).encode()
            assert post(served, balance)[1]["error"]["code"] == -32004
            with pytest.raises(urllib.error.HTTPError, match="503"):
                urllib.request.urlopen(f"{served.url}/health", timeout=10)
    finally:
        hostile.close()


def test_headers_that_were_skipped_are_verified_when_they_are_asked_for(net: Net, tmp_path: Path) -> None:
    net.get("training_mine", 150)
    made = net.send(signed(net.newcomer(), 0, None, b""))
    net.get("training_mine", 80)
    expected = {at: net.block(at)["hash"] for at in range(net.height() + 1)}
    with NetworkSession.open(net.url, load_profile(profile_of(net, tmp_path), None), tmp_path / "home") as session:
        session.follower.choices = SyncChoices(mode=Mode.SKIPPING)
        client = SessionClient(session)
        assert client.advance() is False
        assert client.head().height == net.height()
        below = int(made["blockNumber"], 16)
        # By hashes alone for a search, with its seals for a block that is shown.
        found = client.run(range(below - 70, below + 20))
        assert {at: f"0x{one.block_hash.hex()}" for at, one in found.items()} == {at: expected[at] for at in found}
        assert len(found) == 90
        assert found[below].way is Way.LINKED
        shown = client.header(below)
        assert f"0x{shown.block_hash.hex()}" == made["blockHash"]
        assert len(shown.signers) >= 3
        assert client.height_of(shown.block_hash) == below
        assert client.header(0).block_hash == session.config.block_hash
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(session_client, "MAX_WALK", 10)
            with pytest.raises(UnprovableError, match="skipped"):
                client.run([5])


def test_another_network_is_refused_at_the_start(net: Net, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from desktop.cli.main import main

    other = control.start(tmp_path / "other", DevnetSettings(on_demand=True))
    try:
        words_ = ["node", "serve", "--rpc", other.rpc_url, "--profile", str(profile_of(net, tmp_path)), "--port", "0"]
        assert main([*words_, "--home", str(tmp_path / "home"), "--json"]) != 0
    finally:
        control.stop(tmp_path / "other")
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["error"]["code"] == "SYNC-NETWORK"

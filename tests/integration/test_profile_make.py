"""`chancery profile make` with what no genesis file tells: pins, registries read from a node or given, advice, spacing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from desktop.cli.main import main
from lightnode.wire.keccak import keccak256
from lightnode.wire.payload import decode_draft
from lightnode.wire.profile import PinnedRegistry, Profile, Strictness, read_profile
from lightnode.wire.types import Address
from tests.support.made_chain import MadeAccount, MadeChain, State, validator_list
from tests.support.made_node import MadeNode

OWNED_SLOT = 0x374014623CCDBD855A45D836395DF846CAA813A7589DE277F1F1A9E7796D57EB
PROGRAM_SLOT = int.from_bytes(keccak256(b"eip1967.proxy.implementation"), "big") - 1
BEACON_SLOT = int.from_bytes(keccak256(b"eip1967.proxy.beacon"), "big") - 1
REASON = "GoQuorum nodes write unreadable seals."


def account(number: int) -> Address:
    return Address(bytes([number]) * 20)


def number(whose: int) -> int:
    return int.from_bytes(account(whose), "big")


def contract(name: str, storage: dict[int, int] | None = None) -> MadeAccount:
    return MadeAccount(1, 0, name.encode(), storage or {})


def code(name: str) -> bytes:
    return keccak256(name.encode())


def version_slot() -> int:
    return int.from_bytes(keccak256(b"eip1967.versionedbeaconproxy.version"), "big") - 1


def versions_at(version: int) -> int:
    return int.from_bytes(keccak256(version.to_bytes(32, "big") + (1).to_bytes(32, "big")), "big")


def world() -> State:
    return {
        account(1): contract("acts"),
        account(2): contract("owned proxy", {OWNED_SLOT: number(12), OWNED_SLOT - 1: number(0x99)}),
        account(12): contract("owned program"),
        account(3): contract("eip proxy", {PROGRAM_SLOT: number(13)}),
        account(13): contract("eip program"),
        account(4): contract("beacon proxy", {BEACON_SLOT: number(14), version_slot(): 3 | 1 << 64}),
        account(14): contract("beacon", {versions_at(3): number(15), versions_at(2): number(13)}),
        account(15): contract("beacon program"),
        account(5): contract("two proxies", {PROGRAM_SLOT: number(13), OWNED_SLOT: number(12)}),
        account(6): contract("beacon without version", {BEACON_SLOT: number(14)}),
        account(7): contract("proxy to nobody", {PROGRAM_SLOT: number(0x77)}),
        account(8): contract("proxy to a number", {PROGRAM_SLOT: 1 << 200}),
        account(9): contract("beacon of another version", {BEACON_SLOT: number(14), version_slot(): 9}),
        account(0x50): MadeAccount(0, 5),
    }


EXPECTED = (
    PinnedRegistry("acts", account(1), code("acts"), born=7),  # type: ignore[arg-type]
    PinnedRegistry("timestamp", account(2), code("owned proxy"), "owned", account(12), code("owned program")),  # type: ignore[arg-type]
    PinnedRegistry("did", account(3), code("eip proxy"), "erc1967", account(13), code("eip program")),  # type: ignore[arg-type]
    PinnedRegistry("issuers", account(4), code("beacon proxy"), "versioned-beacon", account(15), code("beacon program"),
                   account(14), code("beacon")),  # type: ignore[arg-type]
)  # fmt: skip
NAMED = [f"issuers=0x{account(4).hex()}", f"acts={account(1).hex()}@7", f"timestamp=0x{account(2).hex()}",
         f"did=0x{account(3).hex()}"]  # fmt: skip


class ClaimingNode(MadeNode):
    """A node that tells code and words too; `state` is what it claims."""

    state: State
    proves = True

    def result(self, method: str, params: list[Any]) -> Any:
        """Answer one question."""
        if method == "eth_getProof" and not self.proves:
            raise LookupError(method)
        if method == "eth_getCode":
            return "0x" + self.state.get(bytes.fromhex(params[0][2:]), MadeAccount()).code.hex()
        if method == "eth_getStorageAt":
            word = self.state[bytes.fromhex(params[0][2:])].storage.get(int(params[1], 16), 0)
            return f"0x{word:064x}"
        return super().result(method, params)


@pytest.fixture(scope="module")
def chain() -> MadeChain:
    made = MadeChain(state=world())
    for _ in range(5):
        made.block()
    return made


@pytest.fixture
def node(chain: MadeChain) -> Iterator[ClaimingNode]:
    with ClaimingNode(chain) as served:
        served.states[0] = served.state = world()
        yield served


class Desk:
    """Makes profiles of one genesis file."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], chain: MadeChain) -> None:
        self.genesis, self.out, self._capsys = folder / "genesis.json", folder / "p.draft", capsys
        self.genesis.write_bytes(chain.genesis())

    def make(self, *words: str) -> tuple[int, dict[str, Any]]:
        self.out.unlink(missing_ok=True)
        self._capsys.readouterr()
        status = main(["profile", "make", "--genesis", str(self.genesis), "--out", str(self.out), *words, "--json"])
        value = json.loads(self._capsys.readouterr().out)
        assert self.out.exists() is (status == 0)
        return status, value

    def refused(self, *words: str) -> str:
        status, value = self.make(*words)
        assert status != 0
        return str(value["error"]["code"])

    @property
    def profile(self) -> Profile:
        return read_profile(decode_draft(self.out.read_bytes()))


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str], chain: MadeChain) -> Desk:
    return Desk(tmp_path, capsys, chain)


def registries(names: list[str]) -> list[str]:
    return [word for name in names for word in ("--registry", name)]


def test_registries_are_proven_with_the_program_behind_each_proxy(desk: Desk, node: ClaimingNode) -> None:
    # What is proven does not hang on what the node would claim.
    node.state = {}
    status, value = desk.make("--rpc", node.url, *registries(NAMED))
    assert (status, value["registries"], value["registries_proven"]) == (0, 4, True), value
    assert desk.profile.registries == EXPECTED
    assert value["warnings"] == [f"Proven under the state of block 5, 0x{node.chain.hashes[5].hex()}."]
    assert not {"eth_getCode", "eth_getStorageAt"} & set(node.asked)


def test_a_node_s_word_is_taken_only_where_asked_and_said_to_be_one(desk: Desk, node: ClaimingNode) -> None:
    node.proves = False
    assert desk.refused("--rpc", node.url, *registries(NAMED)).startswith("RPC")
    status, value = desk.make("--rpc", node.url, "--take-claims", *registries(NAMED))
    assert (status, value["registries_proven"]) == (0, False)
    assert desk.profile.registries == EXPECTED
    (note,) = value["warnings"]
    assert note.startswith("Claimed by the node, not proven")


def test_a_node_that_lies_about_a_program_is_found_out(desk: Desk, node: ClaimingNode) -> None:
    lie = world()
    lie[account(2)].storage[OWNED_SLOT] = number(13)
    node.states[0] = lie
    assert desk.refused("--rpc", node.url, *registries(NAMED)) == "JOB-PROVIDER-LIES"
    node.states[0] = world()
    node.chain_id = 1338
    assert desk.refused("--rpc", node.url, *registries(NAMED)) == "SYNC-NETWORK"


@pytest.mark.parametrize(
    ("whose", "expected"),
    [(5, "REGISTRY-FORM"), (6, "REGISTRY-FORM"), (7, "CONTRACT-MISSING"), (8, "REGISTRY-FORM"), (9, "REGISTRY-FORM"),
     (0x50, "CONTRACT-MISSING"), (0x60, "CONTRACT-MISSING")],
)  # fmt: skip
@pytest.mark.parametrize("way", [(), ("--take-claims",)])
def test_a_form_that_cannot_be_told_is_refused(
    desk: Desk, node: ClaimingNode, whose: int, expected: str, way: tuple[str, ...]
) -> None:
    assert desk.refused("--rpc", node.url, *way, "--registry", f"did=0x{account(whose).hex()}") == expected


def test_registries_may_be_given_whole_without_a_node(desk: Desk) -> None:
    whole = [
        f"acts=0x{account(1).hex()}@7:0x{code('acts').hex()}",
        f"timestamp=0x{account(2).hex()}:{code('owned proxy').hex()}:owned:0x{account(12).hex()}:{code('owned program').hex()}",
        f"did=0x{account(3).hex()}:0x{code('eip proxy').hex()}:erc1967:{account(13).hex()}:0x{code('eip program').hex()}",
        f"issuers=0x{account(4).hex()}:{code('beacon proxy').hex()}:versioned-beacon:{account(15).hex()}:"
        f"{code('beacon program').hex()}:{account(14).hex()}:{code('beacon').hex()}",
    ]
    status, value = desk.make(*registries(whole))
    assert (status, value["registries_proven"], value["warnings"]) == (0, None, [])
    assert desk.profile.registries == EXPECTED


@pytest.mark.parametrize(
    "text",
    [
        "did", "did=", "did=0x12", f"schemas={'11' * 20}:{'22' * 32}", f"did={'11' * 20}:{'22' * 31}",
        f"did={'11' * 20}:{'22' * 32}:owned", f"did={'11' * 20}:{'22' * 32}:diamond:{'33' * 20}:{'44' * 32}",
        f"did={'11' * 20}:{'22' * 32}:owned:{'33' * 20}:{'44' * 32}:{'55' * 20}:{'66' * 32}",
        f"did={'11' * 20}:{'22' * 32}:versioned-beacon:{'33' * 20}:{'44' * 32}", f"did={'11' * 20}@-1:{'22' * 32}",
        f"did={'11' * 20}:{'22' * 32} ", f"did={'11' * 20}:{keccak256(b'').hex()}", f"did={'00' * 20}:{'22' * 32}",
        f"did={'11' * 20}:{'22' * 32}:owned:{'11' * 20}:{'44' * 32}", f"did={'11' * 20}",
    ],
)  # fmt: skip
def test_a_registry_that_is_not_well_named_is_refused(desk: Desk, text: str) -> None:
    assert desk.refused("--registry", text) in ("USAGE", "PROFILE")


def test_a_registry_is_named_once(desk: Desk) -> None:
    one, other = f"did={'11' * 20}:{'22' * 32}", f"acts={'11' * 20}:{'22' * 32}"
    assert desk.refused(*registries([one, one])) == "USAGE"
    assert desk.refused(*registries([one, other])) == "USAGE"


def test_advice_and_spacing_go_into_the_profile(desk: Desk) -> None:
    assert desk.make("--tolerant", REASON, "--trusting-days", "7", "--spacing", "500")[0] == 0
    found = desk.profile
    assert (found.strictness, found.trusting_period, found.spacing_milliseconds) == (
        Strictness("tolerant", REASON), 7 * 86_400, 500
    )  # fmt: skip
    assert desk.make("--strict", REASON)[0] == 0
    assert desk.profile.strictness == Strictness("strict", REASON)
    assert desk.make()[0] == 0
    assert sorted(desk.profile.body()) == list(range(14)), "only the forks of the genesis file are added by themselves"
    for words in (("--tolerant", "short"), ("--tolerant", REASON + "\u200b"), ("--spacing", "0"),
                  ("--trusting-days", "0"), ("--tolerant", REASON, "--strict", REASON)):  # fmt: skip
        assert desk.refused(*words) == "USAGE"


def test_validator_contracts_are_pinned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mode = {"validatorselectionmode": "contract", "validatorcontractaddress": "0x" + account(1).hex()}
    begun = MadeChain()
    members = list(begun.keys)
    desk = Desk(tmp_path, capsys, MadeChain(config={"transitions": {"qbft": [{"block": 6, **mode}]}}))
    named = "0x" + account(1).hex()
    assert desk.refused() == "PROFILE-UNPINNED"
    assert desk.refused("--validator-contract", f"{named}=2") == "PROFILE-UNPINNED"
    assert desk.refused("--validator-contract", f"0x{account(2).hex()}=2:{code('x').hex()}") == "CONTRACT-PIN"
    pin = f"{named}=2:{code('x').hex()}"
    assert desk.refused("--validator-contract", pin, "--validator-contract", pin) == "USAGE"
    assert desk.make("--validator-contract", pin)[0] == 0
    (found,) = desk.profile.contracts
    assert (found.slot, found.code_hash, found.members) == (2, code("x"), None)
    state: State = {account(1): MadeAccount(1, 0, b"x", validator_list(members, 2))}
    desk = Desk(tmp_path, capsys, MadeChain(state=state, section=mode, named=False))
    assert desk.refused("--validator-contract", f"{named}=2:{code('y').hex()}") == "CONTRACT-PIN"
    assert desk.make("--validator-contract", f"{named}=2")[0] == 0
    (found,) = desk.profile.contracts
    assert (found.slot, found.code_hash, list(found.members or ())) == (2, code("x"), members)

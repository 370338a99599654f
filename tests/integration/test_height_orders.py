"""An office stops at a block that reads under two rule sets, takes in governance's order, and goes on; the log says so."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from desktop.cli.main import main
from desktop.services.height_exceptions import FOLDER, LOG_NAME
from lightnode.consensus.signed_exception import REMARK
from lightnode.wire.payload import decode_draft
from lightnode.wire.root import read_root
from tests.support.envelope_signing import TestKey, TestNetwork, k1, sealed
from tests.support.made_chain import MadeChain
from tests.support.made_node import MadeNode

AT = 4
NETWORK = TestNetwork()
REASON = "governance letter 12/2026"


def migrated() -> MadeChain:
    """A chain from IBFT 2.0 to QBFT whose block 4 both can read."""
    section = {"startblock": 3, "epochlength": 30_000, "blockperiodseconds": 1}
    chain = MadeChain(engine="ibft2", config={"qbft": section})
    chain.engine_at = lambda height: "qbft" if height >= 3 else "ibft2"
    fifth = chain.new_member("fifth")
    for height in range(1, 8):
        chain.block(vote=(fifth, True) if height == AT else None, number=1 << 24 if height == AT else 0)
    return chain


class Office:
    """An office with a root, a signed profile, and commands."""

    def __init__(self, folder: Path, chain: MadeChain, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys, self.chain = folder, capsys, chain
        (folder / "genesis.json").write_bytes(chain.genesis())
        (folder / "passphrase").write_text("correct horse battery staple\n")
        root = sealed(NETWORK.root_payload(environment="test"), *NETWORK.root_keys[:2])
        (folder / "root.cenv").write_bytes(root.encode())
        assert self.run("profile", "make", "--genesis", self.at("genesis.json"), "--out", self.at("p.draft"))[0] == 0
        self.signed("p.draft", "profile.cenv", *NETWORK.governance)
        self.network = ("--profile", self.at("profile.cenv"), "--root", self.at("root.cenv"))

    def at(self, name: str) -> str:
        return str(self.folder / name)

    def run(self, *words: str, store: bool = False) -> tuple[int, dict[str, Any]]:
        """Run a command in this process."""
        self._capsys.readouterr()
        more = ["--json", "--home", self.at("home")]
        if store:
            # The program closes it.
            more += ["--passphrase-fd", str(os.open(self.folder / "passphrase", os.O_RDONLY))]
        status = main([*words, *more])
        return status, json.loads(self._capsys.readouterr().out)

    def signed(self, draft: str, out: str, *keys: TestKey) -> str:
        """Sign a draft with test keys."""
        payload = decode_draft((self.folder / draft).read_bytes())
        (self.folder / out).write_bytes(sealed(payload, *keys).encode())
        return self.at(out)

    def order(self, name: str, *keys: TestKey, height: int = AT, block: bytes | None = None, **more: str) -> str:
        """Make an order and sign it."""
        named = "0x" + (self.chain.hashes[height] if block is None else block).hex()
        words = [word for option, value in more.items() for word in (f"--{option.replace('_', '-')}", value)]
        status, value = self.run(
            "order", "make", "--profile", self.at("profile.cenv"), "--height", str(height), "--hash", named,
            "--out", self.at(f"{name}.draft"), *words,
        )  # fmt: skip
        assert (status, value["hash"]) == (0, named)
        return self.signed(f"{name}.draft", f"{name}.cenv", *(keys or NETWORK.governance))

    def accept(self, file: str) -> tuple[int, dict[str, Any]]:
        return self.run("order", "accept", file, *self.network, "--reason", REASON, "--by", "Ana")

    def sync(self, node: MadeNode, *network: str) -> tuple[int, dict[str, Any]]:
        words = ("node", "sync", "--rpc", node.url, "--alone", "this test has one node only")
        return self.run(*words, *(network or self.network), store=True)


@pytest.fixture(scope="module")
def chain() -> MadeChain:
    return migrated()


@pytest.fixture
def office(tmp_path: Path, chain: MadeChain, capsys: pytest.CaptureFixture[str]) -> Office:
    return Office(tmp_path, chain, capsys)


@pytest.fixture
def node(chain: MadeChain) -> Iterator[MadeNode]:
    with MadeNode(chain) as served:
        yield served


def log(office: Office) -> Path:
    (found,) = (office.folder / "home" / "test").glob(f"*/{FOLDER}/{LOG_NAME}")
    return found


def test_the_block_is_refused_until_governance_s_order_is_taken_in(office: Office, node: MadeNode) -> None:
    status, value = office.sync(node)
    assert (status, value["error"]["code"]) == (1, "EXTRA-AMBIGUOUS"), value
    assert "chancery order make" in value["error"]["advice"]
    file = office.order("order")
    status, taken = office.accept(file)
    assert status == 0, taken
    assert (taken["height"], taken["hash"]) == (AT, "0x" + office.chain.hashes[AT].hex())
    status, value = office.sync(node)
    assert (status, value["height"]) == (0, 7)
    assert value["remarks"] == [f"Block {AT}: {REMARK}"]
    # Every opening stands on the order again, and the log says who took it in.
    assert office.sync(node)[0] == 0
    status, listed = office.run("order", "list", "--profile", office.at("profile.cenv"))
    assert status == 0
    (line,) = listed["orders"]
    assert (line["by"], line["reason"], line["height"], line["order"]) == ("Ana", REASON, AT, taken["order"])
    assert line["root"] == read_root(Path(office.at("root.cenv")).read_bytes()).fingerprint.hex()
    assert json.loads(log(office).read_text()) == line


def test_without_a_root_no_order_counts(office: Office, node: MadeNode) -> None:
    assert office.accept(office.order("order"))[0] == 0
    status, value = office.sync(node, "--profile", office.at("profile.cenv"))
    assert (status, value["error"]["code"]) == (1, "EXTRA-AMBIGUOUS")


def test_an_order_that_governance_did_not_sign_whole_is_not_taken_in(office: Office, node: MadeNode) -> None:
    for keys in (NETWORK.governance[:1], (NETWORK.governance[0], k1(99)), NETWORK.root_keys[:2]):
        status, value = office.accept(office.order("order", *keys))
        assert (status, value["error"]["code"]) == (2, "ENVELOPE-SIGNERS")
    status, value = office.accept(office.at("order.draft"))
    assert (status, value["error"]["code"]) == (2, "ENVELOPE")
    assert not list((office.folder / "home").rglob(LOG_NAME))
    assert office.sync(node)[1]["error"]["code"] == "EXTRA-AMBIGUOUS"


def test_an_order_for_another_network_or_one_that_has_ended_is_not_taken_in(office: Office, node: MadeNode) -> None:
    ended = office.order("ended", issued="2026-01-01", valid_days="30")
    assert office.accept(ended)[1]["error"]["code"] == "ORDER-TIME"
    other = MadeChain(size=5)
    other.block()
    (office.folder / "genesis.json").write_bytes(other.genesis())
    office.run("profile", "make", "--genesis", office.at("genesis.json"), "--out", office.at("o.draft"))
    mine, profile = office.order("mine"), office.signed("o.draft", "other.cenv", *NETWORK.governance)
    status, value = office.run(
        "order", "accept", mine, "--profile", profile, "--root", office.at("root.cenv"), "--reason", REASON
    )
    assert (status, value["error"]["code"]) == (2, "ORDER")
    assert office.sync(node)[1]["error"]["code"] == "EXTRA-AMBIGUOUS"


@pytest.mark.parametrize(("height", "block"), [(5, None), (AT, bytes(32))])
def test_an_order_for_another_block_does_not_help(
    office: Office, node: MadeNode, height: int, block: bytes | None
) -> None:
    assert office.accept(office.order("order", height=height, block=block))[0] == 0
    assert office.sync(node)[1]["error"]["code"] == "EXTRA-AMBIGUOUS"


def test_two_blocks_at_one_height_never_pass(office: Office, node: MadeNode) -> None:
    assert office.accept(office.order("first"))[0] == 0
    status, value = office.accept(office.order("second", block=b"\1" * 32))
    assert (status, value["error"]["code"]) == (1, "ORDER-OTHER")
    # The same one may be noted again, as by a second person.
    assert office.accept(office.order("third", serial="9"))[0] == 0
    assert len(log(office).read_text().splitlines()) == 2
    assert office.sync(node)[0] == 0


def test_a_log_or_an_order_that_was_changed_stops_the_office(office: Office, node: MadeNode) -> None:
    taken = office.accept(office.order("order"))[1]
    path = log(office)
    file, line = path.with_name(f"{taken['order']}.cenv"), path.read_text()
    good = file.read_bytes()
    forged = office.order("forged", NETWORK.governance[0])
    changes: list[tuple[Path, bytes]] = [
        (path, line.replace(f'"height":{AT}', f'"height":{AT + 1}').encode()),
        (path, line.replace(REASON, "").replace('"reason":"",', "").encode()),
        (path, line.replace(taken["hash"], "0x" + "00" * 32).encode()),
        (path, line.encode()[:-9]),
        (path, b"\xff\n"),
        (file, Path(forged).read_bytes()),
        (file, good[:-1]),
    ]
    for where, data in changes:
        where.write_bytes(data)
        status, value = office.sync(node)
        assert (status, value["error"]["code"]) == (1, "ORDER-LOG"), data
        path.write_text(line)
        file.write_bytes(good)
    file.unlink()
    assert office.sync(node)[1]["error"]["code"] == "ORDER-LOG"
    # An order that only lies there, with no line in the log, does nothing.
    file.write_bytes(good)
    path.unlink()
    assert office.sync(node)[1]["error"]["code"] == "EXTRA-AMBIGUOUS"

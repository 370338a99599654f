"""All ten networks recorded from genuine nodes: accepted whole, with the sets that the nodes themselves report."""

from __future__ import annotations

import json

import pytest

from lightnode.consensus.chain import HeaderChain
from lightnode.consensus.hashes import genesis_hash
from lightnode.consensus.header import decode_header
from lightnode.consensus.header_json import printed_header
from lightnode.consensus.schedule import BESU
from lightnode.recording.verification import verify_recording
from tests.support.recorded_networks import FOREVER, NETWORKS, RECORDED, blocks, config, headers, lines, recording


def test_all_ten_networks_are_here() -> None:
    assert len(NETWORKS) == 10


@pytest.mark.parametrize("network", NETWORKS)
def test_the_whole_recording_is_proven(network: str) -> None:
    report = verify_recording(recording(network), FOREVER)
    assert report.failure is None
    assert report.height == len(blocks(network)) - 1
    assert report.block_hash.hex() == str(blocks(network)[-1]["hash"])[2:]
    assert report.receipts == len(lines(network, "receipts.jsonl"))
    assert report.proofs == len(lines(network, "proofs.jsonl"))
    assert report.warnings == ()
    assert report.as_json()["ok"] is True


@pytest.mark.parametrize("network", NETWORKS)
def test_the_client_is_found_out(network: str) -> None:
    assert config(network).schedule.client == network.split("-")[0]


@pytest.mark.parametrize("network", NETWORKS)
def test_every_hash_is_the_one_the_node_printed(network: str) -> None:
    made = config(network)
    assert made.header == headers(network)[0]
    assert genesis_hash(made.schedule.rules(0), made.header).hex() == str(blocks(network)[0]["hash"])[2:]


def sets_by_height(network: str) -> list[tuple[bytes, ...]]:
    """Give the set in force for each height from 1 to one past the head, as we derive it."""
    chain = HeaderChain(config(network))
    proofs = {}
    for line in lines(network, "validator_proofs.jsonl"):
        value = json.loads(line)
        proofs[int(value["params"][2], 16)] = value["result"]
    newest = None
    found: list[tuple[bytes, ...]] = []
    for height in range(len(headers(network))):
        if height:
            chain.append(headers(network)[height], FOREVER)
        if height in proofs:
            newest = proofs[height], chain.head.state_root
        if chain.contract_for_next() is not None and chain.validators_for_next() is None:
            assert newest is not None and newest[1] == chain.head.state_root
            chain.prove_validators(newest[0])
        found.append(chain.validators_for_next() or ())
    return found


@pytest.mark.parametrize("network", NETWORKS)
def test_the_sets_are_those_the_node_reports(network: str) -> None:
    """Besu in header mode answers with the set in force for n; in contract mode, and GoQuorum always, with that after n."""
    derived = sets_by_height(network)
    changes = json.loads((RECORDED / network / "validators.json").read_text())
    told = {height: sorted(bytes.fromhex(item[2:]) for item in listed) for height, listed in changes}
    schedule = config(network).schedule
    reported: list[bytes] = told[min(told)]
    compared = 0
    for height in range(min(told), len(derived)):
        reported = told.get(height, reported)
        after = schedule.client != BESU or schedule.contract(height + 1) is not None
        if not after and height == 0:
            continue
        assert list(derived[height] if after else derived[height - 1]) == reported, height
        compared += 1
    assert compared >= len(derived) - 1


@pytest.mark.parametrize("network", [name for name in NETWORKS if name.startswith("besu")])
def test_raw_headers_are_the_printed_ones(network: str) -> None:
    for line, header in zip(lines(network, "raw_headers.jsonl"), headers(network), strict=True):
        raw = bytes.fromhex(json.loads(line)["header"][2:])
        assert decode_header(raw) == header
        assert header.encode() == raw
        assert printed_header(json.loads(line)).header == header


@pytest.mark.parametrize("network", [name for name in NETWORKS if name.startswith("besu")])
def test_raw_headers_alone_prove_the_chain(network: str) -> None:
    made = recording(network, headers=lines(network, "raw_headers.jsonl"), receipts=(), proofs=())
    report = verify_recording(made, FOREVER)
    assert report.failure is None
    assert report.height == len(headers(network)) - 1


def test_round_changes_were_seen() -> None:
    chain = HeaderChain(config("goquorum-qbft-round-changes"))
    rounds = {chain.append(header, FOREVER).round for header in headers("goquorum-qbft-round-changes")[1:]}
    assert {0, 1, 2} <= rounds


@pytest.mark.parametrize("network", ["besu-qbft-contract-cancun", "goquorum-qbft-contract"])
def test_contract_mode_stops_where_the_set_is_not_known(network: str) -> None:
    """Without proofs it goes on while the state is that of genesis, and says from where it cannot."""
    report = verify_recording(recording(network, validator_proofs=()), FOREVER)
    assert report.failure is not None
    assert report.failure.code == "SET-UNKNOWN"
    first_contract = next(n for n in range(1, 100) if config(network).schedule.contract(n) is not None)
    roots = [header.state_root for header in headers(network)]
    changed = next(n for n, root in enumerate(roots) if root != roots[0])
    assert report.height == max(first_contract, changed + 1) - 1
    assert report.failure.height == report.height + 1
    assert "--validator-proofs" in report.failure.advice

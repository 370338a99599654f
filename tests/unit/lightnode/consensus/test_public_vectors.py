"""Genuine headers, extraData and tallies collected from public sources (../shared/vectors/consensus)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lightnode.consensus import genesis_schedule
from lightnode.consensus.chain import HeaderChain
from lightnode.consensus.constants import ADD_NONCE
from lightnode.consensus.errors import AmbiguousRulesError, ConsensusError, ContractStorageError, ExtraDataError
from lightnode.consensus.extra_data import BftRules, Vote, decode_extra_data, encode_extra_data
from lightnode.consensus.genesis import ChainConfig
from lightnode.consensus.genesis_settings import lower_names
from lightnode.consensus.hashes import block_hash, genesis_hash, proposer_digest, seal_digest
from lightnode.consensus.header import Header, decode_header
from lightnode.consensus.header_json import header_from_json
from lightnode.consensus.header_rules import read_extra_data
from lightnode.consensus.quorum import quorum
from lightnode.consensus.schedule import BESU, GOQUORUM, Engine, Schedule
from lightnode.consensus.seals import SealVerifier
from lightnode.consensus.tally import BesuTally, GoQuorumTally, Tally
from lightnode.consensus.validator_contract import LIST_SLOT, element_slot, set_from_storage
from lightnode.wire.account_proof import verify_get_proof
from lightnode.wire.curve import Curve
from lightnode.wire.keccak import keccak256
from lightnode.wire.types import Address, Hash32
from tests.support.recorded_networks import FOREVER


def data(text: str) -> bytes:
    return bytes.fromhex(text[2:])


@pytest.fixture(scope="module")
def vectors(shared_vectors: Path) -> dict[str, Any]:
    return {path.stem: json.loads(path.read_text()) for path in (shared_vectors / "consensus").glob("*.json")}


def both_forms(vector: dict[str, Any]) -> Header:
    """Read a header in RLP and in JSON; both must give the same."""
    header = decode_header(data(vector["header_rlp"]))
    assert header_from_json(vector["header"]) == header
    assert header.encode() == data(vector["header_rlp"])
    return header


@pytest.mark.parametrize("name", ["ibft1_headers", "ibft2_headers", "qbft_headers"])
def test_genuine_headers(vectors: dict[str, Any], name: str) -> None:
    rules = BftRules(vectors[name]["rule_set"])
    verifier = SealVerifier(Curve.SECP256K1)
    for vector in vectors[name]["vectors"]:
        header, expected = both_forms(vector), vector["expected"]
        extra = decode_extra_data(rules, header.extra_data, genesis=header.number == 0)
        assert encode_extra_data(rules, extra) == header.extra_data
        hashed = genesis_hash(rules, header) if header.number == 0 else block_hash(rules, header)
        assert hashed == data(expected["block_hash"])
        assert seal_digest(rules, header) == data(expected["commit_seal_digest"])
        assert [f"0x{item.hex()}" for item in extra.validators] == expected["validators_in_extra"]
        signers = [verifier.signer(seal_digest(rules, header), seal) for seal in extra.seals]
        assert [f"0x{item.hex()}" for item in signers] == expected["committers"]
        if rules is BftRules.IBFT1:
            assert proposer_digest(header, extra) == data(expected["proposer_seal_digest"])
            proposer = verifier.signer(proposer_digest(header, extra), extra.proposer_seal)
            assert f"0x{proposer.hex()}" == expected["proposer"]
        else:
            assert extra.round == int(expected["round"])
            assert (extra.vote is None) == (expected["vote"] in (None, "None"))
        if vector["name"].startswith("autonity_ion_block_add"):
            # Autonity lists the next set: its rule is another one, and its list must not be taken for the set in force.
            assert len(extra.validators) == 5
            continue
        if header.number and vector["name"] != "besu_unit_BftBlockHashingTest":
            listed = vector.get("validators_out_of_band")
            members = [Address(data(item)) for item in listed] if listed else list(extra.validators)
            verifier.demand_quorum(seal_digest(rules, header), extra.seals, members)


@pytest.mark.parametrize("name", ["ibft2_headers", "qbft_headers"])
def test_seals_over_the_block_hash_give_strangers(vectors: dict[str, Any], name: str) -> None:
    rules = BftRules(vectors[name]["rule_set"])
    negatives = [vector for vector in vectors[name]["vectors"] if vector.get("negative")]
    assert negatives
    for vector in negatives:
        header = both_forms(vector)
        extra = decode_extra_data(rules, header.extra_data)
        wrong = [SealVerifier(Curve.SECP256K1).signer(block_hash(rules, header), seal) for seal in extra.seals]
        assert [f"0x{item.hex()}" for item in wrong] == vector["negative"]["addresses"]
        assert not set(wrong) & set(extra.validators)


def ibft1_chain(vectors: dict[str, Any], client: str) -> tuple[HeaderChain, list[Header]]:
    vector = vectors["ibft1_goquorum_chain_101"]
    settings = lower_names(vector["genesis_config"])
    if client == GOQUORUM:
        settings.pop("qbft")
    else:
        assert genesis_schedule.guess_client(settings) == BESU
    headers = [decode_header(data(item["rlp"])) for item in vector["headers"]]
    schedule = genesis_schedule.read(settings, client)
    extra = decode_extra_data(BftRules.IBFT1, headers[0].extra_data, genesis=True)
    hashed = genesis_hash(BftRules.IBFT1, headers[0])
    assert hashed == data(vector["headers"][0]["hash"])
    config = ChainConfig(vector["chain_id"], schedule, headers[0], extra, hashed, {}, Hash32(bytes(32)))
    return HeaderChain(config), headers


@pytest.mark.parametrize("client", [BESU, GOQUORUM])
def test_ibft1_chain_of_101_headers(vectors: dict[str, Any], client: str) -> None:
    chain, headers = ibft1_chain(vectors, client)
    for header, told in zip(headers[1:], vectors["ibft1_goquorum_chain_101"]["headers"][1:], strict=True):
        verified = chain.append(header, FOREVER)
        assert verified.block_hash == data(told["hash"])
        assert [f"0x{item.hex()}" for item in verified.signers] == told["committers"]
    assert chain.height == 100
    assert [f"0x{item.hex()}" for item in chain.validators_for_next() or ()] == vectors["ibft1_goquorum_chain_101"][
        "validators_sorted"
    ]
    # Besu goes on with QBFT at 101, the setting being written in mixed case.
    assert chain.schedule.rules(101) is (BftRules.QBFT if client == BESU else BftRules.IBFT1)


def test_header_fields_of_each_fork(vectors: dict[str, Any]) -> None:
    counts = set()
    for vector in vectors["fork_header_fields"]["vectors"]:
        header = both_forms(vector)
        assert header.field_count == vector["fields"]
        assert keccak256(header.encode()) == data(vector["hash"])
        counts.add(header.field_count)
    assert counts == {16, 17, 20, 21}


def test_clique_headers_hash_but_are_no_bft_headers(vectors: dict[str, Any]) -> None:
    for vector in vectors["clique_headers"]["headers"]:
        header = decode_header(data(vector["rlp"]))
        assert header.encode() == data(vector["rlp"])
        assert keccak256(header.encode()) == data(vector["hash"])
        for rules in BftRules:
            with pytest.raises(ExtraDataError):
                decode_extra_data(rules, header.extra_data, genesis=True)


def test_extra_data_codec(vectors: dict[str, Any]) -> None:
    for vector in vectors["extradata_codec"]["vectors"]:
        raw = data(vector["extraData"])
        if " AND " in vector["kind"]:
            continue
        rules = BftRules(vector["kind"])
        if not vector["valid"]:
            with pytest.raises(ExtraDataError):
                decode_extra_data(rules, raw, genesis=True)
            continue
        if vector["name"] in ("goquorum_engine_test_2", "goquorum_engine_test_3"):
            # A shorter vanity, which Besu accepts and Go pads in its own test.
            assert decode_extra_data(rules, raw).vanity != bytes(32)
        extra = decode_extra_data(rules, raw, genesis=True)
        assert encode_extra_data(rules, extra) == raw
        listed = vector["validators"]
        if isinstance(listed, list):
            assert [f"0x{item.hex()}" for item in extra.validators] == listed
        for other in set(BftRules) - {rules}:
            with pytest.raises(ExtraDataError):
                decode_extra_data(other, raw, genesis=True)


def test_a_vanity_crafted_for_goquorums_trial_parsing_is_refused(vectors: dict[str, Any]) -> None:
    crafted = next(v for v in vectors["extradata_codec"]["vectors"] if v["name"] == "ambiguous_crafted_vanity")
    raw = data(crafted["extraData"])
    assert encode_extra_data(BftRules.QBFT, decode_extra_data(BftRules.QBFT, raw)) == raw
    header = decode_header(data(vectors["qbft_headers"]["vectors"][0]["header_rlp"])).replace_extra_data(raw)
    engine = (Engine(0, BftRules.QBFT, 30000, 0),)
    with pytest.raises(AmbiguousRulesError):
        read_extra_data(Schedule(GOQUORUM, Curve.SECP256K1, engine, (), None), header)
    # Besu takes the layout from the height alone.
    read_extra_data(Schedule(BESU, Curve.SECP256K1, engine, (), None), header)


def run_scenario(tally: Tally, scenario: dict[str, Any]) -> list[str]:
    """Vote as a chain does: the reset at an epoch block first, then its own vote where the client counts it."""
    for number, (proposer, vote) in enumerate(scenario["votes"], 1):
        epoch = number % scenario["epoch"] == 0
        if epoch:
            tally.begin_epoch()
        if vote is not None and (not epoch or tally.counts_vote_of_epoch_block):
            tally.cast(member(proposer), Vote(member(vote[0]), vote[1]))
    names = {member(name): name for name in "ABCDEFGHIJ"}
    return sorted(names[item] for item in tally.validators)


def member(name: str) -> Address:
    return Address(name.encode().rjust(20, b"\1"))


def test_vote_tallies(vectors: dict[str, Any]) -> None:
    scenarios = vectors["vote_tally_scenarios"]
    for scenario in scenarios["goquorum_test_scenarios"]:
        start = [member(name) for name in scenario["validators"]]
        assert run_scenario(GoQuorumTally(start), scenario) == sorted(scenario["expected"]), scenario["description"]
        assert run_scenario(BesuTally(start), scenario) == sorted(scenario["expected"]), scenario["description"]
    for scenario in scenarios["derived_divergence_scenarios"]:
        start = [member(name) for name in scenario["validators"]]
        assert run_scenario(GoQuorumTally(start), scenario) == scenario["expected_goquorum"]
        assert run_scenario(BesuTally(start), scenario) == scenario["expected_besu"]


def test_validator_contract_storage(vectors: dict[str, Any]) -> None:
    compared = 0
    for case in vectors["qbft_validator_contract_storage"]["cases"]:
        if not isinstance(case["contracts"], list):
            continue
        for contract in case["contracts"]:
            answer = contract["proof"]
            slots = [int(item["key"], 16) for item in answer["storageProof"]]
            proven = verify_get_proof(data(case["stateRoot_derived"]), data(answer["address"]), slots, answer)
            members = set_from_storage(proven.storage.get)
            assert [f"0x{item.hex()}" for item in members] == contract["validators_sorted"]
            past_the_end = element_slot(contract["array_length"])
            assert proven.storage.get(past_the_end, 0) == 0
            with pytest.raises(ContractStorageError):
                set_from_storage(lambda slot, words=proven.storage: None if slot == LIST_SLOT else words.get(slot))
            compared += 1
    assert compared >= 4


def test_synthetic_seals(vectors: dict[str, Any]) -> None:
    for vector in vectors["synthetic_seals"]["vectors"]:
        valid = vector["expected"]["strict"] == "valid"
        assert synthetic_verdict(vector) == valid, vector["name"]


def synthetic_verdict(vector: dict[str, Any]) -> bool:
    rules = BftRules(vector["rule_set"])
    members = [Address(data(item)) for item in vector["validators_in_force"]]
    try:
        header = decode_header(data(vector["header_rlp"]))
        extra = decode_extra_data(rules, header.extra_data)
        assert block_hash(rules, header) == data(vector["block_hash"])
        assert seal_digest(rules, header) == data(vector["commit_seal_digest"])
        SealVerifier(Curve.SECP256K1).demand_quorum(seal_digest(rules, header), extra.seals, members)
    except ConsensusError:
        return False
    return list(extra.validators) == sorted(members)


def test_quorum_table() -> None:
    assert [quorum(n) for n in range(1, 11)] == [1, 2, 2, 3, 4, 4, 5, 6, 6, 7]


def test_nonce_of_votes_is_all_ones() -> None:
    assert ADD_NONCE == b"\xff" * 8

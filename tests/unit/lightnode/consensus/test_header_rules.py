"""Each rule of docs/verification.md broken alone, on blocks sealed by our own keys; and what the nodes let pass."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lightnode.consensus import errors
from lightnode.consensus.chain import HeaderChain
from lightnode.consensus.constants import ADD_NONCE
from lightnode.consensus.errors import ConsensusError, ContractCodeError, ContractStorageError, ParentHashError
from lightnode.consensus.extra_data import BftRules
from lightnode.consensus.validator_contract import LIST_SLOT, element_slot, set_from_storage
from lightnode.wire import rlp
from tests.support.made_chain import GAS, MadeChain, uint
from tests.support.recorded_networks import (
    FOREVER,
    OwnNetwork,
    chain_at,
    config,
    genesis_file,
    headers,
    lines,
    members,
)

FOUR = members(4)
ONES = b"\x11" * 32


def own(rules: BftRules, client: str | None = None, period: int = 1, **more: Any) -> OwnNetwork:
    return OwnNetwork(rules, FOUR, genesis_file(rules, FOUR, {"blockperiodseconds": period}, **more), client)


def verdict(network: OwnNetwork, **changes: Any) -> str | None:
    """Give the code of the broken rule of the next header, changed and then sealed by all; None where it is good."""
    header, extra = network.next_header(timestamp=network.chain.head.timestamp + 9)
    vanity = changes.pop("vanity", bytes(32))
    try:
        sealed = network.seal(replace(header, **changes), replace(extra, vanity=vanity))
        network.chain.verify_next(sealed, FOREVER)
    except ConsensusError as error:
        return error.code
    return None


BESU_QBFT = (BftRules.QBFT, None)
BESU_IBFT2 = (BftRules.IBFT2, None)
GOQUORUM_QBFT = (BftRules.QBFT, "goquorum")
GOQUORUM_IBFT1 = (BftRules.IBFT1, "goquorum")
EVERY = (BESU_QBFT, BESU_IBFT2, GOQUORUM_QBFT, GOQUORUM_IBFT1)


@pytest.mark.parametrize(("rules", "client"), EVERY)
def test_rules_of_every_engine(rules: BftRules, client: str | None) -> None:
    network = own(rules, client, period=5)
    network.chain.append(network.seal(*network.next_header(timestamp=5)), FOREVER)
    assert verdict(network) is None
    assert verdict(network, timestamp=9) == "HEADER-TIME"
    assert verdict(network, timestamp=10) is None
    assert verdict(network, number=3) == "HEADER-NUMBER"
    assert verdict(network, parent_hash=ONES) == "HEADER-PARENT"
    assert verdict(network, difficulty=2) == "HEADER-CONSTANT"
    assert verdict(network, mix_hash=ONES) == "HEADER-CONSTANT"
    assert verdict(network, logs_bloom=b"\xff" * 256) is None


def test_time_is_held_against_the_clock() -> None:
    network = own(BftRules.QBFT)
    sealed = network.seal(*network.next_header(timestamp=100))
    network.chain.verify_next(sealed, 100)
    with pytest.raises(errors.FutureTimeError):
        network.chain.verify_next(sealed, 99)


def test_ommers_and_nonce_differ_by_engine() -> None:
    for (rules, client), ommers, nonce, voting_nonce in (
        (BESU_QBFT, None, None, None),
        (BESU_IBFT2, "HEADER-CONSTANT", "HEADER-CONSTANT", "HEADER-CONSTANT"),
        (GOQUORUM_QBFT, "HEADER-CONSTANT", None, None),
        (GOQUORUM_IBFT1, "HEADER-CONSTANT", "HEADER-CONSTANT", None),
    ):
        network = own(rules, client)
        assert verdict(network, ommers_hash=ONES) == ommers
        assert verdict(network, nonce=b"\1" * 8) == nonce
        assert verdict(network, nonce=ADD_NONCE) == voting_nonce


def test_gas_is_checked_by_besu_alone() -> None:
    limit = own(BftRules.QBFT).chain.head.gas_limit
    for rules, client in EVERY:
        network = own(rules, client)
        expected = None if client == "goquorum" else "HEADER-GAS"
        assert verdict(network, gas_used=limit + 1) == expected
        assert verdict(network, gas_limit=limit + limit // 1024) == expected
        assert verdict(network, gas_limit=limit - limit // 1024) == expected
        assert verdict(network, gas_limit=limit + limit // 1024 - 1) is None


def test_the_gas_limit_may_double_at_london() -> None:
    network = own(BftRules.QBFT, None, londonBlock=2)
    limit = network.chain.head.gas_limit
    assert verdict(network, gas_limit=2 * limit) == "HEADER-GAS"
    network.mine()
    assert verdict(network, gas_limit=2 * limit, base_fee_per_gas=7) is None
    assert verdict(network, gas_limit=limit) == "HEADER-GAS"


def test_the_gas_limit_doubles_at_the_london_block_only() -> None:
    chain = MadeChain(config={"londonBlock": 2})
    chain.fork_at = lambda height: "london" if height >= 2 else "berlin"
    chain.block()
    chain.block(changes={9: uint(2 * GAS)})
    for _ in range(2):
        chain.block()
    assert chain.verify().failure is None
    chain.block(changes={9: uint(4 * GAS)})
    report = chain.verify()
    assert report.failure is not None
    assert (report.failure.code, report.height) == ("HEADER-GAS", 4)


@pytest.mark.parametrize(("number", "code"), [((1 << 24) - 1, None), (1 << 24, "EXTRA-AMBIGUOUS")])
def test_a_header_that_reads_under_two_engines_of_its_network_is_refused(number: int, code: str | None) -> None:
    """A QBFT header with a vote to add and a round of four bytes is an IBFT 2.0 one as well."""
    section = {"startblock": 3, "epochlength": 30_000, "blockperiodseconds": 1}
    chain = MadeChain(engine="ibft2", config={"qbft": section})
    chain.engine_at = lambda height: "qbft" if height >= 3 else "ibft2"
    for _ in range(3):
        chain.block()
    chain.block(vote=(chain.new_member("fifth"), True), number=number)
    report = chain.verify()
    assert (report.failure.code if report.failure else None, report.height) == (code, 4 if code is None else 3)
    # On a network of one engine nothing else could read it.
    alone = MadeChain()
    alone.block(vote=(alone.new_member("fifth"), True), number=number)
    assert alone.verify().failure is None


def test_gas_limit_bounds() -> None:
    document = json.loads(genesis_file(BftRules.QBFT, FOUR))
    for start, wrong in (("0x1388", 4999), (hex((1 << 63) - 1), 1 << 63)):
        document["gasLimit"] = start
        network = OwnNetwork(BftRules.QBFT, FOUR, json.dumps(document).encode())
        assert verdict(network) is None
        assert verdict(network, gas_limit=wrong) == "HEADER-GAS"


def test_fields_after_the_fifteenth() -> None:
    for rules, client in EVERY:
        expected = "HEADER-FORM" if client == "goquorum" else None
        assert verdict(own(rules, client), base_fee_per_gas=7) == expected


def test_the_vanity_has_any_length_that_nodes_accept() -> None:
    for length in (0, 31, 33, 10_000):
        assert verdict(own(BftRules.QBFT), vanity=bytes(length)) is None


def test_proposers() -> None:
    stranger = b"\x55" * 20
    for rules, client in EVERY:
        expected = None if rules is BftRules.IBFT1 else "PROPOSER"
        assert verdict(own(rules, client), beneficiary=stranger) == expected
    assert verdict(own(BftRules.QBFT), beneficiary=FOUR[2].address) is None


# contract mode ----------------------------------------------------------------------------------------------------


def storage(*words: int) -> dict[int, int]:
    return {LIST_SLOT: len(words)} | {element_slot(index): word for index, word in enumerate(words)}


def test_a_list_in_storage() -> None:
    assert set_from_storage(storage(9, 5).get) == ((5).to_bytes(20, "big"), (9).to_bytes(20, "big"))
    for words in ((), (5, 5), (5, 0), (1 << 160,)):
        with pytest.raises(ContractStorageError):
            set_from_storage(storage(*words).get)
    for length in (0, 1025, 1 << 255):
        with pytest.raises(ContractStorageError):
            set_from_storage({LIST_SLOT: length}.get)
    with pytest.raises(ContractStorageError):
        set_from_storage({LIST_SLOT: 2, element_slot(0): 5}.get)


def test_other_code_at_the_contract_is_refused() -> None:
    network = "besu-qbft-contract-cancun"
    made = config(network)
    contract = made.schedule.contract(1)
    assert contract is not None
    held = made.accounts[contract]
    other = replace(held, account=replace(held.account, code_hash=ONES))
    proof = json.loads(lines(network, "validator_proofs.jsonl")[0])
    chain = HeaderChain(made)
    for header in headers(network)[1 : int(proof["params"][2], 16) + 1]:
        chain.append(header, FOREVER)
    chain.config = replace(made, accounts={contract: other})
    with pytest.raises(ContractCodeError):
        chain.prove_validators(proof["result"])


# going on ---------------------------------------------------------------------------------------------------------


def test_a_stored_state_must_fit_its_header() -> None:
    network = "besu-qbft-votes-london"
    chain = chain_at(network, 20)
    state = chain.state()
    HeaderChain.resume(config(network), chain.head, state)
    for header, wrong in (
        (headers(network)[19], state),
        (chain.head, replace(state, height=19)),
        (chain.head, replace(state, block_hash=ONES)),
        (replace(chain.head, state_root=ONES), state),
    ):
        with pytest.raises(ParentHashError):
            HeaderChain.resume(config(network), header, wrong)  # type: ignore[arg-type]


# documentation ----------------------------------------------------------------------------------------------------


def test_every_rule_and_code_is_documented(root: Path) -> None:
    text = (root / "docs" / "verification.md").read_text()
    leaves = [item for item in vars(errors).values() if isinstance(item, type) and issubclass(item, ConsensusError)]
    from lightnode.recording import errors as recorded

    leaves += [item for item in vars(recorded).values() if isinstance(item, type) and issubclass(item, ConsensusError)]
    for leaf in set(leaves) - {ConsensusError}:
        assert leaf.code in text, leaf
        assert f"| {leaf.rule} |" in text or f"{leaf.rule.split()[0]} " in text, leaf


def test_a_zero_committed_seal_besides_a_quorum_is_refused_and_the_list_says_so(root: Path) -> None:
    """GoQuorum's own producer writes such blocks, its importers refuse them: strict until the profile says otherwise."""
    chain = MadeChain("goquorum")
    for _ in range(2):
        chain.block()
    assert chain.verify().failure is None
    *rest, seals = rlp.decode_list(chain.fields[2][12])
    chain.fields[2][12] = rlp.encode([*rest, [*seals, bytes(65)]])
    report = chain.verify()
    assert report.failure is not None
    assert (report.failure.code, report.height) == ("SEAL", 1)
    assert "all-zero" in (root / "docs" / "verification.md").read_text()

"""Votes, epochs, overrides, migrations and contract mode, on networks of our own keys."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from lightnode.consensus.chain import HeaderChain
from lightnode.consensus.constants import ADD_NONCE
from lightnode.consensus.errors import (
    ContractProofError,
    ExtraDataError,
    GenesisError,
    UnknownSetError,
    ValidatorListError,
)
from lightnode.consensus.extra_data import BftRules, ExtraData, Vote, encode_extra_data
from lightnode.consensus.genesis import load_genesis
from lightnode.consensus.validator_contract import LIST_SLOT, element_slot
from tests.support.made_chain import BesuModel, MadeChain
from tests.support.recorded_networks import (
    FOREVER,
    NETWORKS,
    OwnNetwork,
    blocks,
    chain_at,
    config,
    genesis_file,
    headers,
    lines,
    members,
    seal,
)

FOUR = members(4)
FIFTH = next(item for item in members(12) if item not in FOUR and item.address not in {m.address for m in FOUR})
CONTRACT = "0x" + "77" * 20


def addresses(some: list[Any]) -> tuple[bytes, ...]:
    return tuple(sorted(item.address for item in some))


def vote_by(network: OwnNetwork, voter: int, candidate: bytes, add: bool) -> None:
    """Append a block whose proposer, by place in the set, votes."""
    header, extra = network.next_header()
    in_force = network.chain.validators_for_next() or ()
    voted = replace(extra, vote=Vote(candidate, add))  # type: ignore[arg-type]
    sealed = network.seal(replace(header, beneficiary=in_force[voter]), voted)
    network.chain.append(sealed, FOREVER)


def own(rules: BftRules = BftRules.QBFT, client: str | None = None, **settings: object) -> OwnNetwork:
    return OwnNetwork(rules, FOUR, genesis_file(rules, FOUR, settings), client)


def with_transitions(transitions: object, client: str, **settings: object) -> OwnNetwork:
    made = genesis_file(BftRules.QBFT, FOUR, settings, transitions=transitions)
    return OwnNetwork(BftRules.QBFT, FOUR, made, client)


@pytest.mark.parametrize("rules", [BftRules.QBFT, BftRules.IBFT2])
def test_more_than_half_adds_and_drops(rules: BftRules) -> None:
    network = own(rules)
    for voter in range(2):
        vote_by(network, voter, FIFTH.address, True)
    assert network.chain.validators_for_next() == addresses(FOUR)
    vote_by(network, 2, FIFTH.address, True)
    assert network.chain.validators_for_next() == addresses([*FOUR, FIFTH])
    for voter in range(3):
        vote_by(network, voter, FOUR[3].address, False)
    assert network.chain.validators_for_next() == addresses([*FOUR[:3], FIFTH])


def test_votes_lapse_at_an_epoch() -> None:
    network = own(epochlength=4)
    network.mine()
    vote_by(network, 0, FIFTH.address, True)
    vote_by(network, 1, FIFTH.address, True)
    network.mine()
    vote_by(network, 2, FIFTH.address, True)
    assert network.chain.validators_for_next() == addresses(FOUR)


@pytest.mark.parametrize(("client", "added"), [("besu", False), ("goquorum", True)])
def test_the_vote_of_the_epoch_block_itself(client: str, added: bool) -> None:
    network = own(client=client, epochlength=3)
    network.mine()
    network.mine()
    for voter in range(3):
        vote_by(network, voter, FIFTH.address, True)
    assert (FIFTH.address in (network.chain.validators_for_next() or ())) is added


def test_votes_are_restored_from_a_stored_state() -> None:
    for client in ("besu", "goquorum"):
        network = own(client=client)
        vote_by(network, 0, FIFTH.address, True)
        vote_by(network, 1, FIFTH.address, True)
        network.chain = HeaderChain.resume(network.chain.config, network.chain.head, network.chain.state())
        vote_by(network, 2, FIFTH.address, True)
        assert network.chain.validators_for_next() == addresses([*FOUR, FIFTH])


def test_goquorum_reads_no_vote_as_one_to_drop_the_zero_address() -> None:
    """So a zero address voted in would be voted out by blocks without votes."""
    network = own(client="goquorum")
    for voter in range(3):
        vote_by(network, voter, bytes(20), True)
    assert network.chain.validators_for_next() == (bytes(20), *addresses(FOUR))
    assert network.chain.state().pending == ()
    for voter in range(3):
        header, extra = network.next_header(beneficiary=FOUR[voter].address)
        network.chain.append(seal(BftRules.QBFT, header, extra, FOUR, FOUR[voter]), FOREVER)
    assert network.chain.validators_for_next() == addresses(FOUR)


def test_ibft1_votes_stand_in_coinbase_and_nonce() -> None:
    network = own(BftRules.IBFT1)
    for voter in range(3):
        header, extra = network.next_header(beneficiary=FIFTH.address, nonce=ADD_NONCE)
        network.chain.append(seal(BftRules.IBFT1, header, extra, FOUR, FOUR[voter]), FOREVER)
    assert network.chain.validators_for_next() == addresses([*FOUR, FIFTH])


def test_besu_overrides_count_for_their_own_block() -> None:
    listed = [f"0x{item.address.hex()}" for item in [*FOUR[1:], FIFTH]]
    network = with_transitions({"qbft": [{"block": 3, "validators": listed}]}, "besu")
    vote_by(network, 0, FIFTH.address, True)
    assert network.chain.validators_for_next() == addresses(FOUR)
    network.mine()
    assert network.chain.validators_for_next() == addresses([*FOUR[1:], FIFTH])
    network.mine()
    assert network.chain.validators_for_next() == addresses([*FOUR[1:], FIFTH])
    # The votes before it are gone with the old tally.
    assert network.chain.state().pending == ()


def test_besu_epochs_begin_again_before_a_migrated_engine() -> None:
    schedule = config("besu-ibft2-to-qbft-shanghai").schedule
    assert schedule.rules(23) is BftRules.IBFT2
    assert schedule.rules(24) is BftRules.QBFT
    assert schedule.is_epoch(23)
    assert not schedule.is_epoch(24)
    assert schedule.is_epoch(23 + 3000)
    assert not schedule.is_epoch(3000)


def test_block_periods_by_height() -> None:
    network = with_transitions(
        {"qbft": [{"block": 3, "blockperiodseconds": 5}, {"block": 4, "xblockperiodmilliseconds": 500}]}, "besu"
    )
    schedule = network.chain.schedule
    assert [schedule.period_seconds(height) for height in (1, 2, 3, 4, 5)] == [1, 1, 5, 0, 0]
    network = with_transitions([{"block": 3, "blockperiodseconds": 7}], "goquorum", blockperiodseconds=0)
    assert [network.chain.schedule.period_seconds(height) for height in (1, 3)] == [5, 7]


def test_a_vote_in_the_block_before_an_override_counts_on_top_of_it() -> None:
    """Besu: `ForkingVoteTallyCache.getValidatorsAfter` gives the override, then the block's own vote is applied to it."""
    chain = MadeChain()
    new = sorted([chain.members()[0], chain.new_member("b"), chain.new_member("c")])
    entry = {"block": 6, "validators": ["0x" + one.hex() for one in new]}
    chain.document["config"]["transitions"] = {"qbft": [entry]}
    late = chain.new_member("late")
    old = chain.members()
    for height in range(1, 6):
        # Votes before the last block lapse with the old tally; that of block 5 is one of the two that three members need.
        chain.block(vote=(late, True) if height in (4, 5) else None, proposer=old[height % 2])
    chain.model = BesuModel(new)
    chain.model.after(old[1], (late, True), False)
    chain.block()
    chain.block(vote=(late, True), proposer=new[0] if new[0] != old[1] else new[1])
    assert late in chain.members()
    chain.block()
    report = chain.verify()
    assert (report.failure, report.validators) == (None, tuple(chain.members()))


def test_a_vote_can_change_an_override_for_its_first_block() -> None:
    chain = MadeChain()
    (alone,) = [chain.members()[0]]
    chain.document["config"]["transitions"] = {"qbft": [{"block": 3, "validators": ["0x" + alone.hex()]}]}
    second = chain.new_member("second")
    chain.block()
    chain.block(vote=(second, True))
    chain.model = BesuModel({alone, second})
    chain.block()
    assert chain.verify().failure is None


def contract_genesis(transitions: object = None, client: str = "besu", start: bool = True) -> bytes:
    """Give a genesis file with the four in a contract's storage; in contract mode from the start, or as transitions say."""
    settings: dict[str, object] = {}
    if start:
        settings = {"validatorselectionmode": "contract", "validatorcontractaddress": CONTRACT}
    more = {} if transitions is None else {"transitions": transitions}
    document = json.loads(genesis_file(BftRules.QBFT, FOUR, settings, **more))
    if start:
        document["extraData"] = "0x" + encode_extra_data(BftRules.QBFT, ExtraData(bytes(32), (), None, 0, ())).hex()
    storage = {hex(LIST_SLOT): hex(len(FOUR))}
    storage |= {hex(element_slot(index)): "0x" + item.address.hex() for index, item in enumerate(FOUR)}
    document["alloc"] = {CONTRACT[2:]: {"balance": "0", "code": "0x6001", "storage": storage}}
    return json.dumps(document).encode()


def test_contract_mode_from_genesis_and_back_to_headers() -> None:
    listed = [f"0x{item.address.hex()}" for item in FOUR[:3]]
    back = {"qbft": [{"block": 3, "validatorselectionmode": "blockheader", "validators": listed}]}
    network = OwnNetwork(BftRules.QBFT, FOUR, contract_genesis(back))
    assert network.chain.validators_for_next() == addresses(FOUR)
    header, extra = network.next_header()
    with pytest.raises(ValidatorListError):
        network.chain.verify_next(network.seal(header, replace(extra, validators=addresses(FOUR))), FOREVER)
    with pytest.raises(ValidatorListError):
        network.chain.verify_next(network.seal(header, replace(extra, vote=Vote(FIFTH.address, True))), FOREVER)
    network.mine()
    network.mine()
    assert network.chain.contract_for_next() is None
    assert network.chain.validators_for_next() == addresses(FOUR[:3])
    network.mine()


def test_contract_mode_needs_a_proof_once_the_state_changed() -> None:
    network = OwnNetwork(BftRules.QBFT, FOUR, contract_genesis())
    header, extra = network.next_header(state_root=b"\1" * 32)
    network.chain.append(network.seal(header, extra), FOREVER)
    assert network.chain.validators_for_next() is None
    sealed = replace(header, number=2, parent_hash=network.chain.head_hash, timestamp=header.timestamp + 1)
    with pytest.raises(UnknownSetError) as caught:
        network.chain.append(sealed.replace_extra_data(network.chain.head.extra_data), FOREVER)
    assert caught.value.height == 2


@pytest.mark.parametrize(("client", "first"), [("besu", 3), ("goquorum", 4)])
def test_the_first_block_in_contract_mode_differs_by_client(client: str, first: int) -> None:
    entry = {"block": 3, "validatorselectionmode": "contract", "validatorcontractaddress": CONTRACT}
    made = contract_genesis({"qbft": [entry]} if client == "besu" else [entry], client, start=False)
    schedule = load_genesis(made, client).schedule
    assert next(n for n in range(1, 9) if schedule.contract(n) is not None) == first


def test_goquorum_needs_mode_and_address_which_may_come_apart() -> None:
    def contract(transitions: list[dict[str, object]], **settings: object) -> list[bool]:
        network = with_transitions(transitions, "goquorum", **settings)
        return [network.chain.schedule.contract(height) is not None for height in (2, 5, 9)]

    assert contract([], validatorcontractaddress=CONTRACT) == [False, False, False]
    assert contract([{"block": 4, "validatorselectionmode": "contract"}]) == [False, False, False]
    assert contract([{"block": 4, "validatorselectionmode": "contract"}], validatorcontractaddress=CONTRACT) == [
        False, True, True,
    ]  # fmt: skip
    later = [{"block": 3, "validatorselectionmode": "contract"}, {"block": 6, "validatorcontractaddress": CONTRACT}]
    assert contract(later) == [False, False, True]


def test_a_proof_is_taken_only_under_the_head() -> None:
    network = "besu-qbft-contract-cancun"
    chain = HeaderChain(config(network))
    proofs = {
        int(json.loads(line)["params"][2], 16): json.loads(line)["result"]
        for line in lines(network, "validator_proofs.jsonl")
    }
    heights = sorted(proofs)
    later = proofs[heights[-1]]
    with pytest.raises(ContractProofError) as early:
        chain.prove_validators(later)
    assert early.value.height == 0
    damaged = json.loads(json.dumps(proofs[heights[0]]))
    damaged["storageProof"] = damaged["storageProof"][:1]
    for header in headers(network)[1 : heights[0] + 1]:
        chain.append(header, FOREVER)
    from lightnode.consensus.errors import ContractCodeError, ContractStorageError

    with pytest.raises(ContractStorageError) as half:
        chain.prove_validators(damaged)
    assert half.value.height == heights[0]
    stripped = replace(chain.config, accounts={})
    chain.config = stripped
    with pytest.raises(ContractCodeError) as unpinned:
        chain.prove_validators(proofs[heights[0]])
    assert unpinned.value.height == heights[0]


@pytest.mark.parametrize("network", [name for name in NETWORKS if "contract" not in name])
def test_going_on_from_any_height_gives_the_same(network: str) -> None:
    whole = chain_at(network, len(blocks(network)) - 1).state()
    for height in range(0, len(blocks(network)), 13):
        begun = chain_at(network, height)
        chain = HeaderChain.resume(config(network), begun.head, begun.state())
        for header in headers(network)[height + 1 :]:
            chain.append(header, FOREVER)
        assert chain.state() == whole


def test_the_other_engine_is_refused_around_a_migration() -> None:
    for network, first in (("besu-ibft2-to-qbft-shanghai", 24), ("goquorum-ibft1-to-qbft", 30)):
        made = config(network)
        assert made.schedule.rules(first - 1) is not made.schedule.rules(first)
        late = replace(made.schedule, engines=(made.schedule.engines[0],))
        chain = HeaderChain(replace(made, schedule=late))
        with pytest.raises(ExtraDataError) as caught:
            for header in headers(network)[1:]:
                chain.append(header, FOREVER)
        assert caught.value.height == first


def test_a_way_back_from_contract_mode_on_goquorum_is_not_predictable() -> None:
    entries = [
        {"block": 3, "validatorselectionmode": "contract", "validatorcontractaddress": CONTRACT},
        {"block": 6, "validatorselectionmode": "blockheader"},
    ]
    with pytest.raises(GenesisError):
        with_transitions(entries, "goquorum")

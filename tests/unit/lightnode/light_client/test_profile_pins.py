"""A network followed from its profile alone: contracts at other slots or deployed later, spacing, advice, what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lightnode.consensus import skip_rules
from lightnode.consensus.contract_pin import ContractPin
from lightnode.consensus.errors import ConsensusError
from lightnode.consensus.genesis import ChainConfig, load_genesis
from lightnode.consensus.seal_counting import SealCounting
from lightnode.consensus.skip_errors import HeightTimeError
from lightnode.errors import LightNodeError
from lightnode.light_client.choices import Mode, SyncChoices
from lightnode.light_client.follower import Follower
from lightnode.light_client.network_profile import (
    ProfileGenesisError,
    UnpinnedContractError,
    config_of,
    profile_of,
    recommended_choices,
)
from lightnode.wire.keccak import keccak256
from lightnode.wire.payload import Payload, decode_payload
from lightnode.wire.profile import EngineSpan, GasPolicy, Profile, Strictness, ValidatorContract, read_profile
from lightnode.wire.types import Address
from tests.support.made_chain import MadeAccount, MadeChain, State, address_of, key, validator_list
from tests.support.made_source import MadeSource
from tests.support.recorded_networks import RECORDED

NOW = 1 << 40
CONTRACT = Address(bytes(18) + b"\x77\x77")
CODE = b"\x60\x01"
OTHER = b"\xaa" * 20
GAS = GasPolicy(0, 0, 1)
CLIENTS = ("besu", "goquorum")
SKIPPING = SyncChoices(mode=Mode.SKIPPING, mode_reason="A test.", trusting_period=None)


def contract_network(client: str, slot: int, start: int = 0, *, later: bool = False) -> tuple[MadeChain, MadeSource]:
    """A chain in contract mode from a height on, whose set changes at blocks 5 and 8, and a server of it."""
    everybody = [address_of(key(index)) for index in range(6)]
    sets = {0: everybody[:4], 5: everybody[:5], 8: everybody[1:5]}

    def world(height: int) -> State:
        listed = sets[max(at for at in sets if at <= height)]
        rest: State = {OTHER: MadeAccount(0, 10**20 + height)}
        return (
            rest if later and not height else {CONTRACT: MadeAccount(1, 0, CODE, validator_list(listed, slot)), **rest}
        )

    mode: dict[str, Any] = {"validatorselectionmode": "contract", "validatorcontractaddress": "0x" + CONTRACT.hex()}
    if start:
        entry = [{"block": start, **mode}]
        config = {"transitions": {"qbft": entry} if client == "besu" else entry}
        chain = MadeChain(client, state=world(0), config=config)
    else:
        chain = MadeChain(client, state=world(0), section=mode, named=False)
    chain.keys |= {address_of(key(index)): key(index) for index in range(6)}
    first = start + (client == "goquorum" and start > 0)
    chain.in_contract = lambda height: height >= first
    source = MadeSource(chain)
    source.states[0] = world(0)
    chain.contract_set = list(sets[0])
    for height in range(1, 13):
        changed = world(height) if height in (2, 5, 8, 10) else None
        chain.block(state=changed)
        if changed is not None:
            source.states[height] = changed
        chain.contract_set = list(sets[max(at for at in sets if at <= height)])
    return chain, source


def described(chain: MadeChain, pins: dict[Address, ContractPin] | None = None) -> Profile:
    """The profile of a made chain, carried through its bytes."""
    config = load_genesis(chain.genesis(), chain.client)
    made = profile_of(config if pins is None else config.pin(pins), environment="test", name="Made", gas=GAS)
    return carried(made)


def carried(profile: Profile) -> Profile:
    sent = Payload("profile", profile.environment, profile.genesis_hash, b"", 1, 1, 2, 3, profile.body())
    return read_profile(decode_payload(sent.encode()))


def follow(config: ChainConfig, source: MadeSource, choices: SyncChoices | None = None) -> str | None:
    """Follow to the head; the code of the refusal."""
    follower = Follower(config, source, None, choices)
    try:
        follower.follow(source.head(), NOW)
    except LightNodeError as error:
        return error.code
    assert follower.end.block_hash == source.chain.hashes[-1]
    return None


@pytest.mark.parametrize("choices", [None, SKIPPING], ids=["sequential", "skipping"])
@pytest.mark.parametrize("slot", [0, 2, 1 << 255])
@pytest.mark.parametrize("client", CLIENTS)
def test_a_contract_mode_network_is_followed_from_its_profile(
    client: str, slot: int, choices: SyncChoices | None
) -> None:
    chain, source = contract_network(client, slot)
    profile = described(chain, {CONTRACT: ContractPin(slot)})
    (pinned,) = profile.contracts
    assert (pinned.slot, pinned.code_hash) == (slot, keccak256(CODE))
    assert pinned.members is not None
    assert len(pinned.members) == 4
    config = config_of(profile)
    assert config.contracts == {CONTRACT: ContractPin(slot, keccak256(CODE))}
    assert follow(config, source, choices) is None
    # The slot asked is the profile's: with another one in it the list is not found.
    other = replace(profile, contracts=(replace(pinned, slot=3, members=None),))
    assert follow(config_of(carried(other)), source, choices) in ("SYNC-LIST", "SET-STORAGE")


@pytest.mark.parametrize("slot", [0, 2])
@pytest.mark.parametrize("client", CLIENTS)
def test_a_contract_deployed_later_is_pinned_with_slot_and_code(client: str, slot: int) -> None:
    chain, source = contract_network(client, slot, 6, later=True)
    pin = ContractPin(slot, keccak256(CODE))
    profile = described(chain, {CONTRACT: pin})
    assert profile.contracts == (ValidatorContract(CONTRACT, keccak256(CODE), None, slot),)
    config = config_of(profile)
    assert (config.contracts, config.accounts) == ({CONTRACT: pin}, {})
    assert follow(config, source) is None
    wrong = replace(profile, contracts=(replace(profile.contracts[0], code_hash=keccak256(b"other")),))
    assert follow(config_of(carried(wrong)), source) == "SET-CODE"


@pytest.mark.parametrize("client", CLIENTS)
def test_contract_mode_without_a_pin_is_refused(client: str) -> None:
    chain, source = contract_network(client, 0, 6, later=True)
    for pins in (None, {CONTRACT: ContractPin(0)}):
        with pytest.raises(UnpinnedContractError) as refused:
            described(chain, pins)
        assert refused.value.code == "PROFILE-UNPINNED"
        assert "0x" + CONTRACT.hex() in refused.value.text
    # A profile of an earlier version may lack the pin: it is read, and its chain stops where the contract would decide.
    pinned = described(chain, {CONTRACT: ContractPin(0, keccak256(CODE))})
    assert follow(config_of(carried(replace(pinned, contracts=()))), source) == "SET-UNPINNED"


def test_a_pinned_contract_that_no_rule_names_is_refused() -> None:
    chain, _ = contract_network("besu", 0)
    profile = described(chain)
    stranger = ValidatorContract(Address(b"\x09" * 20), keccak256(CODE), None)
    with pytest.raises(ProfileGenesisError):
        config_of(carried(replace(profile, contracts=(*profile.contracts, stranger))))


@pytest.mark.parametrize("engine", ["ibft2", "ibft1"])
def test_a_header_of_an_engine_that_the_profile_does_not_name_is_refused(engine: str) -> None:
    chain = MadeChain()
    for _ in range(3):
        chain.block()
    config = config_of(described(chain))
    assert follow(config, MadeSource(chain)) is None
    other = MadeChain()
    other.engine_at = lambda height: engine if height >= 2 else "qbft"
    for _ in range(3):
        other.block(vote=None)
    follower = Follower(config, source := MadeSource(other))
    with pytest.raises(ConsensusError) as refused:
        follower.follow(source.head(), NOW)
    assert (refused.value.code, refused.value.height) == ("EXTRA-DATA", 2)


def test_a_profile_that_begins_with_another_engine_is_no_profile_of_the_network() -> None:
    chain = MadeChain()
    with pytest.raises(ProfileGenesisError):
        config_of(carried(replace(described(chain), engines=(EngineSpan(0, "ibft2", 30_000, 0),))))


def test_forks_come_from_the_genesis_file_and_stay() -> None:
    config = load_genesis((RECORDED / "besu-qbft-contract-cancun" / "genesis.json").read_bytes())
    again = config_of(carried(profile_of(config, environment="test", name="x", gas=GAS)))
    assert again.forks == config.forks
    assert {(fork.name, fork.by_time) for fork in config.forks} >= {("london", False), ("cancun", True)}


def test_spacing_bounds_heights_by_time_where_the_period_says_nothing() -> None:
    chain = MadeChain(section={"xblockperiodmilliseconds": 500})
    for height in range(1, 41):
        chain.block(seconds=height % 2)
    plain = described(chain)
    assert plain.spacing_milliseconds is None
    spaced = carried(replace(plain, spacing_milliseconds=500))
    source = MadeSource(chain)
    for profile in (plain, spaced):
        assert follow(config_of(profile), source) is None
    first, last = source.header(0), source.header(40)
    assert last.timestamp - first.timestamp == 20
    schedule = config_of(spaced).schedule
    assert [skip_rules.least_seconds(schedule, 0, high) for high in (1, 2, 3, 40)] == [0, 1, 1, 20]
    skip_rules.demand_height_for_time(schedule, first, last)
    early = replace(last, timestamp=last.timestamp - 1)
    with pytest.raises(HeightTimeError):
        skip_rules.demand_height_for_time(schedule, first, early)
    skip_rules.demand_height_for_time(config_of(plain).schedule, first, early)


def test_spacing_never_takes_from_what_the_periods_say() -> None:
    chain = MadeChain()
    schedule = config_of(carried(replace(described(chain), spacing_milliseconds=1))).schedule
    assert skip_rules.least_seconds(schedule, 0, 40) == 40


def test_a_profile_recommends_and_says_why() -> None:
    profile = described(MadeChain())
    assert recommended_choices(profile) == SyncChoices()
    advised = Strictness("tolerant", "GoQuorum nodes write unreadable seals.")
    choices = recommended_choices(carried(replace(profile, strictness=advised, trusting_period=9)))
    assert (choices.counting, choices.trusting_period) == (SealCounting.TOLERANT, 9)
    assert choices.counting_reason == "The profile says: GoQuorum nodes write unreadable seals."
    strict = recommended_choices(replace(profile, strictness=replace(advised, counting="strict")))
    assert (strict.counting, strict.mode) == (SealCounting.STRICT, Mode.SEQUENTIAL)

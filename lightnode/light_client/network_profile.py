"""A network's profile and its consensus settings, each made from the other.

Invariants: what a profile states suffices to verify the network from genesis; the genesis hash in it is recomputed from
the genesis header by the network's own rules before anything is built on it. A profile is made only where every validator
contract that the network ever takes its set from has a pinned code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lightnode.consensus.chain import HeaderChain
from lightnode.consensus.contract_pin import ContractPin
from lightnode.consensus.errors import GenesisError
from lightnode.consensus.extra_data import BftRules, decode_extra_data
from lightnode.consensus.genesis import ChainConfig, GenesisAccount, storage_root
from lightnode.consensus.genesis_forks import NamedFork
from lightnode.consensus.hashes import genesis_hash
from lightnode.consensus.header import decode_header
from lightnode.consensus.schedule import Change, Engine, Schedule
from lightnode.consensus.seal_counting import SealCounting
from lightnode.consensus.validator_contract import element_slot
from lightnode.light_client.choices import SyncChoices
from lightnode.light_client.errors import SyncError
from lightnode.wire.account_proof import Account
from lightnode.wire.profile import (
    EngineSpan,
    Fork,
    GasPolicy,
    Profile,
    Recording,
    SettingChange,
    ValidatorContract,
    demand_environment,
)
from lightnode.wire.profile_terms import BLOCK, TIME
from lightnode.wire.types import Address, Hash32


class ProfileGenesisError(SyncError):
    """A profile's genesis header, hash and rules do not fit together."""

    code = "SYNC-PROFILE"
    advice = "Ask governance for the signed profile of your network; this one cannot be used."


class UnpinnedContractError(GenesisError):
    """A network takes its validators from a contract whose code nothing pins."""

    code = "PROFILE-UNPINNED"
    advice = "Say the slot of its list and its code's hash with --validator-contract ADDRESS=SLOT:CODEHASH."


def profile_of(
    config: ChainConfig, *, environment: str, name: str, gas: GasPolicy, recording: Recording | None = None
) -> Profile:
    """Describe a network from its genesis file.

    Args:
        config: read from the genesis file, with what is pinned beside it.
        environment: training, test or production.
        name: for people.
        gas: what an act's transaction may cost.
        recording: where acts go; None before the registry is deployed.

    Raises:
        TrainingRangeError: the chain id does not belong to the environment.
        UnpinnedContractError: a validator contract is not in `alloc`, and no code hash was given for it.
    """
    demand_environment(environment, config.chain_id)
    schedule = config.schedule
    return Profile(
        environment=environment,
        name=name,
        client=schedule.client,
        chain_id=config.chain_id,
        genesis_header=config.header.encode(),
        genesis_hash=config.block_hash,
        curve=schedule.curve,
        engines=tuple(
            EngineSpan(item.start, item.rules.value, item.epoch_length, item.epoch_base) for item in schedule.engines
        ),
        changes=tuple(
            SettingChange(item.start, item.period_seconds, item.contract, item.validators) for item in schedule.changes
        ),
        london_block=schedule.london_block,
        contracts=_contracts(config),
        recording=recording,
        gas=gas,
        genesis_digest=config.digest,
        forks=tuple(Fork(item.name, TIME if item.by_time else BLOCK, item.at) for item in config.forks),
        spacing_milliseconds=schedule.spacing_milliseconds or None,
    )


def schedule_of(profile: Profile) -> Schedule:
    """Give the settings by height that a profile states."""
    return Schedule(
        client=profile.client,
        curve=profile.curve,
        engines=tuple(
            Engine(item.start, BftRules(item.engine), item.epoch_length, item.epoch_base) for item in profile.engines
        ),
        changes=tuple(
            Change(item.start, item.period_seconds, item.contract, item.validators) for item in profile.changes
        ),
        london_block=profile.london_block,
        spacing_milliseconds=profile.spacing_milliseconds or 0,
    )


def config_of(profile: Profile) -> ChainConfig:
    """Give the consensus settings that a profile states.

    Raises:
        ProfileGenesisError: its genesis header does not have its genesis hash, or its settings contradict themselves.
    """
    try:
        schedule = schedule_of(profile)
        header = decode_header(profile.genesis_header)
        rules = schedule.rules(0)
        config = ChainConfig(
            chain_id=profile.chain_id,
            schedule=schedule,
            header=header,
            extra=decode_extra_data(rules, header.extra_data, genesis=True),
            block_hash=genesis_hash(rules, header),
            accounts=_accounts(profile.contracts),
            digest=profile.genesis_digest,
            forks=tuple(NamedFork(item.name, item.way == TIME, item.at) for item in profile.forks),
        ).pin({item.address: ContractPin(item.slot, item.code_hash) for item in profile.contracts})
        HeaderChain(config)
    except Exception as cause:
        raise ProfileGenesisError("The settings of the profile contradict themselves.") from cause
    if config.block_hash != profile.genesis_hash:
        raise ProfileGenesisError("The profile's genesis header does not have the profile's genesis hash.")
    return config


def recommended_choices(profile: Profile) -> SyncChoices:
    """Give the choices that a profile recommends, each with its reason; the operator's own go before them."""
    usual = SyncChoices()
    advised = profile.strictness
    return replace(
        usual,
        trusting_period=profile.trusting_period or usual.trusting_period,
        counting=usual.counting if advised is None else SealCounting(advised.counting),
        counting_reason=usual.counting_reason if advised is None else f"The profile says: {advised.reason}",
    )


def _contracts(config: ChainConfig) -> tuple[ValidatorContract, ...]:
    wanted = {item.contract for item in config.schedule.changes if item.contract and any(item.contract)}
    return tuple(_contract(config, where) for where in sorted(wanted))


def _contract(config: ChainConfig, where: Address) -> ValidatorContract:
    entry, pin = config.accounts.get(where), config.contracts.get(where, ContractPin())
    if entry is not None:
        return ValidatorContract(where, entry.account.code_hash, _members(entry, pin.slot), pin.slot)
    if pin.code_hash is None:
        raise UnpinnedContractError(
            f"The genesis file does not hold the validator contract 0x{where.hex()}, and no code hash was given for it."
        )
    return ValidatorContract(where, pin.code_hash, None, pin.slot)


def _members(entry: GenesisAccount, slot: int) -> tuple[Address, ...]:
    """Give the list in the contract's genesis storage, in its stored order."""
    count = entry.storage.get(slot, 0)
    if count > 1024:
        raise ProfileGenesisError("The validator contract's list in the genesis file is too long.")
    words = [entry.storage.get(element_slot(index, slot), 0) for index in range(count)]
    if any(word >> 160 for word in words):
        raise ProfileGenesisError("The validator contract's list in the genesis file holds something else.")
    return tuple(Address(word.to_bytes(20, "big")) for word in words)


def _accounts(contracts: Sequence[ValidatorContract]) -> dict[Address, GenesisAccount]:
    """Give the genesis accounts of the contracts that stood there; only their lists and code hashes are true."""
    return {
        item.address: _account(item.code_hash, item.members, item.slot)
        for item in contracts
        if item.members is not None
    }


def _account(code_hash: Hash32, members: Sequence[Address], slot: int) -> GenesisAccount:
    storage = {slot: len(members)}
    storage |= {element_slot(at, slot): int.from_bytes(member, "big") for at, member in enumerate(members)}
    storage = {slot: word for slot, word in storage.items() if word}
    return GenesisAccount(Account(0, 0, storage_root(storage), code_hash), storage)

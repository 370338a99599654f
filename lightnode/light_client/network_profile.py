"""A network's profile and its consensus settings, each made from the other.

Invariants: what a profile states suffices to verify the network from genesis; the genesis hash in it is recomputed from
the genesis header by the network's own rules before anything is built on it.
"""

from __future__ import annotations

from lightnode.consensus.chain import HeaderChain
from lightnode.consensus.extra_data import BftRules, decode_extra_data
from lightnode.consensus.genesis import ChainConfig, GenesisAccount, storage_root
from lightnode.consensus.hashes import genesis_hash
from lightnode.consensus.header import decode_header
from lightnode.consensus.schedule import Change, Engine, Schedule
from lightnode.consensus.validator_contract import LIST_SLOT, element_slot
from lightnode.light_client.errors import SyncError
from lightnode.wire.account_proof import Account
from lightnode.wire.profile import (
    EngineSpan,
    GasPolicy,
    Profile,
    Recording,
    SettingChange,
    ValidatorContract,
    demand_environment,
)
from lightnode.wire.types import Address


class ProfileGenesisError(SyncError):
    """A profile's genesis header, hash and rules do not fit together."""

    code = "SYNC-PROFILE"
    advice = "Ask governance for the signed profile of your network; this one cannot be used."


def profile_of(
    config: ChainConfig, *, environment: str, name: str, gas: GasPolicy, recording: Recording | None = None
) -> Profile:
    """Describe a network from its genesis file.

    Args:
        config: read from the genesis file.
        environment: training, test or production.
        name: for people.
        gas: what an act's transaction may cost.
        recording: where acts go; None before the registry is deployed.

    Raises:
        TrainingRangeError: the chain id does not belong to the environment.
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
    )


def config_of(profile: Profile) -> ChainConfig:
    """Give the consensus settings that a profile states.

    Raises:
        ProfileGenesisError: its genesis header does not have its genesis hash, or its settings contradict themselves.
    """
    try:
        schedule = Schedule(
            client=profile.client,
            curve=profile.curve,
            engines=tuple(
                Engine(item.start, BftRules(item.engine), item.epoch_length, item.epoch_base)
                for item in profile.engines
            ),
            changes=tuple(
                Change(item.start, item.period_seconds, item.contract, item.validators) for item in profile.changes
            ),
            london_block=profile.london_block,
        )
        header = decode_header(profile.genesis_header)
        rules = schedule.rules(0)
        config = ChainConfig(
            chain_id=profile.chain_id,
            schedule=schedule,
            header=header,
            extra=decode_extra_data(rules, header.extra_data, genesis=True),
            block_hash=genesis_hash(rules, header),
            accounts={item.address: _account(item) for item in profile.contracts},
            digest=profile.genesis_digest,
        )
        HeaderChain(config)
    except Exception as cause:
        raise ProfileGenesisError("The settings of the profile contradict themselves.") from cause
    if config.block_hash != profile.genesis_hash:
        raise ProfileGenesisError("The profile's genesis header does not have the profile's genesis hash.")
    return config


def _contracts(config: ChainConfig) -> tuple[ValidatorContract, ...]:
    wanted = {item.contract for item in config.schedule.changes if item.contract and any(item.contract)}
    found = []
    for where in sorted(wanted):
        entry = config.accounts.get(where)
        if entry is not None:
            found.append(ValidatorContract(where, entry.account.code_hash, _members(entry)))
    return tuple(found)


def _members(entry: GenesisAccount) -> tuple[Address, ...]:
    """Give the list in the contract's genesis storage, in its stored order."""
    count = entry.storage.get(LIST_SLOT, 0)
    if count > 1024:
        raise ProfileGenesisError("The validator contract's list in the genesis file is too long.")
    words = [entry.storage.get(element_slot(index), 0) for index in range(count)]
    if any(word >> 160 for word in words):
        raise ProfileGenesisError("The validator contract's list in the genesis file holds something else.")
    return tuple(Address(word.to_bytes(20, "big")) for word in words)


def _account(item: ValidatorContract) -> GenesisAccount:
    storage = {LIST_SLOT: len(item.members)}
    storage |= {element_slot(at): int.from_bytes(member, "big") for at, member in enumerate(item.members)}
    storage = {slot: word for slot, word in storage.items() if word}
    return GenesisAccount(Account(0, 0, storage_root(storage), item.code_hash), storage)

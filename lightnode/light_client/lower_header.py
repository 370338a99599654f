"""One verified header below another, with the set that sealed it: by hashes down, then by its own seals (K8, K9).

Invariants: the hash decides that the header is the chain's; its set is what a verified header lists, or what the state
before it proves. Where a list in a header is no evidence, nothing is given.
"""

from __future__ import annotations

from dataclasses import replace

from lightnode.consensus import skip_rules, validator_contract
from lightnode.consensus.genesis import ChainConfig
from lightnode.consensus.header import Header
from lightnode.consensus.seal_counting import SealCounting
from lightnode.consensus.sealed_header import verify_sealed
from lightnode.consensus.seals import SealVerifier
from lightnode.consensus.signed_exception import extra_of
from lightnode.consensus.skip_errors import SkipUnsoundError
from lightnode.consensus.verified_header import VerifiedHeader, Way
from lightnode.light_client import contract_proof
from lightnode.light_client.backwards import walk_down
from lightnode.light_client.source import HeaderSource
from lightnode.wire.types import Address


def lower_header(
    config: ChainConfig,
    source: HeaderSource,
    above: Header,
    height: int,
    latest: int,
    counting: SealCounting = SealCounting.STRICT,
) -> VerifiedHeader | None:
    """Verify the header at a height below a verified one.

    Args:
        config: of the network.
        source: asked for the headers between.
        above: verified.
        height: from 1 on, below it.
        latest: greatest allowed timestamp, unix seconds.
        counting: how seals are counted.

    Returns:
        The header with members and signers; None where nothing below a header attests its set (GoQuorum's lists).

    Raises:
        ConsensusError: what the source gives does not fit the verified header.
        LightNodeError: the source gives trouble.
    """
    try:
        skip_rules.demand_sound(config.schedule, height)
    except SkipUnsoundError:
        return None
    found = _at(config, source, above, height)
    members = _members(config, source, found)
    seals = SealVerifier(config.schedule.curve)
    sealed = verify_sealed(config.schedule, found, members, latest, seals, counting, config.exceptions)
    return replace(sealed, way=Way.LINKED)


def _at(config: ChainConfig, source: HeaderSource, above: Header, height: int) -> Header:
    *_, last = walk_down(config, source, above, height)
    return last.header


def _members(config: ChainConfig, source: HeaderSource, header: Header) -> tuple[Address, ...]:
    contract = config.schedule.contract(header.number)
    if contract is None:
        return extra_of(config, header).validators
    parent = _at(config, source, header, header.number - 1)
    if parent.state_root == config.header.state_root and contract in config.accounts:
        return validator_contract.set_in_genesis(config, contract)
    answer = contract_proof.fetch(config, source, contract, parent.number)
    return validator_contract.set_from_proof(config, contract, parent.state_root, answer)

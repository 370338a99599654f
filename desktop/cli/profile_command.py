"""`chancery profile`: the description of a network, as a draft to be signed by governance, and shown to a person."""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING, Any

from desktop.cli import argument_types as types
from desktop.cli import exit_status, options, profile_show_command, resolve
from desktop.cli.console import Console
from desktop.errors import UsageError

if TYPE_CHECKING:
    from desktop.services.profile_terms import AddedTerms
    from desktop.services.registry_pinning import Reader
    from lightnode.consensus.contract_pin import ContractPin
    from lightnode.consensus.genesis import ChainConfig
    from lightnode.wire.types import Address

_DAY = 86_400


def add(parser: argparse.ArgumentParser) -> None:
    """Give the command its subcommands."""
    subcommands = options.subcommands(parser)
    make = subcommands("make", "describe a network from its genesis file")
    make.add_argument("--genesis", required=True, type=types.path, metavar="FILE", help="Besu or GoQuorum genesis")
    make.add_argument("--client", choices=("besu", "goquorum"), help="whose rules (found out from the genesis)")
    make.add_argument(
        "--environment", choices=("training", "test", "production"),
        help="training where the chain id lies in the training range, else test",
    )  # fmt: skip
    make.add_argument("--name", type=types.shown_name(40), metavar="TEXT", help="name of the network for people")
    make.add_argument(
        "--max-gas-price",
        type=types.within(0, 10**15),
        default=0,
        metavar="WEI",
        help="highest fee a unit of gas that an act may cost (0: gas is free)",
    )
    _add_terms(make)
    options.add_out(make, "the draft")
    options.add_term(make, 180, 365)
    options.finish(make, run, "profile make --genesis genesis.json --out profile.draft")
    profile_show_command.add(subcommands)


def _add_terms(make: argparse.ArgumentParser) -> None:
    """Let the command say what no genesis file tells."""
    make.add_argument(
        "--validator-contract", type=types.validator_contract, action="append", default=[],
        metavar="ADDRESS=SLOT[:CODEHASH]",
        help="slot of the contract's list if not 0, and its code's hash if the genesis file does not hold it; repeatable",
    )  # fmt: skip
    make.add_argument(
        "--registry", type=types.registry, action="append", default=[],
        metavar="KIND=ADDRESS[@BLOCK][:CODEHASH[:FORM:PROGRAM:CODEHASH[:BEACON:CODEHASH]]]",
        help="registry to pin, of kind acts, timestamp, did, issuers or track-and-trace, BLOCK the first one that can hold "
        "its events; without a code hash it is read from the node of --rpc; repeatable",
    )  # fmt: skip
    options.add_rpc(make, required=False)
    make.add_argument(
        "--take-claims", action="store_true",
        help="take the node's word for registries' code where it proves no state; said in the result",
    )  # fmt: skip
    seals = make.add_mutually_exclusive_group()
    seals.add_argument(
        "--tolerant", type=types.shown_reason, metavar="REASON",
        help="recommend to count the good seals where others stand beside them, and why",
    )  # fmt: skip
    seals.add_argument(
        "--strict", type=types.shown_reason, metavar="REASON", help="recommend the nodes' own rule, and why"
    )
    make.add_argument(
        "--trusting-days", type=types.within(1, 36_500), metavar="N",
        help="recommend for how many days a verified header may be skipped from",
    )  # fmt: skip
    make.add_argument(
        "--spacing", type=types.within(1, 3_600_000), metavar="MILLISECONDS",
        help="least time between two blocks on average, where the block periods do not tell (xblockperiodmilliseconds)",
    )  # fmt: skip


def run(given: Any, console: Console) -> int:
    """Write the draft."""
    from desktop.services import envelope_files, profile_terms
    from desktop.services.file_access import read_bytes, write_bytes
    from desktop.services.preflight import fee_warning
    from lightnode.consensus.genesis import asks_base_fee, load_genesis, looks_like
    from lightnode.light_client.network_profile import profile_of
    from lightnode.wire.profile import TRAINING_CHAIN_IDS, GasPolicy

    file = read_bytes(given.genesis, 32 * 1024 * 1024)
    config = load_genesis(file, given.client).pin(_pins(given))
    # Offices only read such a network: its description is made all the same, and the trouble for signers is said.
    found = [fee_warning(asks_base_fee(file, config), given.max_gas_price), _client_warning(looks_like(file), config)]
    training = config.chain_id in TRAINING_CHAIN_IDS
    environment = given.environment or ("training" if training else "test")
    name = given.name or f"{'Training' if training else 'Network'} {config.chain_id}"
    gas = GasPolicy(0, given.max_gas_price, 8_000_000)
    profile = profile_of(config, environment=environment, name=name, gas=gas)
    profile, reader = profile_terms.with_terms(profile, _terms(given), lambda: _reader(given, config, console))
    payload = profile_terms.payload_of(profile, resolve.read_term(given))
    found += [None if reader is None else reader.basis]
    warnings = [warning for warning in found if warning is not None]
    write_bytes(given.out, envelope_files.draft_bytes(payload), force=given.force)
    genesis = "0x" + profile.genesis_hash.hex()
    value = {
        "ok": True, "environment": environment, "chain_id": profile.chain_id, "genesis_hash": genesis,
        "client": profile.client, "curve": profile.curve.value, "out": str(given.out),
        "registries": len(profile.registries), "registries_proven": None if reader is None else reader.proven,
        "warnings": warnings,
    }  # fmt: skip
    lines = [
        f"Draft of the profile ({environment}): {given.out}",
        f"  network  {name}, chain id {profile.chain_id}, {profile.client}",
        f"  genesis  {genesis}",
        *(f"  note     {warning}" for warning in warnings),
        "  next     look at it: chancery profile show; then have governance sign it: chancery envelope sign",
    ]
    console.result(lines, value)
    return exit_status.DONE


def _pins(given: Any) -> dict[Address, ContractPin]:
    from lightnode.consensus.contract_pin import ContractPin
    from lightnode.wire.types import address, hash32

    pins = {
        address(contract): ContractPin(slot, None if code_hash is None else hash32(code_hash))
        for contract, slot, code_hash in given.validator_contract
    }
    if len(pins) != len(given.validator_contract):
        raise UsageError("A validator contract is given twice.")
    return pins


def _terms(given: Any) -> AddedTerms:
    from desktop.services.profile_terms import AddedTerms, NamedRegistry
    from lightnode.wire.profile import Strictness

    advised = None
    if given.tolerant is not None or given.strict is not None:
        advised = (
            Strictness("strict", given.strict) if given.tolerant is None else Strictness("tolerant", given.tolerant)
        )
    return AddedTerms(
        registries=[NamedRegistry(*one) for one in given.registry],
        strictness=advised,
        trusting_period=None if given.trusting_days is None else given.trusting_days * _DAY,
        spacing_milliseconds=given.spacing,
    )


def _reader(given: Any, config: ChainConfig, console: Console) -> Reader:
    """Open the node that registries are read from.

    Raises:
        UsageError: none is named.
    """
    from desktop.services.registry_pinning import ClaimedReader, ProvenReader
    from lightnode.rpc.client import JsonRpcClient
    from lightnode.rpc.ledger import Ledger

    if given.rpc is None:
        raise UsageError("Give the registry's code hash with --registry, or name a node to read it from with --rpc.")
    ledger = Ledger(JsonRpcClient(given.rpc))
    if given.take_claims:
        return ClaimedReader(ledger)
    return ProvenReader(ledger, config, lambda: int(time.time()), resolve.headers_progress(console))


def _client_warning(likely: str, config: ChainConfig) -> str | None:
    """Say that headers may be judged by the wrong client's rules; None where file and word agree."""
    client = config.schedule.client
    if client == likely:
        return None
    return f"The genesis file looks like one for {likely}; the profile follows the rules of {client}, as you said."

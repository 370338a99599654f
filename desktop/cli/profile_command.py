"""`chancery profile make`: the description of a network, as a draft to be signed by governance."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from desktop.cli import argument_types as types
from desktop.cli import exit_status, options, resolve
from desktop.cli.console import Console

if TYPE_CHECKING:
    from lightnode.consensus.genesis import ChainConfig


def add(parser: argparse.ArgumentParser) -> None:
    """Give the command its subcommands."""
    make = options.subcommands(parser)("make", "describe a network from its genesis file")
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
    options.add_out(make, "the draft")
    options.add_term(make, 180, 365)
    options.finish(make, run, "profile make --genesis genesis.json --out profile.draft")


def run(given: Any, console: Console) -> int:
    """Write the draft."""
    from desktop.services import envelope_files, statements
    from desktop.services.file_access import read_bytes, write_bytes
    from desktop.services.preflight import fee_warning
    from lightnode.consensus.genesis import asks_base_fee, load_genesis, looks_like
    from lightnode.light_client.network_profile import profile_of
    from lightnode.wire.profile import TRAINING_CHAIN_IDS, GasPolicy

    file = read_bytes(given.genesis, 32 * 1024 * 1024)
    config = load_genesis(file, given.client)
    # Offices only read such a network: its description is made all the same, and the trouble for signers is said.
    found = [fee_warning(asks_base_fee(file, config), given.max_gas_price), _client_warning(looks_like(file), config)]
    warnings = [warning for warning in found if warning is not None]
    training = config.chain_id in TRAINING_CHAIN_IDS
    environment = given.environment or ("training" if training else "test")
    name = given.name or f"{'Training' if training else 'Network'} {config.chain_id}"
    gas = GasPolicy(0, given.max_gas_price, 8_000_000)
    profile = profile_of(config, environment=environment, name=name, gas=gas)
    payload = statements.profile(profile, resolve.read_term(given))
    write_bytes(given.out, envelope_files.draft_bytes(payload), force=given.force)
    genesis = "0x" + profile.genesis_hash.hex()
    value = {
        "ok": True, "environment": environment, "chain_id": profile.chain_id, "genesis_hash": genesis,
        "client": profile.client, "curve": profile.curve.value, "out": str(given.out),
        "warnings": warnings,
    }  # fmt: skip
    lines = [
        f"Draft of the profile ({environment}): {given.out}",
        f"  network  {name}, chain id {profile.chain_id}, {profile.client}",
        f"  genesis  {genesis}",
        *(f"  note     {warning}" for warning in warnings),
        "  next     have governance sign it: chancery envelope sign",
    ]
    console.result(lines, value)
    return exit_status.DONE


def _client_warning(likely: str, config: ChainConfig) -> str | None:
    """Say that headers may be judged by the wrong client's rules; None where file and word agree."""
    client = config.schedule.client
    if client == likely:
        return None
    return f"The genesis file looks like one for {likely}; the profile follows the rules of {client}, as you said."

"""Every member of a profile as JSON, by name."""

from __future__ import annotations

from typing import Any

from lightnode.wire.profile import REGISTRY, PinnedRegistry, Profile, SettingChange, ValidatorContract


def members(profile: Profile) -> dict[str, Any]:
    """Give every member; null where the profile does not say.

    Args:
        profile: read.
    """
    gas, recording, advised = profile.gas, profile.recording, profile.strictness
    return {
        "environment": profile.environment,
        "name": profile.name,
        "client": profile.client,
        "chain_id": profile.chain_id,
        "genesis_header": _hex(profile.genesis_header),
        "genesis_hash": _hex(profile.genesis_hash),
        "genesis_file": _hex(profile.genesis_digest),
        "curve": profile.curve.value,
        "rules_digest": profile.rules_digest.hex(),
        "engines": [
            {"from": one.start, "engine": one.engine, "epoch_length": one.epoch_length, "epoch_base": one.epoch_base}
            for one in profile.engines
        ],
        "changes": [_change(one) for one in profile.changes],
        "london_block": profile.london_block,
        "validator_contracts": [_contract(one) for one in profile.contracts],
        "recording": None if recording is None else {
            "way": "act-registry" if recording.way == REGISTRY else "timestamp",
            "contract": _hex(recording.contract),
            "code_hash": _hex(recording.code_hash),
        },
        "gas": {"type": gas.type, "max_price": gas.max_price, "limit": gas.limit},
        "forks": [{"name": one.name, one.way: one.at} for one in profile.forks],
        "registries": [_registry(one) for one in profile.registries],
        "count_seals": None if advised is None else {"counting": advised.counting, "reason": advised.reason},
        "trusting_period": profile.trusting_period,
        "spacing_milliseconds": profile.spacing_milliseconds,
    }  # fmt: skip


def _change(change: SettingChange) -> dict[str, Any]:
    return {
        "from": change.start,
        "period_seconds": change.period_seconds,
        "contract": _hex(change.contract),
        "validators": None if change.validators is None else [_hex(one) for one in change.validators],
    }


def _contract(contract: ValidatorContract) -> dict[str, Any]:
    return {
        "address": _hex(contract.address),
        "slot": hex(contract.slot),
        "code_hash": _hex(contract.code_hash),
        "genesis_validators": None if contract.members is None else [_hex(one) for one in contract.members],
    }


def _registry(pin: PinnedRegistry) -> dict[str, Any]:
    return {
        "kind": pin.kind,
        "address": _hex(pin.address),
        "code_hash": _hex(pin.code_hash),
        "first_block": pin.born,
        "proxy": pin.proxy_form,
        "program": _hex(pin.implementation),
        "program_code_hash": _hex(pin.implementation_code_hash),
        "beacon": _hex(pin.beacon),
        "beacon_code_hash": _hex(pin.beacon_code_hash),
    }


def _hex(data: bytes | None) -> str | None:
    return None if data is None else "0x" + data.hex()

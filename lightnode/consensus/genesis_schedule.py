"""The consensus settings of a genesis file, as Besu and GoQuorum name them (consensus notes 2.3, 3.4 and 7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lightnode.consensus.errors import GenesisError
from lightnode.consensus.extra_data import BftRules
from lightnode.consensus.schedule import BESU, GOQUORUM, Change, Engine, Schedule
from lightnode.wire.curve import Curve
from lightnode.wire.types import ZERO_ADDRESS, Address, address

_DEFAULT_EPOCH = 30_000
_FORK_BLOCKS = ("londonBlock", "arrowGlacierBlock", "grayGlacierBlock", "parisBlock", "mergeNetSplitBlock")


def guess_client(config: Mapping[str, Any]) -> str:
    """Tell which client a config is written for."""
    if config.get("isQuorum") or "istanbul" in config or isinstance(config.get("transitions"), list):
        return GOQUORUM
    return BESU


def read(config: Mapping[str, Any], client: str) -> Schedule:
    """Read the settings by height.

    Raises:
        GenesisError: they are malformed, contradictory or not known.
    """
    return _besu(config) if client == BESU else _goquorum(config)


def _besu(config: Mapping[str, Any]) -> Schedule:
    engines: list[Engine] = []
    changes: list[Change] = []
    transitions = config.get("transitions") or {}
    if not isinstance(transitions, dict):
        raise GenesisError("Besu's transitions are an object; name the client if this is a GoQuorum file.")
    for name, rules in (("ibft", BftRules.IBFT1), ("ibft2", BftRules.IBFT2), ("qbft", BftRules.QBFT)):
        section = config.get(name)
        if section is None:
            continue
        start = _number(section, "startblock", 0)
        base = max(start - 1, 0)
        engines.append(Engine(start, rules, _epoch(section), base))
        changes.append(Change(start, _period(section, 1), _mode(section)))
        for entry in _entries(transitions.get(name)):
            block = _number(entry, "block", None)
            period = _period(entry, None)
            changes.append(Change(block, period, _mode(entry), _validators(entry)))
    if not engines or min(engine.start for engine in engines) != 0:
        raise GenesisError("The genesis file configures no BFT engine from block 0 on.")
    if len({engine.start for engine in engines}) != len(engines):
        raise GenesisError("Two engines begin at the same block.")
    curve = _curve(config)
    return Schedule(
        BESU, curve, tuple(sorted(engines, key=lambda e: e.start)), tuple(sorted(changes, key=lambda c: c.start)),
        _london(config),
    )  # fmt: skip


def _goquorum(config: Mapping[str, Any]) -> Schedule:
    if config.get("ecCurve") not in (None, "secp256k1"):
        raise GenesisError("GoQuorum has no other curve than secp256k1.")
    rules, section = _goquorum_base(config)
    epoch = _epoch(section)
    engines = [Engine(0, rules, epoch, 0)]
    changes = [Change(0, _period(section, 1), _mode(section))]
    if config.get("istanbul") is section and section.get("testQBFTBlock") is not None:
        start = _number(section, "testQBFTBlock", None)
        engines = (
            [Engine(0, BftRules.QBFT, epoch, 0)] if start == 0 else [*engines, Engine(start, BftRules.QBFT, epoch, 0)]
        )
    for entry in _entries(config.get("transitions")):
        block = _number(entry, "block", None)
        if entry.get("validators"):
            raise GenesisError("GoQuorum's validator overrides are not predictable; give a checkpoint after them.")
        if entry.get("2FPlus1Enabled"):
            raise GenesisError("The quorum 2F+1 is not safe and not supported.")
        epoch = _epoch(entry, epoch)
        algorithm = entry.get("algorithm")
        if algorithm not in (None, "", "qbft", "ibft"):
            raise GenesisError("A transition names an unknown algorithm.")
        kind = {"qbft": BftRules.QBFT, "ibft": BftRules.IBFT1}.get(algorithm or "", engines[-1].rules)
        if kind is not engines[-1].rules or epoch != engines[-1].epoch_length:
            engines.append(Engine(block, kind, epoch, 0))
        changes.append(Change(block, _period(entry, None), _goquorum_mode(entry)))
    if [engine.start for engine in engines] != sorted({engine.start for engine in engines}):
        raise GenesisError("The transitions are not in ascending order.")
    return Schedule(GOQUORUM, Curve.SECP256K1, tuple(engines), tuple(changes), None)


def _goquorum_base(config: Mapping[str, Any]) -> tuple[BftRules, Mapping[str, Any]]:
    present = [name for name in ("qbft", "ibft", "istanbul") if isinstance(config.get(name), dict)]
    if len(present) != 1:
        raise GenesisError("The genesis file configures no BFT engine, or more than one.")
    section = config[present[0]]
    if present[0] == "istanbul" and section.get("ceil2Nby3Block") is None:
        raise GenesisError("A legacy istanbul config without ceil2Nby3Block uses the quorum 2F+1, which is not safe.")
    if section.get("ceil2Nby3Block") not in (None, 0):
        raise GenesisError("A quorum of 2F+1 below ceil2Nby3Block is not safe and not supported.")
    return (BftRules.QBFT if present[0] == "qbft" else BftRules.IBFT1), section


def _entries(value: Any) -> list[Mapping[str, Any]]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value) or len(value) > 1000:
        raise GenesisError("The transitions are no list of objects.")
    return value


def _number(section: Any, name: str, default: int | None) -> int:
    if not isinstance(section, dict):
        raise GenesisError("A consensus section is no object.")
    value = section.get(name)
    if value is None:
        if default is None:
            raise GenesisError(f"A transition lacks its {name}.")
        return default
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 63:
        raise GenesisError(f"The setting {name} is no whole number.")
    return value


def _epoch(section: Mapping[str, Any], default: int = _DEFAULT_EPOCH) -> int:
    length = _number(section, "epochlength" if "epochlength" in section else "epochLength", default)
    if length == 0:
        raise GenesisError("An epoch has no blocks.")
    return length


def _period(section: Mapping[str, Any], default: int | None) -> int | None:
    # With a period in milliseconds Besu drops the rule: two blocks may share a second.
    if _number(section, "xblockperiodmilliseconds", 0):
        return 0
    if section.get("blockperiodseconds") is None:
        return default
    return _number(section, "blockperiodseconds", None)


def _mode(section: Mapping[str, Any]) -> Address | None:
    mode = section.get("validatorselectionmode")
    named = section.get("validatorcontractaddress")
    if mode is None and named is None:
        return None
    if mode not in (None, "contract", "blockheader"):
        raise GenesisError("The validator selection mode is not known.")
    if mode == "blockheader":
        return ZERO_ADDRESS
    if named is None:
        raise GenesisError("Contract mode lacks the contract's address.")
    return _address(named)


def _goquorum_mode(entry: Mapping[str, Any]) -> Address | None:
    # GoQuorum needs both: mode and a non-zero address.
    if entry.get("validatorselectionmode") is None:
        return None
    return _mode(entry)


def _validators(entry: Mapping[str, Any]) -> tuple[Address, ...] | None:
    value = entry.get("validators")
    if value is None:
        return None
    if not isinstance(value, list) or not value or len(value) > 1024:
        raise GenesisError("A validator override is no list.")
    members = tuple(sorted({_address(item) for item in value}))
    if len(members) != len(value):
        raise GenesisError("A validator override names a member twice.")
    return members


def _address(value: Any) -> Address:
    if not isinstance(value, str):
        raise GenesisError("An address is no text.")
    try:
        raw = bytes.fromhex(value.removeprefix("0x"))
    except ValueError as cause:
        raise GenesisError("An address is not hex.") from cause
    if len(raw) != 20:
        raise GenesisError("An address has other than 20 bytes.")
    return address(raw)


def _curve(config: Mapping[str, Any]) -> Curve:
    name = config.get("ecCurve", "secp256k1")
    if name not in ("secp256k1", "secp256r1"):
        raise GenesisError(f"The curve {name} is not known.")
    return Curve(name)


def _london(config: Mapping[str, Any]) -> int | None:
    found = [config[name] for name in _FORK_BLOCKS if config.get(name) is not None]
    return min(_number({"block": value}, "block", None) for value in found) if found else None

"""The consensus settings of a genesis file, as Besu and GoQuorum name them (consensus notes 2.3, 3.4 and 7).

Invariants: what the nodes themselves treat differently from start to start (GoQuorum's set overrides, changed epochs and
way back from contract mode) is refused; so is every setting whose meaning is not known. Settings that lower the quorum to
2F+1 (`ceil2Nby3Block`, `2FPlus1Enabled`) change nothing here: rule H13 always demands ceil(2n/3).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lightnode.consensus import genesis_settings as settings
from lightnode.consensus.errors import GenesisError
from lightnode.consensus.extra_data import BftRules
from lightnode.consensus.schedule import BESU, GOQUORUM, Change, Engine, Schedule
from lightnode.wire.curve import Curve
from lightnode.wire.types import ZERO_ADDRESS

_GOQUORUM_PERIOD = 5
_COMMON = frozenset(
    {"comment", "_comment", "blockperiodseconds", "emptyblockperiodseconds", "xemptyblockperiodseconds", "blockreward",
     "requesttimeoutseconds", "miningbeneficiary", "validatorselectionmode", "validatorcontractaddress"}
)  # fmt: skip
_BESU_SECTION = _COMMON | {
    "epochlength", "startblock", "xblockperiodmilliseconds", "gossipedhistorylimit", "messagequeuelimit",
    "duplicatemessagelimit", "duplicatemesagelimit", "futuremessageslimit", "futuremessagesmaxdistance", "policy", "ceil2nby3block",
}  # fmt: skip
_BESU_TRANSITION = _COMMON | {"block", "validators", "xblockperiodmilliseconds"}
# What GoQuorum's params/config.go knows (written list with effects: docs/verification.md), and what it reads over.
_GOQUORUM_SECTION = _COMMON | {
    "epochlength", "policy", "ceil2nby3block", "validators", "beneficiarymode", "beneficiarylist",
    "maxrequesttimeoutseconds", "allowedfutureblocktime", "epoch", "testqbftblock",
}  # fmt: skip
_ISTANBUL_SECTION = frozenset(
    {"comment", "_comment", "epoch", "policy", "ceil2nby3block", "testqbftblock", "epochlength", "blockperiodseconds",
     "emptyblockperiodseconds", "requesttimeoutseconds", "allowedfutureblocktime"}
)  # fmt: skip
_GOQUORUM_TRANSITION = _COMMON | {
    "block", "algorithm", "epochlength", "validators", "2fplus1enabled", "contractsizelimit", "transactionsizelimit",
    "miner.gaslimit", "minergaslimit", "gaspriceenabled", "enhancedpermissioningenabled", "privacyenhancementsenabled",
    "privacyprecompileenabled", "beneficiarymode", "beneficiarylist", "maxrequesttimeoutseconds",
}  # fmt: skip


def guess_client(config: Mapping[str, Any]) -> str:
    """Tell which client a config, with names in lower case, is written for."""
    qbft = config.get("qbft")
    if isinstance(config.get("transitions"), dict) or (isinstance(qbft, dict) and "startblock" in qbft):
        return BESU
    if config.get("isquorum") or "istanbul" in config or isinstance(config.get("transitions"), list):
        return GOQUORUM
    if "ibft" in config or "txnsizelimit" in config or "maxcodesizeconfig" in config:
        return GOQUORUM
    return BESU


def read(config: Mapping[str, Any], client: str) -> Schedule:
    """Read the settings by height.

    Args:
        config: the file's config, with names in lower case.
        client: `besu` or `goquorum`.

    Raises:
        GenesisError: they are malformed, contradictory or not known.
    """
    if config.get("clique") is not None:
        raise GenesisError("The genesis file configures Clique, which is no BFT engine.")
    return _besu(config) if client == BESU else _goquorum(config)


def _besu(config: Mapping[str, Any]) -> Schedule:
    transitions = config.get("transitions")
    if transitions is None:
        transitions = {}
    if not isinstance(transitions, dict):
        raise GenesisError("Besu's transitions are an object; name the client if this is a GoQuorum file.")
    settings.demand_known(transitions, frozenset({"ibft", "ibft2", "qbft"}), "the transitions")
    if config.get("istanbul") is not None:
        raise GenesisError("Besu has no istanbul section; name the client if this is a GoQuorum file.")
    engines = _besu_engines(config)
    changes: list[Change] = []
    for name, engine, end in engines:
        listed = settings.entries(transitions.get(name), name)
        changes += _besu_changes(name, config[name], listed, (engine.start, end))
    if set(transitions) - {name for name, _, _ in engines}:
        raise GenesisError("There are transitions of an engine that is not configured.")
    return Schedule(
        BESU, _curve(config), tuple(engine for _, engine, _ in engines), tuple(changes), _london(config)
    )  # fmt: skip


def _besu_engines(config: Mapping[str, Any]) -> list[tuple[str, Engine, int | None]]:
    """Give the engines in order of height, each with the height at which the next one begins."""
    found: list[tuple[str, Engine]] = []
    for name, rules in (("ibft", BftRules.IBFT1), ("ibft2", BftRules.IBFT2), ("qbft", BftRules.QBFT)):
        section = config.get(name)
        if section is None:
            continue
        start = settings.whole_number(section, "startblock", 0)
        # With epochs of no blocks Besu divides by zero at its first block.
        epoch = settings.positive_number(section, "epochlength", settings.DEFAULT_EPOCH)
        # Besu's epochs count from the block before a migrated engine's first.
        found.append((name, Engine(start, rules, epoch, max(start - 1, 0))))
    found.sort(key=lambda item: item[1].start)
    starts = [engine.start for _, engine in found]
    if not starts or starts[0] != 0:
        raise GenesisError("The genesis file configures no BFT engine from block 0 on.")
    if len(set(starts)) != len(starts):
        raise GenesisError("Two engines begin at the same block.")
    ends: list[int | None] = [*starts[1:], None]
    return [(name, engine, end) for (name, engine), end in zip(found, ends, strict=True)]


def _besu_changes(
    name: str, section: Mapping[str, Any], listed: list[Mapping[str, Any]], span: tuple[int, int | None]
) -> list[Change]:
    """Give one engine's changes; a transition keeps what it does not name."""
    settings.demand_known(section, _BESU_SECTION, name)
    contract = settings.contract_address(section)
    if any(contract) and (name != "qbft" or settings.selection_mode(section) == "blockheader"):
        raise GenesisError("A validator contract is named where Besu takes the set from headers.")
    if settings.selection_mode(section) == "contract" and not any(contract):
        raise GenesisError("Contract mode lacks the contract's address.")
    seconds = settings.positive_number(section, "blockperiodseconds", 1)
    milliseconds = settings.whole_number(section, "xblockperiodmilliseconds", 0)
    changes = [Change(span[0], _gap(seconds, milliseconds), contract if any(contract) else None)]
    before = span[0]
    for entry in listed:
        settings.demand_known(entry, _BESU_TRANSITION, "a transition")
        block = settings.whole_number(entry, "block", None)
        if block <= before or (span[1] is not None and block >= span[1]):
            raise GenesisError(f"A transition at block {block} does not lie within its engine, or stands twice.")
        before = block
        seconds = settings.positive_number(entry, "blockperiodseconds", seconds)
        milliseconds = settings.whole_number(entry, "xblockperiodmilliseconds", milliseconds)
        changes.append(_besu_change(name, entry, block, _gap(seconds, milliseconds)))
    return changes


def _besu_change(name: str, entry: Mapping[str, Any], block: int, period: int) -> Change:
    mode, contract = settings.selection_mode(entry), entry.get("validatorcontractaddress")
    members = settings.override(entry)
    if mode is None:
        if contract is not None:
            raise GenesisError("A transition names a validator contract without the mode; Besu ignores it there.")
        return Change(block, period, None, members)
    if name != "qbft":
        raise GenesisError("Only QBFT has a validator selection mode.")
    if mode == "blockheader":
        if members is None:
            raise GenesisError("A transition to header mode lacks its validators.")
        return Change(block, period, ZERO_ADDRESS, members)
    if contract is None or not any(settings.contract_address(entry)):
        raise GenesisError("Contract mode lacks the contract's address.")
    return Change(block, period, settings.contract_address(entry))


def _gap(seconds: int, milliseconds: int) -> int:
    # With a period in milliseconds Besu drops the rule: two blocks may share a second.
    return 0 if milliseconds else seconds


def _goquorum(config: Mapping[str, Any]) -> Schedule:
    if config.get("eccurve") not in (None, "secp256k1"):
        raise GenesisError("GoQuorum has no other curve than secp256k1.")
    engines, changes, section = _goquorum_base(config)
    epoch = engines[0].epoch_length
    contract, mode = settings.contract_address(section), settings.selection_mode(section)
    for entry in settings.entries(config.get("transitions"), "GoQuorum"):
        _demand_predictable(entry, epoch)
        block = settings.whole_number(entry, "block", None)
        rules = _algorithm(entry) or engines[-1].rules
        if rules is not engines[-1].rules:
            if engines[-1].start == block:
                engines.pop()
            engines.append(Engine(block, rules, epoch, 0))
        named = settings.contract_address(entry)
        contract = named if any(named) else contract
        later = settings.selection_mode(entry) or mode
        if mode == "contract" and later == "blockheader":
            raise GenesisError("GoQuorum's way back from contract mode is not predictable; give a checkpoint after it.")
        mode = later
        period = settings.whole_number(entry, "blockperiodseconds", 0) or None
        changes.append(Change(block, period, contract if mode == "contract" and any(contract) else None))
    return Schedule(GOQUORUM, Curve.SECP256K1, tuple(engines), tuple(changes), None)


def _goquorum_base(config: Mapping[str, Any]) -> tuple[list[Engine], list[Change], Mapping[str, Any]]:
    name, section = _goquorum_section(config)
    if not isinstance(section, dict):
        raise GenesisError("A consensus section is no object.")
    settings.demand_known(section, _ISTANBUL_SECTION if name == "istanbul" else _GOQUORUM_SECTION, name)
    if section.get("validators"):
        raise GenesisError("A validator set in GoQuorum's config is not supported; it belongs in the extraData.")
    epoch = settings.epoch_length(section, "epoch" if name == "istanbul" else "epochlength")
    # The legacy section has no period: it is an option of each node, and one second the least.
    period = 1 if name == "istanbul" else settings.whole_number(section, "blockperiodseconds", 0) or _GOQUORUM_PERIOD
    engines = [Engine(0, BftRules.QBFT if name == "qbft" else BftRules.IBFT1, epoch, 0)]
    if name == "istanbul" and section.get("testqbftblock") is not None:
        start = settings.whole_number(section, "testqbftblock", None)
        engines = [*engines[: min(start, 1)], Engine(start, BftRules.QBFT, epoch, 0)]
    contract = settings.contract_address(section)
    in_contract = settings.selection_mode(section) == "contract" and any(contract)
    return engines, [Change(0, period, contract if in_contract else None)], section


def _goquorum_section(config: Mapping[str, Any]) -> tuple[str, Any]:
    present = [name for name in ("qbft", "ibft", "istanbul") if config.get(name) is not None]
    if len(present) == 1:
        return present[0], config[present[0]]
    listed = settings.entries(config.get("transitions"), "GoQuorum")
    if not present and listed and listed[0]["block"] == 0 and (rules := _algorithm(listed[0])) is not None:
        # GoQuorum takes the whole section from a transition at block 0.
        names = ("epochlength", "blockperiodseconds", "validatorcontractaddress")
        return ("qbft" if rules is BftRules.QBFT else "ibft"), {n: listed[0][n] for n in names if n in listed[0]}
    raise GenesisError("The genesis file configures no BFT engine, or more than one.")


def _demand_predictable(entry: Mapping[str, Any], epoch: int) -> None:
    settings.demand_known(entry, _GOQUORUM_TRANSITION, "a transition")
    if entry.get("validators"):
        raise GenesisError("GoQuorum's validator overrides are not predictable; give a checkpoint after them.")
    # The epoch is kept in each node's snapshots and changes there only after a restart.
    if settings.whole_number(entry, "epochlength", 0) not in (0, epoch):
        raise GenesisError("GoQuorum's changed epoch length is not predictable; give a checkpoint after it.")


def _algorithm(entry: Mapping[str, Any]) -> BftRules | None:
    name = entry.get("algorithm")
    if name in (None, ""):
        return None
    known = {"qbft": BftRules.QBFT, "ibft": BftRules.IBFT1}
    if isinstance(name, str) and name.lower() in known:
        return known[name.lower()]
    raise GenesisError("A transition names an unknown algorithm.")


def _curve(config: Mapping[str, Any]) -> Curve:
    name = config.get("eccurve", "secp256k1")
    if name not in ("secp256k1", "secp256r1"):
        raise GenesisError("The genesis file's curve is not known.")
    return Curve(name)


def _london(config: Mapping[str, Any]) -> int | None:
    value = config.get("londonblock")
    return None if value is None else settings.whole_number(config, "londonblock", None)

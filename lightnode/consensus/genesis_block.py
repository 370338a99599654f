"""Block 0 as each client makes it from its genesis file (Besu `GenesisState`, go-ethereum `Genesis.ToBlock`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lightnode.consensus.constants import EMPTY_OMMERS_HASH
from lightnode.consensus.errors import GenesisError
from lightnode.consensus.genesis_settings import HEX_DIGITS, hex_bytes, number
from lightnode.consensus.header import Header, decode_header
from lightnode.consensus.schedule import GOQUORUM, Schedule
from lightnode.errors import WireError
from lightnode.wire.trie import EMPTY_ROOT
from lightnode.wire.types import ZERO_HASH, Hash32, address, hash32

_DEFAULT_BASE_FEE = 1_000_000_000
_EMPTY_REQUESTS_HASH = bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
# A fork that is not named is active with the next one named; the last ones are experimental in Besu.
_FORK_TIMES = ("shanghaitime", "cancuntime", "praguetime", "osakatime", "futureeipstime", "experimentaleipstime")
_SHANGHAI, _CANCUN, _PRAGUE = range(3)


def build(document: Mapping[str, Any], config: Mapping[str, Any], schedule: Schedule, state_root: Hash32) -> Header:
    """Make the header of block 0.

    Args:
        document: the genesis file, names of its first level in lower case.
        config: its config, all names in lower case.
        schedule: read from the config.
        state_root: of `alloc`.

    Raises:
        GenesisError: a field is missing, malformed or too wide.
    """
    if number(document.get("number") or 0, "number") != 0:
        raise GenesisError("The genesis file's block is not block 0.")
    besu = schedule.client != GOQUORUM
    try:
        header = Header(
            parent_hash=_hash(document, "parentHash", besu),
            ommers_hash=EMPTY_OMMERS_HASH,
            beneficiary=address(hex_bytes(document.get("coinbase", "0x" + "00" * 20), "coinbase")),
            state_root=state_root,
            transactions_root=EMPTY_ROOT,
            receipts_root=EMPTY_ROOT,
            logs_bloom=bytes(256),
            difficulty=_hex_in_besu(besu, document.get("difficulty"), "difficulty"),
            number=0,
            gas_limit=number(document.get("gaslimit", document.get("gastarget") if besu else None), "gasLimit"),
            gas_used=0 if besu else number(document.get("gasused", 0), "gasUsed"),
            timestamp=number(document.get("timestamp", 0), "timestamp"),
            extra_data=hex_bytes(document.get("extradata"), "extraData"),
            mix_hash=_hash(document, "mixHash", besu),
            nonce=_hex_in_besu(besu, document.get("nonce", 0), "nonce").to_bytes(8, "big"),
            **(_fork_fields(document, config) if besu else {}),
        )
        # Widths are those of any header.
        return decode_header(header.encode())
    except (WireError, OverflowError) as cause:
        raise GenesisError("A field of the genesis block has another width than it should.") from cause


def _hex_in_besu(besu: bool, value: Any, name: str) -> int:
    """Read a number whose text Besu takes for hex even without 0x."""
    if besu and isinstance(value, str) and 1 <= len(value) <= 64 and HEX_DIGITS.issuperset(value):
        return int(value, 16)
    return number(value, name)


def _hash(document: Mapping[str, Any], name: str, fill: bool) -> Hash32:
    """Read 32 bytes, zero where absent; Besu fills shorter ones with zeros on the left."""
    value = document.get(name.lower())
    if value is None:
        return ZERO_HASH
    digits = value[2:] if isinstance(value, str) and value[:2] in ("0x", "0X") else value
    if not isinstance(digits, str):
        raise GenesisError(f"The genesis file's {name} is no hex.")
    return hash32(hex_bytes(digits.rjust(64, "0") if fill else digits, name))


def _fork_fields(document: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    """Give the fields after the fifteenth that Besu writes into block 0 for forks active from the start."""
    at = number(document.get("timestamp", 0), "timestamp")
    fields: dict[str, Any] = {}
    if document.get("basefeepergas") is not None:
        fields["base_fee_per_gas"] = number(document["basefeepergas"], "baseFeePerGas")
    elif config.get("londonblock") == 0:
        # Also on a network without base fee (zeroBaseFee).
        fields["base_fee_per_gas"] = _DEFAULT_BASE_FEE
    if _active(config, _SHANGHAI, at):
        fields["withdrawals_root"] = EMPTY_ROOT
    if _active(config, _CANCUN, at):
        fields["blob_gas_used"] = number(document.get("blobgasused", 0), "blobGasUsed")
        fields["excess_blob_gas"] = number(document.get("excessblobgas", 0), "excessBlobGas")
        fields["parent_beacon_block_root"] = _hash(document, "parentBeaconBlockRoot", False)
    if _active(config, _PRAGUE, at):
        fields["requests_hash"] = hash32(_EMPTY_REQUESTS_HASH)
    return fields


def _active(config: Mapping[str, Any], fork: int, at: int) -> bool:
    named = next((name for name in _FORK_TIMES[fork:] if config.get(name) is not None), None)
    return named is not None and number(config[named], named) <= at

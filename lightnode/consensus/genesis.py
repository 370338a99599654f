"""A Besu or GoQuorum genesis file: its schedule, its block 0 with the state root of `alloc`, and its validator contract.

Invariants: a setting that changes a rule and is not known is refused, never guessed. The state root is computed from
`alloc` and never read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lightnode.consensus import genesis_schedule
from lightnode.consensus.constants import EMPTY_OMMERS_HASH
from lightnode.consensus.errors import GenesisError
from lightnode.consensus.extra_data import ExtraData, decode_extra_data
from lightnode.consensus.hashes import genesis_hash
from lightnode.consensus.header import Header
from lightnode.consensus.schedule import BESU, GOQUORUM, Schedule
from lightnode.errors import LightNodeError, WireError
from lightnode.wire import rlp
from lightnode.wire.account_proof import EMPTY_CODE, Account
from lightnode.wire.json_value import parse
from lightnode.wire.keccak import keccak256
from lightnode.wire.trie import EMPTY_ROOT, secure_trie
from lightnode.wire.types import ZERO_HASH, Address, Hash32, address, hash32

MAX_BYTES = 32 * 1024 * 1024
_DEFAULT_BASE_FEE = 1_000_000_000
_EMPTY_REQUESTS_HASH = bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")


@dataclass(frozen=True, slots=True)
class GenesisAccount:
    """An account of `alloc`.

    Attributes:
        account: its leaf.
        storage: words by slot.
    """

    account: Account
    storage: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class ChainConfig:
    """What a genesis file says.

    Attributes:
        chain_id: for transactions.
        schedule: settings by height.
        header: block 0.
        extra: its decoded extraData.
        block_hash: its hash.
        accounts: `alloc`, by address.
        digest: Keccak-256 of the genesis file's bytes.
    """

    chain_id: int
    schedule: Schedule
    header: Header
    extra: ExtraData
    block_hash: Hash32
    accounts: Mapping[Address, GenesisAccount]
    digest: Hash32


def load_genesis(data: bytes, client: str | None = None) -> ChainConfig:
    """Read a genesis file.

    Args:
        data: JSON.
        client: `besu` or `goquorum`; found out where None.

    Raises:
        GenesisError: not readable, or with settings that are not known.
    """
    if client not in (None, BESU, GOQUORUM):
        raise GenesisError(f"No client is named {client}.")
    try:
        return _load(data, client)
    except GenesisError:
        raise
    except LightNodeError as cause:
        raise GenesisError(f"The genesis file is not readable: {cause.text}") from cause
    except RecursionError as cause:
        raise GenesisError("The genesis file is nested too deep.") from cause


def _load(data: bytes, client: str | None) -> ChainConfig:
    document = parse(data, MAX_BYTES)
    if not isinstance(document, dict) or not isinstance(document.get("config"), dict):
        raise GenesisError("The genesis file has no config.")
    config = document["config"]
    schedule = genesis_schedule.read(config, client or genesis_schedule.guess_client(config))
    accounts = _accounts(document.get("alloc") or {})
    header = _header(document, config, schedule, accounts)
    extra = decode_extra_data(schedule.rules(0), header.extra_data, genesis=True)
    return ChainConfig(
        chain_id=number(config.get("chainId"), "chainId"),
        schedule=schedule,
        header=header,
        extra=extra,
        block_hash=genesis_hash(schedule.rules(0), header),
        accounts=accounts,
        digest=keccak256(data),
    )


def number(value: Any, name: str) -> int:
    """Read a number as genesis files write it: JSON number, decimal text or hex text, with or without zeros.

    Raises:
        GenesisError: something else.
    """
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str) and len(value) <= 80 and value.isascii():
        try:
            return int(value, 16) if value[:2].lower() == "0x" else int(value, 10)
        except ValueError:
            pass
    raise GenesisError(f"The genesis file's {name} is no number.")


def hex_bytes(value: Any, name: str) -> bytes:
    """Read bytes in hex, with or without 0x.

    Raises:
        GenesisError: something else.
    """
    if not isinstance(value, str):
        raise GenesisError(f"The genesis file's {name} is missing.")
    try:
        return bytes.fromhex(value[2:] if value[:2].lower() == "0x" else value)
    except ValueError as cause:
        raise GenesisError(f"The genesis file's {name} is not hex.") from cause


def _accounts(alloc: Any) -> dict[Address, GenesisAccount]:
    if not isinstance(alloc, dict):
        raise GenesisError("The genesis file's alloc is no object.")
    accounts: dict[Address, GenesisAccount] = {}
    for name, entry in alloc.items():
        key = hex_bytes(name, "account address")
        if len(key) != 20 or Address(key) in accounts:
            raise GenesisError("An account of alloc is malformed or stands there twice.")
        if not isinstance(entry, dict):
            raise GenesisError("An account of alloc is no object.")
        accounts[address(key)] = _account(entry)
    return accounts


def _account(entry: Mapping[str, Any]) -> GenesisAccount:
    stored = entry.get("storage") or {}
    if not isinstance(stored, dict):
        raise GenesisError("An account's storage is no object.")
    storage = {
        int.from_bytes(hex_bytes(slot, "storage slot"), "big"): int.from_bytes(hex_bytes(word, "storage word"), "big")
        for slot, word in stored.items()
    }
    storage = {slot: word for slot, word in storage.items() if word}
    if any(slot >> 256 or word >> 256 for slot, word in storage.items()):
        raise GenesisError("A storage slot or word exceeds 32 bytes.")
    root = storage_root(storage)
    code = hex_bytes(entry["code"], "account code") if entry.get("code") else b""
    account = Account(
        number(entry.get("nonce") or 0, "account nonce"),
        number(entry.get("balance") or 0, "account balance"),
        root,
        keccak256(code) if code else EMPTY_CODE,
    )
    return GenesisAccount(account, storage)


def storage_root(storage: Mapping[int, int]) -> Hash32:
    """Give the root of a storage trie."""
    return secure_trie(
        (slot.to_bytes(32, "big"), rlp.encode(rlp.encode_uint(word))) for slot, word in storage.items()
    ).root


def _header(
    document: Mapping[str, Any],
    config: Mapping[str, Any],
    schedule: Schedule,
    accounts: Mapping[Address, GenesisAccount],
) -> Header:
    try:
        state = secure_trie((key, account_leaf(item.account)) for key, item in accounts.items()).root
        return Header(
            parent_hash=_hash(document, "parentHash", ZERO_HASH),
            ommers_hash=EMPTY_OMMERS_HASH,
            beneficiary=address(hex_bytes(document.get("coinbase", "0x" + "00" * 20), "coinbase")),
            state_root=state,
            transactions_root=EMPTY_ROOT,
            receipts_root=EMPTY_ROOT,
            logs_bloom=bytes(256),
            difficulty=number(document.get("difficulty"), "difficulty"),
            number=number(document.get("number", 0), "number"),
            gas_limit=number(document.get("gasLimit"), "gasLimit"),
            gas_used=number(document.get("gasUsed", 0), "gasUsed"),
            timestamp=number(document.get("timestamp", 0), "timestamp"),
            extra_data=hex_bytes(document.get("extraData"), "extraData"),
            mix_hash=_hash(document, "mixHash", ZERO_HASH),
            nonce=number(document.get("nonce", 0), "nonce").to_bytes(8, "big"),
            **_fork_fields(document, config, schedule),
        )
    except (WireError, OverflowError) as cause:
        raise GenesisError("A field of the genesis block has another width than it should.") from cause


def account_leaf(account: Account) -> bytes:
    """Give the value of an account in the state trie."""
    return rlp.encode(
        [rlp.encode_uint(account.nonce), rlp.encode_uint(account.balance), account.storage_root, account.code_hash]
    )


def _hash(document: Mapping[str, Any], name: str, default: Hash32) -> Hash32:
    return hash32(hex_bytes(document[name], name)) if document.get(name) is not None else default


def _fork_fields(document: Mapping[str, Any], config: Mapping[str, Any], schedule: Schedule) -> dict[str, Any]:
    """Give the fields after the fifteenth that Besu writes into block 0 for forks active from the start."""
    fields: dict[str, Any] = {}
    if schedule.client == GOQUORUM:
        return fields
    at = number(document.get("timestamp", 0), "timestamp")

    def active(name: str) -> bool:
        return config.get(name) is not None and number(config[name], name) <= at

    if schedule.london_block == 0 or active("shanghaiTime"):
        default = 0 if config.get("zeroBaseFee") else _DEFAULT_BASE_FEE
        fields["base_fee_per_gas"] = number(document.get("baseFeePerGas", default), "baseFeePerGas")
    if active("shanghaiTime"):
        fields["withdrawals_root"] = EMPTY_ROOT
    if active("cancunTime"):
        fields["blob_gas_used"] = number(document.get("blobGasUsed", 0), "blobGasUsed")
        fields["excess_blob_gas"] = number(document.get("excessBlobGas", 0), "excessBlobGas")
        fields["parent_beacon_block_root"] = _hash(document, "parentBeaconBlockRoot", ZERO_HASH)
    if active("pragueTime"):
        fields["requests_hash"] = hash32(_EMPTY_REQUESTS_HASH)
    return fields

"""A Besu or GoQuorum genesis file: its schedule, its block 0 with the state root of `alloc`, and its validator contract.

Invariants: a setting that changes a rule and is not known is refused, never guessed. The state root is computed from
`alloc` and never read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from lightnode.consensus import genesis_block, genesis_forks, genesis_schedule
from lightnode.consensus.contract_pin import ContractPin, ContractPinError
from lightnode.consensus.errors import GenesisError
from lightnode.consensus.extra_data import BftRules, ExtraData, decode_extra_data
from lightnode.consensus.genesis_forks import NamedFork
from lightnode.consensus.genesis_settings import HEX_DIGITS, account_number, hex_bytes, lower_names, number
from lightnode.consensus.hashes import block_hash, genesis_hash
from lightnode.consensus.header import Header
from lightnode.consensus.schedule import BESU, GOQUORUM, Schedule
from lightnode.errors import LightNodeError
from lightnode.wire import rlp
from lightnode.wire.account_proof import EMPTY_CODE, Account
from lightnode.wire.json_value import parse
from lightnode.wire.keccak import keccak256
from lightnode.wire.trie import secure_trie
from lightnode.wire.types import Address, Hash32, address

MAX_BYTES = 32 * 1024 * 1024
# Besu's base fee never falls below this many wei (London's rules, in whole wei).
LEAST_BASE_FEE = 7


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
        contracts: what the operator or the profile pins of validator contracts, by address.
        forks: as the file names them.
        exceptions: block hashes by height at which the operator lets EXTRA-AMBIGUOUS pass by a signed order (H9).
    """

    chain_id: int
    schedule: Schedule
    header: Header
    extra: ExtraData
    block_hash: Hash32
    accounts: Mapping[Address, GenesisAccount]
    digest: Hash32
    contracts: Mapping[Address, ContractPin] = field(default_factory=dict)
    forks: tuple[NamedFork, ...] = ()
    exceptions: Mapping[int, Hash32] = field(default_factory=dict)

    def pin(self, contracts: Mapping[Address, ContractPin]) -> ChainConfig:
        """Give the same with what the operator says of validator contracts.

        Raises:
            ContractPinError: the network has no such contract, or `alloc` holds other code for it.
        """
        named = {change.contract for change in self.schedule.changes}
        for contract, pin in contracts.items():
            if contract not in named:
                raise ContractPinError(f"The genesis file names no validator contract 0x{contract.hex()}.")
            known = self.accounts.get(contract)
            if known is not None and pin.code_hash not in (None, known.account.code_hash):
                raise ContractPinError(f"The genesis file holds other code for 0x{contract.hex()}.")
        return replace(self, contracts=contracts)


def load_genesis(data: bytes, client: str | None = None) -> ChainConfig:
    """Read a genesis file.

    Args:
        data: JSON.
        client: `besu` or `goquorum`; found out where None.

    Raises:
        GenesisError: not readable, or with settings that are not known.
    """
    if client not in (None, BESU, GOQUORUM):
        raise GenesisError(f"No client is named {client!a}.")
    try:
        return _load(data, client)
    except GenesisError:
        raise
    except LightNodeError as cause:
        raise GenesisError(f"The genesis file is not readable: {cause.text}") from cause
    except RecursionError as cause:
        raise GenesisError("The genesis file is nested too deep.") from cause
    except MemoryError as cause:
        raise GenesisError("The genesis file takes more memory than there is.") from cause


def looks_like(data: bytes) -> str:
    """Give the client whose genesis file this looks like, `besu` or `goquorum`.

    Args:
        data: a genesis file that `load_genesis` takes.
    """
    return genesis_schedule.guess_client(lower_names(_lower_first_level(parse(data, MAX_BYTES))["config"]))


def asks_base_fee(data: bytes, config: ChainConfig) -> bool:
    """Tell whether a genesis file describes a network on which gas has a base fee: London without `zeroBaseFee`.

    Args:
        data: the genesis file.
        config: read from it. GoQuorum has no base fee; a fixed one in Besu is the nodes' minimum, which may be zero.
    """
    if config.schedule.client != BESU or config.schedule.london_block is None:
        return False
    settings = lower_names(_lower_first_level(parse(data, MAX_BYTES))["config"])
    return not (settings.get("zerobasefee") is True or settings.get("fixedbasefee") is True)


def _load(data: bytes, client: str | None) -> ChainConfig:
    document = parse(data, MAX_BYTES)
    document = _lower_first_level(document) if isinstance(document, dict) else {}
    if not isinstance(document.get("config"), dict):
        raise GenesisError("The genesis file has no config.")
    config = lower_names(document["config"])
    schedule = genesis_schedule.read(config, client or genesis_schedule.guess_client(config))
    accounts = _accounts(document.get("alloc") or {}, schedule.client)
    state_root = secure_trie((key, item.account.encode()) for key, item in accounts.items()).root
    header = genesis_block.build(document, config, schedule, state_root)
    extra = _extra_data(schedule, header)
    return ChainConfig(
        chain_id=_chain_id(config),
        schedule=schedule,
        header=header,
        extra=extra,
        block_hash=genesis_hash(schedule.rules(0), header),
        accounts=accounts,
        digest=keccak256(data),
        forks=genesis_forks.read_forks(config),
    )


def _lower_first_level(document: Mapping[str, Any], what: str = "the genesis file") -> dict[str, Any]:
    """Both clients take these names in any case, as they do in each account; those of `alloc` are addresses."""
    result = {name.lower(): value for name, value in document.items()}
    if len(result) != len(document):
        raise GenesisError(f"Two members of {what} differ in upper and lower case only.")
    return result


def _chain_id(config: Mapping[str, Any]) -> int:
    chain_id = number(config.get("chainid"), "chainId")
    if not 1 <= chain_id < 1 << 64:
        raise GenesisError("The genesis file's chainId is zero or exceeds 64 bits.")
    return chain_id


def _extra_data(schedule: Schedule, header: Header) -> ExtraData:
    """Read block 0's extraData, from which the first set comes."""
    rules = schedule.rules(0)
    extra = decode_extra_data(rules, header.extra_data, genesis=True)
    if len(set(extra.validators)) != len(extra.validators):
        raise GenesisError("The genesis file's extraData names a validator twice.")
    if not extra.validators and schedule.contract(1) is None and schedule.override(1) is None:
        raise GenesisError("The genesis file's extraData names no validators.")
    if (
        rules is BftRules.QBFT
        and schedule.client == GOQUORUM
        and block_hash(rules, header) != keccak256(header.encode())
    ):
        raise GenesisError("The genesis file's extraData has a round or seals, which GoQuorum leaves out of the hash.")
    return extra


def _word(value: Any, name: str) -> int:
    """Read a storage slot or word: hex of at most 32 bytes, with or without 0x and leading zeros."""
    digits = value[2:] if isinstance(value, str) and value[:2] in ("0x", "0X") else value
    if not isinstance(digits, str) or not 1 <= len(digits) <= 64 or not HEX_DIGITS.issuperset(digits):
        raise GenesisError(f"The genesis file has a {name} that is no hex of at most 32 bytes.")
    return int(digits, 16)


def _accounts(alloc: Any, client: str) -> dict[Address, GenesisAccount]:
    if not isinstance(alloc, dict):
        raise GenesisError("The genesis file's alloc is no object.")
    accounts: dict[Address, GenesisAccount] = {}
    for name, entry in alloc.items():
        key = hex_bytes(name, "account address")
        if len(key) != 20 or Address(key) in accounts:
            raise GenesisError("An account of alloc is malformed or stands there twice.")
        if not isinstance(entry, dict):
            raise GenesisError("An account of alloc is no object.")
        accounts[address(key)] = _account(_lower_first_level(entry, "an account"), client)
    return accounts


def _account(entry: Mapping[str, Any], client: str) -> GenesisAccount:
    stored = entry.get("storage") or {}
    if not isinstance(stored, dict):
        raise GenesisError("An account's storage is no object.")
    storage = {_word(slot, "storage slot"): _word(word, "storage word") for slot, word in stored.items()}
    if len(storage) != len(stored):
        raise GenesisError("A storage slot of the genesis file stands there twice.")
    storage = {slot: word for slot, word in storage.items() if word}
    root = storage_root(storage)
    code = hex_bytes(entry["code"], "account code") if entry.get("code") else b""
    nonce = account_number(entry.get("nonce"), "account nonce", always_hex=client == BESU)
    balance = account_number(entry.get("balance"), "account balance")
    if nonce >> 64 or balance >> 256:
        raise GenesisError("An account's nonce or balance is too large.")
    account = Account(nonce, balance, root, keccak256(code) if code else EMPTY_CODE)
    return GenesisAccount(account, storage)


def storage_root(storage: Mapping[int, int]) -> Hash32:
    """Give the root of a storage trie."""
    return secure_trie(
        (slot.to_bytes(32, "big"), rlp.encode(rlp.encode_uint(word))) for slot, word in storage.items()
    ).root

"""What governance pins of a registry on a network: its code, its proxy's form, the program behind it, read from a node.

Invariants: what is called proven was proven under one verified header; a node's word is taken only where the person asked
for that, and is called a claim. A form is found, not guessed: a contract that keeps a program in two places, or asks a
beacon for no version, is refused until the person says what it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from desktop.errors import DesktopError
from desktop.services.adoption import ContractMissingError
from desktop.services.job_errors import ProviderLiesError
from lightnode.consensus.genesis import ChainConfig
from lightnode.errors import WireError
from lightnode.light_client.choices import Mode, SyncChoices
from lightnode.light_client.follower import Follower, Progress
from lightnode.light_client.ledger_source import LedgerSource
from lightnode.registries.program import (
    BEACON_SLOT,
    BEACON_VERSIONS,
    IMPLEMENTATION_SLOT,
    OWNED_SLOT,
    VERSION_SLOT,
)
from lightnode.registries.solidity_storage import value_key_slot
from lightnode.rpc.ledger import Ledger, hex_data
from lightnode.rpc.patience import patiently
from lightnode.wire import json_value as js
from lightnode.wire.account_proof import EMPTY_CODE, verify_get_proof
from lightnode.wire.keccak import keccak256
from lightnode.wire.profile import PinnedRegistry
from lightnode.wire.registry_pins import ERC1967, OWNED, VERSIONED_BEACON
from lightnode.wire.types import Address, Hash32

# Where each form keeps what it leads to (ebsi note 2.1).
_FORMS = {OWNED_SLOT: OWNED, IMPLEMENTATION_SLOT: ERC1967, BEACON_SLOT: VERSIONED_BEACON}


class ProxyFormError(DesktopError):
    """How a contract leads to its program cannot be told."""

    code = "REGISTRY-FORM"
    advice = (
        "Ask the registry's operator how its proxy works, and give --registry whole: code, form, program, its code."
    )


@dataclass(frozen=True, slots=True)
class Seen:
    """An account as read.

    Attributes:
        code_hash: of its code.
        words: by slot, every slot asked for.
    """

    code_hash: Hash32
    words: dict[int, int]


class Reader(Protocol):
    """Reads accounts."""

    @property
    def basis(self) -> str:
        """Say in one sentence what the readings rest on."""

    @property
    def proven(self) -> bool:
        """Tell whether readings are proven."""

    def account(self, who: Address, slots: Sequence[int]) -> Seen:
        """Read an account."""


class ProvenReader:
    """Reads under the newest header that the light client verified from genesis."""

    proven = True

    def __init__(self, ledger: Ledger, config: ChainConfig, now: Callable[[], int], progress: Progress | None) -> None:
        """Follow the network to the node's head.

        Args:
            ledger: the node.
            config: of the network.
            now: gives unix seconds.
            progress: told how far it is.

        Raises:
            LightNodeError: the node gives trouble, or a header breaks a rule.
        """
        self._source = LedgerSource(ledger)
        reason = "Registries are pinned once, under the newest block."
        choices = SyncChoices(mode=Mode.SKIPPING, mode_reason=reason, trusting_period=None)
        follower = Follower(config, self._source, None, choices)
        follower.demand_network()
        follower.follow(ledger.height(), now(), progress)
        self._end = follower.end

    @property
    def basis(self) -> str:
        """Name the block."""
        return f"Proven under the state of block {self._end.height}, 0x{self._end.block_hash.hex()}."

    def account(self, who: Address, slots: Sequence[int]) -> Seen:
        """Prove an account.

        Raises:
            ProviderLiesError: the proof does not hold.
            ContractMissingError: no contract stands there.
        """
        height = self._end.height
        try:
            answer = self._source.proof(who, slots, height)
            proven = verify_get_proof(self._end.header.state_root, who, slots, answer)
        except WireError as cause:
            raise ProviderLiesError(f"A proof of the state after block {height} fails: {cause.text}") from cause
        if proven.account is None or proven.account.code_hash == EMPTY_CODE:
            raise ContractMissingError(f"There is no contract at 0x{who.hex()}.")
        return Seen(proven.account.code_hash, dict(proven.storage))


class ClaimedReader:
    """Takes the node's word, for networks whose nodes prove no state."""

    proven = False
    basis = "Claimed by the node, not proven: compare every code hash with the registry's operator before signing."

    def __init__(self, ledger: Ledger) -> None:
        """Ask a node."""
        self._ledger = ledger

    def account(self, who: Address, slots: Sequence[int]) -> Seen:
        """Ask for code and words.

        Raises:
            ContractMissingError: the node says that no contract stands there.
            RpcError: the node gives trouble.
        """
        code = self._ledger.code(who)
        if not code:
            raise ContractMissingError(f"There is no contract at 0x{who.hex()}, says the node.")
        return Seen(keccak256(code), {slot: self._word(who, slot) for slot in slots})

    def _word(self, who: Address, slot: int) -> int:
        def ask() -> int:
            answer = self._ledger.client.call("eth_getStorageAt", [hex_data(who), hex(slot), "latest"])
            return int.from_bytes(js.data(answer), "big")

        return patiently(ask)


def read_pin(reader: Reader, kind: str, where: Address, born: int) -> PinnedRegistry:
    """Read what is to be pinned of a registry.

    Args:
        reader: reads accounts.
        kind: of the registry.
        where: its address.
        born: first block in which it can have been called; 0 where not known.

    Raises:
        ProxyFormError: how it leads to its program cannot be told.
        ContractMissingError: no contract stands there, or behind it.
    """
    seen = reader.account(where, [*_FORMS, VERSION_SLOT])
    named = [slot for slot in _FORMS if seen.words[slot]]
    if not named:
        return PinnedRegistry(kind, where, seen.code_hash, born=born)
    if len(named) > 1:
        raise ProxyFormError(f"The contract at 0x{where.hex()} names a program in {len(named)} places.")
    form, target = _FORMS[named[0]], _address(seen.words[named[0]], where)
    if form != VERSIONED_BEACON:
        return PinnedRegistry(
            kind, where, seen.code_hash, form, target, reader.account(target, ()).code_hash, born=born
        )
    version = seen.words[VERSION_SLOT] & (1 << 64) - 1
    if not version:
        raise ProxyFormError(
            f"The contract at 0x{where.hex()} asks a beacon for no version, so that nothing can be pinned."
        )
    slot = value_key_slot(version, BEACON_VERSIONS)
    beacon = reader.account(target, [slot])
    program = _address(beacon.words[slot], target)
    code = reader.account(program, ()).code_hash
    return PinnedRegistry(kind, where, seen.code_hash, form, program, code, target, beacon.code_hash, born)


def _address(word: int, where: Address) -> Address:
    if not 0 < word < 1 << 160:
        raise ProxyFormError(f"The contract at 0x{where.hex()} keeps something else than an address for its program.")
    return Address(word.to_bytes(20, "big"))

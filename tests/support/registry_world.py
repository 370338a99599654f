"""Registries behind proxies in a made ledger, with the pins that governance would give them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from lightnode.registries.pin import ProxyForm, RegistryKind, RegistryPin
from lightnode.registries.reading import Reading, read_registry
from lightnode.registries.storage_walk import Plan
from lightnode.wire.keccak import keccak256
from lightnode.wire.types import Address
from tests.support.made_ledger import MadeLedger

T = TypeVar("T")

PROXY, PROGRAM, BEACON = (Address(bytes([number]) * 20) for number in (0x51, 0x52, 0x53))
PROXY_CODE, PROGRAM_CODE, BEACON_CODE = b"\x60proxy", b"\x60program", b"\x60beacon"
OWNED = int("374014623ccdbd855a45d836395df846caa813a7589de277f1f1a9e7796d57ea", 16) + 1
ERC1967 = int("360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc", 16)
BEACON_PLACE = int("a3f0ad74e5423aebfd80d3ef4346578335a9a72aeaee59ff6cb3582b35133d50", 16)
VERSION_PLACE = int.from_bytes(keccak256(b"eip1967.versionedbeaconproxy.version"), "big") - 1


def number(address: bytes) -> int:
    """Give an address as the word that storage keeps."""
    return int.from_bytes(address, "big")


def proxy_words(form: ProxyForm) -> dict[int, int]:
    """Give the words of a proxy that leads to the program."""
    return {
        ProxyForm.NONE: {},
        ProxyForm.OWNED: {OWNED - 1: 0xAD, OWNED: number(PROGRAM)},
        ProxyForm.ERC1967: {ERC1967: number(PROGRAM)},
        ProxyForm.VERSIONED_BEACON: {BEACON_PLACE: number(BEACON), VERSION_PLACE: 7},
    }[form]


def pin_of(kind: RegistryKind, form: ProxyForm = ProxyForm.OWNED) -> RegistryPin:
    """Give the pin of a registry in these worlds."""
    bare, beacon = form is ProxyForm.NONE, form is ProxyForm.VERSIONED_BEACON
    return RegistryPin(
        kind, PROXY, keccak256(PROXY_CODE), form, None if bare else PROGRAM,
        None if bare else keccak256(PROGRAM_CODE), BEACON if beacon else None, keccak256(BEACON_CODE) if beacon else None,
    )  # fmt: skip


def world_with(storage: Mapping[int, int], form: ProxyForm = ProxyForm.OWNED) -> MadeLedger:
    """Give a ledger whose block 1 holds a registry of this storage."""
    ledger = MadeLedger()
    ledger.put(PROXY, PROXY_CODE, {**storage, **proxy_words(form)})
    ledger.put(PROGRAM, PROGRAM_CODE)
    versions = int.from_bytes(keccak256((7).to_bytes(32, "big") + (1).to_bytes(32, "big")), "big")
    ledger.put(BEACON, BEACON_CODE, {0: 0xAD, versions: number(PROGRAM)})
    ledger.block()
    return ledger


def read(ledger: MadeLedger, kind: RegistryKind, plan: Plan[T], height: int | None = None) -> Reading[T]:
    """Read a value in the state after a block, the newest unless given."""
    at = ledger.chain.height if height is None else height
    return read_registry(ledger.route, ledger.header(at), pin_of(kind), plan)

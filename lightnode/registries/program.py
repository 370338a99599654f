"""Which program is in force at a registry, proven in the state after a block, and whether it is the pinned one (Q3).

Every EBSI registry stands behind a proxy whose program its administrators may exchange; what its storage means hangs on
the program. Sources: ebsi.md 2.1, `contracts/proxy` and `contracts/beacon-proxy` of EBSI's core services.

Invariants: address and code hash of the proxy, of the program and of a beacon are proven under one header; a registry is
read only while all of them are the pinned ones. Over a route without state no program is proven; there its proxy's own
events show an exchange within the scanned blocks, and nothing more is said.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from lightnode.consensus.verified_header import VerifiedHeader
from lightnode.proofs.log_filter import LogFilter
from lightnode.proofs.state import ProvenState
from lightnode.registries.errors import LogRangeError, ProgramChangedError, StorageFormError
from lightnode.registries.pin import ProxyForm, RegistryPin
from lightnode.registries.proven_logs import ProvenLogs
from lightnode.registries.solidity_storage import address_word, base_slot, erc1967_slot, member, value_key_slot
from lightnode.wire.abi_types import event_topic
from lightnode.wire.account_proof import EMPTY_CODE
from lightnode.wire.types import Address, Hash32, Height

OWNED_SLOT = member(base_slot("diamond.standard.diamond.storage.proxy"), 1)
IMPLEMENTATION_SLOT = erc1967_slot("eip1967.proxy.implementation")
BEACON_SLOT = erc1967_slot("eip1967.proxy.beacon")
VERSION_SLOT = erc1967_slot("eip1967.versionedbeaconproxy.version")
# Of the beacon: owner and newest version share slot 0, `implementation(version)` stands in the mapping at slot 1.
BEACON_VERSIONS = 1

UPGRADED = event_topic("Upgraded(address)")
BEACON_UPGRADED = event_topic("BeaconUpgraded(address)")
PROXY_UPGRADED = event_topic("ProxyUpgraded(uint64,uint64,address)")
UPGRADES = frozenset({UPGRADED, BEACON_UPGRADED, PROXY_UPGRADED})

_SLOTS = {
    ProxyForm.NONE: (),
    ProxyForm.OWNED: (OWNED_SLOT,),
    ProxyForm.ERC1967: (IMPLEMENTATION_SLOT,),
    ProxyForm.VERSIONED_BEACON: (BEACON_SLOT, VERSION_SLOT),
}


class ProgramState(enum.Enum):
    """What is known of the program that a statement rests on."""

    PROVEN = "pinned program proven in this state"
    WATCHED = "no exchange of the program in the scanned blocks; the program itself is not proven over this route"
    UNPROVEN = "not proven over this route"


class StateRoute(Protocol):
    """A way to proofs of state, as `lightnode.proofs.routes` has them."""

    @property
    def name(self) -> str:
        """Give the route's name as answers show it."""

    def state(self, header: VerifiedHeader, account: Address, slots: Sequence[int] = ()) -> ProvenState:
        """Give an account and words of its storage, proven under a header."""


@dataclass(frozen=True, slots=True)
class Program:
    """The program in force at a registry after a block, all of it proven.

    Attributes:
        height: of the block.
        address: of the registry.
        code_hash: of the code there.
        form: how that address leads to the program.
        implementation: address of the program; None where there is no proxy.
        implementation_code_hash: of its code; None where there is no proxy.
        beacon: contract that a versioned beacon proxy asks, else None.
        beacon_code_hash: of its code, else None.
        version: that the proxy asks its beacon for, else None.
    """

    height: Height
    address: Address
    code_hash: Hash32
    form: ProxyForm
    implementation: Address | None = None
    implementation_code_hash: Hash32 | None = None
    beacon: Address | None = None
    beacon_code_hash: Hash32 | None = None
    version: int | None = None


def read_program(route: StateRoute, header: VerifiedHeader, address: Address, form: ProxyForm) -> Program:
    """Prove which program is in force at an address.

    Args:
        route: proves state.
        header: of the block.
        address: of the registry.
        form: of its proxy; it must be known, since a slot of another form says nothing.

    Raises:
        ProgramChangedError: no contract stands there, or behind it.
        LightNodeError: the state cannot be proven.
    """
    state = route.state(header, address, _SLOTS[form])
    code = _code(state)
    if form is ProxyForm.NONE:
        return Program(header.height, address, code, form)
    if form is not ProxyForm.VERSIONED_BEACON:
        program = _address(state.storage[_SLOTS[form][0]], state)
        return Program(header.height, address, code, form, program, _code(route.state(header, program)))
    beacon = _address(state.storage[BEACON_SLOT], state)
    version = state.storage[VERSION_SLOT] & (1 << 64) - 1
    slot = value_key_slot(version, BEACON_VERSIONS)
    asked = route.state(header, beacon, (slot,))
    program = _address(asked.storage[slot], asked)
    hashes = _code(route.state(header, program)), _code(asked)
    return Program(header.height, address, code, form, program, hashes[0], beacon, hashes[1], version)


def demand_program(route: StateRoute, header: VerifiedHeader, pin: RegistryPin) -> Program:
    """Prove that the pinned program is in force.

    Raises:
        ProgramChangedError: another one is, or none.
        LightNodeError: the state cannot be proven.
    """
    found = read_program(route, header, pin.address, pin.proxy_form)
    parts = (
        ("code at its address", found.code_hash, pin.code_hash),
        ("beacon", found.beacon, pin.beacon),
        ("beacon's code", found.beacon_code_hash, pin.beacon_code_hash),
        ("program", found.implementation, pin.implementation),
        ("program's code", found.implementation_code_hash, pin.implementation_code_hash),
    )
    for what, proven, pinned in parts:
        if proven != pinned:
            raise ProgramChangedError(
                f"The {pin.kind.value} registry's program changed at or before block {header.height}: its {what} is "
                f"{_shown(proven)}, pinned is {_shown(pinned)}."
            )
    return found


def upgrade_filter(pin: RegistryPin) -> LogFilter:
    """Give the filter for the events by which a registry's proxy tells that its program was exchanged."""
    return LogFilter(frozenset({pin.address}), (UPGRADES,))


def demand_no_upgrade(pin: RegistryPin, logs: ProvenLogs) -> None:
    """Demand that a complete scan with `upgrade_filter` found no exchange of the program.

    Raises:
        ProgramChangedError: it found one.
        LogRangeError: a log of it is another contract's, or no such event.
    """
    for placed in logs.logs:
        log = placed.log
        if log.address != pin.address or not log.topics or log.topics[0] not in UPGRADES:
            raise LogRangeError("A log of the scan for exchanged programs is no such event of this registry.")
        raise ProgramChangedError(
            f"The {pin.kind.value} registry's program was exchanged in block {placed.height}, as its proxy's event says."
        )


def _code(state: ProvenState) -> Hash32:
    if state.code_hash == EMPTY_CODE:
        raise ProgramChangedError(f"No contract stands at 0x{state.address.hex()} after block {state.height}.")
    return state.code_hash


def _address(word: int, state: ProvenState) -> Address:
    if word == 0:
        raise ProgramChangedError(
            f"The proxy at 0x{state.address.hex()} names no program of the pinned form after block {state.height}."
        )
    try:
        return address_word(word)
    except StorageFormError as cause:
        raise ProgramChangedError(
            f"The proxy at 0x{state.address.hex()} holds no address where its form keeps the program."
        ) from cause


def _shown(value: bytes | None) -> str:
    return "none" if value is None else "0x" + value.hex()

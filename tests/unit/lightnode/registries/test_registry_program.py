"""The program in force: proven for each form of proxy, refused where it is another, watched by its proxy's own events."""

from __future__ import annotations

import dataclasses

import pytest

from lightnode.proofs.errors import NotProvableError, StateUnprovenError
from lightnode.proofs.routes import PublicRoute
from lightnode.registries.errors import LogRangeError, PinFormError, ProgramChangedError
from lightnode.registries.pin import ProxyForm, RegistryKind, RegistryPin
from lightnode.registries.program import demand_no_upgrade, demand_program, read_program, upgrade_filter
from lightnode.wire.abi import event_topic
from lightnode.wire.keccak import keccak256
from lightnode.wire.receipt import Log
from lightnode.wire.types import Address, Hash32
from tests.support.made_ledger import MadeLedger
from tests.support.registry_world import (
    BEACON,
    BEACON_CODE,
    BEACON_PLACE,
    ERC1967,
    OWNED,
    PROGRAM,
    PROGRAM_CODE,
    PROXY,
    PROXY_CODE,
    VERSION_PLACE,
    number,
    pin_of,
    world_with,
)

OTHER = Address(b"\x99" * 20)
FORMS = list(ProxyForm)


@pytest.mark.parametrize("form", FORMS)
def test_the_pinned_program_is_proven(form: ProxyForm) -> None:
    ledger = world_with({1: 2}, form)
    found = demand_program(ledger.route, ledger.header(1), pin_of(RegistryKind.DID, form))
    assert (found.height, found.address, found.code_hash) == (1, PROXY, keccak256(PROXY_CODE))
    assert found.implementation == (None if form is ProxyForm.NONE else PROGRAM)
    assert found.implementation_code_hash == (None if form is ProxyForm.NONE else keccak256(PROGRAM_CODE))
    beacon = form is ProxyForm.VERSIONED_BEACON
    assert (found.beacon, found.version) == ((BEACON, 7) if beacon else (None, None))
    assert set(ledger.asked) == {"eth_getProof"}


def _exchange(ledger: MadeLedger, what: str, form: ProxyForm) -> None:
    slot = {ProxyForm.OWNED: OWNED, ProxyForm.ERC1967: ERC1967, ProxyForm.VERSIONED_BEACON: BEACON_PLACE}.get(form)
    if what == "code":
        ledger.state[PROXY].code = b"\x60other"
    elif what == "gone":
        del ledger.state[PROXY]
    elif what == "program" and slot is not None:
        ledger.put(OTHER, PROGRAM_CODE)
        ledger.state[PROXY].storage[slot] = number(OTHER)
    elif what == "program's code":
        ledger.state[PROGRAM].code = b"\x60other"
    elif what == "no program" and slot is not None:
        del ledger.state[PROXY].storage[slot]
    elif what == "no address" and slot is not None:
        ledger.state[PROXY].storage[slot] |= 1 << 200
    elif what == "version":
        ledger.state[PROXY].storage[VERSION_PLACE] = 8
    elif what == "beacon's code":
        ledger.state[BEACON].code = b"\x60other"
    elif what == "beacon's program":
        ledger.put(OTHER, PROGRAM_CODE)
        for slot_of_beacon, word in ledger.state[BEACON].storage.items():
            if word == number(PROGRAM):
                ledger.state[BEACON].storage[slot_of_beacon] = number(OTHER)


BY_ALL = ("code", "gone")
BY_PROXIES = ("program", "program's code", "no program", "no address")
BY_BEACONS = ("version", "beacon's code", "beacon's program")
EXCHANGES = [
    (form, what) for form in FORMS
    for what in (*BY_ALL, *(BY_PROXIES if form is not ProxyForm.NONE else ()),
                 *(BY_BEACONS if form is ProxyForm.VERSIONED_BEACON else ()))
]  # fmt: skip


@pytest.mark.parametrize(("form", "what"), EXCHANGES)
def test_another_program_is_refused_and_the_block_before_stays_good(form: ProxyForm, what: str) -> None:
    ledger, pin = world_with({1: 2}, form), pin_of(RegistryKind.ISSUERS, form)
    _exchange(ledger, what, form)
    ledger.block()
    with pytest.raises(ProgramChangedError) as caught:
        demand_program(ledger.route, ledger.header(2), pin)
    assert caught.value.code == "REGISTRY-PROGRAM"
    assert "block 2" in caught.value.text or what == "no address"
    assert demand_program(ledger.route, ledger.header(1), pin).height == 1


def test_a_node_that_names_another_program_is_found_out() -> None:
    ledger = world_with({})
    lying = MadeLedger()
    lying.put(PROXY, PROXY_CODE, {OWNED: number(OTHER)})
    lying.put(OTHER, PROGRAM_CODE)
    lying.block()
    with pytest.raises(StateUnprovenError):
        read_program(lying.route, ledger.header(1), PROXY, ProxyForm.OWNED)


def test_the_public_route_proves_no_program() -> None:
    ledger = world_with({})
    with pytest.raises(NotProvableError):
        demand_program(PublicRoute(ledger), ledger.header(1), pin_of(RegistryKind.DID))


def _upgraded(signature: str, emitter: Address = PROXY) -> Log:
    return Log(emitter, (event_topic(signature), Hash32(bytes(12) + OTHER)), b"")


@pytest.mark.parametrize(
    "signature", ["Upgraded(address)", "BeaconUpgraded(address)", "ProxyUpgraded(uint64,uint64,address)"]
)
def test_the_proxys_own_event_tells_of_an_exchange(signature: str) -> None:
    ledger, pin = world_with({}), pin_of(RegistryKind.TIMESTAMP)
    ledger.block([_upgraded(signature, OTHER)])
    demand_no_upgrade(pin, ledger.scan(upgrade_filter(pin), 1, 2))
    ledger.block([_upgraded(signature)])
    with pytest.raises(ProgramChangedError, match="block 3"):
        demand_no_upgrade(pin, ledger.scan(upgrade_filter(pin), 1, 3))


def test_logs_of_another_scan_are_refused() -> None:
    ledger, pin = world_with({}), pin_of(RegistryKind.TIMESTAMP)
    ledger.block([_upgraded("Upgraded(address)")])
    scan = ledger.scan(upgrade_filter(pin), 1, 2)
    with pytest.raises(LogRangeError):
        demand_no_upgrade(dataclasses.replace(pin, address=OTHER), scan)


@pytest.mark.parametrize("form", FORMS)
def test_a_pin_is_whole(form: ProxyForm) -> None:
    pin = pin_of(RegistryKind.DID, form)
    for name in ("implementation", "implementation_code_hash", "beacon", "beacon_code_hash"):
        value = getattr(pin, name)
        with pytest.raises(PinFormError):
            dataclasses.replace(pin, **{name: b"\1" * 32 if value is None else None})
    assert RegistryPin(*(getattr(pin, field.name) for field in dataclasses.fields(pin))) == pin


def test_beacon_code_is_compared() -> None:
    assert pin_of(RegistryKind.DID, ProxyForm.VERSIONED_BEACON).beacon_code_hash == keccak256(BEACON_CODE)

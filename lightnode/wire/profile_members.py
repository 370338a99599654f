"""What a profile is made of: engines, settings, validator contracts, recording and gas policy (members 6, 7, 9, 10, 11).

Invariants: each kind of row is written and read in one place, beside each other; a row of another shape is refused. The
members that came later stand in `profile_terms` and `registry_pins` (docs/adr/0012).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lightnode.errors import WireError
from lightnode.wire import cbor
from lightnode.wire.types import ZERO_HASH, Address, Hash32, address, hash32

ENGINES = ("qbft", "ibft2", "ibft1")
REGISTRY = 1
TIMESTAMP = 2


class ProfileError(WireError):
    """A profile is malformed or contradicts itself."""

    code = "PROFILE"
    advice = "Ask governance for the signed profile of your network."


@dataclass(frozen=True, slots=True)
class EngineSpan:
    """An engine from a height on, as `[start, engine, epoch length, epoch base]`."""

    start: int
    engine: str
    epoch_length: int
    epoch_base: int

    def as_cbor(self) -> list[cbor.Value]:
        """Give its row."""
        return [self.start, self.engine, self.epoch_length, self.epoch_base]


@dataclass(frozen=True, slots=True)
class SettingChange:
    """A change of settings from a height on, as `[start, period, contract, validators]`; null leaves it."""

    start: int
    period_seconds: int | None
    contract: Address | None
    validators: tuple[Address, ...] | None

    def as_cbor(self) -> list[cbor.Value]:
        """Give its row."""
        listed = None if self.validators is None else list(self.validators)
        return [self.start, self.period_seconds, self.contract, listed]


@dataclass(frozen=True, slots=True)
class ValidatorContract:
    """A validator contract with its pinned code, as `[address, code hash, [members] / null, ? slot]`.

    Attributes:
        address: of the contract.
        code_hash: Keccak-256 of its code.
        members: its list in the genesis state; None where a transaction deployed it later.
        slot: of the `address[]`; the row leaves 0 away, as every profile did before there was another.
    """

    address: Address
    code_hash: Hash32
    members: tuple[Address, ...] | None
    slot: int = 0

    def as_cbor(self) -> list[cbor.Value]:
        """Give its row."""
        listed = None if self.members is None else list(self.members)
        return [self.address, self.code_hash, listed, *([self.slot.to_bytes(32, "big")] if self.slot else [])]


@dataclass(frozen=True, slots=True)
class Recording:
    """How acts are recorded: `[way, contract, code hash]`.

    Attributes:
        way: `REGISTRY` or `TIMESTAMP`.
        contract: address that acts are sent to.
        code_hash: Keccak-256 of its code, pinned.
    """

    way: int
    contract: Address
    code_hash: Hash32

    def as_cbor(self) -> list[cbor.Value]:
        """Give its row."""
        return [self.way, self.contract, self.code_hash]


@dataclass(frozen=True, slots=True)
class GasPolicy:
    """What an act's transaction may cost: `[type, highest gas price, gas limit]`.

    Attributes:
        type: 0 or 2.
        max_price: wei a gas; 0 where gas is free.
        limit: gas units.
    """

    type: int
    max_price: int
    limit: int

    def as_cbor(self) -> list[cbor.Value]:
        """Give its row."""
        return [self.type, self.max_price, self.limit]


def read_uint(value: Any) -> int:
    """Read a whole number.

    Raises:
        ProfileError: something else.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ProfileError("A number of a profile is malformed.")
    return value


def read_bytes(value: Any) -> bytes:
    """Read bytes of any length.

    Raises:
        ProfileError: something else.
    """
    if not isinstance(value, bytes):
        raise ProfileError("Bytes of a profile are missing.")
    return value


def read_address(value: Any) -> Address:
    """Read an account's address.

    Raises:
        WireError: something else.
    """
    return address(read_bytes(value))


def read_hash(value: Any) -> Hash32:
    """Read 32 bytes.

    Raises:
        WireError: something else.
    """
    return hash32(read_bytes(value))


def read_engine(item: Any) -> EngineSpan:
    """Read a row of member 6."""
    start, engine, length, base = item
    if engine not in ENGINES or read_uint(length) == 0:
        raise ProfileError("An engine of a profile is malformed.")
    return EngineSpan(read_uint(start), engine, length, read_uint(base))


def read_change(item: Any) -> SettingChange:
    """Read a row of member 7."""
    start, period, contract, validators = item
    return SettingChange(
        read_uint(start),
        None if period is None else read_uint(period),
        None if contract is None else read_address(contract),
        None if validators is None else tuple(read_address(member) for member in validators),
    )


def read_contract(item: Any) -> ValidatorContract:
    """Read a row of member 9."""
    where, code, members, *slots = item
    if len(slots) > 1 or slots == [ZERO_HASH]:
        raise ProfileError("The slot of a validator contract is malformed, or is the usual one and need not be said.")
    return ValidatorContract(
        read_address(where),
        read_hash(code),
        None if members is None else tuple(read_address(member) for member in members),
        int.from_bytes(read_hash(slots[0]), "big") if slots else 0,
    )


def read_recording(item: Any) -> Recording:
    """Read member 10."""
    way, contract, code = item
    if read_uint(way) not in (REGISTRY, TIMESTAMP):
        raise ProfileError("A profile names an unknown way of recording.")
    return Recording(way, read_address(contract), read_hash(code))


def read_gas(item: Any) -> GasPolicy:
    """Read member 11."""
    kind, price, limit = item
    if read_uint(kind) not in (0, 2):
        raise ProfileError("The gas policy of a profile is malformed.")
    return GasPolicy(kind, read_uint(price), read_uint(limit))

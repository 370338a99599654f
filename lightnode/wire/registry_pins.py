"""Which registries stand on a network, with the code of each and of the program behind its proxy (profile member 14).

Every EBSI registry stands behind a proxy whose program its administrators may exchange (ebsi note 2.1): a proven value
means what its layout says only while that program is the pinned one.

Invariants: an address is pinned once; rows ascend by kind and address; a pin names a program, and for a versioned beacon
the beacon, exactly where its proxy's form has one. No pin is of an account without code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lightnode.wire import cbor
from lightnode.wire.account_proof import EMPTY_CODE
from lightnode.wire.profile_members import ProfileError, read_address, read_hash, read_uint
from lightnode.wire.types import ZERO_HASH, Address, Hash32

ACTS = "acts"
TIMESTAMP_KIND = "timestamp"
KINDS = (ACTS, TIMESTAMP_KIND, "did", "issuers", "track-and-trace")
DIRECT = "none"
OWNED = "owned"
ERC1967 = "erc1967"
VERSIONED_BEACON = "versioned-beacon"
# How many items a proxy's row has: form, program, its code, and for a beacon the beacon and its code.
_ITEMS = {OWNED: 3, ERC1967: 3, VERSIONED_BEACON: 5}
FORMS = (DIRECT, *_ITEMS)
MAX_REGISTRIES = 64


@dataclass(frozen=True, slots=True)
class PinnedRegistry:
    """A registry, as `[kind, address, code hash, born, null / [form, program, its code, ? beacon, ? its code]]`.

    Attributes:
        kind: one of `KINDS`.
        address: where calls go and events come from.
        code_hash: Keccak-256 of the code there.
        proxy_form: how that address leads to the program, one of `FORMS`: `OWNED` keeps it at the slot
            keccak("diamond.standard.diamond.storage.proxy") + 1, `ERC1967` at EIP-1967's.
        implementation: address of the program; None without a proxy.
        implementation_code_hash: Keccak-256 of its code; None without a proxy.
        beacon: contract that a versioned beacon proxy asks, else None.
        beacon_code_hash: Keccak-256 of its code, else None.
        born: first block in which the registry can have been called; 0 where it is not known.
    """

    kind: str
    address: Address
    code_hash: Hash32
    proxy_form: str = DIRECT
    implementation: Address | None = None
    implementation_code_hash: Hash32 | None = None
    beacon: Address | None = None
    beacon_code_hash: Hash32 | None = None
    born: int = 0

    def as_cbor(self) -> list[cbor.Value]:
        """Give its row."""
        parts = [self.implementation, self.implementation_code_hash, self.beacon, self.beacon_code_hash]
        proxy = None if self.proxy_form == DIRECT else [self.proxy_form, *parts][: _ITEMS[self.proxy_form]]
        return [self.kind, self.address, self.code_hash, self.born, proxy]

    @property
    def order(self) -> tuple[int, Address]:
        """Where it stands among others."""
        return KINDS.index(self.kind), self.address


def read_registries(value: Any) -> tuple[PinnedRegistry, ...]:
    """Read member 14.

    Raises:
        WireError: malformed, too many, or not in their one order.
    """
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_REGISTRIES:
        raise ProfileError("The registries of a profile are no list, none, or too many.")
    found = tuple(_registry(item) for item in value)
    demand_registries(found)
    return found


def demand_registries(registries: Sequence[PinnedRegistry]) -> None:
    """Demand that registries stand in their one order, each address once.

    Raises:
        ProfileError: they do not.
    """
    orders = [one.order for one in registries]
    if orders != sorted(orders) or len({one.address for one in registries}) != len(registries):
        raise ProfileError("The registries of a profile do not ascend by kind and address, or one stands there twice.")


def _registry(item: Any) -> PinnedRegistry:
    kind, where, code, born, proxy = item
    if kind not in KINDS:
        raise ProfileError("A profile pins a registry of an unknown kind.")
    made = PinnedRegistry(kind, _account(where), _code(code), born=read_uint(born))
    return made if proxy is None else _behind(made, proxy)


def _behind(registry: PinnedRegistry, proxy: Any) -> PinnedRegistry:
    if not isinstance(proxy, list) or not proxy or _ITEMS.get(proxy[0]) != len(proxy):
        raise ProfileError("The proxy of a registry in a profile is of an unknown form, or not whole.")
    program, beacon = _account(proxy[1]), _account(proxy[3]) if len(proxy) > 3 else None
    if len({registry.address, program, beacon}) != 3:
        raise ProfileError("A registry in a profile is its own program or beacon.")
    return PinnedRegistry(
        registry.kind, registry.address, registry.code_hash, proxy[0], program, _code(proxy[2]), beacon,
        _code(proxy[4]) if len(proxy) > 4 else None, registry.born,
    )  # fmt: skip


def _account(value: Any) -> Address:
    found = read_address(value)
    if not any(found):
        raise ProfileError("A registry in a profile stands at the zero address.")
    return found


def _code(value: Any) -> Hash32:
    found = read_hash(value)
    if found in (EMPTY_CODE, ZERO_HASH):
        raise ProfileError("A registry in a profile is pinned to no code.")
    return found

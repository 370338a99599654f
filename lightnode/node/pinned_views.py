"""The views of the registries that a profile pins, behind their proxies: computed only while the pinned program is in force.

Invariants: address, program and beacon are proven under the block asked for and are the pinned ones, else nothing is
answered; where a registry would refuse a call, nothing is answered either: its words of refusal are not part of its storage.
"""

from __future__ import annotations

from collections.abc import Mapping

from lightnode.node.act_registry_views import act_registry
from lightnode.node.errors import UnprovableError
from lightnode.node.timestamp_views import timestamp
from lightnode.node.views import Read, ViewContract
from lightnode.registries import issuers
from lightnode.registries.errors import RegistryReadingError
from lightnode.registries.pin import RegistryKind, RegistryPin
from lightnode.registries.storage_walk import walk
from lightnode.wire import abi
from lightnode.wire.types import Address, Hash32


def pinned_view(pin: RegistryPin) -> ViewContract | None:
    """Give the table of a pinned registry's views; None for a kind of which none is computed.

    Args:
        pin: of the registry.
    """
    makers = {RegistryKind.ACTS: act_registry, RegistryKind.TIMESTAMP: timestamp, RegistryKind.ISSUERS: trusted_issuers}
    make = makers.get(pin.kind)
    if make is None:
        return None
    plain = make(pin.address, pin.code_hash)
    return ViewContract(plain.address, plain.code_hash, plain.views, plain.demand, pin)


def trusted_issuers(address: Address, code_hash: Hash32) -> ViewContract:
    """Give the table of the Trusted Issuers Registry's views: the revision of an attribute that counts.

    Args:
        address: of the registry.
        code_hash: of its code, pinned by the profile.
    """
    return ViewContract(
        address, code_hash, {"getLatestRevisionAttributeId(string,bytes32)": lambda given, read: _latest(given, read)}
    )


def _latest(given: tuple[abi.Value, ...], read: Read) -> bytes:
    did, attribute = given

    def prove(slots: tuple[int, ...]) -> Mapping[int, int]:
        return read(slots)

    try:
        found = walk(issuers.attribute_plan(did, Hash32(attribute)), prove)
    except RegistryReadingError as cause:
        raise UnprovableError(f"The registry's storage cannot be read: {cause.text}") from cause
    if found is None:
        raise UnprovableError("The registry knows no such attribute of this issuer; it would refuse the call.")
    return abi.encode("bytes32", [found.latest.id])

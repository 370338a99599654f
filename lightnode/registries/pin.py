"""What governance pins of a registry: where it stands, its code, and the program that stands behind its proxy."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from lightnode.registries.errors import PinFormError
from lightnode.wire.types import Address, Hash32


class RegistryKind(enum.Enum):
    """Which registry a pin is about."""

    ACTS = "acts"
    TIMESTAMP = "timestamp"
    DID = "did"
    ISSUERS = "issuers"
    TRACK_AND_TRACE = "track-and-trace"


class ProxyForm(enum.Enum):
    """How a registry's address leads to the program in force."""

    NONE = "none"
    OWNED = "owned"
    ERC1967 = "erc1967"
    VERSIONED_BEACON = "versioned-beacon"


@dataclass(frozen=True, slots=True)
class RegistryPin:
    """A registry as governance pins it.

    Attributes:
        kind: which registry.
        address: where calls go and events come from.
        code_hash: Keccak-256 of the code there.
        proxy_form: how that address leads to the program.
        implementation: address of the program; None where there is no proxy.
        implementation_code_hash: Keccak-256 of its code; None where there is no proxy.
        beacon: contract that a versioned beacon proxy asks; None for other forms.
        beacon_code_hash: Keccak-256 of its code; None for other forms.
        born: first block in which the registry can have been called; 0 where it stood in the genesis state or is not known.
    """

    kind: RegistryKind
    address: Address
    code_hash: Hash32
    proxy_form: ProxyForm
    implementation: Address | None = None
    implementation_code_hash: Hash32 | None = None
    beacon: Address | None = None
    beacon_code_hash: Hash32 | None = None
    born: int = 0

    def __post_init__(self) -> None:
        """Refuse a pin that lacks a part, or has one that its form has no place for.

        Raises:
            PinFormError: it does.
        """
        program = (self.implementation, self.implementation_code_hash)
        beacon = (self.beacon, self.beacon_code_hash)
        if any((part is None) != (self.proxy_form is ProxyForm.NONE) for part in program):
            raise PinFormError(
                "A pin names the program behind a proxy, its address and code hash, and no other program."
            )
        if any((part is None) == (self.proxy_form is ProxyForm.VERSIONED_BEACON) for part in beacon):
            raise PinFormError("A pin names a beacon's address and code hash where its proxy asks one, and only there.")

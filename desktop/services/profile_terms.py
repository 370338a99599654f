"""What a person adds to the profile that a genesis file gives: pins, registries, how seals are counted, periods.

Invariant: the profile that comes out is read back from its own bytes, and its network's chain can be begun, before
anybody signs it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from desktop.errors import UsageError
from desktop.services import statements
from desktop.services.registry_pinning import Reader, read_pin
from desktop.services.statements import Term
from lightnode.light_client.network_profile import config_of
from lightnode.wire.payload import Payload, decode_payload
from lightnode.wire.profile import PinnedRegistry, Profile, Strictness, read_profile
from lightnode.wire.registry_pins import KINDS
from lightnode.wire.types import address, hash32


@dataclass(frozen=True, slots=True)
class NamedRegistry:
    """A registry as a person named it.

    Attributes:
        kind: of the registry.
        address: 20 bytes.
        born: first block in which it can have been called; 0 where not known.
        parts: code hash, then form, program, its code hash, beacon, its code hash, as far as given; none to read them.
    """

    kind: str
    address: bytes
    born: int
    parts: tuple[bytes | str, ...]


@dataclass(frozen=True, slots=True)
class AddedTerms:
    """What is added.

    Attributes:
        registries: as named.
        strictness: how to count seals; None to say nothing.
        trusting_period: seconds, or None.
        spacing_milliseconds: or None.
    """

    registries: Sequence[NamedRegistry] = ()
    strictness: Strictness | None = None
    trusting_period: int | None = None
    spacing_milliseconds: int | None = None


def with_terms(profile: Profile, added: AddedTerms, reader: Callable[[], Reader]) -> tuple[Profile, Reader | None]:
    """Give the profile with what is added, and who read registries from a node, if anybody did.

    Args:
        profile: of the genesis file.
        added: by the person.
        reader: opens the node; called only where a registry is to be read.

    Raises:
        UsageError: a registry's kind is not known, or one is named twice.
        DesktopError: a registry cannot be read, or how it leads to its program cannot be told.
    """
    named = added.registries
    if any(one.kind not in KINDS for one in named):
        raise UsageError(f"A registry is of one of the kinds {', '.join(KINDS)}.")
    if len({one.address for one in named}) != len(named):
        raise UsageError("A registry is given twice.")
    opened = reader() if any(not one.parts for one in named) else None
    pins = [_given(one) if opened is None or one.parts else _read(opened, one) for one in named]
    made = replace(
        profile,
        registries=tuple(sorted(pins, key=lambda pin: pin.order)),
        strictness=added.strictness,
        trusting_period=added.trusting_period,
        spacing_milliseconds=added.spacing_milliseconds,
    )
    return made, opened


def payload_of(profile: Profile, term: Term) -> Payload:
    """Give the payload of a profile, read back.

    Raises:
        ProfileError: what was added contradicts the rest.
        ProfileGenesisError: the network's chain cannot be begun from it.
    """
    payload = statements.profile(profile, term)
    config_of(read_profile(decode_payload(payload.encode())))
    return payload


def _read(reader: Reader, one: NamedRegistry) -> PinnedRegistry:
    return read_pin(reader, one.kind, address(one.address), one.born)


def _given(one: NamedRegistry) -> PinnedRegistry:
    pin = PinnedRegistry(one.kind, address(one.address), hash32(_bytes(one.parts[0])), born=one.born)
    if len(one.parts) == 1:
        return pin
    pin = replace(
        pin, proxy_form=str(one.parts[1]), implementation=address(_bytes(one.parts[2])),
        implementation_code_hash=hash32(_bytes(one.parts[3])),
    )  # fmt: skip
    if len(one.parts) == 4:
        return pin
    return replace(pin, beacon=address(_bytes(one.parts[4])), beacon_code_hash=hash32(_bytes(one.parts[5])))


def _bytes(part: bytes | str) -> bytes:
    if isinstance(part, str):
        raise UsageError("A registry is given with a word where bytes belong.")
    return part

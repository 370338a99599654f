"""What a root will hold: the first from what was named, the next from the one before and what changes.

Invariants: a next root has the environment of the one before and the serial after it; keys that nobody names stay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from desktop.errors import UsageError
from desktop.services import key_references
from desktop.services.key_references import Find
from desktop.services.signer_access import SignerAddress
from lightnode.wire.key_set import KeySet
from lightnode.wire.payload import Payload
from lightnode.wire.root import Root, fingerprint_of
from lightnode.wire.types import Hash32


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys as a person names them.

    Attributes:
        named: references; none to leave them as they are.
        threshold: how many sign; None to leave it as it is.
    """

    named: Sequence[str]
    threshold: int | None


@dataclass(frozen=True, slots=True)
class Wish:
    """A root as a person asks for it.

    Attributes:
        environment: None for the previous root's, or training.
        keys: of the root.
        governance: of governance.
        countries: references by country.
        dropped: countries to be named no more.
        serial: None for the one that follows.
    """

    environment: str | None
    keys: Keys
    governance: Keys
    countries: Mapping[str, Sequence[str]]
    dropped: Sequence[str]
    serial: int | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What the root will hold."""

    environment: str
    serial: int
    keys: KeySet
    governance: KeySet
    countries: Mapping[str, KeySet]


def plan(wish: Wish, previous: Root | None, signer: SignerAddress | None) -> Plan:
    """Settle what a root will hold.

    Args:
        wish: what was asked for.
        previous: root that it follows; None for a first one.
        signer: that holds the keys named by label.

    Raises:
        UsageError: keys are missing, or environment, serial or a dropped country do not fit the previous root.
    """
    environment = "training" if previous is None else previous.environment
    serial = 1 if previous is None else previous.serial + 1
    if wish.environment not in (None, environment) and previous is not None:
        raise UsageError(f"The previous root is of the environment {environment}, and so is what follows it.")
    if wish.serial not in (None, serial) and previous is not None:
        raise UsageError(f"The root that follows has the serial {serial}.")
    named = [*wish.keys.named, *wish.governance.named, *(key for keys in wish.countries.values() for key in keys)]
    find = key_references.finder(signer, named)
    countries = {} if previous is None else dict(previous.countries)
    for country in wish.dropped:
        if countries.pop(country, None) is None:
            raise UsageError(f"The previous root names no country {country}.")
    for country, keys in wish.countries.items():
        countries[country] = key_references.key_set(1, [find(key) for key in keys])
    return Plan(
        wish.environment or environment, wish.serial or serial,
        _set("--root-key", wish.keys, None if previous is None else previous.keys, find),
        _set("--governance-key", wish.governance, None if previous is None else previous.governance, find), countries,
    )  # fmt: skip


def fingerprint(payload: Payload) -> Hash32:
    """Give the fingerprint that people will compare."""
    return fingerprint_of(payload.encode())


def threshold(root: Root | None) -> int | None:
    """Give how many sign the root that follows another, beside its own keys."""
    return None if root is None else root.keys.threshold


def _set(option: str, wish: Keys, before: KeySet | None, find: Find) -> KeySet:
    if wish.named:
        return key_references.key_set(wish.threshold or 1, [find(key) for key in wish.named])
    if before is None:
        raise UsageError(f"Name the keys of a first root with {option}.")
    return before if wish.threshold is None else KeySet.of(wish.threshold, before.keys)

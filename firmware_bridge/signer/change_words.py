"""The words of a change on the registry: held against what each can mean, and written for people.

Invariants: a word that is shown is shown whole; one that could not mean what it is shown as is refused.
"""

from __future__ import annotations

from firmware_bridge.errors import PolicyRefusedError
from lightnode.wire.registry import MAX_DAYS, Verb
from lightnode.wire.registry_admin import MAX_MEMBERS, Deployment
from lightnode.wire.root import show_fingerprint

_STATES = {1: "in force", 2: "suspended"}
_ALL_VERBS = sum(1 << verb for verb in Verb)
_RANGES = {
    "Threshold": range(1, MAX_MEMBERS + 1),
    "Holder": range(1, 1 << 32),
    "Record": range(1 << 64),
    "Acts so far": range(MAX_DAYS + 1),
    "From block": range(1 << 64),
    "To block": range(1 << 64),
}
_IN_WORDS = {("From block", 0): "at once", ("To block", 0): "open"}


def show_word(label: str, value: int) -> str:
    """Write a word.

    Args:
        label: what it means, of `MEANINGS`.
        value: the whole word.

    Raises:
        PolicyRefusedError: it lies outside of what its meaning allows.
    """
    if label in ("Administrator", "Member", "Key"):
        _demand(0 < value < 1 << 160, label)
        return show_fingerprint(value.to_bytes(20, "big"))
    if label == "Successor":
        return show_fingerprint(value.to_bytes(32, "big")) if value else "(none)"
    if label == "Verbs":
        return show_verbs(value)
    if label == "State":
        _demand(value in _STATES, label)
        return _STATES[value]
    _demand(value in _RANGES[label], label)
    return _IN_WORDS.get((label, value), str(value))


def show_verbs(mask: int) -> str:
    """Write which verbs a key may use.

    Raises:
        PolicyRefusedError: none at all, or one that nobody knows.
    """
    _demand(mask > 0 and not mask & ~_ALL_VERBS, "Verbs")
    return ", ".join(verb.name.lower() for verb in Verb if mask & 1 << verb)


def demand_sound(deployment: Deployment) -> None:
    """Refuse a governance that nobody could have meant.

    Raises:
        PolicyRefusedError: a member stands twice, is nobody or without a holder number; or the threshold cannot be.
    """
    _demand(len(set(deployment.members)) == len(deployment.members), "Member")
    _demand(all(any(member) for member in deployment.members), "Member")
    _demand(all(holder > 0 for holder in deployment.holders), "Holder")
    _demand(1 <= deployment.threshold <= len(set(deployment.holders)), "Threshold")


def _demand(sound: bool, label: str) -> None:
    if not sound:
        raise PolicyRefusedError(f"The change holds something that cannot be meant: {label}.")

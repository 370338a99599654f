"""Screens of governance's and administrators' changes, and of the registry's creation."""

from __future__ import annotations

from firmware_bridge.signer.screens import Screen, network_name, rows_to_screens, show_time
from lightnode.wire.pack import CreationCode
from lightnode.wire.profile import Profile
from lightnode.wire.registry import Verb
from lightnode.wire.registry_admin import MEANINGS, ChangeCall, Deployment, Operation
from lightnode.wire.root import show_fingerprint

_WORDS = {
    Operation.ADMIT: "Admit an authority",
    Operation.CLOSE: "Close an authority",
    Operation.RESET_ADMINISTRATORS: "Replace all administrators",
    Operation.ADD_GOVERNOR: "Add to governance",
    Operation.REMOVE_GOVERNOR: "Remove from governance",
    Operation.SET_GOVERNANCE_THRESHOLD: "Set governance's threshold",
    Operation.ADD_ADMINISTRATOR: "Add an administrator",
    Operation.REMOVE_ADMINISTRATOR: "Remove an administrator",
    Operation.SET_ADMINISTRATORS_THRESHOLD: "Set the administrators' threshold",
    Operation.ADD_KEY: "Entitle a key",
    Operation.RESTORE_RECORD: "Restore a record",
}
_STATES = {1: "in force", 2: "suspended"}


def screens_for_change(profile: Profile, call: ChangeCall, authority: str) -> tuple[Screen, ...]:
    """Give the screens of a change.

    Args:
        profile: of the network.
        call: decoded.
        authority: name, or fingerprint of its id; empty for governance's own changes.
    """
    if call.operation is None:
        rows = [("What", "Stop a key"), ("Key", show_fingerprint(call.words[0].to_bytes(20, "big")))]
    else:
        act = "Consent to" if call.number is not None else "Propose"
        rows = [("What", _WORDS[call.operation]), ("Step", act)]
        if call.number is not None:
            rows.append(("Change number", str(call.number)))
        if authority:
            rows.append(("Authority", authority))
        rows += [(label, _word(call.operation, label, value)) for label, value in
                 zip(MEANINGS[call.operation], call.words, strict=False)]  # fmt: skip
    if any(call.approval):
        rows.append(("Approval", show_fingerprint(call.approval)))
    rows += [("Network", network_name(profile)), ("Send by", show_time(call.not_after))]
    return rows_to_screens("Change register", rows)


def _word(operation: Operation, label: str, value: int) -> str:
    if label in ("Administrator", "Member", "Key"):
        return show_fingerprint((value & ((1 << 160) - 1)).to_bytes(20, "big"))
    if label == "Successor":
        return show_fingerprint(value.to_bytes(32, "big")) if value else "(none)"
    if label == "Verbs":
        return ", ".join(verb.name.lower() for verb in Verb if value & 1 << verb) or "(none)"
    if label == "State" and operation is Operation.RESTORE_RECORD:
        return _STATES.get(value, f"unknown ({value})")
    if label == "From block" and value == 0:
        return "at once"
    if label == "To block" and value == 0:
        return "open"
    return str(value)


def screens_for_deployment(profile: Profile, code: CreationCode, deployment: Deployment | None) -> tuple[Screen, ...]:
    """Give the screens of a registry's creation; without arguments for one that nobody governs."""
    rows = [("What", f"Create the {code.name}"), ("Code", show_fingerprint(code.code_hash))]
    if deployment is None:
        rows.append(("Members", "(none: nobody governs it)"))
    else:
        rows += [
            (f"Member {holder}", show_fingerprint(member))
            for member, holder in zip(deployment.members, deployment.holders, strict=True)
        ]
        rows.append(("Threshold", f"{deployment.threshold} of {len(set(deployment.holders))}"))
    rows.append(("Network", network_name(profile)))
    return rows_to_screens("Create register", rows)

"""Screens of governance's and administrators' changes, and of the registry's creation."""

from __future__ import annotations

from firmware_bridge.errors import PolicyRefusedError
from firmware_bridge.signer.change_words import demand_sound, show_word
from firmware_bridge.signer.screens import Naming, Screen, network_name, rows_to_screens, show_time
from lightnode.wire.pack import CreationCode
from lightnode.wire.profile import Profile
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
_OF_GOVERNANCE = (Operation.ADD_GOVERNOR, Operation.REMOVE_GOVERNOR, Operation.SET_GOVERNANCE_THRESHOLD)


def screens_for_change(profile: Profile, call: ChangeCall, naming: Naming) -> tuple[Screen, ...]:
    """Give the screens of a change.

    Args:
        profile: of the network.
        call: decoded.
        naming: of the authority; its owner is not asked for here.

    Raises:
        PolicyRefusedError: a word cannot mean what it would be shown as.
    """
    if call.operation is None:
        rows = [("What", "Stop a key"), ("Key", show_word("Key", call.words[0]))]
    else:
        act = "Consent to" if call.number is not None else "Propose"
        rows = [("What", _WORDS[call.operation]), ("Step", act)]
        if call.number is not None:
            rows.append(("Change number", str(call.number)))
        if (call.operation in _OF_GOVERNANCE) == any(call.subject):
            raise PolicyRefusedError("The change is for an authority that it cannot concern, or for none.")
        if any(call.subject):
            rows += naming.rows("Authority", call.subject)
        rows += [(label, show_word(label, value)) for label, value in
                 zip(MEANINGS[call.operation], call.words, strict=False)]  # fmt: skip
        if call.operation is Operation.ADD_KEY and 0 < call.words[3] < call.words[2]:
            raise PolicyRefusedError("The key's last block lies before its first.")
    if any(call.approval):
        rows.append(("Approval", show_fingerprint(call.approval)))
    rows += [("Network", network_name(profile)), ("Send by", show_time(call.not_after))]
    return rows_to_screens("Change register", rows)


def screens_for_deployment(profile: Profile, code: CreationCode, deployment: Deployment | None) -> tuple[Screen, ...]:
    """Give the screens of a registry's creation; without arguments for one that nobody governs.

    Raises:
        PolicyRefusedError: its governance could not have been meant.
    """
    rows = [("What", f"Create the {code.name}"), ("Code", show_fingerprint(code.code_hash))]
    if deployment is None:
        rows.append(("Members", "(none: nobody governs it)"))
    else:
        demand_sound(deployment)
        rows += [
            (f"Holder {holder}", show_fingerprint(member))
            for member, holder in zip(deployment.members, deployment.holders, strict=True)
        ]
        rows.append(("Threshold", f"{deployment.threshold} of {len(set(deployment.holders))}"))
    rows.append(("Network", network_name(profile)))
    return rows_to_screens("Create register", rows)

"""Calls by which an organisation may lock itself out of its DID, told before anything is signed (ebsi.md 2.6, Q9).

From `DidDocumentLib.sol` (v3 and v5): `rollVerificationMethod` on a key of secp256k1 with a capability invocation empties
the entry of the old address at once and makes none for the new key, and so does `expireVerificationMethod`, whatever later
end it names. `_checkController` finds keys by that entry only. A key so rolled in cannot be added again under its own id.

Invariants: a warning is made from the proven document and the call alone; that no warning is given says no more than that
none of these hazards is there.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from lightnode.registries.did_documents import DidDocument, VerificationMethod
from lightnode.registries.did_messages import (
    ExpireVerificationMethod,
    RevokeController,
    RevokeVerificationMethod,
    RollVerificationMethod,
    RollVerificationMethodTuple,
)
from lightnode.registries.typed_call import RegistryCall

SAFER = (
    "addVerificationMethod for the new key, under an id of its own",
    "addVerificationRelationship with capabilityInvocation for the new key",
    "confirm that the registry takes the new key's calls: chancery ledger did, or checkController(did, new address)",
    "only then expire or revoke the old key, with a call that the new key signs",
)
SAFER_CONTROLLERS = (
    "make sure that another controller's key is taken: chancery ledger did for that DID",
    "let that controller make one harmless change of this DID",
    "only then revoke this controller",
)


class Hazard(enum.Enum):
    """What may happen."""

    ROLL_LOCKOUT = "DID-ROLL-LOCKOUT"
    EXPIRES_AT_ONCE = "DID-EXPIRES-AT-ONCE"
    LAST_INVOKER = "DID-LAST-INVOKER"
    LAST_CONTROLLER = "DID-LAST-CONTROLLER"


@dataclass(frozen=True, slots=True)
class RotationWarning:
    """A warning.

    Attributes:
        hazard: which; its value is the stable name.
        locks_out: whether no key of this DID is left that the registry takes, as far as its own document tells.
        text: what would happen.
        safer: the steps to take instead, in order.
        others: other DIDs that control this one and might mend it; their keys were not looked at.
    """

    hazard: Hazard
    locks_out: bool
    text: str
    safer: tuple[str, ...]
    others: tuple[str, ...]


def rotation_warnings(document: DidDocument, call: RegistryCall, time: int) -> tuple[RotationWarning, ...]:
    """Tell which hazards a call on a DID holds.

    Args:
        document: proven, as it stands now.
        call: intended; of another DID or another kind it holds none of these hazards.
        time: of the newest block, unix seconds.
    """
    if getattr(call, "did", None) != document.did:
        return ()
    if isinstance(call, (RollVerificationMethod, RollVerificationMethodTuple)):
        return _ending(document, call.old_method, time, rolled=True)
    if isinstance(call, ExpireVerificationMethod):
        return _ending(document, call.method, time, rolled=False, not_after=call.not_after)
    if isinstance(call, RevokeVerificationMethod):
        return _ending(document, call.method, time, rolled=False)
    if isinstance(call, RevokeController):
        return _controller(document, call.controller)
    return ()


def _ending(
    document: DidDocument, method: str, time: int, *, rolled: bool, not_after: int | None = None
) -> tuple[RotationWarning, ...]:
    key = document.method(method)
    # Without an invocation, or on another curve, the entry by address is not touched.
    if key is None or key.invocation is None or not key.is_secp256k1:
        return ()
    left = [one for one in document.invokers(time) if one.address != key.address]
    own = document.did in document.controllers
    locks_out = own and not left
    others = _others(document)
    warnings = []
    if rolled:
        warnings.append(RotationWarning(Hazard.ROLL_LOCKOUT, locks_out, _rolled(left), SAFER, others))
    elif locks_out and key.may_invoke(time):
        text = f"The key {_short(key)} is the last one of this DID whose calls the registry takes."
        warnings.append(RotationWarning(Hazard.LAST_INVOKER, True, text, SAFER, others))
    if not_after is not None:
        text = (
            f"The registry stops to take the calls of {_short(key)} in the very block of this call, not at the end that it "
            "names: expireVerificationMethod empties the entry of the key's address at once."
        )
        warnings.append(RotationWarning(Hazard.EXPIRES_AT_ONCE, locks_out, text, SAFER, others))
    return tuple(warnings)


def _rolled(left: list[VerificationMethod]) -> str:
    begin = (
        "rollVerificationMethod takes the old key's rights at once and gives the new key none: the registry makes no entry "
        "for the new key's address. "
    )
    if left:
        return begin + f"The DID could then only be changed with {len(left)} other key(s) of its own."
    return begin + "No other key of this DID is taken by the registry: you may lock yourself out of it."


def _controller(document: DidDocument, controller: str) -> tuple[RotationWarning, ...]:
    left = tuple(one for one in document.controllers if one != controller)
    if controller not in document.controllers or left:
        return ()
    text = "This is the only controller: without one, nobody but the registry's own administrators can change the DID."
    return (RotationWarning(Hazard.LAST_CONTROLLER, True, text, SAFER_CONTROLLERS, ()),)


def _others(document: DidDocument) -> tuple[str, ...]:
    return tuple(one for one in document.controllers if one != document.did)


def _short(key: VerificationMethod) -> str:
    return key.id if len(key.id) <= 24 else key.id[:20] + "..."

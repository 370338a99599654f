"""Decisions of governance and administrators: propose, consent, stop a key; what they came to is proven, never assumed.

Invariants: a change counts as in effect only where the registry's storage proves that it is no longer pending, after its
proposal was proven; until then it is called proposed.
"""

from __future__ import annotations

from dataclasses import dataclass

from desktop.errors import DesktopError
from desktop.services import pending_changes, registry_calls, signing
from desktop.services.job_errors import ProviderLiesError
from desktop.services.network_session import NetworkSession
from desktop.services.pending_changes import ChangeEndedError, PendingChange
from desktop.services.registry_calls import KeySlot
from desktop.services.registry_view import RegistryView
from desktop.services.signing import Desk, Done
from desktop.services.workspace import StoredStep
from lightnode.wire.registry_admin import Operation, decode_change_call, is_change
from lightnode.wire.types import Address, Hash32


class ChangePendingError(DesktopError):
    """The same change is proposed already and waits for consents."""

    code = "CHANGE-PENDING"
    advice = "Consent to it with `chancery registry consent`, instead of proposing it again."


class ConsentedError(DesktopError):
    """This person has consented already, with this key or another."""

    code = "CHANGE-CONSENTED"
    advice = "Another person in office has to consent; two keys of one holder count once."


class OfficeError(DesktopError):
    """The key is not in the office that decides."""

    code = "OFFICE"
    advice = "Use a key of a member of governance, or of an administrator of that authority, as the change demands."


class KeyStoppedError(DesktopError):
    """The key was stopped, or its interval has ended."""

    code = "KEY-STOPPED"
    advice = "There is nothing left to stop; `chancery key show` gives the key's last block."


class KeyKnownError(DesktopError):
    """The registry knows the key already, otherwise than asked for, or stopped."""

    code = "KEY-KNOWN"
    advice = "A key is never added again: make a new one and have that added; `chancery key show` gives this one's."


@dataclass(frozen=True, slots=True)
class Wanted:
    """A change as people want it.

    Attributes:
        operation: what it does.
        subject: authority id; zero for governance's own changes.
        words: as `lightnode.wire.registry_admin.MEANINGS` names them.
    """

    operation: Operation
    subject: Hash32
    words: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a proposal or consent came to.

    Attributes:
        done: the finished job.
        change: where the change stands at the verified head.
    """

    done: Done
    change: PendingChange


def draft_proposal(session: NetworkSession, desk: Desk, key_label: str, wanted: Wanted) -> StoredStep:
    """Draft a proposal and store it; nothing is signed yet.

    Raises:
        ChangePendingError: the same waits already.
        JobError: a trouble that is known before the device is asked.
    """
    view = RegistryView(session)
    if view.office(wanted.operation, wanted.subject).threshold > 1:
        padded = (*wanted.words, *([0] * (5 - len(wanted.words))))
        for change in pending_changes.pending(session, view):
            call = change.proposal.call
            if (call.operation, call.subject, call.words) == (wanted.operation, wanted.subject, padded):
                raise ChangePendingError(f"The same is proposed already, as change {change.proposal.number}.")
    return signing.draft_intent(
        session, desk, key_label,
        lambda limit: registry_calls.proposal(session, wanted.operation, wanted.subject, wanted.words, limit),
    )  # fmt: skip


def draft_consent(session: NetworkSession, desk: Desk, key_label: str, change: PendingChange) -> StoredStep:
    """Draft the consent to a change and store it; nothing is signed yet.

    Raises:
        ChangeEndedError: it took effect, or lapsed.
        OfficeError: the key is not in office.
        ConsentedError: this person consented already, and it still needs others.
    """
    number = change.proposal.number
    if change.state != "proposed":
        raise ChangeEndedError(f"Change {number} is {change.state}.")
    who = signing.sender_of(session, desk.signer, key_label).address
    holder = RegistryView(session).holders(change.office, [who])[0]
    if holder is None:
        raise OfficeError(f"The key 0x{who.hex()} is not in the office that decides about change {number}.")
    if holder in {one for _, one in change.consents} and change.counted < change.office.threshold:
        raise ConsentedError(f"Holder {holder} has consented to change {number} already.")
    return signing.draft_intent(
        session, desk, key_label,
        lambda limit: registry_calls.consent(session, change.proposal.call, number, limit),
    )  # fmt: skip


def settle(session: NetworkSession, desk: Desk, stored: StoredStep) -> Outcome:
    """Take a drafted proposal or consent through device and ledger, and prove what it came to.

    Raises:
        JobError: it failed or has to wait.
        BridgeError: the signer gives trouble or refuses.
    """
    outcome = outcome_of(session, signing.complete(session, desk, stored))
    if outcome is None:
        raise ProviderLiesError("The transaction proposed nothing.")
    return outcome


def outcome_of(session: NetworkSession, done: Done) -> Outcome | None:
    """Give what a finished job came to, where it was a proposal or consent; None for any other job."""
    fields = done.job.fields
    if fields.to is None or not is_change(fields.data):
        return None
    call = decode_change_call(fields.data)
    if call.operation is None:
        return None
    view = RegistryView(session)
    if call.number is not None:
        return Outcome(done, pending_changes.show(session, view, call.number))
    place = done.job.place
    proposal = pending_changes.proposal_in(session.observer().block(place.height), view.registry, place.index)
    return None if proposal is None else Outcome(done, pending_changes.stand(view, proposal))


def is_entitled(session: NetworkSession, key: Address, slot: KeySlot) -> bool:
    """Tell whether a key may do already what is asked for.

    Raises:
        KeyKnownError: the registry knows it, but not so.
    """
    known = registry_calls.find_key_slot(session, key)
    if known is None:
        return False
    if (known.authority, known.verbs, known.holder, known.last) != (slot.authority, slot.verbs, slot.holder, slot.last):
        raise KeyKnownError(f"The registry knows the key 0x{key.hex()} already, but not as asked for.")
    return True


def draft_stop(session: NetworkSession, desk: Desk, key_label: str, key: Address) -> StoredStep:
    """Draft the stop of a key and store it; nothing is signed yet.

    Raises:
        KeyUnknownError: the registry does not know the key.
        KeyStoppedError: its interval has ended already.
        OfficeError: the one who stops is no administrator of the key's authority.
    """
    view = RegistryView(session)
    slot = view.key(key)
    if slot is None:
        raise registry_calls.KeyUnknownError(f"The registry knows no key 0x{key.hex()}.")
    if slot.last is not None and slot.last <= view.height:
        raise KeyStoppedError(f"The key 0x{key.hex()} ended with block {slot.last}.")
    who = signing.sender_of(session, desk.signer, key_label).address
    office = view.office(Operation.ADD_KEY, slot.authority)
    if view.holders(office, [who])[0] is None:
        raise OfficeError(f"The key 0x{who.hex()} is no administrator of the authority whose key is to be stopped.")
    return signing.draft_intent(session, desk, key_label, lambda limit: registry_calls.stop(session, key, limit))

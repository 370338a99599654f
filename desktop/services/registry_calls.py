"""What can be done on the act registry, as intents: acts, changes by governance and administrators, its creation.

Invariants: the authority of an act is the one the ledger names for the key, proven under a verified header; calldata is
made here once and checked again by the signer and by the registry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from desktop.errors import DesktopError
from desktop.services.drafting import Draft, Place
from desktop.services.network_session import NetworkSession
from desktop.services.transacting import Intent
from lightnode.wire import registry_admin
from lightnode.wire import registry_slots as slots
from lightnode.wire.profile import REGISTRY
from lightnode.wire.registry import ActCall, Verb
from lightnode.wire.registry_admin import ChangeCall, Deployment, Operation, propose
from lightnode.wire.types import ZERO_HASH, Address, Hash32

ALL_VERBS = sum(1 << verb for verb in Verb)


class RegistryMissingError(DesktopError):
    """The profile names no act registry."""

    code = "REGISTRY-MISSING"
    advice = "Deploy the registry with `chancery registry deploy`, and use the profile that this makes."


class KeyUnknownError(DesktopError):
    """The registry knows no such key."""

    code = "KEY-UNKNOWN"
    advice = "Have the key added by the authority's administrators with `chancery key add`."


class RecordUnknownError(DesktopError):
    """The registry holds no such record."""

    code = "RECORD-UNKNOWN"
    advice = "Check the record's number."


@dataclass(frozen=True, slots=True)
class KeySlot:
    """What the registry says of a key, proven.

    Attributes:
        authority: ledger id.
        verbs: bit mask.
        first: block from which it may.
        last: last block in which it may; None while open.
        holder: number within the authority.
    """

    authority: Hash32
    verbs: int
    first: int
    last: int | None
    holder: int


@dataclass(frozen=True, slots=True)
class Change:
    """A change of an existing record: suspend, reinstate, revoke or acknowledge.

    Attributes:
        verb: which.
        record: number.
        act_count: acts on it so far.
    """

    verb: Verb
    record: int
    act_count: int


def registry_of(session: NetworkSession) -> Address:
    """Give the registry's address.

    Raises:
        RegistryMissingError: the profile names none.
    """
    recording = session.profile.recording
    if recording is None or recording.way != REGISTRY:
        raise RegistryMissingError("The profile names no act registry.")
    return recording.contract


def key_slot(session: NetworkSession, key: Address) -> KeySlot:
    """Give what the registry says of a key, proven at the verified head.

    Raises:
        KeyUnknownError: nothing.
    """
    found = find_key_slot(session, key)
    if found is None:
        raise KeyUnknownError(f"The registry knows no key 0x{key.hex()}.")
    return found


def find_key_slot(session: NetworkSession, key: Address) -> KeySlot | None:
    """Give what the registry says of a key, proven at the verified head; None where it says nothing."""
    first = slots.key_slot(key)
    asked = [first, slots.next_slot(first)]
    proven = session.observer().account(registry_of(session), session.catch_up(), asked)
    authority, packed = proven.storage[asked[0]], proven.storage[asked[1]]
    if authority == 0:
        return None
    read = slots.unpack_key(packed)
    return KeySlot(Hash32(authority.to_bytes(32, "big")), read.verbs, read.first, read.last, read.holder)


def is_admitted(session: NetworkSession, authority: Hash32) -> bool:
    """Tell whether an authority is in office, proven at the verified head."""
    slot = slots.authority_slot(authority)
    proven = session.observer().account(registry_of(session), session.catch_up(), [slot])
    return proven.storage[slot] & 0xFF == 1


def act_count(session: NetworkSession, record: int) -> int:
    """Give the acts on a record so far, proven at the verified head.

    Raises:
        RecordUnknownError: there is no such record.
    """
    slot = slots.record_slot(record)
    proven = session.observer().account(registry_of(session), session.catch_up(), [slot, slots.COUNTERS])
    if record >= slots.unpack_counters(proven.storage[slots.COUNTERS])[1]:
        raise RecordUnknownError(f"The registry has no record {record}.")
    return slots.unpack_record(proven.storage[slot]).acts


def place_of(session: NetworkSession, authority: Hash32) -> Place:
    """Give where records of an authority belong."""
    return Place(session.profile.genesis_hash, registry_of(session), authority)


def register(session: NetworkSession, draft: Draft, place: Place, receiver: Hash32, not_after: int) -> Intent:
    """Give the intent that registers a record."""
    call = ActCall(
        Verb.REGISTER, place.genesis, place.authority, draft.template.ledger_id, draft.commitment, 1, None, None,
        receiver, draft.valid_until, not_after, ZERO_HASH,
    )  # fmt: skip
    return _act(session, call, draft, place)


def supersede(
    session: NetworkSession, draft: Draft, place: Place, receiver: Hash32, not_after: int, old: tuple[int, int]
) -> Intent:
    """Give the intent that replaces a record, named with its act count, by a new one."""
    call = ActCall(
        Verb.SUPERSEDE, place.genesis, None, draft.template.ledger_id, draft.commitment, 1, *old,
        receiver, draft.valid_until, not_after, ZERO_HASH,
    )  # fmt: skip
    return _act(session, call, draft, place)


def change(session: NetworkSession, what: Change, not_after: int) -> Intent:
    """Give the intent that changes the state of a record."""
    call = ActCall(
        what.verb, session.profile.genesis_hash, None, None, None, 1, what.record, what.act_count, ZERO_HASH, 0,
        not_after, ZERO_HASH,
    )  # fmt: skip
    title = f"{what.verb.name.lower()} record {what.record}"
    return Intent("", title, registry_of(session), call.encode(), not_after)


def admit(session: NetworkSession, authority: Hash32, administrator: Address, holder: int, not_after: int) -> Intent:
    """Give the intent by which governance admits an authority."""
    words = (int.from_bytes(administrator, "big"), holder)
    return proposal(session, Operation.ADMIT, authority, words, not_after)


def add_key(session: NetworkSession, authority: Hash32, key: KeySlot, who: Address, not_after: int) -> Intent:
    """Give the intent by which administrators entitle a key."""
    return proposal(session, Operation.ADD_KEY, authority, key_words(key, who), not_after)


def key_words(key: KeySlot, who: Address) -> tuple[int, ...]:
    """Give the words of the change that entitles a key."""
    return (int.from_bytes(who, "big"), key.verbs, key.first, key.last or 0, key.holder)


def proposal(
    session: NetworkSession, operation: Operation, subject: Hash32, words: tuple[int, ...], not_after: int
) -> Intent:
    """Give the intent that proposes a change; it takes effect at once only where one consent is enough."""
    call = propose(session.profile.genesis_hash, operation, subject, words, not_after, ZERO_HASH)
    title = f"propose: {operation.name.lower().replace('_', ' ')}"
    return Intent("", title, registry_of(session), call.encode(), not_after)


def consent(session: NetworkSession, proposed: ChangeCall, number: int, not_after: int) -> Intent:
    """Give the intent that consents to a proposed change, which the call names whole."""
    call = registry_admin.consent(proposed, number, not_after, ZERO_HASH)
    return Intent("", f"consent to change {number}", registry_of(session), call.encode(), not_after)


def stop(session: NetworkSession, key: Address, not_after: int) -> Intent:
    """Give the intent by which an administrator stops a key."""
    call = registry_admin.stop_key(session.profile.genesis_hash, key, not_after, ZERO_HASH)
    return Intent("", "stop a key", registry_of(session), call.encode(), not_after)


def deploy(
    session: NetworkSession, code: bytes, members: Mapping[Address, int], threshold: int, not_after: int
) -> Intent:
    """Give the intent that creates the registry.

    Args:
        session: the open network.
        code: creation code without arguments.
        members: governance's addresses with their holder numbers.
        threshold: how many must agree.
        not_after: when the job is given up; the ledger itself sets no limit.
    """
    made = Deployment(session.profile.genesis_hash, tuple(members), tuple(members.values()), threshold)
    return Intent("", "create the act registry", None, code + made.encode(), not_after)


def _act(session: NetworkSession, call: ActCall, draft: Draft, place: Place) -> Intent:
    return Intent(
        template=draft.template.id,
        title=f"{call.verb.name.lower()} {draft.template.title}",
        to=registry_of(session),
        data=call.encode(),
        not_after=call.not_after,
        opening=draft.opening.encode(),
        document=draft.opening.document,
        authority=place.authority,
    )

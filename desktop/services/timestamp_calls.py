"""Acts on EBSI's Timestamp registry as intents: a record is known by its commitment, an act is one `timestampHashes` call.

The contract knows no keys, no owners and no states: it takes whatever comes, from anyone. For whom a key acts is said by
the person; what an act is worth is judged by the authority's statement and its status list (docs/registry.md).

Invariants: nothing is drafted for a contract whose code is not proven to be the one that the profile pins; a record that
is acted on was registered on the ledger, in time, for the authority named (or names it as receiver, to acknowledge).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from desktop.errors import DesktopError, UsageError
from desktop.services.drafting import Draft, Place
from desktop.services.network_session import NetworkSession
from desktop.services.registry_calls import RegistryMissingError
from desktop.services.timestamp_acts import RecordedAct
from desktop.services.transacting import Intent
from lightnode.wire.keccak import keccak256
from lightnode.wire.profile import TIMESTAMP, Profile, Recording
from lightnode.wire.registry import Verb
from lightnode.wire.timestamp_call import CONTENT_VERBS, TimestampAct, with_change_hash
from lightnode.wire.types import Hash32


class ContractChangedError(DesktopError):
    """The contract on the ledger does not have the code that the profile pins."""

    code = "CONTRACT-CHANGED"
    advice = "Sign nothing; ask governance for a newer profile, and report the change with the network's operator."


class SubjectUnknownError(DesktopError):
    """The Timestamp registry holds no such record of this authority."""

    code = "SUBJECT-UNKNOWN"
    advice = "Check the record's commitment, as `chancery sign` printed it, and the authority."


@dataclass(frozen=True, slots=True)
class Subject:
    """An existing record that an act is about.

    Attributes:
        commitment: by which it is known.
        template: Keccak-256 of its template's id.
        act_count: acts that name it so far, whoever made them.
    """

    commitment: Hash32
    template: Hash32
    act_count: int


def is_way(profile: Profile) -> bool:
    """Tell whether a network records acts on EBSI's Timestamp."""
    return profile.timestamp is not None


def recording_of(profile: Profile) -> Recording:
    """Give the Timestamp registry that a profile names.

    Raises:
        RegistryMissingError: it names none.
    """
    recording = profile.recording
    if recording is None or recording.way != TIMESTAMP:
        raise RegistryMissingError("The profile names no Timestamp registry.")
    return recording


def demand_pinned(session: NetworkSession, height: int) -> Recording:
    """Give the registry, its code proven at a height to be the one that the profile pins.

    Raises:
        ContractChangedError: it has another.
    """
    recording = recording_of(session.profile)
    account = session.observer().account(recording.contract, height).account
    if account is None or account.code_hash != recording.code_hash:
        raise ContractChangedError(f"The contract 0x{recording.contract.hex()} does not have the code that is pinned.")
    return recording


def place_of(session: NetworkSession, authority: Hash32 | None) -> Place:
    """Give where records of an authority belong.

    Raises:
        UsageError: no authority is named.
        ContractChangedError: the contract's code is another than the pinned one.
    """
    recording = demand_pinned(session, session.catch_up())
    return Place(session.profile.genesis_hash, recording.contract, demand_authority(authority))


def demand_authority(authority: Hash32 | None) -> Hash32:
    """Demand that somebody said for whom a key acts: the Timestamp registry knows no keys.

    Raises:
        UsageError: nobody did.
    """
    if authority is None:
        raise UsageError("On the Timestamp way, name the authority that the key acts for with --authority.")
    return authority


def subject_of(
    session: NetworkSession, acts: Sequence[RecordedAct], commitment: Hash32, authority: Hash32, verb: Verb
) -> Subject:
    """Give a record to act on, as the ledger shows it.

    Args:
        session: the open network.
        acts: proven, in the ledger's order.
        commitment: of the record.
        authority: for which the key acts.
        verb: what is done.

    Raises:
        SubjectUnknownError: this authority did not register it, or is not its receiver.
    """
    made = [
        one for one in acts
        if one.act.verb in CONTENT_VERBS and one.act.commitment == commitment and one.time <= one.act.not_after
        and authority == (one.act.receiver if verb is Verb.ACKNOWLEDGE else one.act.authority)
    ]  # fmt: skip
    if not made:
        role = "has been named receiver" if verb is Verb.ACKNOWLEDGE else "has registered this"
        raise SubjectUnknownError(f"No act on the ledger shows that the authority {role}: {commitment.hex()}.")
    # Anyone can copy a commitment with another kind beside it; what this computer stored itself comes first.
    ours = [one.template for one in session.workspace.store.records() if one.commitment == commitment]
    template = Hash32(keccak256(ours[0].encode())) if ours else made[0].act.template
    return Subject(commitment, template, sum(one.act.subject == commitment for one in acts))


def record(draft: Draft, place: Place, receiver: Hash32, not_after: int, old: Subject | None) -> Intent:
    """Give the intent that registers a record, or one that takes the place of an old one."""
    verb = Verb.REGISTER if old is None else Verb.SUPERSEDE
    act = TimestampAct(
        verb, place.authority, draft.template.ledger_id, draft.commitment, None if old is None else old.commitment,
        0 if old is None else old.act_count, receiver if any(receiver) else None, draft.valid_until, not_after, None,
    )  # fmt: skip
    return Intent(
        template=draft.template.id,
        title=f"{verb.name.lower()} {draft.template.title}",
        to=place.registry,
        data=act.encode(),
        not_after=not_after,
        opening=draft.opening.encode(),
        document=draft.opening.document,
        authority=place.authority,
    )


def change(verb: Verb, subject: Subject, place: Place, not_after: int) -> Intent:
    """Give the intent that changes the state of a record, or acknowledges it."""
    bare = TimestampAct(
        verb, place.authority, subject.template, subject.commitment, subject.commitment, subject.act_count, None, 0,
        not_after, None,
    )  # fmt: skip
    act = with_change_hash(place.genesis, place.registry, bare)
    title = f"{verb.name.lower()} record {subject.commitment.hex()[:16]}"
    return Intent("", title, place.registry, act.encode(), not_after, authority=place.authority)

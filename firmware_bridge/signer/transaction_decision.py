"""Deciding about a transaction: parse it, find its network, explain it whole, or refuse (foundations section 7).

Invariants: the bytes that are parsed are the bytes that are hashed; what cannot be explained is refused; for an act the
signer computes the commitment from the opening and compares it with the calldata.
"""

from __future__ import annotations

from dataclasses import dataclass

from firmware_bridge.audit_entry import Act
from firmware_bridge.errors import (
    CommitmentMismatchError,
    MalformedRequestError,
    NotProvisionedError,
    PolicyRefusedError,
    StaleTimeError,
    UnknownContractError,
)
from firmware_bridge.signer import change_screens
from firmware_bridge.signer.screens import Naming, Screen, screens_for_act, screens_for_timestamp
from firmware_bridge.signer.trust_base import TrustBase
from lightnode.errors import WireError
from lightnode.wire.commitment import ActHeader, Opening, commit, decode_opening
from lightnode.wire.field_value import problems
from lightnode.wire.profile import REGISTRY, TIMESTAMP, Profile
from lightnode.wire.registry import ActCall, Verb, decode_act_call, intent_hash, is_act
from lightnode.wire.registry_admin import decode_change_call, decode_deployment, is_change
from lightnode.wire.template import Template
from lightnode.wire.timestamp_call import (
    CONTENT_VERBS,
    TimestampAct,
    decode_timestamp_call,
    is_of_network,
    is_timestamp,
)
from lightnode.wire.transaction import UnsignedTransaction, decode_unsigned
from lightnode.wire.types import ZERO_HASH, Hash32, hash32

SELECTOR_BYTES = 4


@dataclass(frozen=True, slots=True)
class Limits:
    """What the signer's time allows.

    Attributes:
        newest_time: newest signed time, unix seconds.
        span_seconds: how far beyond it a time limit may lie.
    """

    newest_time: int
    span_seconds: int


@dataclass(frozen=True, slots=True)
class Explained:
    """A transaction that the signer understands whole.

    Attributes:
        transaction: parsed.
        profile: of its network.
        screens: everything it does, in words.
        summary: one line for the audit log, without personal data.
        intent: what an approval would consent to; None where the call is no act.
    """

    transaction: UnsignedTransaction
    profile: Profile
    screens: tuple[Screen, ...]
    summary: str
    intent: Hash32 | None = None

    @property
    def act(self) -> Act:
        """What the audit log says of it."""
        transaction = self.transaction
        selector = b"" if transaction.to is None else transaction.data[:SELECTOR_BYTES]
        return Act(self.profile.chain_id, transaction.to, selector, self.intent)


@dataclass(frozen=True, slots=True)
class Companions:
    """What an act needs beside its transaction.

    Attributes:
        template_id: kind of record; None for other verbs.
        opening: encoded; None for other verbs.
        authority: ledger id of the owner; None where the calldata names it.
    """

    template_id: str | None
    opening: bytes | None
    authority: bytes | None


def explain(payload: bytes, companions: Companions, base: TrustBase, limits: Limits) -> Explained:
    """Explain an unsigned transaction.

    Args:
        payload: exactly the bytes whose Keccak-256 would be signed.
        companions: what an act needs.
        base: what the signer knows.
        limits: what its time allows.

    Raises:
        DeviceError: the leaf of why it is refused.
    """
    try:
        transaction = decode_unsigned(payload)
    except WireError as cause:
        raise MalformedRequestError(f"The transaction is malformed: {cause.text}") from cause
    if transaction.chain_id is None:
        raise PolicyRefusedError("A transaction without a chain id could be replayed anywhere.")
    profile = base.profile_of_chain(transaction.chain_id)
    _demand_plain(transaction, profile)
    try:
        if transaction.to is None:
            return _creation(transaction, profile, base)
        if profile.recording is None or transaction.to != profile.recording.contract:
            raise UnknownContractError("The transaction goes to a contract that this signer does not know.")
        if profile.recording.way == REGISTRY and is_act(transaction.data):
            return _act(transaction, profile, companions, base, limits)
        if profile.recording.way == REGISTRY and is_change(transaction.data):
            return _change(transaction, profile, base, limits)
        if profile.recording.way == TIMESTAMP and is_timestamp(transaction.data):
            return _timestamp(transaction, profile, companions, base, limits)
    except WireError as cause:
        raise UnknownContractError(f"The transaction cannot be explained: {cause.text}") from cause
    raise UnknownContractError("The transaction calls a function that this signer does not know.")


def _demand_plain(transaction: UnsignedTransaction, profile: Profile) -> None:
    if profile.client == "goquorum" and transaction.chain_id == 1:
        raise PolicyRefusedError("On GoQuorum a transaction of chain id 1 could be taken for a private one.")
    if transaction.value:
        raise PolicyRefusedError("The transaction moves value, which no act does.")
    if transaction.access_list:
        raise PolicyRefusedError("The transaction carries an access list, which no act needs.")
    price = transaction.gas_price if transaction.gas_price is not None else transaction.max_fee_per_gas or 0
    if price > profile.gas.max_price:
        raise PolicyRefusedError("The transaction's gas price is above the network's policy.")
    if transaction.gas_limit > profile.gas.limit:
        raise PolicyRefusedError("The transaction's gas limit is above the network's policy.")


def _time(not_after: int, limits: Limits) -> None:
    if not_after > limits.newest_time + limits.span_seconds:
        raise StaleTimeError("The time limit lies too far beyond the newest signed time that this signer knows.")


def _approval(named: bytes) -> None:
    """Refuse what names an approval: a hash says nothing to the person, and who approved cannot be shown yet."""
    if any(named):
        raise UnknownContractError("The call names an approval by a second person, which this signer cannot show.")


def _genesis(found: bytes, profile: Profile) -> None:
    if found != profile.genesis_hash:
        raise PolicyRefusedError("The call names another network than its chain id does.")


def _act(
    transaction: UnsignedTransaction, profile: Profile, given: Companions, base: TrustBase, limits: Limits
) -> Explained:
    call = decode_act_call(transaction.data)
    _genesis(call.genesis, profile)
    _time(call.not_after, limits)
    _approval(call.approval)
    if call.count > 1:
        raise UnknownContractError("This signer cannot show the records of a batch.")
    if call.verb in (Verb.REGISTER, Verb.SUPERSEDE):
        template, opening, owner = _opened(call, profile, given, base)
    else:
        if given.template_id is not None or given.opening is not None:
            raise MalformedRequestError("This verb has no new content to show.")
        template, opening, owner = None, None, None
    screens = screens_for_act(profile, template, Naming(owner, base.names), call, opening)
    what = call.verb.name.lower() if template is None else f"{call.verb.name.lower()} {template.id}"
    intent = intent_hash(profile.genesis_hash, _contract(transaction), transaction.data)
    return Explained(transaction, profile, screens, f"{what} on {profile.genesis_hash.hex()[:16]}", intent)


def _contract(transaction: UnsignedTransaction) -> bytes:
    if transaction.to is None:
        raise UnknownContractError("The transaction calls no contract.")
    return transaction.to


def _timestamp(
    transaction: UnsignedTransaction, profile: Profile, given: Companions, base: TrustBase, limits: Limits
) -> Explained:
    """Explain an act on EBSI's Timestamp; the network stands in the commitment's leaf 0, not in the call."""
    act = decode_timestamp_call(transaction.data)
    if ZERO_HASH in (act.receiver, act.approval):
        raise PolicyRefusedError("The call names nobody where it should say none.")
    _time(act.not_after, limits)
    _approval(act.approval or ZERO_HASH)
    template: Template | None
    opening: Opening | None
    if act.verb in CONTENT_VERBS:
        template, opening, _ = _opened(act.as_call(profile.genesis_hash), profile, given, base)
        kind = template.id
    else:
        template, opening = _changed(act, transaction, profile, given, base), None
        kind = "record"
    screens = screens_for_timestamp(profile, template, Naming(act.authority, base.names), act, opening)
    summary = f"{act.verb.name.lower()} {kind} on {profile.genesis_hash.hex()[:16]}"
    return Explained(transaction, profile, screens, summary)


def _changed(
    act: TimestampAct, transaction: UnsignedTransaction, profile: Profile, given: Companions, base: TrustBase
) -> Template | None:
    """Check a change of an existing record; give its kind where this signer knows it."""
    if given.template_id is not None or given.opening is not None:
        raise MalformedRequestError("This verb has no new content to show.")
    if given.authority not in (None, act.authority):
        raise CommitmentMismatchError("The call is for another authority than the one named.")
    if transaction.to is None or not is_of_network(profile.genesis_hash, transaction.to, act):
        raise CommitmentMismatchError("The call time-stamps another hash than the one its act makes.")
    return next((item for item in base.templates.values() if item.ledger_id == act.template), None)


def _opened(call: ActCall, profile: Profile, given: Companions, base: TrustBase) -> tuple[Template, Opening, Hash32]:
    """Compute the commitment from what will be shown, and refuse any other."""
    if given.template_id is None or given.opening is None:
        raise MalformedRequestError("An act with new content comes with its template and opening.")
    template = base.template(given.template_id)
    opening = decode_opening(given.opening)
    wrong = problems(template, opening.values)
    if wrong:
        raise MalformedRequestError(f"The field {wrong[0].label} is not as its kind of record prescribes.")
    owner = call.authority if call.authority is not None else hash32(given.authority or b"")
    if given.authority is not None and given.authority != owner:
        raise CommitmentMismatchError("The call is for another authority than the one named.")
    if call.template != template.ledger_id:
        raise CommitmentMismatchError("The call names another kind of record than the one shown.")
    if profile.recording is None:
        raise NotProvisionedError("The network has no registry yet.")
    header = ActHeader(
        profile.genesis_hash, profile.recording.contract, owner, template.id, template.digest, template.leaf_count
    )
    if commit(header, opening) != call.commitment:
        raise CommitmentMismatchError("The call commits to other details than those given for display.")
    return template, opening, owner


def _change(transaction: UnsignedTransaction, profile: Profile, base: TrustBase, limits: Limits) -> Explained:
    call = decode_change_call(transaction.data)
    _genesis(call.genesis, profile)
    _time(call.not_after, limits)
    _approval(call.approval)
    screens = change_screens.screens_for_change(profile, call, Naming(None, base.names))
    what = "stop key" if call.operation is None else call.operation.name.lower().replace("_", " ")
    return Explained(transaction, profile, screens, f"{what} on {profile.genesis_hash.hex()[:16]}")


def _creation(transaction: UnsignedTransaction, profile: Profile, base: TrustBase) -> Explained:
    pack = base.packs.get(profile.genesis_hash)
    code = None if pack is None else next((item for item in pack.creations if item.matches(transaction.data)), None)
    if code is None:
        raise UnknownContractError("The transaction creates a contract that no signed pack names.")
    arguments = transaction.data[code.length :]
    # The Timestamp registry takes no arguments: nobody governs it.
    deployment = decode_deployment(arguments) if arguments else None
    if deployment is not None:
        _genesis(deployment.genesis, profile)
    screens = change_screens.screens_for_deployment(profile, code, deployment)
    return Explained(transaction, profile, screens, f"create {code.name} on {profile.genesis_hash.hex()[:16]}")

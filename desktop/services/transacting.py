"""From a call to a job whose transaction fields are settled: simulation, nonce, gas, fee, time limit.

Invariants: every trouble that can be known is found here, before a device is asked; a drafted job is stored with all its
fields.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from desktop.services import preflight
from desktop.services.job import Job, JobState
from desktop.services.job_errors import SimulationError
from desktop.services.network_session import NetworkSession
from desktop.services.revert_reason import explain, is_revert
from desktop.services.workspace import StoredStep
from lightnode.rpc.errors import RefusedError
from lightnode.rpc.ledger import Call
from lightnode.wire.transaction import DYNAMIC_FEE, LEGACY, UnsignedTransaction
from lightnode.wire.types import Address, Hash32


@dataclass(frozen=True, slots=True)
class Intent:
    """What is to be done on the ledger, before its transaction is settled.

    Attributes:
        template: id of the template; empty for calls that are no acts.
        title: for lists; no personal data.
        to: contract; None to create one.
        data: calldata or creation code.
        not_after: last block time at which it may take effect, unix seconds.
        opening: of the record; empty where there is none.
        document: SHA-256 of the document, or None.
        authority: ledger id of the record's owner; None for calls that are no acts on new content.
        replaces: the job it renews, or empty.
    """

    template: str
    title: str
    to: Address | None
    data: bytes
    not_after: int
    opening: bytes = b""
    document: Hash32 | None = None
    authority: Hash32 | None = None
    replaces: str = ""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who acts.

    Attributes:
        key_label: on the signer.
        address: of the key.
    """

    key_label: str
    address: Address


def begin(session: NetworkSession, sender: Sender, intent: Intent) -> StoredStep:
    """Settle the fields of a transaction and store the job.

    Args:
        session: the open network.
        sender: who acts.
        intent: what is to be done.

    Raises:
        JobError: a trouble that is known before the device is asked.
        RpcError: the node gives trouble.
    """
    view = session.view(sender.address)
    preflight.demand_moving(view, session.clock())
    unfinished = [step.job for step in session.workspace.unfinished()]
    nonce = preflight.choose_nonce(view, sender.address, unfinished)
    estimate = simulate(session, Call(sender.address, intent.to, intent.data))
    # The signer refuses more than the profile's policy, so nothing above it is drafted.
    preflight.demand_gas_policy(estimate, session.profile.gas.limit)
    gas = preflight.gas_with_margin(estimate, min(view.gas_limit, session.profile.gas.limit))
    price = preflight.choose_gas_price(view, gas, session.profile.gas.max_price)
    fields = _fields(session, nonce, price, gas, intent)
    job = Job(
        identifier=f"{session.clock():x}-{secrets.token_hex(4)}",
        state=JobState.DRAFTED,
        environment=session.profile.environment,
        genesis=session.profile.genesis_hash,
        curve=session.profile.curve,
        template=intent.template,
        title=intent.title,
        key_label=sender.key_label,
        sender=sender.address,
        unsigned=fields.signing_payload(),
        opening=intent.opening,
        document=intent.document,
        authority=intent.authority,
        not_after=intent.not_after,
        drafted_at=view.height,
        request=secrets.token_bytes(16),
        replaces=intent.replaces,
    )
    return session.workspace.begin(job)


def simulate(session: NetworkSession, call: Call) -> int:
    """Try a call out and give the gas it needs.

    Raises:
        SimulationError: the contract would refuse it.
        RpcError: the node gives trouble, which says nothing about the call.
    """
    try:
        session.ledger.try_call(call)
        return session.ledger.estimate(call)
    except RefusedError as refusal:
        if not is_revert(refusal):
            raise
        raise SimulationError(f"The register would refuse this: {explain(refusal)}.") from refusal


def _fields(session: NetworkSession, nonce: int, price: int, gas: int, intent: Intent) -> UnsignedTransaction:
    chain_id = session.profile.chain_id
    if session.profile.gas.type == DYNAMIC_FEE:
        return UnsignedTransaction(DYNAMIC_FEE, chain_id, nonce, None, price, price, gas, intent.to, 0, intent.data)
    return UnsignedTransaction(LEGACY, chain_id, nonce, price, None, None, gas, intent.to, 0, intent.data)

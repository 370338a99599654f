"""Changes that governance or administrators proposed: found in the registry's own transactions, proven, still pending or not.

Invariants:
- A proposal counts only out of its own transaction in a block whose header, transactions and receipts are proven; what it
  does is that transaction's calldata, and its hash is computed here.
- A node can hide none that may still be pending: running numbers have no gap up to the proven count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from desktop.errors import DesktopError
from desktop.services.inclusion import ProvenBlock
from desktop.services.job_errors import ProviderLiesError
from desktop.services.network_session import NetworkSession
from desktop.services.registry_view import Office, RegistryView
from lightnode.rpc.client import MAX_BATCH
from lightnode.rpc.ledger import hex_data
from lightnode.wire import json_value as js
from lightnode.wire import registry_slots as slots
from lightnode.wire.registry_admin import (
    LAPSE_SECONDS,
    PROPOSED_TOPIC,
    ChangeCall,
    Operation,
    change_id,
    decode_change_call,
    is_change,
)
from lightnode.wire.types import Address, Hash32

SPAN = 5_000
MAX_CONSENTS = 64


class ChangeUnknownError(DesktopError):
    """No change of this number was ever proposed."""

    code = "CHANGE-UNKNOWN"
    advice = "List the changes that wait with `chancery registry changes`, then name one of them."


class ChangeEndedError(DesktopError):
    """The change took effect already, or lapsed."""

    code = "CHANGE-ENDED"
    advice = "Where it lapsed, have it proposed again; where it took effect, there is nothing left to consent to."


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal, proven.

    Attributes:
        number: running number.
        change: hash by which the registry knows it.
        call: what it does.
        by: who proposed it.
        height: block that holds it.
    """

    number: int
    change: Hash32
    call: ChangeCall
    by: Address
    height: int

    @property
    def operation(self) -> Operation:
        """What it does."""
        return demand_operation(self.call)


@dataclass(frozen=True, slots=True)
class PendingChange:
    """A proposal with where it stands at the verified head.

    Attributes:
        proposal: what was proposed.
        lapses: last block time at which it can take effect; 0 where it took effect.
        lapsed: whether that time has passed.
        office: who decides.
        consents: accounts that consented, with their holder number; None for those no longer in office.
    """

    proposal: Proposal
    lapses: int
    lapsed: bool
    office: Office
    consents: tuple[tuple[Address, int | None], ...]

    @property
    def state(self) -> str:
        """`in effect`, `lapsed` or `proposed`."""
        if self.lapses == 0:
            return "in effect"
        return "lapsed" if self.lapsed else "proposed"

    @property
    def counted(self) -> int:
        """How many persons in office consented."""
        return len({holder for _, holder in self.consents if holder is not None})


def demand_operation(call: ChangeCall) -> Operation:
    """Give the operation of a proposal or consent.

    Raises:
        ProviderLiesError: it is the stop of a key, which nobody proposes.
    """
    if call.operation is None:
        raise ProviderLiesError("A proposal names no operation.")
    return call.operation


def pending(session: NetworkSession, view: RegistryView) -> list[PendingChange]:
    """Give every change that waits for consents, ascending.

    Raises:
        ProviderLiesError: the node hides a proposal, or gives one that is not there.
    """
    places = _places(session, view)
    blocks: dict[int, ProvenBlock] = {}
    found: list[Proposal] = []
    for number in sorted(places, reverse=True):
        block = _block(session, blocks, places[number])
        if block.header.header.timestamp + LAPSE_SECONDS < view.time:
            # Numbers ascend with blocks: everything before is older still.
            break
        found.append(_proposal(block, view.registry, number))
    standing = [stand(view, proposal) for proposal in reversed(found)]
    return [change for change in standing if change.state == "proposed"]


def show(session: NetworkSession, view: RegistryView, number: int) -> PendingChange:
    """Give one change, whatever became of it.

    Raises:
        ChangeUnknownError: none has this number.
        ProviderLiesError: the node hides it.
    """
    if not 1 <= number <= view.word(slots.CHANGE_COUNT):
        raise ChangeUnknownError(f"No change of number {number} was proposed.")
    block = _block(session, {}, _places(session, view)[number])
    return stand(view, _proposal(block, view.registry, number))


def stand(view: RegistryView, proposal: Proposal) -> PendingChange:
    """Give where a proposal stands at the head of a view."""
    first = slots.change_slot(proposal.change)
    lapses, count = view.words([first, slots.next_slot(first)])
    office = view.office(proposal.operation, proposal.call.subject)
    if count > MAX_CONSENTS:
        raise ProviderLiesError("The registry counts more consents than it takes.")
    words = view.words([slots.consent_slot(proposal.change, at) for at in range(count)])
    accounts = [Address(word.to_bytes(32, "big")[12:]) for word in words]
    consents = tuple(zip(accounts, view.holders(office, accounts), strict=True))
    return PendingChange(proposal, lapses, lapses < view.time, office, consents)


def proposal_in(block: ProvenBlock, registry: Address, index: int) -> Proposal | None:
    """Give the proposal that one transaction of a proven block made; None where it made none."""
    made, receipt = block.transactions[index].signed, block.receipts[index]
    logs = [log for log in receipt.logs if log.address == registry and log.topics[:1] == (PROPOSED_TOPIC,)]
    if made is None or len(logs) != 1 or len(logs[0].data) != 64 or made.unsigned.to != registry:
        return None
    data = made.unsigned.data
    if not is_change(data):
        return None
    call, number = decode_change_call(data), int.from_bytes(logs[0].data[:32], "big")
    proposal = Proposal(
        number, change_id(demand_operation(call), call.subject, call.words, number), call,
        Address(logs[0].data[44:]), block.header.height,
    )  # fmt: skip
    if logs[0].topics != (PROPOSED_TOPIC, proposal.change):
        raise ProviderLiesError("The registry's event names another change than its transaction.")
    return proposal


def named_accounts(session: NetworkSession, view: RegistryView) -> list[Address]:
    """Give accounts that proposals were made by or name, as the node tells: candidates, each to be proven by its slot."""
    entries = _entries(session, view)
    found: set[Address] = set()
    for start in range(0, len(entries), MAX_BATCH):
        part = entries[start : start + MAX_BATCH]
        names = [js.hash_value(js.field(entry, "transactionHash")) for entry in part]
        for answer in session.ledger.client.batch([("eth_getTransactionByHash", [hex_data(name)]) for name in names]):
            data = js.data(js.field(answer, "input"))
            if is_change(data):
                found |= {_account(word) for word in decode_change_call(data).words if 0 < word < 1 << 160}
        found |= {Address(js.data(js.field(entry, "data"))[-20:]) for entry in part}
    return sorted(found)


def _account(word: int) -> Address:
    return Address(word.to_bytes(20, "big"))


def _entries(session: NetworkSession, view: RegistryView) -> list[Any]:
    """Give the events of all proposals as the node lists them."""
    found: list[Any] = []
    for start in range(0, view.height + 1, SPAN):
        question = {
            "fromBlock": hex(start), "toBlock": hex(min(start + SPAN - 1, view.height)),
            "address": hex_data(view.registry), "topics": [hex_data(PROPOSED_TOPIC)],
        }  # fmt: skip
        answer = session.ledger.client.call("eth_getLogs", [question])
        if not isinstance(answer, list):
            raise ProviderLiesError("The node's list of proposals is no list.")
        found += answer
    return found


def _places(session: NetworkSession, view: RegistryView) -> dict[int, int]:
    """Give the block of each proposal as the node names it, and demand that no number is left out."""
    found: dict[int, int] = {}
    for entry in _entries(session, view):
        number = int.from_bytes(js.data(js.field(entry, "data"))[:32], "big")
        found[number] = js.quantity(js.field(entry, "blockNumber"), 8)
    count = view.word(slots.CHANGE_COUNT)
    heights = [found[number] for number in sorted(found)]
    if (
        sorted(found) != list(range(1, count + 1))
        or heights != sorted(heights)
        or max(heights, default=0) > view.height
    ):
        raise ProviderLiesError(f"The node's list of proposals is not that of the registry, which counts {count}.")
    return found


def _block(session: NetworkSession, kept: dict[int, ProvenBlock], height: int) -> ProvenBlock:
    if height not in kept:
        kept[height] = session.observer().block(height)
    return kept[height]


def _proposal(block: ProvenBlock, registry: Address, number: int) -> Proposal:
    made: Sequence[Proposal | None] = [proposal_in(block, registry, at) for at in range(len(block.transactions))]
    for proposal in made:
        if proposal is not None and proposal.number == number:
            return proposal
    raise ProviderLiesError(f"The node says that change {number} stands in block {block.header.height}; it does not.")

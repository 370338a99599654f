"""The act registry as it stands at one verified height: governance, authorities, keys, records, proven slot by slot.

Invariants: every word comes out of a storage proof under one verified header; nothing rests on a view function of the
contract or on what a node says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from desktop.services.network_session import NetworkSession
from desktop.services.registry_calls import KeySlot, RecordUnknownError, registry_of
from lightnode.registries import act_records
from lightnode.registries.storage_walk import walk
from lightnode.wire import registry_slots as slots
from lightnode.wire.registry_admin import LAST_OF_GOVERNANCE, Operation
from lightnode.wire.types import ZERO_HASH, Address, Hash32

# Nodes take far more; an answer stays small.
SLOTS_AT_ONCE = 128


@dataclass(frozen=True, slots=True)
class Office:
    """Who decides about a change: governance, or an authority's administrators.

    Attributes:
        subject: the authority's id; zero for governance.
        threshold: how many persons must agree.
        holders: how many persons are in office.
        generation: of the administrators; 0 for governance.
        open: whether anyone is in office at all.
    """

    subject: Hash32
    threshold: int
    holders: int
    generation: int
    open: bool


AuthorityView = act_records.ActAuthority
RecordView = act_records.ActRecord


class RegistryView:
    """Reads the registry at the head that was verified when the view was made."""

    def __init__(self, session: NetworkSession) -> None:
        """Verify headers up to the node's head.

        Raises:
            RegistryMissingError: the profile names no act registry.
        """
        self.registry = registry_of(session)
        self.height = session.catch_up()
        self._observer = session.observer()
        self.head = session.follower.header(self.height, session.clock())

    @property
    def time(self) -> int:
        """Block time of the head, unix seconds."""
        return self.head.header.timestamp

    def words(self, asked: Sequence[int]) -> list[int]:
        """Give the words in slots, proven.

        Raises:
            ProviderLiesError: a proof does not hold.
        """
        found: dict[int, int] = {}
        wanted = sorted(set(asked))
        for start in range(0, len(wanted), SLOTS_AT_ONCE):
            part = wanted[start : start + SLOTS_AT_ONCE]
            found |= self._observer.account(self.registry, self.height, part).storage
        return [found[slot] for slot in asked]

    def word(self, slot: int) -> int:
        """Give the word in one slot."""
        return self.words([slot])[0]

    def governance(self) -> Office:
        """Give how governance decides."""
        threshold, holders = self.words([slots.GOVERNANCE_THRESHOLD, slots.GOVERNANCE_HOLDERS])
        return Office(ZERO_HASH, threshold, holders, 0, True)

    def authority(self, name: Hash32) -> AuthorityView:
        """Give an authority; its state is 0 where it was never admitted."""
        return walk(act_records.authority_plan(name), self._prove)

    def office(self, operation: Operation, subject: Hash32) -> Office:
        """Give who decides about a change."""
        if operation <= LAST_OF_GOVERNANCE:
            return self.governance()
        state = self.authority(subject).state
        return Office(subject, state.threshold, state.holders, state.generation, state.state == slots.ADMITTED)

    def holders(self, office: Office, accounts: Sequence[Address]) -> list[int | None]:
        """Give the holder number of accounts in an office; None for those not in it."""
        if not office.open:
            return [None] * len(accounts)
        if office.subject == ZERO_HASH:
            asked = [slots.governance_slot(who) for who in accounts]
        else:
            asked = [slots.administrator_slot(office.subject, office.generation, who) for who in accounts]
        return [word - 1 if word else None for word in self.words(asked)]

    def key(self, who: Address) -> KeySlot | None:
        """Give what the registry says of a key; None where it says nothing."""
        found = walk(act_records.key_plan(who), self._prove)
        if found is None:
            return None
        read = found.interval
        return KeySlot(found.authority, read.verbs, read.first, read.last, read.holder)

    def record(self, number: int) -> RecordView:
        """Give a record, of a batch or not.

        Raises:
            RecordUnknownError: there is none of this number.
            StorageFormError: it stands in no batch, though it has no content of its own.
        """
        found = walk(act_records.record_plan(number), self._prove)
        if found is None:
            raise RecordUnknownError(f"The registry has no record {number}.")
        return found

    def _prove(self, asked: Sequence[int]) -> dict[int, int]:
        return dict(zip(asked, self.words(asked), strict=True))

"""The act registry as it stands at one verified height: governance, authorities, keys, records, proven slot by slot.

Invariants: every word comes out of a storage proof under one verified header; nothing rests on a view function of the
contract or on what a node says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from desktop.services.job_errors import ProviderLiesError
from desktop.services.network_session import NetworkSession
from desktop.services.registry_calls import KeySlot, RecordUnknownError, registry_of
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


@dataclass(frozen=True, slots=True)
class AuthorityView:
    """An authority, proven.

    Attributes:
        id: ledger id.
        state: what the registry holds in its first slot.
        successor: id of the authority that owns its records now; zero for none.
    """

    id: Hash32
    state: slots.AuthorityState
    successor: Hash32


@dataclass(frozen=True, slots=True)
class RecordView:
    """A record, proven.

    Attributes:
        number: of the record.
        state: 1 in force, 2 suspended, 3 superseded, 4 revoked.
        acts: on it since registration.
        valid_until: days since 1970-01-01, or 0.
        acknowledged: by the receiver.
        registered_by: id of the authority that registered it.
        owner: id of the authority that owns it today.
        template: Keccak-256 of its template's id.
        commitment: its commitment, or the root of its batch.
        receiver: authority id, or zero.
        batch: first number and count of its batch; None for a single record.
    """

    number: int
    state: int
    acts: int
    valid_until: int
    acknowledged: bool
    registered_by: Hash32
    owner: Hash32
    template: Hash32
    commitment: Hash32
    receiver: Hash32
    batch: tuple[int, int] | None


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
        first = slots.authority_slot(name)
        packed, successor = self.words([first, slots.next_slot(first)])
        return AuthorityView(name, slots.unpack_authority(packed), _hash(successor))

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
        first = slots.key_slot(who)
        authority, packed = self.words([first, slots.next_slot(first)])
        if authority == 0:
            return None
        read = slots.unpack_key(packed)
        return KeySlot(_hash(authority), read.verbs, read.first, read.last, read.holder)

    def record(self, number: int) -> RecordView:
        """Give a record, of a batch or not.

        Raises:
            RecordUnknownError: there is none of this number.
        """
        first = slots.record_slot(number)
        counters, packed, *content = self.words(
            [slots.COUNTERS, *(slots.next_slot(first, at) for at in range(3))]
        )  # fmt: skip
        if number >= slots.unpack_counters(counters)[1]:
            raise RecordUnknownError(f"The registry has no record {number}.")
        state = slots.unpack_record(packed)
        batch = None
        if content[0] == 0:
            # Only a record of a batch keeps its content elsewhere.
            entry, content = self._batch(number)
            batch = (entry.first, entry.count)
            if packed == 0:
                state = slots.RecordState(1, 0, entry.valid_until, entry.authority_index, False)
        by = (state.authority_index or 0) + 1
        commitment, receiver = (_hash(word) for word in content)
        template, owner = self.words([slots.template_slot(by, commitment), slots.owner_slot(by)])
        names = self.words([slots.authority_id_slot(by - 1), slots.authority_id_slot((owner or by) - 1)])
        return RecordView(
            number, state.state, state.acts, state.valid_until, state.acknowledged, _hash(names[0]), _hash(names[1]),
            _hash(template), commitment, receiver, batch,
        )  # fmt: skip

    def _batch(self, number: int) -> tuple[slots.BatchEntry, list[int]]:
        """Find the batch of a record by where batches begin, and hold its entry against it."""
        short, long = slots.batch_pages(number)
        asked = [slots.page_slot(page, slots.SHORT_BATCHES) for page in short]
        words = self.words([*asked, *(slots.page_slot(page, slots.LONG_BATCHES) for page in long)])
        begin = slots.batch_begin(
            number, dict(zip(short, words, strict=False)), dict(zip(long, words[len(short) :], strict=True))
        )
        first = slots.batch_slot(begin or 0)
        packed, *content = self.words([slots.next_slot(first, at) for at in range(3)])
        entry = slots.unpack_batch(packed)
        if begin is None or not entry.first <= number < entry.first + entry.count:
            raise ProviderLiesError(f"Record {number} stands in no batch of the registry.")
        return entry, content


def _hash(word: int) -> Hash32:
    return Hash32(word.to_bytes(32, "big"))

"""Whether and where a transaction stands on the ledger, proven under verified headers; a node is believed in nothing.

Invariants:
- A block is taken in only after its header is verified and its transactions and receipts make that header's roots.
- A nonce counts as used by another transaction only when no signed form was ever made, or when a verified block holds
  that other one.
- What a node cannot prove now is not concluded; what it proves is asked at the newest verified block, because nodes keep
  only the newest states.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from desktop.services.job import Inclusion, Job
from desktop.services.job_errors import ProviderLiesError
from desktop.services.job_outlook import ProvenView
from lightnode.consensus.chain import VerifiedHeader
from lightnode.errors import WireError
from lightnode.light_client.follower import Follower
from lightnode.rpc.errors import MissingAnswerError, RefusedError
from lightnode.rpc.ledger import Ledger
from lightnode.rpc.patience import patiently
from lightnode.wire.account_proof import ProvenAccount, verify_get_proof
from lightnode.wire.block_transaction import BlockTransaction
from lightnode.wire.receipt import Receipt
from lightnode.wire.trie import EMPTY_ROOT, ordered_trie
from lightnode.wire.types import Address, Hash32


@dataclass(frozen=True, slots=True)
class ProvenBlock:
    """A block whose header, transactions and receipts are proven.

    Attributes:
        header: with the set that had to seal it.
        transactions: in order.
        receipts: in order.
    """

    header: VerifiedHeader
    transactions: tuple[BlockTransaction, ...]
    receipts: tuple[Receipt, ...]

    def index(self, transaction: Hash32) -> int | None:
        """Give a transaction's position; None where the block does not hold it."""
        hashes = [item.hash() for item in self.transactions]
        return hashes.index(transaction) if transaction in hashes else None


class Observer:
    """Looks at the ledger through one node and one light client."""

    def __init__(self, ledger: Ledger, follower: Follower, now: int) -> None:
        """Take the time once for one look."""
        self._ledger = ledger
        self._follower = follower
        self._now = now

    def head(self) -> VerifiedHeader:
        """Give the newest verified header, after following the node to its own."""
        self._follower.follow(max(self._ledger.height(), 1), self._now)
        return self._follower.header(self._follower.end.height, self._now)

    def block(self, height: int) -> ProvenBlock:
        """Give a block with everything in it proven.

        Raises:
            ProviderLiesError: its transactions or receipts are not those of the header.
        """
        header = self._follower.header(height, self._now)
        transactions = self._transactions(header)
        hashes = [item.hash() for item in transactions]
        receipts = patiently(lambda: self._ledger.receipts(height, hashes))
        if ordered_trie([item.encode() for item in receipts]).root != header.header.receipts_root:
            raise ProviderLiesError(f"The receipts given for block {height} are not its receipts.")
        return ProvenBlock(header, tuple(transactions), tuple(receipts))

    def account(self, who: Address, height: int, slots: Sequence[int] = ()) -> ProvenAccount:
        """Give an account and storage words, proven at a height; asks again while the node does not have the state.

        Raises:
            ProviderLiesError: the proof does not hold.
            MissingAnswerError: the node cannot prove it.
        """
        return patiently(lambda: self._account(who, height, slots))

    def provable(self, who: Address, height: int) -> ProvenAccount | None:
        """Give an account proven at a height; None where the node cannot prove it now, which says nothing about it.

        Raises:
            ProviderLiesError: the proof does not hold.
        """
        try:
            return self._account(who, height, ())
        except (MissingAnswerError, RefusedError):
            return None

    def _account(self, who: Address, height: int, slots: Sequence[int]) -> ProvenAccount:
        header = self._follower.header(height, self._now)
        answer = self._ledger.proof(who, slots, height)
        try:
            return verify_get_proof(header.header.state_root, who, slots, answer)
        except WireError as cause:
            raise ProviderLiesError(f"A proof of the state after block {height} fails: {cause.text}") from cause

    def nonce(self, who: Address, height: int) -> int | None:
        """Give an account's next number, proven at a height; None where the node cannot prove it now."""
        proven = self.provable(who, height)
        if proven is None:
            return None
        return 0 if proven.account is None else proven.account.nonce

    def find(self, job: Job) -> tuple[ProvenBlock, Inclusion] | None:
        """Find the block with one of a job's transactions, by the node's hint; None where it gives none.

        Raises:
            ProviderLiesError: the hint is false.
        """
        for transaction in job.hashes:
            place = self._ledger.place(transaction)
            if place is None or place.height > self._ledger.height():
                continue
            return self._included(self.block(place.height), transaction)
        return None

    def user_of_number(self, job: Job, head: int) -> tuple[int, Hash32] | None:
        """Find, in verified blocks, what used a job's number; without the node's help and without old states.

        Args:
            job: whose number it is.
            head: verified height.

        Returns:
            Height and hash of the transaction that used it; None where no block since drafting holds one.
        """
        for height in range(*self._where_used(job, head)):
            header = self._follower.header(height, self._now)
            if header.header.transactions_root == EMPTY_ROOT:
                continue
            for item in self._transactions(header):
                made = item.signed
                # An account of ours signs only what this program reads; it is never the sender of another kind.
                if made is None or made.unsigned.nonce != job.fields.nonce:
                    continue
                if made.sender(job.curve) == job.sender:
                    return height, item.hash()
        return None

    def _where_used(self, job: Job, head: int) -> tuple[int, int]:
        """Narrow down, by the proofs that the node still gives, the blocks in which a number can have been used."""
        low, high = min(job.drafted_at, head), head
        # The states that a node keeps are the newest ones; below `silent` it proves nothing.
        silent = low
        while high - max(low, silent) > 1:
            middle = (max(low, silent) + high) // 2
            number = self.nonce(job.sender, middle)
            if number is None:
                silent = middle
            elif number > job.fields.nonce:
                high = middle
            else:
                low = middle
        return low + 1, high + 1

    def look(self, job: Job) -> tuple[ProvenView, tuple[ProvenBlock, Inclusion] | None]:
        """Give what is proven about a job now, and its block where it is included."""
        found = self.find(job)
        head = self.head()
        if found is not None:
            return ProvenView(head.header.timestamp, None, True), found
        nonce = self.nonce(job.sender, head.height)
        if job.signatures and self._may_be_used(job, head, nonce):
            used = self.user_of_number(job, head.height)
            if used is not None and used[1] in job.hashes:
                found = self._included(self.block(used[0]), used[1])
            elif used is not None:
                nonce = job.fields.nonce + 1
        return ProvenView(head.header.timestamp, nonce, found is not None), found

    def _may_be_used(self, job: Job, head: VerifiedHeader, nonce: int | None) -> bool:
        """Tell whether the blocks have to be read: by proof, or by the node's word where it can prove nothing."""
        number = job.fields.nonce
        if nonce is not None:
            return nonce > number
        return head.header.timestamp > job.not_after or self._ledger.latest_nonce(job.sender) > number

    def _included(self, block: ProvenBlock, transaction: Hash32) -> tuple[ProvenBlock, Inclusion]:
        index = block.index(transaction)
        if index is None:
            raise ProviderLiesError(f"The node says that the act stands in block {block.header.height}; it does not.")
        return block, Inclusion(block.header.height, block.header.block_hash, index, transaction)

    def _transactions(self, header: VerifiedHeader) -> list[BlockTransaction]:
        transactions = patiently(lambda: self._ledger.transactions(header.height))
        if ordered_trie([item.raw for item in transactions]).root != header.header.transactions_root:
            raise ProviderLiesError(f"The transactions given for block {header.height} are not its transactions.")
        return transactions

"""Whether and where a transaction stands on the ledger, proven under verified headers; a node is believed in nothing.

Invariants:
- A block is taken in only after its header is verified and its transactions and receipts make that header's roots.
- A nonce counts as used by another transaction only when the block that used it was found and holds that other one.
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
from lightnode.rpc.ledger import Ledger
from lightnode.wire.account_proof import ProvenAccount, verify_get_proof
from lightnode.wire.receipt import Receipt
from lightnode.wire.transaction import SignedTransaction
from lightnode.wire.trie import ordered_trie
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
    transactions: tuple[SignedTransaction, ...]
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
        """Give the node's newest header, verified."""
        return self._follower.header(max(self._ledger.height(), 1), self._now)

    def block(self, height: int) -> ProvenBlock:
        """Give a block with everything in it proven.

        Raises:
            ProviderLiesError: its transactions or receipts are not those of the header.
        """
        header = self._follower.header(height, self._now)
        transactions = self._transactions(header)
        receipts = self._ledger.receipts(height, [item.hash() for item in transactions])
        if ordered_trie([item.encode() for item in receipts]).root != header.header.receipts_root:
            raise ProviderLiesError(f"The receipts given for block {height} are not its receipts.")
        return ProvenBlock(header, tuple(transactions), tuple(receipts))

    def account(self, who: Address, height: int, slots: Sequence[int] = ()) -> ProvenAccount:
        """Give an account and storage words, proven at a height.

        Raises:
            ProviderLiesError: the proof does not hold.
        """
        header = self._follower.header(height, self._now)
        answer = self._ledger.proof(who, slots, height)
        try:
            return verify_get_proof(header.header.state_root, who, slots, answer)
        except WireError as cause:
            raise ProviderLiesError(f"A proof of the state after block {height} fails: {cause.text}") from cause

    def nonce(self, who: Address, height: int) -> int:
        """Give an account's next number, proven at a height."""
        account = self.account(who, height).account
        return 0 if account is None else account.nonce

    def find(self, job: Job) -> tuple[ProvenBlock, Inclusion] | None:
        """Find the block with one of a job's transactions, by the node's hint; None where it gives none.

        Raises:
            ProviderLiesError: the hint is false.
        """
        for transaction in job.hashes:
            place = self._ledger.place(transaction)
            if place is None or place.height > self._ledger.height():
                continue
            block = self.block(place.height)
            index = block.index(transaction)
            if index is None:
                raise ProviderLiesError(f"The node says that the act stands in block {place.height}; it does not.")
            return block, Inclusion(place.height, block.header.block_hash, index, transaction)
        return None

    def search(self, job: Job, head: int) -> tuple[ProvenBlock, Inclusion] | None:
        """Find the block that used the job's nonce without the node's help, by proven nonces.

        Args:
            job: whose nonce is proven used at `head`.
            head: verified height.

        Returns:
            The block where it is ours; None where another transaction used the number.
        """
        number = job.fields.nonce
        low, high = job.drafted_at, head
        while high - low > 1:
            middle = (low + high) // 2
            if self.nonce(job.sender, middle) > number:
                high = middle
            else:
                low = middle
        block = self.block(high)
        for transaction in job.hashes:
            index = block.index(transaction)
            if index is not None:
                return block, Inclusion(high, block.header.block_hash, index, transaction)
        return None

    def look(self, job: Job) -> tuple[ProvenView, tuple[ProvenBlock, Inclusion] | None]:
        """Give what is proven about a job now, and its block where it is included."""
        found = self.find(job)
        head = self.head()
        nonce = self.nonce(job.sender, head.height)
        if found is None and nonce > job.fields.nonce:
            found = self.search(job, head.height)
        return ProvenView(head.header.timestamp, nonce, found is not None), found

    def _transactions(self, header: VerifiedHeader) -> list[SignedTransaction]:
        transactions = self._ledger.transactions(header.height)
        if ordered_trie([item.encode() for item in transactions]).root != header.header.transactions_root:
            raise ProviderLiesError(f"The transactions given for block {header.height} are not its transactions.")
        return transactions

"""A chain of headers verified one by one from genesis, with the tally that gives each next validator set.

Invariants:
- A header is appended only after rules H1 to H14; nothing is appended out of order, and a refused header changes nothing.
- The set for the next block comes from the tally, the configuration, or a proven contract; never from the header's list.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from lightnode.consensus import hashes, header_rules, signed_exception, validator_contract
from lightnode.consensus.errors import (
    ConsensusError,
    ContractStorageError,
    HeaderHashError,
    ParentHashError,
    UnknownSetError,
)
from lightnode.consensus.genesis import ChainConfig
from lightnode.consensus.hashes import block_hash
from lightnode.consensus.header import Header
from lightnode.consensus.seal_counting import SealCounting
from lightnode.consensus.sealed_header import SealedHeader, check_sealed
from lightnode.consensus.seals import SealAnswer, SealRequest, SealVerifier
from lightnode.consensus.steady_schedule import SteadySchedule
from lightnode.consensus.tally import PendingVote, Tally
from lightnode.consensus.tally_step import new_tally, tally_after
from lightnode.consensus.verified_header import VerifiedHeader, Way
from lightnode.wire.types import Address, Hash32, Height

__all__ = ["ChainState", "HeaderChain", "VerifiedHeader", "Way"]


@dataclass(frozen=True, slots=True)
class ChainState:
    """Where a chain stands: enough to go on from there.

    Attributes:
        height: of the head.
        block_hash: of the head.
        validators: in force for the next block; None where not known (contract mode without proof).
        pending: votes that count.
    """

    height: Height
    block_hash: Hash32
    validators: tuple[Address, ...] | None
    pending: tuple[PendingVote, ...]


class HeaderChain:
    """The sans-I/O header chain; give it headers in order."""

    def __init__(self, config: ChainConfig, counting: SealCounting = SealCounting.STRICT) -> None:
        """Start at the genesis block of a network.

        Args:
            config: of the network.
            counting: how seals are counted.
        """
        self.config = config
        self.counting = counting
        self.schedule = config.schedule
        self._settings = SteadySchedule(config.schedule)
        self.head: Header = config.header
        self.head_hash: Hash32 = config.block_hash
        self._seals = SealVerifier(self.schedule.curve)
        self._tally: Tally = new_tally(self.schedule, self.schedule.override(1) or config.extra.validators)
        self._contract_set: tuple[Address, ...] | None = None
        self._last_set: tuple[Address, ...] = ()
        self._enter_contract_mode()

    @classmethod
    def resume(
        cls, config: ChainConfig, head: Header, state: ChainState, counting: SealCounting = SealCounting.STRICT
    ) -> HeaderChain:
        """Go on from where an earlier verification ended.

        Args:
            config: of the network.
            head: the verified header at the state's height.
            state: what `state()` gave there; it is trusted as the earlier verification's own result.
            counting: how seals are counted.

        Raises:
            ParentHashError: the header is not the one that the state names.
        """
        chain = cls(config, counting)
        rules = config.schedule.rules(head.number)
        if head.number > 0:
            extra, _ = signed_exception.read_extra_data(config.schedule, head, config.exceptions)
            found = block_hash(rules, head, extra)
        else:
            found = config.block_hash
        if head.number != state.height or found != state.block_hash:
            raise ParentHashError("The stored header is not the one that was verified.", head.number)
        chain.head, chain.head_hash = head, found
        following = head.number + 1
        if chain.schedule.contract(following) is not None:
            chain._contract_set = state.validators
        elif state.validators is not None:
            chain._tally = new_tally(config.schedule, state.validators)
        chain._tally.restore(state.pending)
        return chain

    @property
    def height(self) -> Height:
        """Number of the head."""
        return Height(self.head.number)

    def validators_for_next(self) -> tuple[Address, ...] | None:
        """Give the set in force for the next block, ascending; None where it is not known yet."""
        following = self.head.number + 1
        if self._settings.contract(following) is not None:
            return self._contract_set
        return self._tally.validators

    def state(self) -> ChainState:
        """Give where the chain stands."""
        return ChainState(self.height, self.head_hash, self.validators_for_next(), self._tally.pending())

    def contract_for_next(self) -> Address | None:
        """Give the validator contract whose state after the head is the next set; None in header mode."""
        return self._settings.contract(self.head.number + 1)

    def prove_validators(self, answer: Any) -> tuple[Address, ...]:
        """Take the next set from an `eth_getProof` answer at the head.

        Raises:
            ConsensusError: it does not prove a set under the head's state root.
        """
        contract = self.contract_for_next()
        if contract is None:
            raise UnknownSetError("The network takes the next set from headers, not from a contract.", self.height)
        try:
            found = validator_contract.set_from_proof(self.config, contract, self.head.state_root, answer)
        except ConsensusError as error:
            error.height = self.height
            raise
        self._contract_set = found
        return found

    def append(self, header: Header, latest: int, claimed_hash: Hash32 | None = None) -> VerifiedHeader:
        """Verify the next header and move on to it.

        Args:
            header: block `height + 1`.
            latest: greatest allowed timestamp: now and the allowed drift, unix seconds.
            claimed_hash: what a node says its hash is.

        Raises:
            ConsensusError: the leaf of the broken rule; the chain stays where it was.
        """
        checked = self._verify(header, latest)
        verified = checked.verified
        # H2 comes last: a header that is wrong in itself is worth more words than a wrong hash beside it.
        if claimed_hash is not None and claimed_hash != verified.block_hash:
            raise HeaderHashError(f"The node prints another hash for block {header.number}.", header.number)
        tally = tally_after(self._settings, self._tally, header, checked.extra, checked.proposer, verified.members)
        # Nothing below can fail: a refused header has changed nothing.
        self._tally = tally
        if self._contract_set is not None and self._set_ends_with(header):
            self._contract_set = None
        self.head, self.head_hash, self._last_set = header, verified.block_hash, verified.members
        self._enter_contract_mode()
        return verified

    def seal_requests(self, headers: Iterable[Header]) -> list[SealRequest]:
        """Give the seals of headers that may come next, to recover their signers ahead; nothing is verified by this.

        Headers that a rule refuses before their seals matter are left out: malformed ones, and those with more seals
        than twice the present set has members (the last known one, where the contract's is not proven yet).
        """
        most = 2 * len(self.validators_for_next() or self._last_set)
        requests: list[SealRequest] = []
        for header in headers:
            try:
                reading = hashes.read(self._settings.rules(header.number), header)
            except ConsensusError:
                continue
            if len(reading.extra.seals) <= most:
                requests.append(SealRequest(reading.digest, reading.extra.seals))
        return requests

    def expect(self, answers: Iterable[SealAnswer]) -> None:
        """Take signers recovered ahead for the headers that come next (`SealVerifier.expect`)."""
        self._seals.expect(answers)

    def verify_next(self, header: Header, latest: int) -> VerifiedHeader:
        """Verify a candidate for the next header without moving on.

        Raises:
            ConsensusError: the leaf of the broken rule.
        """
        return self._verify(header, latest).verified

    def _verify(self, header: Header, latest: int) -> SealedHeader:
        height = self.head.number + 1
        try:
            header_rules.check_against_parent(self._settings, header, self.head, self.head_hash, latest)
            extra, waived = signed_exception.read_extra_data(self._settings, header, self.config.exceptions)
            # H14
            members = self.validators_for_next()
            if members is None:
                self._set_in_genesis()
                raise UnknownSetError(f"The validator contract's state after block {height - 1} is not proven.")
            # H10 to H13
            checked = check_sealed(self._settings, header, extra, members, self._seals, self.counting)
            return checked.with_remarks(waived) if waived else checked
        except ConsensusError as error:
            error.height = height if error.height is None else error.height
            raise

    def _enter_contract_mode(self) -> None:
        """Take the set from `alloc` while the state is still that of the genesis block."""
        if self._contract_set is None and self.contract_for_next() is not None:
            # Where `alloc` holds no list, the next header says so: here nothing may fail.
            with contextlib.suppress(ContractStorageError):
                self._contract_set = self._set_in_genesis()

    def _set_ends_with(self, header: Header) -> bool:
        """Tell whether a set read from a contract's state is unproven after a header."""
        if header.state_root != self.head.state_root:
            return True
        return self._settings.contract(header.number + 1) != self._settings.contract(header.number)

    def _set_in_genesis(self) -> tuple[Address, ...] | None:
        contract = self.contract_for_next()
        if contract is None or contract not in self.config.accounts:
            return None
        if self.head.state_root != self.config.header.state_root:
            return None
        return validator_contract.set_in_genesis(self.config, contract)

"""Skipping: reaching a height with as few headers as the seals of a trusted set allow, halving the way where they do not.

Invariants:
- Every header accepted was sealed by a quorum of its own set and by the chosen share of a set verified before, or follows
  a verified header by rules H1 to H14 with the set derived exactly (K1 to K7 of `docs/verification.md`).
- Nothing is accepted beyond a refused header; what was accepted before stays.
- Requests are bounded by the halvings: a server that lies costs at most twice the logarithm of the distance, and then
  breaks a rule between two neighbours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from lightnode.consensus import header_rules, skip_rules, validator_contract
from lightnode.consensus.errors import NumberError, UnknownSetError, ValidatorListError
from lightnode.consensus.genesis import ChainConfig
from lightnode.consensus.header import Header
from lightnode.consensus.sealed_header import check_sealed, verify_sealed
from lightnode.consensus.seals import SealVerifier
from lightnode.consensus.signed_exception import extra_of
from lightnode.consensus.skip_errors import SkipLinkError, SkipUnsoundError, TooFewTrustedError
from lightnode.consensus.tally_step import new_tally, tally_after
from lightnode.consensus.verified_header import VerifiedHeader, Way
from lightnode.light_client import contract_proof
from lightnode.light_client.choices import SyncChoices
from lightnode.light_client.next_set import with_following
from lightnode.light_client.source import HeaderSource
from lightnode.light_client.trusted import Trusted, hash_of
from lightnode.wire.types import Address

Keep = Callable[[VerifiedHeader, Trusted], None]


@dataclass(frozen=True, slots=True)
class SkipReport:
    """How a height was reached.

    Attributes:
        start: height skipped from.
        end: height reached.
        accepted: heights accepted, in order.
        least_trusted: smallest share of a trusted set behind a skip, as (members that sealed, members); None where every
            step was between neighbours.
    """

    start: int
    end: int
    accepted: tuple[int, ...]
    least_trusted: tuple[int, int] | None


class Skipper:
    """Moves one trusted header up a network, through one source."""

    def __init__(
        self, config: ChainConfig, source: HeaderSource, trusted: Trusted, choices: SyncChoices, keep: Keep
    ) -> None:
        """Start at a trusted header.

        Args:
            config: of the network.
            source: asked for headers and proofs.
            trusted: genesis, a checkpoint, or where an earlier run ended.
            choices: trust level, periods, counting.
            keep: told each header accepted, before the next is asked for.
        """
        self.trusted = trusted
        self._config, self._source, self._choices, self._keep = config, source, choices, keep
        self._seals = SealVerifier(config.schedule.curve)
        self._candidates: dict[int, VerifiedHeader] = {}
        self._shares: list[tuple[int, int]] = []

    def advance(self, target: int, now: int, via: Iterable[int] = ()) -> SkipReport:
        """Verify the header at a height.

        Args:
            target: above the trusted header; nothing happens where it is not.
            now: unix seconds.
            via: heights on the way that must be verified as well.

        Raises:
            SkipError: skipping is not sound here, or the trusted header is too old.
            ConsensusError: a header breaks a rule.
            LightNodeError: the source gives trouble.
        """
        start, accepted = self.trusted.height, []
        heights = sorted({at for at in (target, *via) if start < at <= target}, reverse=True)
        if heights and target > start + 1:
            skip_rules.demand_fresh(self.trusted.header, now, self._choices.trusting_period)
        while heights:
            height = heights[-1]
            try:
                self._step(height, now)
            except TooFewTrustedError:
                heights.append((self.trusted.height + height + 1) // 2)
                continue
            accepted.append(heights.pop())
        self._candidates.clear()
        least = min(self._shares, key=lambda share: share[0] / share[1], default=None)
        return SkipReport(start, self.trusted.height, tuple(accepted), least)

    def _step(self, height: int, now: int) -> None:
        latest = now + self._choices.max_drift
        if not self.trusted.known:
            # A checkpoint in contract mode: the set stands in its own state.
            self.trusted = with_following(self._config, self._source, self.trusted)
        next_one = height == self.trusted.height + 1
        if next_one and self.trusted.following is not None:
            verified, trusted = self._neighbour(latest)
        else:
            try:
                verified = self._skipped(height, latest)
                trusted = Trusted.after_skip(self._config, verified)
            except (TooFewTrustedError, SkipUnsoundError):
                if not next_one:
                    raise
                # The set changes right here: its votes stand below, or its contract's state does.
                self.trusted = with_following(self._config, self._source, self.trusted)
                verified, trusted = self._neighbour(latest)
        self._keep(verified, trusted)
        self.trusted = trusted

    def _skipped(self, height: int, latest: int) -> VerifiedHeader:
        """Check K1 and K3 to K6: the cheap rules first, the trusted seals before the untrusted set is believed."""
        skip_rules.demand_sound(self._config.schedule, height)
        verified = self._candidates.get(height)
        if verified is None:
            header = self._fetch(height)
            skip_rules.demand_height_for_time(self._config.schedule, self.trusted.header, header)
            members = self._own_set(header)
            verified = verify_sealed(
                self._config.schedule,
                header,
                members,
                latest,
                self._seals,
                self._choices.counting,
                self._config.exceptions,
            )
            self._candidates[height] = replace(verified, way=Way.SKIPPED)
        # A header once fetched was held against an earlier trusted one; a nearer one may be later in time.
        skip_rules.demand_height_for_time(self._config.schedule, self.trusted.header, verified.header)
        if height == self.trusted.height + 1:
            header_rules.check_against_parent(
                self._config.schedule, verified.header, self.trusted.header, self.trusted.block_hash, latest
            )
        known = self.trusted.known
        among = skip_rules.demand_trusted(
            verified.header, verified.signers, known, self._choices.trusted_needed(len(known))
        )
        self._shares.append((among, len(known)))
        return self._candidates[height]

    def _own_set(self, header: Header) -> tuple[Address, ...]:
        """Give the set that a header claims or its parent's state proves, K5 and K6."""
        height, schedule = header.number, self._config.schedule
        contract = schedule.contract(height)
        if contract is None:
            listed = extra_of(self._config, header).validators
            if not listed or tuple(sorted(set(listed))) != listed:
                raise ValidatorListError(f"The list in block {height} is empty or not ascending.", height)
            return listed
        parent = self._fetch(height - 1)
        if hash_of(self._config, parent) != header.parent_hash:
            raise SkipLinkError(f"The node's block {height - 1} is not the parent of its block {height}.", height)
        answer = contract_proof.fetch(self._config, self._source, contract, height - 1)
        return validator_contract.set_from_proof(self._config, contract, parent.state_root, answer)

    def _neighbour(self, latest: int) -> tuple[VerifiedHeader, Trusted]:
        """Verify the next header by the rules of the sequential mode, with the exact set."""
        before, members = self.trusted, self.trusted.following
        if members is None:
            raise UnknownSetError(f"The set after block {before.height} is not known.", before.height + 1)
        schedule, header = self._config.schedule, self._fetch(before.height + 1)
        header_rules.check_against_parent(schedule, header, before.header, before.block_hash, latest)
        extra = extra_of(self._config, header)
        sealed = check_sealed(schedule, header, extra, members, self._seals, self._choices.counting)
        trusted = Trusted.after_skip(self._config, sealed.verified)
        if before.pending is not None and schedule.contract(header.number) is None:
            tally = new_tally(schedule, members)
            tally.restore(before.pending)
            tally = tally_after(schedule, tally, header, extra, sealed.proposer, members)
            trusted = replace(trusted, pending=tally.pending())
            if schedule.contract(header.number + 1) is None:
                trusted = replace(trusted, following=tally.validators)
        return sealed.verified, trusted

    def _fetch(self, height: int) -> Header:
        found = self._source.headers([height])
        if len(found) != 1 or found[0].header.number != height:
            raise NumberError(f"The node gave another block where block {height} was asked for.", height)
        return found[0].header

"""Skipping from everywhere to everywhere: on recorded Besu networks and on random histories with configured sets."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from lightnode.consensus.chain import HeaderChain
from lightnode.consensus.genesis import ChainConfig, load_genesis
from lightnode.consensus.quorum import quorum
from lightnode.light_client.choices import SyncChoices
from lightnode.light_client.next_set import with_tally
from lightnode.light_client.skipping import Skipper
from lightnode.light_client.source import ClaimedHeader
from lightnode.light_client.trusted import Trusted
from lightnode.wire.types import Address
from tests.support.made_chain import MadeChain
from tests.support.made_source import MadeSource
from tests.support.recorded_networks import config, headers

NOW = 1 << 40
CHOICES = SyncChoices(trusting_period=None)
LEVELS = (Fraction(2, 3), Fraction(1, 3), Fraction(1, 2), Fraction(1))
RECORDED = ["besu-qbft-votes-london", "besu-ibft2-votes-berlin", "besu-ibft2-to-qbft-shanghai", "besu-qbft-secp256r1"]
SEEDS = 24 * int(os.environ.get("CHANCERY_FUZZ_TIMES", "1"))


class RecordedSource:
    """A recorded network as a source of headers."""

    name = "recorded"

    def __init__(self, network: str) -> None:
        self.network = network

    def chain_id(self) -> int:
        return config(self.network).chain_id

    def head(self) -> int:
        return len(headers(self.network)) - 1

    def headers(self, heights: Sequence[int]) -> list[ClaimedHeader]:
        return [ClaimedHeader(headers(self.network)[height]) for height in heights]

    def proof(self, account: Address, slots: Sequence[int], height: int) -> Any:
        raise AssertionError((account, slots, height))


def hold(rules: ChainConfig, source: Any, head: int, pairs: Sequence[tuple[int, int]], rng: random.Random) -> None:
    """Skip between pairs of heights and compare set, hash and whole tally with the sequential chain's."""
    chain, verified, states = HeaderChain(rules), {}, {}
    for height in range(1, head + 1):
        verified[height] = chain.append(source.headers([height])[0].header, NOW)
        states[height] = chain.state()
    for start, end in pairs:
        begin = Trusted.at_genesis(rules) if start == 0 else Trusted.after_skip(rules, verified[start])
        choices = replace(CHOICES, trust_level=rng.choice(LEVELS))
        skipper = Skipper(rules, source, begin, choices, lambda header, trusted: None)
        skipper.advance(end, NOW)
        assert skipper.trusted.block_hash == states[end].block_hash
        assert skipper.trusted.members == verified[end].members
        whole = with_tally(rules, source, skipper.trusted)
        assert (whole.following, sorted(whole.pending or ())) == (states[end].validators, sorted(states[end].pending))


@pytest.mark.parametrize("network", RECORDED)
def test_recorded_networks_are_skipped_from_every_height(network: str) -> None:
    rng, head = random.Random(network), len(headers(network)) - 1
    pairs = [(start, rng.randint(start + 1, head)) for start in range(head)]
    if network == "besu-qbft-secp256r1":
        pairs = rng.sample(pairs, 6)
    hold(config(network), RecordedSource(network), head, pairs, rng)


def history(rng: random.Random, seed: int) -> MadeChain:
    """Give a chain of random votes, epochs and seals; half of them with a configured set."""
    names = MadeChain(size=1)
    at = rng.randint(8, 50)
    others = sorted(names.new_member(f"other {seed} {index}") for index in range(rng.randint(1, 5)))
    transitions = {"qbft": [{"block": at, "validators": ["0x" + one.hex() for one in others]}]}
    configured = rng.random() < 0.5
    chain = MadeChain(
        size=rng.randint(1, 7),
        epoch=rng.choice([5, 9, 17, 30_000]),
        config={"transitions": transitions} if configured else {},
    )
    for index in range(5):
        chain.new_member(f"other {seed} {index}")
    candidates = [chain.new_member(f"candidate {index}") for index in range(3)]
    for _ in range(70):
        members, about = chain.members(), rng.choice([*candidates, *chain.members()])
        last = len(members) == 1 and about in members
        # The vote of the block before a configured set counts on top of it, which the model here does not know.
        silent = last or rng.random() < 0.5 or (configured and chain.height + 1 == at - 1)
        vote = None if silent else (about, rng.random() < 0.6)
        chain.block(vote=vote, proposer=rng.choice(members), count=rng.randint(quorum(len(members)), len(members)))
        if configured and chain.height == at - 1:
            chain.model.members, chain.model.votes = set(others), {}
    return chain


@pytest.mark.parametrize("seed", range(SEEDS))
def test_random_histories_are_skipped_from_anywhere_to_anywhere(seed: int) -> None:
    rng = random.Random(seed)
    chain = history(rng, seed)
    pairs = [(start, rng.randint(start + 1, chain.height)) for start in rng.sample(range(chain.height), 5)]
    hold(load_genesis(chain.genesis(), "besu"), MadeSource(chain), chain.height, pairs, rng)

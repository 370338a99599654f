"""Skipping reaches the heads that the sequential rule reaches, with the same sets, and nothing else."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from lightnode.consensus.chain import HeaderChain
from lightnode.consensus.errors import ConsensusError, QuorumError, SealError, ValidatorListError
from lightnode.consensus.extra_data import BftRules, decode_extra_data, encode_extra_data
from lightnode.consensus.genesis import ChainConfig, load_genesis
from lightnode.consensus.header import Header
from lightnode.consensus.quorum import faulty, quorum
from lightnode.consensus.skip_errors import (
    HeightTimeError,
    SkipLinkError,
    SkipUnsoundError,
    TrustExpiredError,
)
from lightnode.consensus.verified_header import VerifiedHeader, Way
from lightnode.light_client.choices import SyncChoices
from lightnode.light_client.skipping import Skipper, SkipReport
from lightnode.light_client.trusted import Trusted
from tests.support.made_chain import FIRST_TIME, MadeAccount, MadeChain, validator_list
from tests.support.made_source import MadeSource

CHOICES = SyncChoices(trusting_period=None)
NOW = 1 << 40


def grown(blocks: int, **settings: Any) -> MadeChain:
    """Give a chain without votes."""
    chain = MadeChain(**settings)
    for _ in range(blocks):
        chain.block()
    return chain


def config_of(chain: MadeChain) -> ChainConfig:
    return load_genesis(chain.genesis(), chain.client)


def skipper(
    chain: MadeChain, source: MadeSource, choices: SyncChoices = CHOICES
) -> tuple[Skipper, list[VerifiedHeader]]:
    """Start at genesis and note what is accepted."""
    kept: list[VerifiedHeader] = []
    config = config_of(chain)
    made = Skipper(config, source, Trusted.at_genesis(config), choices, lambda header, after: kept.append(header))
    return made, kept


def reach(
    chain: MadeChain, target: int | None = None, choices: SyncChoices = CHOICES
) -> tuple[Skipper, SkipReport, MadeSource]:
    source = MadeSource(chain)
    made, _ = skipper(chain, source, choices)
    report = made.advance(chain.height if target is None else target, NOW)
    return made, report, source


def vote_in(chain: MadeChain, about: bytes, add: bool = True) -> None:
    """Let just enough members vote, each in a block of its own."""
    for member in chain.members()[: len(chain.members()) // 2 + 1]:
        chain.block(vote=(about, add), proposer=member)


def test_an_unchanged_set_needs_one_header() -> None:
    chain = grown(40)
    made, report, source = reach(chain)
    assert source.fetched == [40]
    assert made.trusted.block_hash == chain.hashes[40]
    assert report == SkipReport(0, 40, (40,), (3, 4))


def test_what_is_accepted_says_how() -> None:
    chain = grown(12)
    source = MadeSource(chain)
    made, kept = skipper(chain, source)
    made.advance(1, NOW)
    made.advance(12, NOW)
    assert [(item.header.number, item.way) for item in kept] == [(1, Way.SEQUENTIAL), (12, Way.SKIPPED)]
    assert kept[1].members == tuple(sorted(chain.keys))


@pytest.mark.parametrize("engine", ["qbft", "ibft2"])
@pytest.mark.parametrize("size", range(1, 9))
@pytest.mark.parametrize("add", [True, False])
def test_each_change_of_the_set_is_found(engine: str, size: int, add: bool) -> None:
    # A network does not vote its last member out.
    chain = grown(9, engine=engine, size=size if add else size + 1)
    about = chain.new_member("newcomer") if add else chain.members()[0]
    vote_in(chain, about, add)
    for _ in range(30):
        chain.block()
    made, _, source = reach(chain)
    assert made.trusted.block_hash == chain.hashes[chain.height]
    assert made.trusted.members == tuple(chain.members())
    assert len(set(source.fetched)) < chain.height


@pytest.mark.parametrize("seed", range(12))
def test_random_histories_end_as_the_sequential_rule_ends(seed: int) -> None:
    rng = random.Random(seed)
    chain = MadeChain(engine=rng.choice(["qbft", "ibft2"]), size=rng.randint(1, 7), epoch=rng.choice([7, 20, 30_000]))
    names = [chain.new_member(f"candidate {index}") for index in range(4)]
    for _ in range(90):
        vote = None
        if rng.random() < 0.4:
            about = rng.choice([*names, *chain.members()])
            vote = (about, rng.random() < 0.6)
            if len(chain.members()) == 1 and about in chain.members():
                vote = None
        members = chain.members()
        chain.block(vote=vote, proposer=rng.choice(members), count=rng.randint(quorum(len(members)), len(members)))
    config = config_of(chain)
    sequential = HeaderChain(config)
    source = MadeSource(chain)
    sets = {0: sequential.validators_for_next()}
    for height in range(1, chain.height + 1):
        sequential.append(source.header(height), NOW)
        sets[height] = sequential.validators_for_next()
    for level in (Fraction(2, 3), Fraction(1, 3), Fraction(1)):
        made, report, _ = reach(chain, choices=replace(CHOICES, trust_level=level))
        assert made.trusted.block_hash == sequential.head_hash
        assert made.trusted.members == sets[chain.height - 1]
        if made.trusted.following is not None:
            assert made.trusted.following == sets[chain.height]
        assert report.accepted == tuple(sorted(set(report.accepted)))


@pytest.mark.parametrize("seed", range(12))
def test_every_next_set_derived_from_votes_is_the_tallys(seed: int) -> None:
    """Start at each height as if just skipped to, and take the neighbour: the exact rule must derive its set."""
    rng = random.Random(1000 + seed)
    chain = MadeChain(size=rng.randint(2, 6), epoch=rng.choice([9, 25]))
    names = [chain.new_member(f"candidate {index}") for index in range(2)]
    for _ in range(45):
        about = rng.choice([*names, *chain.members()])
        usable = len(chain.members()) > 2 or about not in chain.members()
        vote = (about, rng.random() < 0.5) if usable and rng.random() < 0.8 else None
        chain.block(vote=vote, proposer=rng.choice(chain.members()))
    derive_each_next_set(chain)


def derive_each_next_set(chain: MadeChain) -> None:
    """Start at each height as if just skipped to; the set of the next block must be the sequential tally's."""
    config, source = config_of(chain), MadeSource(chain)
    sequential, after = HeaderChain(config), {}
    for height in range(1, chain.height + 1):
        after[height] = sequential.append(source.header(height), NOW)
    for height in range(1, chain.height):
        start = Trusted.after_skip(config, after[height])
        made = Skipper(config, source, start, CHOICES, lambda header, trusted: None)
        made.advance(height + 1, NOW)
        assert made.trusted.members == after[height + 1].members


def test_votes_that_an_opposite_majority_wiped_do_not_count() -> None:
    chain = MadeChain(size=5)
    newcomer, (a, b, c, d, e) = chain.new_member("newcomer"), chain.members()
    for voter, add in [(a, True), (b, True), (c, False), (d, False), (e, False), (c, True)]:
        chain.block(vote=(newcomer, add), proposer=voter)
    chain.block()
    assert newcomer not in chain.members()
    derive_each_next_set(chain)


def test_votes_of_a_member_that_left_and_came_back_do_not_count() -> None:
    chain = MadeChain(size=3)
    newcomer, (a, b, c) = chain.new_member("newcomer"), chain.members()
    chain.block(vote=(newcomer, True), proposer=a)
    for voter in (b, c):
        chain.block(vote=(a, False), proposer=voter)
    for voter in (b, c):
        chain.block(vote=(a, True), proposer=voter)
    chain.block(vote=(newcomer, True), proposer=b)
    chain.block()
    assert chain.members() == [a, b, c]
    derive_each_next_set(chain)


@pytest.mark.parametrize("seed", range(6))
def test_neighbour_by_neighbour_the_tally_goes_on(seed: int) -> None:
    rng = random.Random(2000 + seed)
    chain = MadeChain(size=rng.randint(2, 6), epoch=rng.choice([9, 25]))
    name = chain.new_member("candidate")
    for _ in range(40):
        chain.block(vote=(name, rng.random() < 0.7), proposer=rng.choice(chain.members()))
    source = MadeSource(chain)
    made, _ = skipper(chain, source)
    for height in range(1, chain.height + 1):
        made.advance(height, NOW)
    assert source.fetched == list(range(1, chain.height + 1))
    assert made.trusted.following == tuple(chain.members())


def test_a_walk_down_ends_as_soon_as_the_votes_decide() -> None:
    chain = grown(60)
    vote_in(chain, chain.members()[0], False)
    chain.block()
    config, source = config_of(chain), MadeSource(chain)
    sequential = HeaderChain(config)
    for height in range(1, chain.height):
        last = sequential.append(source.header(height), NOW)
    made = Skipper(config, source, Trusted.after_skip(config, last), CHOICES, lambda header, trusted: None)
    made.advance(chain.height, NOW)
    # One batch below, not the way to the epoch block.
    assert made.trusted.members == tuple(chain.members())
    assert min(source.fetched) > 0 or len(source.fetched) <= 65


def contract_chain(client: str = "besu", slot: int = 0) -> tuple[MadeChain, MadeSource]:
    """Give a chain whose set stands in a contract and grows at block 30."""
    where = bytes(18) + b"\x99\x99"
    first = MadeChain(size=4)
    listed = list(first.keys)
    section = {"validatorcontractaddress": "0x" + where.hex()}
    if client == "goquorum":
        section["validatorselectionmode"] = "contract"
    state = {where: MadeAccount(1, 0, b"\x60\x00", validator_list(listed, slot))}
    chain = MadeChain(client=client, size=4, section=section, state=state, named=False)
    chain.in_contract, chain.contract_set = (lambda height: True), sorted(listed)
    source = MadeSource(chain)
    source.states[0] = chain.state
    for height in range(1, 61):
        if height == 30:
            grown_list = [*listed, chain.new_member("fifth")]
            chain.block(state={where: MadeAccount(1, 0, b"\x60\x00", validator_list(grown_list, slot))})
            chain.contract_set = sorted(grown_list)
            source.states[30] = chain.state
        else:
            chain.block()
    return chain, source


@pytest.mark.parametrize("client", ["besu", "goquorum"])
def test_contract_mode_takes_each_set_from_the_state_of_the_parent(client: str) -> None:
    chain, source = contract_chain(client)
    made, kept = skipper(chain, source)
    made.advance(60, NOW)
    assert made.trusted.block_hash == chain.hashes[60]
    assert len(made.trusted.members) == 5
    assert source.fetched.count(60) == 1
    assert {item.header.number for item in kept} == {60}


def test_in_contract_mode_the_parent_must_be_the_parent() -> None:
    chain, source = contract_chain()
    source.lie = lambda header: replace(header, state_root=chain.fields[10][3]) if header.number == 59 else header
    with pytest.raises(SkipLinkError):
        skipper(chain, source)[0].advance(60, NOW)


@pytest.mark.parametrize(("client", "engine"), [("goquorum", "qbft"), ("goquorum", "ibft1"), ("besu", "ibft1")])
def test_where_the_list_is_no_evidence_nothing_is_skipped(client: str, engine: str) -> None:
    chain = grown(8, client=client, engine=engine)
    source = MadeSource(chain)
    with pytest.raises(SkipUnsoundError):
        skipper(chain, source)[0].advance(8, NOW)
    assert source.fetched == []


def test_an_old_trusted_header_is_not_skipped_from() -> None:
    chain = grown(8)
    source = MadeSource(chain)
    made, _ = skipper(chain, source, SyncChoices(trusting_period=1000))
    with pytest.raises(TrustExpiredError):
        made.advance(8, FIRST_TIME + 1000)
    made.advance(8, FIRST_TIME + 999)
    assert made.trusted.height == 8


def test_a_height_that_time_does_not_allow_is_refused() -> None:
    """CometBFT's forward-lunatic header: sealed by the trusted set, at a height that cannot have been reached."""
    chain = grown(5)
    lunatic = MadeChain()
    lunatic.fields = [list(row) for row in chain.fields]
    lunatic.hashes = list(chain.hashes)
    lunatic.block(changes={8: (900_000).to_bytes(3, "big")})
    source = MadeSource(chain)
    source.header = lambda height: MadeSource(lunatic).header(6)  # type: ignore[method-assign]
    source.head = lambda: 900_000  # type: ignore[method-assign]
    chain.fields += [chain.fields[0]] * 900_000
    with pytest.raises(HeightTimeError):
        skipper(chain, source)[0].advance(900_000, NOW)


def test_a_set_that_nobody_voted_for_costs_little_and_is_refused() -> None:
    chain = grown(200)
    forger = MadeChain(size=1)
    forger.keys.clear()
    forger.model.members = {forger.new_member(f"forger {index}") for index in range(4)}
    for _ in range(200):
        forger.block()
    source = MadeSource(forger)
    made, kept = skipper(chain, source)
    with pytest.raises(ConsensusError):
        made.advance(200, NOW)
    assert kept == []
    assert len(source.fetched) <= 2 * 8 + 2


@pytest.mark.parametrize("members", range(1, 101))
def test_a_trust_level_is_never_rounded_down(members: int) -> None:
    for level in (Fraction(1, 3), Fraction(1, 2), Fraction(2, 3), Fraction(9, 10)):
        needed = SyncChoices(trust_level=level).trusted_needed(members)
        assert needed >= faulty(members) + 1
        assert needed >= (min(members * level, quorum(members)) if level <= Fraction(2, 3) else members * level)
        assert needed <= (quorum(members) if level <= Fraction(2, 3) else members)


@pytest.mark.parametrize("change", ["duplicate", "foreign", "zero", "fewer"])
def test_bad_seals_are_refused_when_skipping_too(change: str) -> None:
    chain = grown(20)
    source = MadeSource(chain)

    def lie(header: Header) -> Header:
        extra = decode_extra_data(BftRules.QBFT, header.extra_data)
        seals = {
            "duplicate": (*extra.seals, extra.seals[0]),
            "foreign": (*extra.seals, chain.keys[sorted(chain.keys)[0]].sign_recoverable(bytes(32), hasher=None)),
            "zero": (*extra.seals, bytes(65)),
            "fewer": extra.seals[:-1],
        }[change]
        return replace(header, extra_data=encode_extra_data(BftRules.QBFT, replace(extra, seals=seals)))

    source.lie = lie
    with pytest.raises((SealError, QuorumError)):
        skipper(chain, source)[0].advance(20, NOW)


def test_a_list_out_of_order_is_refused() -> None:
    chain = grown(20)
    chain.model.members = set(chain.keys)
    rows = chain.fields[20]
    source = MadeSource(chain)
    extra = decode_extra_data(BftRules.QBFT, rows[12])
    turned = encode_extra_data(BftRules.QBFT, replace(extra, validators=tuple(reversed(extra.validators))))
    source.lie = lambda header: replace(header, extra_data=turned)
    with pytest.raises(ValidatorListError):
        skipper(chain, source)[0].advance(20, NOW)


def test_a_configured_set_is_reached_across_its_block() -> None:
    fresh = MadeChain(size=1)
    others = sorted(fresh.new_member(f"second set {index}") for index in range(4))
    chain = MadeChain(
        config={"transitions": {"qbft": [{"block": 20, "validators": ["0x" + one.hex() for one in others]}]}}
    )
    for index in range(4):
        chain.new_member(f"second set {index}")
    for _ in range(19):
        chain.block()
    chain.model.members = set(others)
    for _ in range(30):
        chain.block()
    made, _, source = reach(chain)
    assert made.trusted.members == tuple(others)
    assert len(source.fetched) < 20

"""Comparing a verified head with other servers: each outcome, who is blamed, and that every comparison ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from lightnode.consensus.genesis import load_genesis
from lightnode.consensus.header import decode_header
from lightnode.consensus.verified_header import VerifiedHeader
from lightnode.light_client import witnesses
from lightnode.light_client.choices import SyncChoices
from lightnode.light_client.errors import OtherChainError
from lightnode.light_client.follower import Follower
from lightnode.light_client.misbehaviour import collect, verify_misbehaviour
from lightnode.light_client.source import ClaimedHeader
from lightnode.light_client.witnesses import Comparison, Outcome, Patience, Witness
from lightnode.rpc.errors import BadJsonError, MissingAnswerError, OtherBlockError, UnreachableError
from lightnode.wire import rlp
from lightnode.wire.types import Hash32
from tests.support.forked_chain import fork, grown, twin_of
from tests.support.made_chain import MadeChain
from tests.support.made_source import MadeSource

NOW = 1 << 40
HEAD = 40
RULES = Hash32(bytes(32))


class Clock:
    """Time that passes by waiting."""

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def patience(self, seconds: float = 40.0) -> Patience:
        return Patience(seconds, self.sleep, lambda: self.now)


class Scripted(MadeSource):
    """A made source whose answers a test may replace."""

    def __init__(self, chain: MadeChain) -> None:
        super().__init__(chain, "http://other:8545")
        self.says_head: Callable[[], int] = lambda: chain.height
        self.trouble: Callable[[Sequence[int]], None] = lambda heights: None
        self.says_chain = 1337

    def chain_id(self) -> int:
        return self.says_chain

    def head(self) -> int:
        return self.says_head()

    def headers(self, heights: Sequence[int]) -> list[ClaimedHeader]:
        self.trouble(heights)
        return super().headers(heights)


class Office:
    """An office that has verified a chain through one source."""

    def __init__(self, chain: MadeChain, height: int = HEAD) -> None:
        self.config = load_genesis(chain.genesis(), chain.client)
        self.source = MadeSource(chain)
        self.follower = Follower(self.config, self.source)
        self.follower.follow(height, NOW)
        self.clock = Clock()

    def compare(self, source: Scripted, head: VerifiedHeader | None = None) -> Witness:
        shown = head or self.follower.header(HEAD, NOW)
        return Comparison(self.config, self.follower, SyncChoices(), self.clock.patience()).with_source(
            source, shown, NOW
        )


@pytest.fixture(scope="module")
def chain() -> MadeChain:
    return grown(HEAD)


@pytest.fixture
def office(chain: MadeChain) -> Office:
    return Office(chain)


def test_the_same_block_agrees(office: Office, chain: MadeChain) -> None:
    found = office.compare(Scripted(twin_of(chain)))
    assert (found.outcome, found.height, found.other) == (Outcome.AGREES, HEAD, None)


@pytest.mark.parametrize(
    ("engine", "number", "count"), [("qbft", 3, 4), ("ibft2", 2, 4), ("ibft1", 0, 4), ("qbft", 0, 4)]
)
def test_other_seals_and_another_round_are_the_same_block(engine: str, number: int, count: int) -> None:
    chain = grown(HEAD, client="goquorum" if engine == "ibft1" else "besu", engine=engine)
    twin = twin_of(chain)
    del twin.fields[HEAD:], twin.hashes[HEAD:]
    twin.block(number=number, count=count)
    assert (twin.hashes[HEAD], twin.fields[HEAD] != chain.fields[HEAD]) == (chain.hashes[HEAD], True)
    assert Office(chain).compare(Scripted(twin)).outcome is Outcome.AGREES


@pytest.mark.parametrize("extra", [0, 3])
def test_a_server_that_is_behind_is_waited_for_and_no_longer(office: Office, chain: MadeChain, extra: int) -> None:
    source = Scripted(chain)
    source.says_head = lambda: min(HEAD, 30 + int(office.clock.now)) if extra else 12
    found = office.compare(source)
    assert found.outcome is (Outcome.AGREES if extra else Outcome.BEHIND)
    assert office.clock.now == (10 if extra else 40)


def test_a_head_that_is_not_given_is_behind(office: Office, chain: MadeChain) -> None:
    source = Scripted(chain)

    def trouble(heights: Sequence[int]) -> None:
        if heights[0]:
            raise MissingAnswerError("not yet")

    source.trouble = trouble
    assert office.compare(source).outcome is Outcome.BEHIND


def test_another_network_is_no_lie(office: Office, chain: MadeChain) -> None:
    source = Scripted(chain)
    source.says_chain = 99
    assert office.compare(source).outcome is Outcome.OTHER_NETWORK
    assert office.compare(Scripted(grown(HEAD, size=5))).outcome is Outcome.OTHER_NETWORK


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (UnreachableError("gone"), Outcome.UNREACHABLE),
        (BadJsonError("no json"), Outcome.UNREACHABLE),
        (OtherBlockError("7 for 40"), Outcome.LIES),
    ],
)
def test_trouble_with_a_server_is_its_own(office: Office, chain: MadeChain, error: Any, outcome: Outcome) -> None:
    source = Scripted(chain)

    def trouble(heights: Sequence[int]) -> None:
        if heights[0]:
            raise error

    source.trouble = trouble
    assert office.compare(source).outcome is outcome


@pytest.mark.parametrize("engine", ["qbft", "ibft2", "ibft1"])
@pytest.mark.parametrize("field", range(15))
def test_a_changed_field_is_the_servers_lie(engine: str, field: int) -> None:
    chain = grown(HEAD, client="goquorum" if engine == "ibft1" else "besu", engine=engine)
    twin = twin_of(chain)
    value = bytearray(twin.fields[HEAD][field] or b"\2")
    value[8 if field == 12 else -1] ^= 1
    twin.fields[HEAD][field] = bytes(value)
    found = Office(chain).compare(Scripted(twin))
    assert (found.outcome, found.other) == (Outcome.LIES, None)


@pytest.mark.parametrize("seals", range(5))
def test_only_a_quorum_of_seals_makes_a_conflict(office: Office, chain: MadeChain, seals: int) -> None:
    twin = twin_of(chain)
    del twin.fields[HEAD:], twin.hashes[HEAD:]
    twin.block(seconds=2, count=seals)
    found = office.compare(Scripted(twin))
    assert found.outcome is (Outcome.CONFLICT if seals >= 3 else Outcome.LIES)


@pytest.mark.parametrize("at", [1, 2, 17, 39, 40])
def test_two_sealed_chains_are_found_to_part_at_their_lowest_height(office: Office, chain: MadeChain, at: int) -> None:
    twin = fork(chain, at, HEAD + 1 - at)
    found = office.compare(Scripted(twin))
    assert (found.outcome, found.height) == (Outcome.CONFLICT, at)
    assert found.ours is not None
    assert found.other is not None
    assert (found.ours.block_hash, found.other.block_hash) == (chain.hashes[at], twin.hashes[at])
    assert found.ours.members == found.other.members


def test_a_fork_whose_set_changed_since_is_still_misbehaviour(office: Office, chain: MadeChain) -> None:
    """Its head was sealed by members that ours never had; the block where it parts was sealed by ours."""
    twin = twin_of(chain)
    del twin.fields[10:], twin.hashes[10:]
    for name in ("a", "b", "c", "d"):
        about = twin.new_member(name)
        for voter in twin.members()[: len(twin.members()) // 2 + 1]:
            twin.block(vote=(about, True), proposer=voter, seconds=2)
    while twin.height < HEAD:
        twin.block()
    del twin.fields[HEAD + 1 :], twin.hashes[HEAD + 1 :]
    found = office.compare(Scripted(twin))
    assert (found.outcome, found.height) == (Outcome.CONFLICT, 10)


def test_a_chain_of_made_up_members_is_a_lie(office: Office, chain: MadeChain) -> None:
    """Keys cost nothing: a header sealed by whomever it lists moves us to look, not to blame the network."""
    stranger = MadeChain(size=7)
    twin = twin_of(chain)
    twin.model, twin.keys = stranger.model, stranger.keys
    del twin.fields[30:], twin.hashes[30:]
    while twin.height < HEAD:
        twin.block()
    found = office.compare(Scripted(twin))
    assert (found.outcome, found.height) == (Outcome.LIES, 30)


@pytest.mark.parametrize("error", [UnreachableError("gone"), BadJsonError("nonsense"), MissingAnswerError("no")])
def test_a_conflict_once_seen_is_not_undone_by_what_the_server_does_next(
    office: Office, chain: MadeChain, error: Exception
) -> None:
    source = Scripted(fork(chain, 5, HEAD - 4))

    def trouble(heights: Sequence[int]) -> None:
        if heights[0] not in (0, HEAD):
            raise error

    source.trouble = trouble
    found = office.compare(source)
    assert (found.outcome, found.height) == (Outcome.CONFLICT, HEAD)


def test_nor_by_blocks_below_that_do_not_lead_there(office: Office, chain: MadeChain) -> None:
    twin = fork(chain, 5, HEAD - 4)
    source = Scripted(twin)
    source.header = lambda height: decode_header(  # type: ignore[method-assign]
        rlp.encode(twin.fields[height] if height in (0, HEAD) else chain.fields[height])
    )
    assert office.compare(source).outcome is Outcome.CONFLICT


class Forgetful(Follower):
    """Has its head, and must ask its source for everything below."""

    def header(self, height: int, now: int) -> VerifiedHeader:
        if height != HEAD:
            raise OtherChainError("Our own node gives another block.")
        return super().header(height, now)


@pytest.mark.parametrize("conflict", [False, True])
def test_trouble_with_our_own_node_is_not_the_servers(office: Office, chain: MadeChain, conflict: bool) -> None:
    office.follower.__class__ = Forgetful
    twin = fork(chain, 5, HEAD - 4)
    if not conflict:
        twin.model, twin.keys = (stranger := MadeChain(size=7)).model, stranger.keys
        del twin.fields[HEAD:], twin.hashes[HEAD:]
        twin.block()
    found = office.compare(Scripted(twin))
    assert (found.outcome, found.height) == (Outcome.CONFLICT if conflict else Outcome.UNSETTLED, HEAD)


def test_without_the_set_nobody_is_blamed(office: Office, chain: MadeChain) -> None:
    head = office.follower.header(HEAD, NOW)
    bare = VerifiedHeader(head.header, head.block_hash, (), 0, ())
    assert office.compare(Scripted(twin_of(chain)), bare).outcome is Outcome.AGREES
    assert office.compare(Scripted(fork(chain, HEAD, 1)), bare).outcome is Outcome.UNSETTLED


class Skipped(Follower):
    """Keeps its head only."""

    def known_between(self, low: int, high: int) -> int | None:
        return None


@pytest.mark.parametrize("most", [10, 100])
def test_what_is_too_far_to_look_is_said_to_be_unsettled(
    office: Office, chain: MadeChain, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(witnesses, "MAX_SEARCH", most)
    office.follower.__class__ = Skipped
    stranger = MadeChain(size=7)
    twin = twin_of(chain)
    twin.model, twin.keys = stranger.model, stranger.keys
    del twin.fields[30:], twin.hashes[30:]
    while twin.height < HEAD:
        twin.block()
    found = office.compare(Scripted(twin))
    assert found.outcome is (Outcome.UNSETTLED if most == 10 else Outcome.LIES)


def test_a_server_that_takes_its_time_for_every_answer_is_dealt_with_for_so_long_only(
    office: Office, chain: MadeChain
) -> None:
    stranger = MadeChain(size=7)
    twin = twin_of(chain)
    twin.model, twin.keys = stranger.model, stranger.keys
    del twin.fields[30:], twin.hashes[30:]
    while twin.height < HEAD:
        twin.block()
    source = Scripted(twin)
    source.trouble = lambda heights: office.clock.sleep(120)
    found = office.compare(source)
    assert found.outcome is Outcome.UNSETTLED
    assert office.clock.now <= witnesses.LONGEST + 120


@pytest.mark.parametrize("ours", [True, False])
def test_a_block_that_two_engines_read_excuses_nobody_who_sealed_it(ours: bool) -> None:
    """Ours may have passed by a signed exception; the other one needs none to be evidence."""
    section = {"startblock": 3, "epochlength": 30_000, "blockperiodseconds": 1}
    chain = MadeChain(engine="ibft2", config={"qbft": section})
    chain.engine_at = lambda height: "qbft" if height >= 3 else "ibft2"
    for _ in range(HEAD - 1):
        chain.block()
    fifth, plain = chain.new_member("fifth"), twin_of(chain)
    chain.block(vote=(fifth, True), number=1 << 24)
    plain.block()
    held, other = (chain, plain) if ours else (plain, chain)
    office = Office(held, HEAD - 1)
    named = {HEAD: Hash32(held.hashes[HEAD])} if ours else {}
    office.config = replace(office.config, exceptions=named)
    office.follower = Follower(office.config, office.source)
    office.follower.follow(HEAD, NOW)
    found = office.compare(Scripted(other))
    assert (found.outcome, found.height) == (Outcome.CONFLICT, HEAD)
    assert found.ours is not None
    assert found.other is not None
    file = collect(office.config, RULES, found.ours, found.other, ("a", "b"), 1, (0, office.config.block_hash))
    # Whoever judges the file needs no exception either.
    config = replace(office.config, exceptions={})
    assert set(verify_misbehaviour(config, file.encode()).hashes) == {chain.hashes[HEAD], plain.hashes[HEAD]}

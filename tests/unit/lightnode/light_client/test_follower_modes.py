"""The follower's modes over a store: skipping, going on after it in order, headers below, and what the result says."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lightnode.consensus.chain import HeaderChain
from lightnode.consensus.errors import ConsensusError
from lightnode.consensus.extra_data import BftRules, decode_extra_data, encode_extra_data
from lightnode.consensus.genesis import load_genesis
from lightnode.consensus.seal_counting import SealCounting
from lightnode.consensus.skip_errors import BackwardsError, SkippedOtherChainError
from lightnode.consensus.verified_header import Way
from lightnode.light_client import memory as memories
from lightnode.light_client.backwards import demand_linked, walk_down
from lightnode.light_client.choices import Mode, SyncChoices
from lightnode.light_client.errors import BehindError
from lightnode.light_client.follower import Follower
from lightnode.light_client.memory import StoreMemory
from lightnode.store import schema
from lightnode.store.cache import Store, create_store
from lightnode.store.schema import STEPS
from lightnode.wire import cbor, rlp
from lightnode.wire.keccak import keccak256
from tests.support.made_chain import MadeChain
from tests.support.made_source import MadeSource

NOW = 1 << 40
SKIPPING = SyncChoices(mode=Mode.SKIPPING, mode_reason="The line is slow.", trusting_period=None)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with create_store(tmp_path / "store", b"pass", lambda n: bytes(range(n))) as made:
        yield made


def voting_chain(seed: int = 5, blocks: int = 120, **settings: object) -> MadeChain:
    rng = random.Random(seed)
    chain = MadeChain(size=4, epoch=50, **settings)  # type: ignore[arg-type]
    names = [chain.new_member(f"candidate {index}") for index in range(2)]
    for _ in range(blocks):
        about = rng.choice(names)
        chain.block(vote=(about, about not in chain.members()), proposer=rng.choice(chain.members()))
    return chain


def sets(chain: MadeChain, source: MadeSource) -> dict[int, tuple[bytes, ...]]:
    sequential, found = HeaderChain(load_genesis(chain.genesis(), chain.client)), {}
    for height in range(1, chain.height + 1):
        found[height] = sequential.append(source.header(height), NOW).members
    return found


def test_after_a_skip_the_sequential_mode_goes_on_with_the_whole_tally(store: Store) -> None:
    chain = voting_chain()
    source = MadeSource(chain)
    config = load_genesis(chain.genesis(), "besu")
    memory = StoreMemory(store, config, lambda: 7)
    reached = Follower(config, source, memory, SKIPPING).follow(90, NOW)
    assert (reached.mode.value, reached.mode.reason) == ("skipping", "The line is slow.")
    assert reached.trust is not None
    again = Follower(config, source, memory)
    assert again.end.height == 90
    reached = again.follow(chain.height, NOW)
    assert (reached.start, reached.end, reached.mode.value) == (90, chain.height, "sequential")
    assert again.end.block_hash == chain.hashes[chain.height]
    assert again.end.following == tuple(chain.members())


def test_any_header_below_is_verified_from_above_with_its_set(store: Store) -> None:
    chain = voting_chain()
    source = MadeSource(chain)
    config, truth = load_genesis(chain.genesis(), "besu"), sets(chain, source)
    follower = Follower(config, source, StoreMemory(store, config, lambda: 7), SKIPPING)
    follower.follow(chain.height, NOW)
    for height in (1, 17, 63, 99, chain.height):
        found = follower.header(height, NOW)
        assert (found.block_hash, found.members) == (chain.hashes[height], truth[height])
    fetched = len(source.fetched)
    assert follower.header(17, NOW).way is Way.LINKED
    assert len(source.fetched) == fetched, "it was kept"


def test_a_lower_header_of_another_chain_is_refused() -> None:
    chain, other = voting_chain(), voting_chain(seed=6)
    source = MadeSource(chain)
    config = load_genesis(chain.genesis(), "besu")
    follower = Follower(config, source, None, SKIPPING)
    follower.follow(chain.height, NOW)
    source.chain = other
    with pytest.raises(BackwardsError):
        follower.header(40, NOW)


@pytest.mark.parametrize("field", ["state_root", "timestamp", "gas_used", "logs_bloom", "beneficiary", "number"])
def test_no_field_of_a_lower_header_can_be_changed(field: str) -> None:
    chain = voting_chain(blocks=30)
    source = MadeSource(chain)
    config = load_genesis(chain.genesis(), "besu")
    above = source.header(30)

    def lie(header: object) -> object:
        value = getattr(header, field)
        changed = value + 1 if isinstance(value, int) else bytes([value[0] ^ 1]) + value[1:]
        return replace(header, **{field: changed}) if header.number == 28 else header  # type: ignore[type-var,attr-defined]

    source.lie = lie  # type: ignore[assignment]
    with pytest.raises(BackwardsError):
        list(walk_down(config, source, above, 0))


def test_linking_finds_the_chain_that_was_skipped_from() -> None:
    """No seal names its chain: the same keys on another network would pass a skip, and are found out by the links."""
    chain, twin = MadeChain(), MadeChain(config={"chainId": 1337, "homesteadBlock": 0})
    twin.fields[0][11] = (1_700_000_001).to_bytes(4, "big")
    twin.hashes[0] = keccak256(rlp.encode(twin.fields[0]))
    for made in (chain, twin):
        for _ in range(20):
            made.block()
    config = load_genesis(chain.genesis(), "besu")
    source = MadeSource(twin)
    follower = Follower(config, source, None, SKIPPING)
    follower.follow(20, NOW)
    assert follower.end.block_hash == twin.hashes[20]
    with pytest.raises((SkippedOtherChainError, BackwardsError)):
        demand_linked(config, source, follower.end.header, 0, config.block_hash)
    honest = MadeSource(chain)
    straight = Follower(config, honest, None, SKIPPING)
    straight.follow(20, NOW)
    assert demand_linked(config, honest, straight.end.header, 0, config.block_hash) == 20


def test_where_skipping_is_not_sound_every_header_is_verified_and_the_result_says_why() -> None:
    chain = MadeChain(client="goquorum")
    for _ in range(12):
        chain.block()
    source = MadeSource(chain)
    follower = Follower(load_genesis(chain.genesis(), "goquorum"), source, None, SKIPPING)
    reached = follower.follow(12, NOW)
    assert reached.mode.value == "sequential"
    assert "GoQuorum" in reached.mode.reason
    assert source.fetched == list(range(1, 13))


def test_a_pruned_header_of_goquorum_is_not_verified_from_above(store: Store) -> None:
    chain = MadeChain(client="goquorum")
    for _ in range(130):
        chain.block()
    config = load_genesis(chain.genesis(), "goquorum")
    follower = Follower(config, MadeSource(chain), None)
    follower.follow(130, NOW)
    follower._recent.clear()
    with pytest.raises(BehindError):
        follower.header(40, NOW)


def test_tolerant_counting_accepts_what_strict_refuses_and_remarks_on_it() -> None:
    chain = MadeChain(client="goquorum")
    for _ in range(5):
        chain.block()
    extra = decode_extra_data(BftRules.QBFT, chain.fields[5][12])
    marred = replace(extra, seals=(*extra.seals, bytes(65)))
    source = MadeSource(chain)
    chain.fields[5][12] = encode_extra_data(BftRules.QBFT, marred)
    config = load_genesis(chain.genesis(), "goquorum")
    with pytest.raises(ConsensusError):
        Follower(config, source).follow(5, NOW)
    tolerant = SyncChoices(counting=SealCounting.TOLERANT, counting_reason="A node wrote a seal that nobody can read.")
    reached = Follower(config, source, None, tolerant).follow(5, NOW)
    assert (reached.counting.value, len(reached.remarks)) == ("tolerant", 1)
    assert reached.remarks[0].startswith("Block 5: ")


def test_a_store_of_schema_3_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chain = voting_chain(blocks=40)
    source, config = MadeSource(chain), load_genesis(chain.genesis(), "besu")
    follower = Follower(config, source)
    follower.follow(20, NOW)
    truth = sets(chain, source)
    with monkeypatch.context() as patch:
        patch.setattr(schema, "STEPS", STEPS[:3])
        patch.setattr(schema, "NEWEST", 3)
        with create_store(tmp_path / "old", b"pass", lambda n: bytes(range(n))) as old:
            for height in range(1, 21):
                old._statements.run(
                    "INSERT INTO header VALUES (?, ?, ?, ?)",
                    height, chain.hashes[height], source.header(height).encode(), b"".join(truth[height + 1]),
                )  # fmt: skip
            state = follower.end.state
            assert state is not None
            body = [memories.STATE_FORMAT, 20, state.block_hash, list(state.validators or ()),
                    [[voter, candidate, add] for voter, candidate, add in state.pending]]  # fmt: skip
            old.add_checkpoint(state.height, state.block_hash, cbor.encode(body), 1)
    with Store.open(tmp_path / "old", b"pass") as store:
        memory = StoreMemory(store, config, lambda: 7)
        for height in range(1, 21):
            kept = memory.header(height)
            assert kept is not None
            assert (kept.members, kept.way) == (truth[height], Way.SEQUENTIAL)
        again = Follower(config, source, memory)
        again.follow(chain.height, NOW)
        assert again.end.block_hash == chain.hashes[chain.height]

"""A signed exception lets one block pass that reads under two rule sets: that height, that hash, and no other rule with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from lightnode.consensus.chain import HeaderChain
from lightnode.consensus.errors import AmbiguousRulesError, ConsensusError
from lightnode.consensus.extra_data import BftRules
from lightnode.consensus.genesis import ChainConfig, load_genesis
from lightnode.consensus.hashes import block_hash
from lightnode.consensus.header import Header, decode_header
from lightnode.consensus.seal_counting import SealCounting
from lightnode.consensus.signed_exception import REMARK
from lightnode.light_client.choices import Mode, SyncChoices
from lightnode.light_client.follower import Follower
from lightnode.wire import rlp
from lightnode.wire.types import Hash32
from tests.support.made_chain import MadeChain
from tests.support.made_source import MadeSource
from tests.support.recorded_networks import FOREVER

AT = 4


def migrated(*heights: int) -> MadeChain:
    """A chain that went from IBFT 2.0 to QBFT at block 3, with blocks that both can read at some heights."""
    section = {"startblock": 3, "epochlength": 30_000, "blockperiodseconds": 1}
    chain = MadeChain(engine="ibft2", config={"qbft": section})
    chain.engine_at = lambda height: "qbft" if height >= 3 else "ibft2"
    fifth = chain.new_member("fifth")
    for height in range(1, max(heights) + 3):
        # A vote to add and a round of four bytes.
        odd = height in heights
        chain.block(vote=(fifth, True) if odd else None, number=1 << 24 if odd else 0)
    return chain


def header(chain: MadeChain, height: int) -> Header:
    return decode_header(rlp.encode(chain.fields[height]))


def config(chain: MadeChain, exceptions: Mapping[int, bytes]) -> ChainConfig:
    named = {height: Hash32(one) for height, one in exceptions.items()}
    return replace(load_genesis(chain.genesis(), "besu"), exceptions=named)


def refusal(chain: MadeChain, exceptions: Mapping[int, bytes]) -> tuple[str | None, int]:
    """Follow a chain as far as it goes: the code of the refusal, and the last good height."""
    followed = HeaderChain(config(chain, exceptions))
    try:
        while followed.height < chain.height:
            followed.append(header(chain, followed.height + 1), FOREVER)
    except ConsensusError as error:
        return error.code, followed.height
    return None, followed.height


def test_the_named_block_passes_and_says_so() -> None:
    chain = migrated(AT)
    followed = HeaderChain(config(chain, {AT: chain.hashes[AT]}))
    found = [followed.append(header(chain, height), FOREVER) for height in range(1, chain.height + 1)]
    assert [item.block_hash for item in found] == chain.hashes[1:]
    assert {item.height: item.remarks for item in found if item.remarks} == {AT: (REMARK,)}
    # Its vote counts like any other.
    assert [(voter, add) for voter, _, add in followed.state().pending] == [(header(chain, AT).beneficiary, True)]


def test_an_exception_that_is_not_needed_leaves_no_remark() -> None:
    chain = migrated(AT)
    plain = HeaderChain(config(chain, {2: chain.hashes[2]}))
    assert plain.append(header(chain, 1), FOREVER).remarks == ()
    assert plain.append(header(chain, 2), FOREVER).remarks == ()


def test_a_chain_goes_on_from_the_block_that_passed() -> None:
    chain = migrated(AT)
    settings = config(chain, {AT: chain.hashes[AT]})
    followed = HeaderChain(settings)
    for height in range(1, AT + 1):
        followed.append(header(chain, height), FOREVER)
    again = HeaderChain.resume(settings, followed.head, followed.state())
    assert again.append(header(chain, AT + 1), FOREVER).block_hash == chain.hashes[AT + 1]
    with pytest.raises(AmbiguousRulesError):
        HeaderChain.resume(config(chain, {}), followed.head, followed.state())


def test_the_follower_passes_and_reports_it() -> None:
    chain = migrated(AT)
    reached = Follower(config(chain, {AT: chain.hashes[AT]}), MadeSource(chain)).follow(chain.height, FOREVER)
    assert reached.end == chain.height
    assert list(reached.remarks) == [f"Block {AT}: {REMARK}"]


@pytest.mark.parametrize("shift", [-1, 1])
def test_it_does_not_help_at_another_height(shift: int) -> None:
    chain = migrated(AT)
    assert refusal(chain, {AT + shift: chain.hashes[AT]}) == ("EXTRA-AMBIGUOUS", AT - 1)


def test_it_does_not_help_another_block_of_the_same_kind() -> None:
    chain = migrated(AT, 6)
    assert refusal(chain, {AT: chain.hashes[AT]}) == ("EXTRA-AMBIGUOUS", 5)
    assert refusal(chain, {AT: chain.hashes[AT], 6: chain.hashes[AT]}) == ("EXTRA-AMBIGUOUS", 5)
    assert refusal(chain, {AT: chain.hashes[AT], 6: chain.hashes[6]}) == (None, 8)


def test_it_does_not_help_another_hash() -> None:
    chain = migrated(AT)
    flipped = bytes([chain.hashes[AT][0] ^ 1]) + chain.hashes[AT][1:]
    # Nor the hash that the other rule set would give the same header.
    other = block_hash(BftRules.IBFT2, header(chain, AT))
    assert other != chain.hashes[AT]
    for wrong in (flipped, bytes(32), chain.hashes[AT - 1], other):
        assert refusal(chain, {AT: wrong}) == ("EXTRA-AMBIGUOUS", AT - 1)


def test_every_other_rule_holds_for_the_named_block() -> None:
    """Changed before sealing, with the changed block's own hash signed for: only EXTRA-AMBIGUOUS was waived."""
    wrong = {
        "HEADER-PARENT": {"changes": {0: b"\1" * 32}},
        "HEADER-CONSTANT": {"changes": {13: bytes(32)}},
        "HEADER-TIME": {"seconds": 0},
        "HEADER-GAS": {"changes": {9: b"\x01"}},
        "PROPOSER": {"changes": {2: b"\x99" * 20}},
        "SEAL-QUORUM": {"count": 2},
    }
    for code, how in wrong.items():
        chain = migrated(2)
        for _ in range(2):
            chain.fields.pop(), chain.hashes.pop()
        chain.block()
        assert chain.height == 3
        chain.block(vote=(chain.new_member("fifth"), True), number=1 << 24, **how)  # type: ignore[arg-type]
        assert refusal(chain, {2: chain.hashes[2], AT: chain.hashes[AT]}) == (code, AT - 1), code


def test_the_named_block_needs_its_own_seals() -> None:
    chain = migrated(AT)
    found = HeaderChain(config(chain, {AT: chain.hashes[AT]}))
    for height in range(1, AT):
        found.append(header(chain, height), FOREVER)
    good = header(chain, AT)
    # The hash covers no seals: those of another round sign another digest.
    body = rlp.decode(good.extra_data)
    assert isinstance(body, list)
    resealed = good.replace_extra_data(rlp.encode([*body[:3], (1 << 24 | 1).to_bytes(4, "big"), body[4]]))
    assert block_hash(BftRules.QBFT, resealed) == chain.hashes[AT]
    for counting in SealCounting:
        found.counting = counting
        with pytest.raises(ConsensusError) as refused:
            found.verify_next(resealed, FOREVER)
        assert refused.value.code == ("SEAL" if counting is SealCounting.STRICT else "SEAL-QUORUM")
    assert found.append(good, FOREVER).remarks == (REMARK,)


def test_it_holds_in_every_mode_and_for_headers_below() -> None:
    chain = migrated(AT)
    skipping = SyncChoices(mode=Mode.SKIPPING, mode_reason="A test.", trusting_period=None)
    for exceptions, code in (
        ({AT: chain.hashes[AT]}, None),
        ({}, "EXTRA-AMBIGUOUS"),
        ({AT: bytes(32)}, "EXTRA-AMBIGUOUS"),
    ):
        for start, target in ((AT, AT), (AT, 6), (6, AT), (6, AT - 1)):
            follower = Follower(config(chain, exceptions), MadeSource(chain), None, skipping)
            try:
                follower.follow(start, FOREVER)
                found = follower.header(target, FOREVER)
            except ConsensusError as error:
                assert error.code == code, (start, target)
                continue
            assert (code, found.block_hash) == (None, chain.hashes[target]), (start, target)
            assert found.remarks == ((REMARK,) if target == AT else ())


def test_the_sequential_mode_goes_on_after_skipping_to_the_named_block() -> None:
    chain = migrated(AT)
    settings = config(chain, {AT: chain.hashes[AT]})
    skipping = SyncChoices(mode=Mode.SKIPPING, mode_reason="A test.", trusting_period=None)
    follower = Follower(settings, MadeSource(chain), None, skipping)
    follower.follow(AT, FOREVER)
    follower.choices = SyncChoices()
    assert follower.follow(chain.height, FOREVER).end == chain.height
    assert follower.end.block_hash == chain.hashes[-1]
    state = follower.end.state
    assert state is not None
    assert [(voter, add) for voter, _, add in state.pending] == [(header(chain, AT).beneficiary, True)]

"""The followed node itself lies, in each field of a header, in both modes: refused, with everything before it kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from lightnode.consensus.errors import ConsensusError
from lightnode.consensus.extra_data import BftRules, decode_extra_data, encode_extra_data
from lightnode.consensus.genesis import load_genesis
from lightnode.consensus.header import Header, decode_header
from lightnode.errors import LightNodeError
from lightnode.light_client.choices import Mode, SyncChoices
from lightnode.light_client.errors import OtherChainError, SyncError
from lightnode.light_client.follower import Follower
from lightnode.wire import rlp
from tests.support.forked_chain import fork, grown
from tests.support.made_chain import MadeChain
from tests.support.made_source import MadeSource

NOW = 1 << 40
HEAD = 30
FIELDS = 15
SKIPPING = SyncChoices(mode=Mode.SKIPPING, mode_reason="The line is slow.", trusting_period=None)


@pytest.fixture(scope="module", params=["berlin", "prague"])
def chain(request: pytest.FixtureRequest) -> MadeChain:
    return grown(HEAD, fork=request.param)


def with_field(field: int) -> Callable[[Header], Header]:
    """Flip a bit of a field; of extraData one of the last seal."""

    def lie(header: Header) -> Header:
        fields = rlp.decode_list(header.encode())
        value = bytearray(fields[field] or b"\2")  # type: ignore[arg-type]
        value[-1] ^= 1
        fields[field] = bytes(value)
        return decode_header(rlp.encode(fields))

    return lie


def with_extra(change: Callable[..., object]) -> Callable[[Header], Header]:
    def lie(header: Header) -> Header:
        extra = decode_extra_data(BftRules.QBFT, header.extra_data)
        return replace(header, extra_data=encode_extra_data(BftRules.QBFT, change(extra)))  # type: ignore[arg-type]

    return lie


LIES: dict[str, Callable[[Header], Header]] = {
    **{f"field {field}": with_field(field) for field in range(FIELDS)},
    "vanity": with_extra(lambda extra: replace(extra, vanity=b"\1" * 32)),
    "a member left out": with_extra(lambda extra: replace(extra, validators=extra.validators[1:])),
    "nobody listed": with_extra(lambda extra: replace(extra, validators=())),
    "another round": with_extra(lambda extra: replace(extra, round=1)),
    "a seal left out": with_extra(lambda extra: replace(extra, seals=extra.seals[1:])),
    "a seal twice": with_extra(lambda extra: replace(extra, seals=(*extra.seals[1:], extra.seals[1]))),
    "no seals": with_extra(lambda extra: replace(extra, seals=())),
}


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("at", [1, 17, HEAD])
def test_every_lie_about_a_header_stops_a_run_in_order(chain: MadeChain, lie: str, at: int) -> None:
    source = MadeSource(chain)
    source.lie = lambda header: LIES[lie](header) if header.number == at else header
    follower = Follower(load_genesis(chain.genesis(), chain.client), source)
    follower.follow(at - 1, NOW)
    with pytest.raises((ConsensusError, SyncError)):
        follower.follow(HEAD, NOW)
    assert (follower.end.height, follower.end.block_hash) == (at - 1, chain.hashes[at - 1])
    source.lie = lambda header: header
    follower.follow(HEAD, NOW)
    assert follower.end.block_hash == chain.hashes[HEAD]


@pytest.mark.parametrize("lie", LIES)
def test_every_lie_about_the_head_stops_a_skip(chain: MadeChain, lie: str) -> None:
    source = MadeSource(chain)
    source.lie = lambda header: LIES[lie](header) if header.number == HEAD else header
    follower = Follower(load_genesis(chain.genesis(), chain.client), source, choices=SKIPPING)
    with pytest.raises(LightNodeError):
        follower.follow(HEAD, NOW)
    assert follower.end.block_hash == chain.hashes[follower.end.height]
    assert source.requests <= 16


def test_a_node_of_a_second_sealed_chain_does_not_continue_the_first(chain: MadeChain) -> None:
    config = load_genesis(chain.genesis(), chain.client)
    follower = Follower(config, MadeSource(chain))
    follower.follow(20, NOW)
    again = Follower(config, MadeSource(fork(chain, 15, HEAD - 14)))
    again.begin_at(follower.end)
    with pytest.raises(OtherChainError):
        again.follow(HEAD, NOW)
    assert again.end.height == 20

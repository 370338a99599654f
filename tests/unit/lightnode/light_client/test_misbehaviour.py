"""Evidence of misbehaviour: what it proves, what proves nothing, and that nothing else can be read from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightnode.consensus.chain import HeaderChain
from lightnode.consensus.extra_data import decode_extra_data, encode_extra_data
from lightnode.consensus.genesis import ChainConfig, load_genesis
from lightnode.consensus.header import Header, decode_header
from lightnode.consensus.verified_header import VerifiedHeader, Way
from lightnode.light_client import misbehaviour
from lightnode.light_client.misbehaviour import MisbehaviourError, collect, decode_misbehaviour, verify_misbehaviour
from lightnode.wire import cbor, rlp
from lightnode.wire.types import Address, Hash32
from tests.support import recorded_networks as recorded
from tests.support.forked_chain import fork, grown
from tests.support.made_chain import MadeChain

AT = 1_900_000_000
RULES = Hash32(b"\7" * 32)
HEIGHT = 12
SIZES = [1, 2, 3, 4, 5, 6, 7]


def sealed_by(config: ChainConfig, header: Header, chosen: Iterable[int]) -> Header:
    """Keep some of a header's seals, in the order given."""
    rules = config.schedule.rules(header.number)
    extra = decode_extra_data(rules, header.extra_data)
    kept = replace(extra, seals=tuple(extra.seals[index] for index in chosen))
    return replace(header, extra_data=encode_extra_data(rules, kept))


class Conflict:
    """Two blocks at one height, each sealed by everybody."""

    def __init__(self, **settings: Any) -> None:
        chain = grown(HEIGHT - 1, **settings)
        other = fork(chain, HEIGHT, 0)
        for one, seconds in ((chain, 1), (other, 2)):
            del one.fields[HEIGHT:], one.hashes[HEIGHT:]
            one.block(seconds=seconds, count=len(one.members()))
        self.config = load_genesis(chain.genesis(), chain.client)
        self.members = tuple(Address(member) for member in chain.members())
        self.headers = [decode_header(rlp.encode(one.fields[HEIGHT])) for one in (chain, other)]
        self.hashes = [Hash32(one.hashes[HEIGHT]) for one in (chain, other)]

    def file(self, first: Iterable[int] | None = None, second: Iterable[int] | None = None) -> bytes:
        """Give the evidence, each block with some of its seals."""
        everybody = range(len(self.members))
        verified = [
            VerifiedHeader(
                sealed_by(self.config, header, everybody if kept is None else kept), block, self.members, 0, ()
            )
            for header, block, kept in zip(self.headers, self.hashes, (first, second), strict=True)
        ]
        return collect(
            self.config, RULES, *verified, ("http://a:1", "http://b:2"), AT, (0, self.config.block_hash)
        ).encode()


@pytest.fixture(scope="module")
def four() -> Conflict:
    return Conflict()


@pytest.mark.parametrize("engine", ["qbft", "ibft2", "ibft1"])
@pytest.mark.parametrize("size", SIZES)
def test_who_sealed_both_is_named_and_nobody_else(engine: str, size: int) -> None:
    conflict = Conflict(size=size, engine=engine, client="goquorum" if engine == "ibft1" else "besu")
    quorum = -(-2 * size // 3)
    first, second = range(quorum), range(size - quorum, size)
    data = conflict.file(first, second)
    report = verify_misbehaviour(conflict.config, data)
    assert report.faulty == conflict.members[size - quorum : quorum]
    assert len(report.faulty) == 2 * quorum - size
    assert set(report.hashes) == set(conflict.hashes)
    for block, signers in zip(report.hashes, report.signers, strict=True):
        assert signers == (
            conflict.members[:quorum] if block == conflict.hashes[0] else conflict.members[size - quorum :]
        )


@pytest.mark.parametrize("size", SIZES[1:])
def test_one_seal_less_than_a_quorum_proves_nothing(size: int) -> None:
    conflict = Conflict(size=size)
    few = range(-(-2 * size // 3) - 1)
    for file in (conflict.file(few, None), conflict.file(None, few)):
        with pytest.raises(MisbehaviourError, match="not sealed"):
            verify_misbehaviour(conflict.config, file)


def test_a_bad_seal_beside_a_quorum_excuses_nobody(four: Conflict) -> None:
    assert len(verify_misbehaviour(four.config, four.file([0, 1, 2, 2], None)).faulty) == 3


@pytest.mark.parametrize("network", [name for name in recorded.NETWORKS if name != "besu-qbft-secp256r1"])
def test_a_recorded_block_with_other_seals_is_no_misbehaviour(network: str) -> None:
    """Each node keeps its own seals of a block; here the same seals in another order, which is as good a header."""
    config, header = recorded.config(network), recorded.headers(network)[8]
    extra = decode_extra_data(config.schedule.rules(8), header.extra_data)
    other = sealed_by(config, header, reversed(range(len(extra.seals))))
    assert other.encode() != header.encode()
    if config.schedule.contract(8) is not None:
        members = HeaderChain(config).validators_for_next() or ()
    else:
        members = recorded.chain_at(network, 7).validators_for_next() or ()
    verified = [
        VerifiedHeader(one, Hash32(bytes([n]) * 32), members, extra.round, ()) for n, one in enumerate((header, other))
    ]
    file = collect(config, RULES, *verified, ("a", "b"), AT, (0, config.block_hash))
    with pytest.raises(MisbehaviourError, match="one block twice"):
        verify_misbehaviour(config, file.encode())


def test_a_file_says_where_each_block_came_from_and_how_the_set_was_known(four: Conflict) -> None:
    found = decode_misbehaviour(four.file())
    assert {claim.source: claim.header for claim in found.claims} == dict(
        zip(("http://a:1", "http://b:2"), four.headers, strict=True)
    )
    assert {claim.at for claim in found.claims} == {AT}
    assert (found.known.way, found.known.begin, found.known.begin_hash) == (Way.SEQUENTIAL, 0, four.config.block_hash)
    assert (found.members, found.rules_digest) == (four.members, RULES)


def test_an_odd_name_of_a_server_is_cut_to_what_can_be_shown(four: Conflict) -> None:
    verified = [
        VerifiedHeader(one, two, four.members, 0, ()) for one, two in zip(four.headers, four.hashes, strict=True)
    ]
    file = collect(four.config, RULES, *verified, ("\x1b[1mx" * 99, "\u202e"), AT, (0, four.config.block_hash))
    sources = {claim.source for claim in decode_misbehaviour(file.encode()).claims}
    assert sources == {("[1mx" * 99)[:200], "unnamed"}


def changed(data: bytes, change: Callable[[list[Any]], object]) -> bytes:
    body = cbor.decode(data)
    assert isinstance(body, list)
    change(body)
    return cbor.encode(body)


def put(index: int, value: Any) -> Callable[[list[Any]], object]:
    return lambda body: body.__setitem__(index, value)


CHANGES: dict[str, Callable[[list[Any]], object]] = {
    "another version": put(0, "chancery/misbehaviour/2"),
    "another network": put(1, bytes(32)),
    "another height": put(3, HEIGHT + 1),
    "height zero": put(3, 0),
    "true for a height": put(3, True),
    "nobody": put(4, []),
    "a member less": lambda body: body[4].pop(),
    "a member more": lambda body: body[4].append(b"\xff" * 20),
    "a member twice": lambda body: body[4].append(body[4][-1]),
    "members out of order": lambda body: body[4].reverse(),
    "a short member": lambda body: body[4].__setitem__(0, b"\1" * 19),
    "unknown way": lambda body: body[5].__setitem__(0, "hearsay"),
    "begin below zero": lambda body: body[5].__setitem__(1, -1),
    "begin without hash": lambda body: body[5].pop(),
    "one claim": lambda body: body[6].pop(),
    "three claims": lambda body: body[6].append(body[6][0]),
    "claims out of order": lambda body: body[6].reverse(),
    "one claim twice": lambda body: body[6].__setitem__(1, body[6][0]),
    "a later time than any": lambda body: body[6][0].__setitem__(2, 1 << 62),
    "a name of two lines": lambda body: body[6][0].__setitem__(1, "a\nb"),
    "a name too long": lambda body: body[6][0].__setitem__(1, "a" * 201),
    "a header cut": lambda body: body[6][0].__setitem__(0, body[6][0][0][:-1]),
    "something more": lambda body: body.append(0),
    "something less": lambda body: body.pop(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_file_proves_nothing(four: Conflict, change: str) -> None:
    verify_misbehaviour(four.config, changed(four.file(), lambda body: None))
    with pytest.raises(MisbehaviourError):
        verify_misbehaviour(four.config, changed(four.file(), CHANGES[change]))


def test_another_networks_profile_refuses_it(four: Conflict) -> None:
    with pytest.raises(MisbehaviourError, match="another network"):
        verify_misbehaviour(load_genesis(MadeChain(size=5).genesis(), "besu"), four.file())


def test_cut_and_prolonged_files_are_refused(four: Conflict) -> None:
    data = four.file()
    for end in [*range(0, len(data), 9), len(data) - 1]:
        with pytest.raises(MisbehaviourError):
            decode_misbehaviour(data[:end])
    for more in (b"\0", bytes(misbehaviour.MAX_BYTES)):
        with pytest.raises(MisbehaviourError):
            decode_misbehaviour(data + more)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(data=st.binary(max_size=80))
def test_only_its_own_error_escapes(data: bytes) -> None:
    with pytest.raises(MisbehaviourError):
        decode_misbehaviour(data)

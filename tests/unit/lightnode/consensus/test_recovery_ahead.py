"""Signers recovered ahead change when seals are recovered, never what is accepted; an answer counts for its question alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pytest

from lightnode.consensus import recovery_ahead
from lightnode.consensus.chain import HeaderChain
from lightnode.consensus.errors import ConsensusError, HeaderHashError, SealError
from lightnode.consensus.extra_data import BftRules, decode_extra_data, encode_extra_data
from lightnode.consensus.genesis import load_genesis
from lightnode.consensus.hashes import seal_digest
from lightnode.consensus.header import Header, decode_header
from lightnode.consensus.recovery_ahead import BATCH, append_all, recover_all
from lightnode.consensus.seal_counting import SealCounting
from lightnode.consensus.seal_workers import SealWorkers, joined
from lightnode.consensus.seals import SealAnswer, SealRequest, SealVerifier
from lightnode.consensus.verified_header import VerifiedHeader
from lightnode.wire import rlp
from lightnode.wire.curve import Curve
from lightnode.wire.types import Hash32
from tests.support.made_chain import MadeChain
from tests.support.recorded_networks import FOREVER, NETWORKS, OwnNetwork, config, headers, members

LENGTH = 2 * BATCH + 9


@pytest.fixture(scope="module")
def workers() -> Iterator[SealWorkers]:
    with SealWorkers(2) as made:
        yield made


@pytest.fixture(scope="module")
def made() -> MadeChain:
    chain = MadeChain(size=4, fork="london")
    joins = chain.new_member("late")
    for height in range(1, LENGTH + 1):
        # The set changes within the first batch, after its signers were recovered.
        chain.block(vote=(joins, True) if height < 8 else None, number=height % 3 if height % 5 == 0 else 0)
    assert len(chain.members()) == 5
    return chain


def chain_of(made: MadeChain) -> HeaderChain:
    return HeaderChain(load_genesis(made.genesis(), made.client))


def headers_of(made: MadeChain) -> list[Header]:
    return [decode_header(rlp.encode(fields)) for fields in made.fields[1:]]


def one_by_one(chain: HeaderChain, given: list[Header]) -> tuple[list[VerifiedHeader], ConsensusError | None]:
    verified: list[VerifiedHeader] = []
    try:
        for header in given:
            verified.append(chain.append(header, FOREVER))
    except ConsensusError as error:
        return verified, error
    return verified, None


def ahead(
    chain: HeaderChain, given: list[Header], workers: SealWorkers | None
) -> tuple[list[VerifiedHeader], ConsensusError | None]:
    verified: list[VerifiedHeader] = []
    try:
        for one in append_all(chain, ((header, None) for header in given), FOREVER, workers):
            verified.append(one)
    except ConsensusError as error:
        return verified, error
    return verified, None


@pytest.mark.parametrize("by_workers", [False, True])
def test_a_chain_is_verified_alike(made: MadeChain, workers: SealWorkers, by_workers: bool) -> None:
    expected, error = one_by_one(chain_of(made), headers_of(made))
    assert error is None
    chain = chain_of(made)
    found, error = ahead(chain, headers_of(made), workers if by_workers else None)
    assert error is None
    assert found == expected
    assert chain.height == LENGTH
    assert list(chain.validators_for_next() or ()) == made.members()


@pytest.mark.parametrize("network", NETWORKS)
def test_recorded_networks_are_verified_alike(network: str, workers: SealWorkers) -> None:
    given = list(headers(network)[1:])
    expected, before = one_by_one(HeaderChain(config(network)), given)
    found, error = ahead(HeaderChain(config(network)), given, workers)
    assert found == expected
    # In contract mode a chain stops where no proof is given; both stop there and say so.
    assert (type(error), getattr(error, "text", None)) == (type(before), getattr(before, "text", None))
    assert len(found) >= 3


@pytest.mark.parametrize("by_workers", [False, True])
@pytest.mark.parametrize("place", [0, 1, BATCH - 1, BATCH, LENGTH - 1])
def test_a_bad_header_stops_the_chain_at_its_place(
    made: MadeChain, workers: SealWorkers, by_workers: bool, place: int
) -> None:
    good = headers_of(made)
    extra = decode_extra_data(BftRules.QBFT, good[place].extra_data)
    bad = {
        "seal": replace(extra, seals=(*extra.seals[:-1], bytes(65))),
        "few": replace(extra, seals=extra.seals[:2]),
        "twice": replace(extra, seals=(extra.seals[0], *extra.seals[:-1])),
        "round": replace(extra, round=extra.round + 1),
        "many": replace(extra, seals=extra.seals * 9),
    }
    changed = {
        name: good[place].replace_extra_data(encode_extra_data(BftRules.QBFT, one)) for name, one in bad.items()
    } | {
        "state": replace(good[place], state_root=Hash32(bytes(32))),
        "extra": good[place].replace_extra_data(b"no extraData"),
        "number": replace(good[place], number=1 << 63),
    }
    for name, header in changed.items():
        given = [*good[:place], header, *good[place + 1 :]]
        expected, before = one_by_one(chain_of(made), given)
        chain = chain_of(made)
        found, error = ahead(chain, given, workers if by_workers else None)
        assert before is not None and error is not None, name
        assert (type(error), error.text, error.height) == (type(before), before.text, place + 1), name
        assert found == expected and chain.height == place, name


def test_a_printed_hash_is_still_compared(made: MadeChain) -> None:
    chain = chain_of(made)
    given = headers_of(made)
    printed = [(header, Hash32(made.hashes[header.number])) for header in given]
    assert len(list(append_all(chain, printed[:5], FOREVER))) == 5
    with pytest.raises(HeaderHashError):
        list(append_all(chain, [(given[5], Hash32(bytes(32)))], FOREVER))


def test_the_chain_can_be_asked_and_told_between_two_headers() -> None:
    """A set in a contract is proven by the caller between headers."""
    network = (
        "goquorum-qbft-contract"
        if "goquorum-qbft-contract" in NETWORKS
        else next(n for n in NETWORKS if "contract" in n)
    )
    chain = HeaderChain(config(network))
    heights = [chain.height]
    for verified in append_all(chain, ((header, None) for header in headers(network)[1:4]), FOREVER):
        assert chain.height == verified.height
        heights.append(chain.height)
    assert heights == [0, 1, 2, 3]


# An answer counts for its question alone ----------------------------------------------------------------------------


class Sealed:
    """Two headers at one height, each sealed by all of four members."""

    def __init__(self) -> None:
        self.network = OwnNetwork(BftRules.QBFT, members(4))
        self.one = self.network.seal(*self.network.next_header())
        self.two = self.network.seal(*self.network.next_header(gas_used=21_000))
        self.requests = [self.request(self.one), self.request(self.two)]
        self.answers = recover_all(Curve.SECP256K1, self.requests)
        self.members = tuple(member.address for member in members(4))

    @staticmethod
    def request(header: Header) -> SealRequest:
        seals = decode_extra_data(BftRules.QBFT, header.extra_data).seals
        return SealRequest(seal_digest(BftRules.QBFT, header), seals)


def test_seals_of_an_older_header_do_not_count_again() -> None:
    """Kaia kept recovered signers by the seal alone: seals of one block counted for any other (kaia PR #924)."""
    sealed = Sealed()
    seals = sealed.requests[0].seals
    forged = sealed.two.replace_extra_data(
        encode_extra_data(BftRules.QBFT, replace(decode_extra_data(BftRules.QBFT, sealed.two.extra_data), seals=seals))
    )
    chain = sealed.network.chain
    chain.expect(sealed.answers)
    with pytest.raises(SealError):
        chain.verify_next(forged, FOREVER)
    # And with its true signers told, but for the digest they did not sign.
    for answer in (
        sealed.answers[0],
        SealAnswer(SealRequest(sealed.requests[1].digest, seals[:1]), sealed.members[:1]),
    ):
        chain.expect([answer])
        with pytest.raises(SealError):
            chain.verify_next(forged, FOREVER)
    chain.verify_next(sealed.two, FOREVER)


def test_an_answer_about_other_seals_of_the_same_digest_is_not_used() -> None:
    sealed = Sealed()
    digest, seals = sealed.requests[0]
    verifier = SealVerifier(Curve.SECP256K1)
    for other in (seals[:3], tuple(reversed(seals)), (seals[0], *seals[:3]), (*seals[:3], bytes(65))):
        verifier.expect(sealed.answers)
        assert verifier.recover(digest, other) == SealVerifier(Curve.SECP256K1).recover(digest, other)
    for wrong in (sealed.members[:3], (*sealed.members, sealed.members[0]), ()):
        verifier.expect([SealAnswer(sealed.requests[0], wrong)])
        assert verifier.recover(digest, seals) == list(sealed.members)


def test_an_answer_is_used_once_and_forgotten_with_the_next() -> None:
    sealed = Sealed()
    verifier = SealVerifier(Curve.SECP256K1)
    stranger = members(12)[0].address
    told = SealAnswer(sealed.requests[0], (stranger,) * 4)
    verifier.expect([told])
    # That an answer is used at all shows in one that is wrong: whoever makes answers must be this program.
    assert verifier.recover(*sealed.requests[0]) == (stranger,) * 4
    assert verifier.recover(*sealed.requests[0]) == list(sealed.members)
    verifier.expect([told])
    verifier.expect([])
    assert verifier.recover(*sealed.requests[0]) == list(sealed.members)


def reply_to(answers: list[SealAnswer]) -> bytes:
    parts = []
    for request, signers in answers:
        parts += [request.digest, *(signer or bytes(20) for signer in signers)]
    return b"".join(parts)


def test_a_reply_is_joined_to_its_own_request_only() -> None:
    sealed = Sealed()
    reply = reply_to(sealed.answers)
    found = joined(sealed.requests, reply)
    assert [(one.request, list(one.signers)) for one in found] == [(a.request, list(a.signers)) for a in sealed.answers]
    assert joined(list(reversed(sealed.requests)), reply) == []
    assert joined(sealed.requests[1:], reply) == []
    assert joined(sealed.requests, b"") == []
    for cut in range(len(reply)):
        assert len(joined(sealed.requests, reply[:cut])) == cut // (len(reply) // 2)


def test_unreadable_seals_come_back_as_such(workers: SealWorkers) -> None:
    sealed = Sealed()
    digest, seals = sealed.requests[0]
    request = SealRequest(digest, (bytes(65), *seals, seals[0][:64] + b"\2"))
    (answer,) = workers.ask(Curve.SECP256K1, [request]).wait()
    assert answer.request == request
    assert list(answer.signers) == [None, *sealed.members, None]


@pytest.mark.parametrize("counting", list(SealCounting))
def test_a_seal_that_was_not_answered_is_recovered_where_it_counts(counting: SealCounting) -> None:
    sealed = Sealed()
    verifier = SealVerifier(Curve.SECP256K1)
    digest, seals = sealed.requests[0]
    verifier.expect([SealAnswer(sealed.requests[0], [None, *sealed.members[1:3], None])])
    count = verifier.count(digest, seals, sealed.members, counting)
    assert count.signers == sealed.members and count.remarks == ()


def test_workers_know_the_other_curve(workers: SealWorkers) -> None:
    network = "besu-qbft-secp256r1"
    requests = HeaderChain(config(network)).seal_requests(headers(network)[1:4])
    assert len(requests) == 3
    answers = workers.ask(Curve.SECP256R1, requests).wait()
    assert [list(one.signers) for one in answers] == [
        list(one.signers) for one in recover_all(Curve.SECP256R1, requests)
    ]


def test_more_jobs_than_workers_are_answered_in_any_order(workers: SealWorkers) -> None:
    sealed = Sealed()
    jobs = [workers.ask(Curve.SECP256K1, [request] * (1 + n)) for n, request in enumerate(sealed.requests * 6)]
    for number, job in reversed(list(enumerate(jobs))):
        assert [one.request for one in job.wait()] == [sealed.requests[number % 2]] * (1 + number)
    assert workers.ask(Curve.SECP256K1, []).wait() == []


def test_a_job_larger_than_a_pipe_holds_does_not_wait_for_ever(workers: SealWorkers) -> None:
    sealed = Sealed()
    digest, seals = sealed.requests[0]
    large = SealRequest(digest, seals * 250)
    jobs = [workers.ask(Curve.SECP256K1, [large] * 4) for _ in range(4)]
    assert sum(len(seal) for seal in large.seals) * 4 > 1 << 17
    assert all(len(job.wait()) == 4 for job in jobs)


def test_a_worker_that_dies_is_done_without(made: MadeChain) -> None:
    given = headers_of(made)
    expected, _ = one_by_one(chain_of(made), given)
    with SealWorkers(2) as workers:
        chain = chain_of(made)
        found = []
        for one in append_all(chain, ((header, None) for header in given), FOREVER, workers):
            found.append(one)
            if one.height == 3:
                for process in workers.processes:
                    process.kill()
        assert found == expected
        assert workers.ask(Curve.SECP256K1, Sealed().requests).wait() == []


def test_workers_end_with_their_context() -> None:
    with SealWorkers(2) as workers:
        processes = workers.processes
        assert all(process.is_alive() for process in processes)
    assert not any(process.is_alive() for process in processes)


def test_what_is_held_ahead_is_bounded(made: MadeChain, workers: SealWorkers) -> None:
    taken = 0

    def source() -> Iterator[tuple[Header, None]]:
        nonlocal taken
        for header in headers_of(made):
            taken += 1
            yield header, None

    for most, helper in ((BATCH, None), (recovery_ahead.IN_FLIGHT * BATCH, workers)):
        taken, chain = 0, chain_of(made)
        furthest = max(taken - one.height for one in append_all(chain, source(), FOREVER, helper))
        assert furthest <= most
    heights = [one.height for one in append_all(chain_of(made), source(), FOREVER)]
    assert all(later == earlier + 1 for earlier, later in pairwise(heights))


def test_in_contract_mode_seals_are_recovered_ahead_too() -> None:
    network = "besu-qbft-contract-cancun"
    chain, given = HeaderChain(config(network)), headers(network)
    for header in given[1:4]:
        chain.append(header, FOREVER)
    # The state has changed, so that the set is not known before it is proven; how many it may be is.
    assert chain.validators_for_next() is None
    assert len(chain.seal_requests(given[4:8])) == 4


def test_headers_with_far_too_many_seals_are_not_recovered_ahead(made: MadeChain) -> None:
    """A server may send any number of seals; none is recovered that no rule would look at."""
    header = headers_of(made)[0]
    extra = decode_extra_data(BftRules.QBFT, header.extra_data)
    chain = chain_of(made)
    for count, asked in ((8, 1), (9, 0), (900, 0)):
        many = replace(extra, seals=(extra.seals[0],) * count)
        assert len(chain.seal_requests([header.replace_extra_data(encode_extra_data(BftRules.QBFT, many))])) == asked
    assert chain.seal_requests([header.replace_extra_data(b"none"), replace(header, number=1 << 63)]) != []

"""Seals counted strictly and tolerantly: neither takes less than ceil(2n/3) distinct members' good seals for a quorum."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lightnode.consensus.chain import HeaderChain
from lightnode.consensus.errors import ConsensusError, ExtraDataError, QuorumError, SealError
from lightnode.consensus.extra_data import BftRules, decode_extra_data, encode_extra_data
from lightnode.consensus.hashes import seal_digest
from lightnode.consensus.header import Header
from lightnode.consensus.seal_counting import SealCounting
from lightnode.consensus.sealed_header import verify_sealed
from lightnode.consensus.seals import SealVerifier
from lightnode.wire.curve import Curve, order
from tests.support.recorded_networks import FOREVER, Member, OwnNetwork, config, headers, members

STRICT, TOLERANT = SealCounting.STRICT, SealCounting.TOLERANT
ALL = [BftRules.QBFT, BftRules.IBFT2, BftRules.IBFT1]
ZERO = bytes(65)


class Case:
    """The next header of a network of seven, whose quorum is five, with seals of one's choice."""

    def __init__(self, rules: BftRules) -> None:
        self.network = OwnNetwork(rules, members(7))
        self.network.mine()
        self.rules = rules
        self.header = self.network.seal(*self.network.next_header())
        self.extra = decode_extra_data(rules, self.header.extra_data)
        self.seals = self.extra.seals
        self.digest = seal_digest(rules, self.header)
        self.members = tuple(member.address for member in members(7))

    def sealed(self, *seals: bytes, number: int = 0) -> Header:
        extra = replace(self.extra, seals=seals, round=number)
        return self.header.replace_extra_data(encode_extra_data(self.rules, extra))

    def by(self, counting: SealCounting, header: Header) -> tuple[str, ...]:
        """Give the remarks; the chain and the check without a parent must say the same."""
        config = self.network.chain.config
        chain = HeaderChain.resume(config, self.network.chain.head, self.network.chain.state(), counting)
        seals = SealVerifier(Curve.SECP256K1)
        try:
            verified = chain.append(header, FOREVER)
        except ConsensusError as error:
            with pytest.raises(type(error)) as alone:
                verify_sealed(config.schedule, header, self.members, FOREVER, seals, counting)
            assert (alone.value.text, alone.value.height) == (error.text, error.height)
            assert chain.height == header.number - 1
            raise
        assert verified == verify_sealed(config.schedule, header, self.members, FOREVER, seals, counting)
        assert len(set(verified.signers)) == len(verified.signers) >= 5
        return verified.remarks


@pytest.fixture(params=ALL, ids=[rules.value for rules in ALL])
def case(request: pytest.FixtureRequest) -> Case:
    return Case(request.param)


def refused(case: Case, header: Header, kind: type[ConsensusError], *countings: SealCounting) -> None:
    for counting in countings:
        with pytest.raises(kind):
            case.by(counting, header)


def test_a_quorum_of_good_seals_leaves_nothing_to_remark(case: Case) -> None:
    for count in (5, 6, 7):
        for counting in (STRICT, TOLERANT):
            assert case.by(counting, case.sealed(*case.seals[:count])) == ()


def test_fewer_than_a_quorum_are_too_few_for_both(case: Case) -> None:
    for count in range(5):
        refused(case, case.sealed(*case.seals[:count]), QuorumError, STRICT, TOLERANT)


def test_f_plus_one_are_too_few_for_both(case: Case) -> None:
    """GoQuorum's own import takes F + 1 of seven, which is three."""
    refused(case, case.sealed(*case.seals[:3]), QuorumError, STRICT, TOLERANT)
    refused(case, case.sealed(*case.seals[:3], ZERO, ZERO), QuorumError, TOLERANT)
    refused(case, case.sealed(*case.seals[:3], ZERO, ZERO), SealError, STRICT)


def test_duplicates_count_once(case: Case) -> None:
    first = case.seals[0]
    refused(case, case.sealed(*case.seals[:4], first), SealError, STRICT)
    refused(case, case.sealed(*case.seals[:4], first), QuorumError, TOLERANT)
    beside = case.sealed(*case.seals[:5], first)
    refused(case, beside, SealError, STRICT)
    (remark,) = case.by(TOLERANT, beside)
    assert remark.startswith("Seal 5 ") and f"0x{members(7)[0].address.hex()}" in remark and "earlier" in remark


def test_the_high_s_twin_is_its_twin(case: Case) -> None:
    first = case.seals[0]
    twin = first[:32] + (order(Curve.SECP256K1) - int.from_bytes(first[32:64], "big")).to_bytes(32, "big")
    twin += bytes([first[64] ^ 1])
    for counting in (STRICT, TOLERANT):
        assert case.by(counting, case.sealed(twin, *case.seals[1:5])) == ()
    refused(case, case.sealed(twin, *case.seals[:4]), SealError, STRICT)
    refused(case, case.sealed(twin, *case.seals[:4]), QuorumError, TOLERANT)
    (remark,) = case.by(TOLERANT, case.sealed(twin, *case.seals[:5]))
    assert remark.startswith("Seal 1 ")


def test_foreign_seals_count_for_nothing(case: Case) -> None:
    foreign = Member("outsider").sign(case.digest)
    refused(case, case.sealed(*case.seals[:4], foreign), SealError, STRICT)
    refused(case, case.sealed(*case.seals[:4], foreign), QuorumError, TOLERANT)
    beside = case.sealed(foreign, *case.seals[:5])
    refused(case, beside, SealError, STRICT)
    (remark,) = case.by(TOLERANT, beside)
    assert remark.startswith("Seal 0 ") and "no member" in remark and Member("outsider").address.hex() in remark


@pytest.mark.parametrize("junk", [ZERO, b"\xff" * 65, bytes(64) + b"\1"])
def test_a_zero_or_unreadable_seal_beside_a_quorum(case: Case, junk: bytes) -> None:
    """What GoQuorum itself writes (G4)."""
    beside = case.sealed(*case.seals[:2], junk, *case.seals[2:5])
    refused(case, beside, SealError, STRICT)
    (remark,) = case.by(TOLERANT, beside)
    assert remark.startswith("Seal 2 was not counted: ")
    refused(case, case.sealed(*case.seals[:4], junk), SealError, STRICT)
    refused(case, case.sealed(*case.seals[:4], junk), QuorumError, TOLERANT)


@pytest.mark.parametrize("v", [2, 3, 4, 27, 28, 255])
def test_another_v_is_unreadable(case: Case, v: int) -> None:
    wrong = case.seals[0][:64] + bytes([v])
    refused(case, case.sealed(wrong, *case.seals[1:5]), SealError, STRICT)
    refused(case, case.sealed(wrong, *case.seals[1:5]), QuorumError, TOLERANT)
    (remark,) = case.by(TOLERANT, case.sealed(wrong, *case.seals[1:6]))
    assert "v is 0 or 1" in remark


def test_seals_of_another_round_are_nobodys(case: Case) -> None:
    if case.rules is BftRules.IBFT1:
        # There is no round in an IBFT 1 header; seals of another header stand for it.
        other = case.network.seal(*case.network.next_header(gas_used=1))
        seals = decode_extra_data(case.rules, other.extra_data).seals
    else:
        digest = seal_digest(case.rules, case.sealed(number=2))
        seals = tuple(member.sign(digest) for member in members(7))
        assert case.by(STRICT, case.sealed(*seals[:5], number=2)) == ()
    refused(case, case.sealed(*seals[:5]), SealError, STRICT)
    refused(case, case.sealed(*seals[:5]), QuorumError, TOLERANT)
    refused(case, case.sealed(*case.seals[:4], *seals[4:]), QuorumError, TOLERANT)
    assert len(case.by(TOLERANT, case.sealed(*case.seals[:5], *seals[5:]))) == 2


def test_more_seals_than_members(case: Case) -> None:
    many = case.sealed(*case.seals, ZERO)
    refused(case, many, SealError, STRICT)
    assert len(case.by(TOLERANT, many)) == 1


def test_every_remark_is_told_in_order(case: Case) -> None:
    foreign = Member("outsider").sign(case.digest)
    remarks = case.by(TOLERANT, case.sealed(ZERO, *case.seals[:5], foreign, case.seals[0]))
    assert [remark.split(" was")[0] for remark in remarks] == ["Seal 0", "Seal 6", "Seal 7"]


def test_seals_of_another_width_are_no_layout(case: Case) -> None:
    """A zero seal of 65 bytes can be read; one of another width is no extraData for either counting (H9)."""
    for wrong in (b"", bytes(64), bytes(66)):
        refused(case, case.sealed(*case.seals[:5], wrong), ExtraDataError, STRICT, TOLERANT)


def test_strict_is_what_nobody_chose() -> None:
    network = OwnNetwork(BftRules.QBFT, members(4))
    assert HeaderChain(network.chain.config).counting is STRICT
    assert HeaderChain.resume(network.chain.config, network.chain.head, network.chain.state()).counting is STRICT


@pytest.mark.parametrize("size", range(1, 23))
def test_both_need_two_thirds_rounded_up(size: int) -> None:
    """Floored thresholds, as other verifiers have them, accept less for two of three sizes."""
    makers = members(size)
    network = OwnNetwork(BftRules.QBFT, makers)
    header, extra = network.next_header()
    digest = seal_digest(BftRules.QBFT, header.replace_extra_data(encode_extra_data(BftRules.QBFT, extra)))
    needed = -(-2 * size // 3)
    addresses = tuple(member.address for member in makers)
    for counting in (STRICT, TOLERANT):
        for count in (needed - 1, needed):
            seals = tuple(member.sign(digest) for member in makers[:count])
            verifier = SealVerifier(Curve.SECP256K1)
            if count < needed:
                with pytest.raises(QuorumError):
                    verifier.count(digest, seals, addresses, counting)
            else:
                assert verifier.count(digest, seals, addresses, counting).signers == addresses[:needed]


@pytest.mark.parametrize("counting", [STRICT, TOLERANT])
def test_an_empty_set_has_no_quorum(counting: SealCounting) -> None:
    with pytest.raises(QuorumError):
        SealVerifier(Curve.SECP256K1).count(bytes(32), (), (), counting)  # type: ignore[arg-type]


@pytest.mark.parametrize("counting", [STRICT, TOLERANT])
def test_the_other_curve_counts_alike(counting: SealCounting) -> None:
    made, chain_headers = config("besu-qbft-secp256r1"), headers("besu-qbft-secp256r1")
    chain = HeaderChain(made, counting)
    verified = chain.append(chain_headers[1], FOREVER)
    assert verified.remarks == () and len(verified.signers) >= 3
    extra = decode_extra_data(BftRules.QBFT, chain_headers[2].extra_data)
    for junk in (ZERO, extra.seals[0]):
        header = chain_headers[2].replace_extra_data(
            encode_extra_data(BftRules.QBFT, replace(extra, seals=(*extra.seals[:3], junk)))
        )
        if counting is STRICT:
            with pytest.raises(SealError):
                chain.verify_next(header, FOREVER)
        else:
            assert len(chain.verify_next(header, FOREVER).remarks) == 1

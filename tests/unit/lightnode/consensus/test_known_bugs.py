"""One test for each mistake that other verifiers of such chains made (consensus note 4.5), on blocks sealed by our own keys."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lightnode.consensus.errors import (
    ConsensusError,
    ExtraDataError,
    ParentHashError,
    ProposerError,
    QuorumError,
    SealError,
    ValidatorListError,
)
from lightnode.consensus.extra_data import BftRules, ExtraData, Vote, decode_extra_data, encode_extra_data
from lightnode.consensus.hashes import block_hash, seal_digest
from lightnode.consensus.header import Header
from lightnode.wire import rlp
from lightnode.wire.curve import Curve, order
from tests.support.recorded_networks import (
    FOREVER,
    Member,
    OwnNetwork,
    chain_at,
    config,
    genesis_file,
    headers,
    members,
    seal,
)

ALL = [BftRules.QBFT, BftRules.IBFT2, BftRules.IBFT1]


@pytest.fixture(params=ALL, ids=[rules.value for rules in ALL])
def network(request: pytest.FixtureRequest) -> OwnNetwork:
    made = OwnNetwork(request.param, members(4))
    made.mine()
    return made


def with_seals(network: OwnNetwork, header: Header, seals: tuple[bytes, ...]) -> Header:
    extra = decode_extra_data(network.rules, header.extra_data)
    return header.replace_extra_data(encode_extra_data(network.rules, replace(extra, seals=seals)))


def good(network: OwnNetwork) -> tuple[Header, ExtraData, tuple[bytes, ...]]:
    header = network.seal(*network.next_header())
    extra = decode_extra_data(network.rules, header.extra_data)
    return header, extra, extra.seals


def test_duplicate_seals_do_not_make_a_quorum(network: OwnNetwork) -> None:
    header, _, seals = good(network)
    network.chain.verify_next(header, FOREVER)
    for repeated in ((seals[0], seals[0], seals[1]), (seals[0], seals[1], seals[2], seals[0])):
        with pytest.raises(SealError):
            network.chain.verify_next(with_seals(network, header, repeated), FOREVER)


def test_the_high_s_twin_is_the_same_member(network: OwnNetwork) -> None:
    header, _, seals = good(network)
    n = order(Curve.SECP256K1)
    first = seals[0]
    twin = first[:32] + (n - int.from_bytes(first[32:64], "big")).to_bytes(32, "big") + bytes([first[64] ^ 1])
    network.chain.verify_next(with_seals(network, header, (twin, seals[1], seals[2])), FOREVER)
    with pytest.raises(SealError):
        network.chain.verify_next(with_seals(network, header, (first, twin, seals[1])), FOREVER)


def test_f_plus_one_seals_are_no_quorum(network: OwnNetwork) -> None:
    header, _, seals = good(network)
    for count in (0, 1, 2):
        with pytest.raises(QuorumError):
            network.chain.verify_next(with_seals(network, header, seals[:count]), FOREVER)
    network.chain.verify_next(with_seals(network, header, seals[:3]), FOREVER)


def test_two_f_plus_one_of_six_are_no_quorum() -> None:
    network = OwnNetwork(BftRules.QBFT, members(6))
    header, _, seals = good(network)
    with pytest.raises(QuorumError):
        network.chain.verify_next(with_seals(network, header, seals[:3]), FOREVER)
    network.chain.verify_next(with_seals(network, header, seals[:4]), FOREVER)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_floored_thresholds_accept_nothing_here(count: int) -> None:
    network = OwnNetwork(BftRules.QBFT, members(count))
    header, _, seals = good(network)
    with pytest.raises(QuorumError):
        network.chain.verify_next(with_seals(network, header, seals[: 2 * count // 3 - (2 * count % 3 == 0)]), FOREVER)


@pytest.mark.parametrize("rules", [BftRules.QBFT, BftRules.IBFT2])
def test_seals_over_the_block_hash_do_not_count_after_a_round_change(rules: BftRules) -> None:
    network = OwnNetwork(rules, members(4))
    header, extra = network.next_header()
    extra = replace(extra, round=1)
    bare = header.replace_extra_data(encode_extra_data(rules, extra))
    digest, hashed = seal_digest(rules, bare), block_hash(rules, bare)
    assert digest != hashed
    over_hash = tuple(item.sign(hashed) for item in members(4))
    with pytest.raises(SealError):
        network.chain.verify_next(with_seals(network, bare, over_hash), FOREVER)
    over_digest = tuple(item.sign(digest) for item in members(4))
    assert network.chain.verify_next(with_seals(network, bare, over_digest), FOREVER).round == 1


@pytest.mark.parametrize("rules", [BftRules.QBFT, BftRules.IBFT2])
def test_a_round_changed_afterwards_keeps_the_hash_and_breaks_the_seals(rules: BftRules) -> None:
    network = OwnNetwork(rules, members(4))
    header = network.seal(*network.next_header())
    extra = decode_extra_data(rules, header.extra_data)
    other = header.replace_extra_data(encode_extra_data(rules, replace(extra, round=3)))
    assert block_hash(rules, other) == block_hash(rules, header)
    with pytest.raises(SealError):
        network.chain.verify_next(other, FOREVER)


def test_a_list_in_the_header_never_becomes_the_set() -> None:
    """The attack on clients that take the next set from a GoQuorum header's list."""
    network = OwnNetwork(BftRules.QBFT, members(4), client="goquorum")
    strangers = [Member(f"stranger {index}") for index in range(4)]
    header, extra = network.next_header()
    listed = tuple(sorted(item.address for item in strangers))
    with pytest.raises(ValidatorListError):
        network.chain.append(network.seal(header, replace(extra, validators=listed)), FOREVER)
    assert network.chain.validators_for_next() == tuple(item.address for item in members(4))


def test_seals_of_a_superset_do_not_count(network: OwnNetwork) -> None:
    header, extra = network.next_header()
    outsider = Member("outsider")
    sealed = seal(network.rules, header, extra, [*members(4)[:2], outsider], members(4)[0])
    with pytest.raises(SealError):
        network.chain.verify_next(sealed, FOREVER)
    sealed = seal(network.rules, header, extra, [*members(4), outsider], members(4)[0])
    with pytest.raises(SealError):
        network.chain.verify_next(sealed, FOREVER)


def test_a_seal_seen_before_is_verified_again(network: OwnNetwork) -> None:
    """A cache keyed by the seal alone accepted old seals on new headers."""
    header, extra, seals = good(network)
    network.chain.append(header, FOREVER)
    later, _ = network.next_header()
    forged = later.replace_extra_data(encode_extra_data(network.rules, replace(extra, seals=seals)))
    with pytest.raises((SealError, ProposerError)):
        network.chain.verify_next(forged, FOREVER)


def test_the_state_root_is_sealed(network: OwnNetwork) -> None:
    """One verifier compared headers without their state roots."""
    header, _, _ = good(network)
    for name in ("state_root", "receipts_root", "transactions_root"):
        changed = replace(header, **{name: bytes(32)})
        assert block_hash(network.rules, changed) != block_hash(network.rules, header)
        with pytest.raises((SealError, ProposerError)):
            network.chain.verify_next(changed, FOREVER)


def test_seals_of_another_header_do_not_count(network: OwnNetwork) -> None:
    header, _, seals = good(network)
    sibling = network.seal(*network.next_header(gas_used=1))
    with pytest.raises(SealError):
        network.chain.verify_next(with_seals(network, sibling, seals), FOREVER)
    assert (
        network.chain.verify_next(header, FOREVER).block_hash != network.chain.verify_next(sibling, FOREVER).block_hash
    )


def test_a_valid_block_elsewhere_does_not_continue_this_chain(network: OwnNetwork) -> None:
    stranger = OwnNetwork(network.rules, members(4), genesis_file(network.rules, members(4), timestamp=5))
    stranger.chain = type(stranger.chain)(replace(stranger.chain.config, block_hash=bytes(32)))
    other = stranger.seal(*stranger.next_header(number=2, timestamp=9))
    with pytest.raises(ParentHashError):
        network.chain.verify_next(other, FOREVER)


def test_items_after_the_seals_are_refused() -> None:
    header = headers("besu-qbft-votes-london")[10]
    items = rlp.decode_list(header.extra_data)
    longer = header.replace_extra_data(rlp.encode([*items, b"x"]))
    with pytest.raises(ExtraDataError):
        chain_at("besu-qbft-votes-london", 9).verify_next(longer, FOREVER)


@pytest.mark.parametrize(("rules", "wrong"), [(BftRules.QBFT, b"\0"), (BftRules.IBFT2, b"")])
def test_drop_has_one_form(rules: BftRules, wrong: bytes) -> None:
    extra = ExtraData(bytes(32), (), Vote(members(1)[0].address, False), 0, ())
    raw = encode_extra_data(rules, extra)
    assert decode_extra_data(rules, raw) == extra
    items = rlp.decode_list(raw)
    items[2] = [members(1)[0].address, wrong]
    with pytest.raises(ExtraDataError):
        decode_extra_data(rules, rlp.encode(items))


@pytest.mark.parametrize("junk", [bytes(65), b"\xff" * 65, bytes(64) + b"\1"])
def test_a_zero_seal_is_refused_even_above_quorum(network: OwnNetwork, junk: bytes) -> None:
    header, _, seals = good(network)
    with pytest.raises(SealError):
        network.chain.verify_next(with_seals(network, header, (*seals[:3], junk)), FOREVER)


def test_the_ibft1_proposer_seal_is_verified() -> None:
    network = OwnNetwork(BftRules.IBFT1, members(4))
    header, extra = network.next_header()
    outsider = Member("outsider")
    with pytest.raises(ProposerError):
        network.chain.verify_next(seal(BftRules.IBFT1, header, extra, members(4), outsider), FOREVER)
    whole = decode_extra_data(BftRules.IBFT1, network.seal(header, extra).extra_data)
    for junk in (bytes(65), b"\1" * 64 + b"\2"):
        broken = encode_extra_data(BftRules.IBFT1, replace(whole, proposer_seal=junk))
        with pytest.raises(SealError):
            network.chain.verify_next(header.replace_extra_data(broken), FOREVER)


def test_a_refused_header_changes_nothing(network: OwnNetwork) -> None:
    before = network.chain.state()
    header, _, seals = good(network)
    for broken in (with_seals(network, header, seals[:2]), replace(header, number=9), replace(header, difficulty=2)):
        with pytest.raises(ConsensusError) as caught:
            network.chain.append(broken, FOREVER)
        assert caught.value.height == network.chain.height + 1
    assert network.chain.state() == before
    network.chain.append(header, FOREVER)


@pytest.mark.parametrize("where", ["front", "back"])
def test_p256_parity_is_part_of_the_seal(where: str) -> None:
    """Both parities verify under some key; the wrong one leads to a stranger, also once the member's key is known."""
    network = "besu-qbft-secp256r1"
    height = 1 if where == "front" else 60
    chain = chain_at(network, height - 1)
    header = headers(network)[height]
    extra = decode_extra_data(BftRules.QBFT, header.extra_data)
    flipped = (extra.seals[0][:64] + bytes([extra.seals[0][64] ^ 1]), *extra.seals[1:])
    with pytest.raises(SealError):
        chain.verify_next(
            header.replace_extra_data(encode_extra_data(BftRules.QBFT, replace(extra, seals=flipped))), FOREVER
        )
    chain.verify_next(header, FOREVER)


def test_a_chain_on_the_other_curve_is_refused() -> None:
    made = config("besu-qbft-secp256r1")
    from lightnode.consensus.chain import HeaderChain

    wrong = replace(made, schedule=replace(made.schedule, curve=Curve.SECP256K1))
    with pytest.raises(SealError):
        HeaderChain(wrong).append(headers("besu-qbft-secp256r1")[1], FOREVER)

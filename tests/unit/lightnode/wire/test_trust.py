"""Trust packages: nothing counts before its signatures lead to the root that IT gave, and to its own network."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightnode.errors import LightNodeError, WireError
from lightnode.templates import BUILT_IN, built_in
from lightnode.wire import cbor
from lightnode.wire.envelope import EnvelopeKindError, ThresholdError, decode_envelope
from lightnode.wire.network_facts import FactsError, NetworkFacts, read_facts
from lightnode.wire.pack import CreationCode, Pack, PackError, read_pack
from lightnode.wire.profile import ProfileError, TrainingRangeError, read_profile
from lightnode.wire.trust import TrustError, open_trust, read_authority, read_country, read_templates
from lightnode.wire.types import Hash32
from tests.support.envelope_signing import AUTHORITY, GENESIS, OFFICIAL, TestNetwork, k1, payload, r1, sealed


def test_a_whole_package_opens() -> None:
    network = TestNetwork()
    package = open_trust(network.package(), network.root())
    assert package.profile == network.profile() and package.facts == network.facts()
    assert package.keys[AUTHORITY, OFFICIAL].holder == 7
    assert package.authorities[AUTHORITY].name == "Instituto"
    assert set(package.templates) == {built_in(name).ledger_id for name in BUILT_IN}
    assert len(package.parts) == 6


def test_an_attackers_package_does_not_lead_to_our_root() -> None:
    theirs = TestNetwork(root_keys=(r1(71), r1(72), k1(73)), governance=(r1(81), k1(82)))
    open_trust(theirs.package(), theirs.root())
    with pytest.raises(ThresholdError):
        open_trust(theirs.package(), TestNetwork().root())


@pytest.mark.parametrize("more", [[[]], [None], [[b"junk"]], [[], []]])
def test_status_lists_are_left_out_or_whole(more: list[cbor.Value]) -> None:
    network = TestNetwork()
    body = [*network.package_payload().body, *more]
    with pytest.raises(WireError):
        open_trust(sealed(replace(network.package_payload(), body=body), *network.governance).encode(), network.root())


@pytest.mark.parametrize("part", ["country", "authority"])
def test_a_statement_by_foreign_keys_is_refused(part: str) -> None:
    ours = TestNetwork()
    foreign = TestNetwork(country=(r1(91),)) if part == "country" else TestNetwork(authority=(k1(92), r1(93)))
    statement = {
        "country": sealed(ours.country_payload(), *foreign.country),
        "authority": sealed(ours.authority_payload(), *foreign.authority),
    }[part]
    body = ours.package_payload().body
    body[4 if part == "country" else 5] = [statement.encode()]
    with pytest.raises(ThresholdError):
        open_trust(sealed(replace(ours.package_payload(), body=body), *ours.governance).encode(), ours.root())


def test_a_statement_for_another_network_is_refused() -> None:
    network = TestNetwork(statement_genesis=Hash32(b"\x56" * 32))
    with pytest.raises(EnvelopeKindError):
        open_trust(network.package(), network.root())


def test_a_package_for_another_network_than_its_profile_is_refused() -> None:
    network = TestNetwork()
    file = sealed(replace(network.package_payload(), scope=b"\x56" * 32), *network.governance)
    with pytest.raises(EnvelopeKindError):
        open_trust(file.encode(), network.root())


@pytest.mark.parametrize("index", [1, 2, 3, 4, 5, 6])
def test_a_package_with_a_part_of_another_kind_is_refused(index: int) -> None:
    network = TestNetwork()
    for value in (None, 1, [1], [[1]], [b""], b"", {}):
        body = network.package_payload().body
        if value == [] or body[index] == value:
            continue
        body[index] = value
        with pytest.raises(WireError):
            open_trust(
                sealed(replace(network.package_payload(), body=body), *network.governance).encode(), network.root()
            )


def test_every_changed_byte_of_a_package_is_noticed() -> None:
    network = TestNetwork()
    data, root = network.package(), network.root()
    for at in range(0, len(data), 7):
        with pytest.raises(WireError):
            open_trust(data[:at] + bytes([data[at] ^ 0x11]) + data[at + 1 :], root)


def test_an_authority_speaks_for_itself_only() -> None:
    body = [3, b"\x01" * 32, []]
    with pytest.raises(TrustError):
        read_authority(payload("trust", body, issuer=AUTHORITY))


def test_a_country_names_its_own_authorities_only() -> None:
    with pytest.raises(TrustError):
        read_country(replace(TestNetwork().country_payload(), issuer=b"ES"))
    statement = TestNetwork().country_payload()
    statement.body[2][0][0] = b"\x01" * 32
    with pytest.raises(TrustError):
        read_country(statement)


def test_templates_stay_in_their_namespace() -> None:
    good = TestNetwork().templates_payload("eessi.pda1.v1")
    assert read_templates(good) == (built_in("eessi.pda1.v1"),)
    with pytest.raises(TrustError):
        read_templates(replace(good, scope=b"customs"))


@pytest.mark.parametrize("verbs", [128, -1, True, "1"])
def test_a_malformed_key_entry_is_refused(verbs: object) -> None:
    body = [3, AUTHORITY, [[OFFICIAL, verbs, 0, None, 1, "card", None, None]]]
    with pytest.raises(TrustError):
        read_authority(payload("trust", body, issuer=AUTHORITY))


@pytest.mark.parametrize(
    ("environment", "chain_id"),
    [("training", 1337), ("test", 0x43480000), ("production", 0x4348FFFF), ("training", 0x43490000)],
)
def test_training_chain_ids_and_training_go_together(environment: str, chain_id: int) -> None:
    body = {**TestNetwork().profile().body(), 2: chain_id}
    with pytest.raises(TrainingRangeError):
        read_profile(payload("profile", body, scope=GENESIS, environment=environment))


@pytest.mark.parametrize("member", range(13))
def test_every_member_of_a_profile_is_checked(member: int) -> None:
    network = TestNetwork()
    assert read_profile(network.profile_payload()) == network.profile()
    for value in (True, -1, "\u202e", b"", [[]], [[1, 2, 3]], {}, [True, b"\x00" * 20, b"\x00" * 32]):
        if member == 3 and value == b"":
            continue  # the header is read by whoever knows the consensus rules
        with pytest.raises(ProfileError):
            read_profile(payload("profile", {**network.profile().body(), member: value}, scope=GENESIS))


def test_a_profile_stands_in_its_own_scope() -> None:
    with pytest.raises(ProfileError):
        read_profile(replace(TestNetwork().profile_payload(), scope=b"\x56" * 32))


def test_facts_come_back_and_stand_in_order() -> None:
    facts = TestNetwork().facts()
    assert read_facts(facts.as_cbor()) == facts
    interval = facts.intervals[0]
    for broken in (
        replace(facts, intervals=(interval, interval)),
        replace(facts, intervals=(replace(interval, members=interval.members[::-1]),)),
        replace(facts, intervals=(replace(interval, first=5, last=4),)),
        replace(facts, intervals=(replace(interval, members=()),)),
        replace(facts, marks=facts.marks * 2),
    ):
        assert isinstance(broken, NetworkFacts)
        with pytest.raises(FactsError):
            read_facts(broken.as_cbor())


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2**40) | st.binary(max_size=33) | st.text("aPT\u202e", max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.integers(0, 12), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=300, derandomize=True)
@given(_VALUES)
def test_any_body_gives_one_of_our_errors(body: object) -> None:
    network = TestNetwork()
    signed = sealed(payload("trust", body, scope=GENESIS), *network.governance).encode()
    for read in (
        lambda: open_trust(signed, _ROOT),
        lambda: read_facts(body),
        lambda: read_country(payload("trust", body, issuer=b"PT")),
        lambda: read_authority(payload("trust", body, issuer=AUTHORITY)),
        lambda: read_profile(payload("profile", body, scope=GENESIS)),
        lambda: read_pack(payload("pack", body, scope=b"x")),
    ):
        with pytest.raises(LightNodeError):
            read()


_ROOT = TestNetwork().root()


def test_a_pack_comes_back_and_matches_its_code() -> None:
    pack = Pack(GENESIS, (CreationCode("act registry", 3, Hash32(b"\x01" * 32)),))
    assert read_pack(payload("pack", pack.body(), scope=GENESIS)) == pack
    assert not pack.creations[0].matches(b"ab")
    for entry in (
        ["", 3, b"\x01" * 32],
        ["\u202e", 3, b"\x01" * 32],
        ["a", 0, b"\x01" * 32],
        ["a", True, b"\x01" * 32],
    ):
        with pytest.raises(PackError):
            read_pack(payload("pack", [1, [entry]], scope=GENESIS))


def test_a_part_knows_its_file() -> None:
    network = TestNetwork()
    package = open_trust(network.package(), network.root())
    assert decode_envelope(package.envelope.encode()) == package.envelope
    assert cbor.decode(network.package(), max_bytes=1 << 20)[0] == "chancery/envelope/1"

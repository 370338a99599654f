"""Each way a record can fail, or cannot be judged, has its verdict and code; no flipped bit is ever VALID."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightnode.evidence.errors import EvidenceError
from lightnode.evidence.evidence_file import decode_evidence
from lightnode.templates import built_in
from lightnode.verdict import Outcome
from lightnode.verdict.codes import ORDER, by_name, rank
from lightnode.verdict.commitment_status import judge_commitment_status
from lightnode.verdict.content import Record
from lightnode.verdict.judgement import Judgement
from lightnode.verdict.ledger import judge_ledger
from lightnode.wire import cbor
from lightnode.wire.network_facts import REVOKED, SUPERSEDED, SUSPENDED, StatusEntry, StatusList
from lightnode.wire.registry import Verb
from lightnode.wire.root import RootError, read_root
from lightnode.wire.serial_memory import SerialMemory
from lightnode.wire.status import CommitmentEntry, CommitmentStatus
from lightnode.wire.trust import open_trust
from lightnode.wire.types import Address, Hash32
from tests.support.sealed_world import BLOCK, DAY, HEIGHT, NOW, REGISTRY_AT, VALIDATORS, World, key

STRANGERS = tuple(key(number) for number in range(20, 24))


TIMESTAMP = 2


def status(state: int) -> StatusList:
    return StatusList(10, HEIGHT + 1, (StatusEntry(7, state, HEIGHT + 1),))


def listed(state: int | None = None, height: int = HEIGHT + 5, name: Hash32 | None = None) -> CommitmentStatus:
    entries = () if state is None else (CommitmentEntry(name or World(way=TIMESTAMP).commitment(), state, height),)
    return CommitmentStatus(REGISTRY_AT, height, BLOCK, entries)


CASES = {
    "as it should be": (World(), "OK"),
    "without a status list": (World(status=None), "OK-NEW"),
    "registered after the list": (World(status=StatusList(7, 30, ())), "OK-NEW"),
    "list due": (World(issued=NOW - 3 * DAY, next_update=NOW - DAY), "OK-SOFT"),
    "below the checkpoint": (World(checkpoint=HEIGHT + 9), "UNCROSSED"),
    "list due, below the checkpoint": (
        World(issued=NOW - 3 * DAY, next_update=NOW - DAY, checkpoint=HEIGHT + 9), "OK-SOFT",
    ),
    "at the checkpoint": (World(checkpoint=HEIGHT), "OK"),
    "suspended": (World(status=status(SUSPENDED)), "SUSPENDED"),
    "superseded": (World(status=status(SUPERSEDED)), "SUPERSEDED"),
    "revoked": (World(status=status(REVOKED)), "WITHDRAWN"),
    "list expired": (World(issued=NOW - 20 * DAY, next_update=NOW - 19 * DAY, not_after=NOW - DAY, block_time=NOW - 30 * DAY), "LIST-OLD"),
    "clock before the list": (World(now=NOW - DAY, block_time=NOW - 2 * DAY), "CLOCK"),
    "block from the future": (World(block_time=NOW + DAY), "CLOCK"),
    "beyond the listed set": (World(interval=(0, HEIGHT - 1)), "SET-NEW"),
    "sealed by strangers": (World(sealers=STRANGERS, checkpoint=HEIGHT + 9), "SEAL-ALIEN"),
    "sealed by members newer than the list": (World(sealers=STRANGERS), "SET-NEW"),
    "too few members": (World(sealers=tuple(VALIDATORS[:2])), "SEAL-FEW"),
    "failed transaction": (World(succeeded=0), "TX-FAILED"),
    "made too late": (World(call=lambda call: replace(call, not_after=NOW - 2 * DAY)), "LATE"),
    "event is not the call": (World(leaf=lambda leaf: replace(leaf, valid_until=9)), "NOT-INC"),
    "event of another block": (World(leaf=lambda leaf: replace(leaf, block_number=HEIGHT + 1)), "NOT-INC"),
    "event by another sender": (World(leaf=lambda leaf: replace(leaf, sender=bytes(20))), "NOT-INC"),
    "call for another network": (World(call=lambda call: replace(call, genesis=Hash32(b"\1" * 32))), "NOT-INC"),
    "other details": (World(call=lambda call: replace(call, commitment=Hash32(b"\1" * 32))), "FIELDS-DIFF"),
    "unknown kind of record": (World(call=lambda call: replace(call, template=Hash32(b"\1" * 32))), "TEMPLATE-?"),
    "unknown signer": (World(sender=key(99)), "ISSUER-?"),
    "key not yet entitled": (World(entry=replace(World().entry, first=HEIGHT + 1)), "ROLE"),
    "key no longer entitled": (World(entry=replace(World().entry, last=HEIGHT - 1)), "ROLE"),
    "key without the verb": (World(entry=replace(World().entry, verbs=1 << Verb.REVOKE)), "ROLE"),
    "key withdrawn before": (World(entry=replace(World().entry, withdrawn_from=HEIGHT)), "ROLE"),
    "key withdrawn after": (World(entry=replace(World().entry, withdrawn_from=HEIGHT + 1)), "OK"),
    "key in doubt": (World(entry=replace(World().entry, doubt_since=HEIGHT)), "KEY-DOUBT"),
    "record ended": (World(typed={**World().typed, "ending_date": "2026-02-01"}), "ENDED"),
    "record not begun": (World(typed={**World().typed, "starting_date": "2028-01-01"}), "NOT-YET"),
    "entry's own end": (World(call=lambda call: replace(call, valid_until=10)), "ENDED"),
    "without a document": (World(document=None), "OK"),
    "on Timestamp": (World(way=TIMESTAMP), "OK"),
    "on Timestamp, without a list": (World(way=TIMESTAMP, listed=None), "STATUS-?"),
    "on Timestamp, after the list": (World(way=TIMESTAMP, listed=listed(height=HEIGHT - 1)), "OK-NEW"),
    "on Timestamp, suspended": (World(way=TIMESTAMP, listed=listed(SUSPENDED)), "SUSPENDED"),
    "on Timestamp, superseded": (World(way=TIMESTAMP, listed=listed(SUPERSEDED)), "SUPERSEDED"),
    "on Timestamp, revoked": (World(way=TIMESTAMP, listed=listed(REVOKED)), "WITHDRAWN"),
    "on Timestamp, revoked and then registered again": (World(way=TIMESTAMP, listed=listed(REVOKED, HEIGHT - 1)), "WITHDRAWN"),
    "on Timestamp, another record revoked": (World(way=TIMESTAMP, listed=listed(REVOKED, name=Hash32(b"\1" * 32))), "OK"),
    "on Timestamp, list due": (World(way=TIMESTAMP, list_due=NOW - 1), "OK-SOFT"),
    "on Timestamp, list of another registry": (World(way=TIMESTAMP, listed=replace(listed(), contract=Address(b"\1" * 20))), "TRUST-ENC"),
    "on Timestamp, list by another hand": (World(way=TIMESTAMP, list_signer=key(99)), "TRUST-ROOT"),
    "on Timestamp, too late": (World(way=TIMESTAMP, act=lambda act: replace(act, not_after=NOW - 2 * DAY)), "LATE"),
    "on Timestamp, other details": (World(way=TIMESTAMP, act=lambda act: replace(act, commitment=Hash32(b"\1" * 32))), "FIELDS-DIFF"),
    "on Timestamp, for another body": (World(way=TIMESTAMP, act=lambda act: replace(act, authority=Hash32(b"\1" * 32))), "FIELDS-DIFF"),
    "on Timestamp, event is not the call": (World(way=TIMESTAMP, event=lambda act: replace(act, valid_until=9)), "NOT-INC"),
    "on Timestamp, failed": (World(way=TIMESTAMP, succeeded=0), "TX-FAILED"),
    "on Timestamp, unknown signer": (World(way=TIMESTAMP, sender=key(99)), "ISSUER-?"),
    "one of a batch": (World(batch=(2, 5), status=StatusList(12, HEIGHT + 1, (StatusEntry(7, REVOKED, HEIGHT),))), "OK"),
    "one of a batch, withdrawn": (World(batch=(2, 5), status=StatusList(12, HEIGHT + 1, (StatusEntry(9, REVOKED, HEIGHT),))), "WITHDRAWN"),
    "one of a batch, after the list": (World(batch=(2, 5), status=StatusList(9, HEIGHT, ())), "OK-NEW"),
    "some fields shown": (World(shown=(1, 2, 3, 8, 9)), "OK"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_verdict(name: str) -> None:
    world, code = CASES[name]
    verdict = world.judge()
    assert verdict.code == code, verdict.as_json()
    assert verdict.outcome is by_name(code).outcome
    assert verdict.message
    assert "{" not in verdict.message
    known = code not in ("TRUST-ENC", "TRUST-ROOT")
    assert verdict.age_seconds == (max(0, world.now - world.issued) if known else None)
    # The root's own, where the trust package says nothing.
    assert verdict.environment == "training"


def test_the_document_in_hand() -> None:
    world = World()
    assert world.judge(document=b"another document").code == "DOC-DIFF"
    unseen = world.judge(document=None)
    assert unseen.code == "OK"
    assert "The document itself was not compared." in unseen.caveats
    assert World(shown=(2,)).judge().code == "OPENING-?", "the document's leaf is hidden"


def test_a_partial_opening_shows_what_it_shows_and_no_more() -> None:
    verdict = World(shown=(1, 2, 3)).judge()
    assert [shown.label for shown in verdict.fields] == ["First names", "Family name"]
    assert b"1989 0704 2231" not in World(shown=(1, 2, 3)).evidence()
    assert b"Carpintaria" not in World(shown=(1, 2, 3)).evidence()


def test_evidence_and_package_both_by_an_attacker() -> None:
    attacker = World(root_secret=key(50), governance=key(51), sealers=STRANGERS, members=STRANGERS)
    assert attacker.judge().outcome is Outcome.VALID, "in the attacker's own world"
    verdict = attacker.judge(root=World().root())
    assert (verdict.outcome, verdict.code, verdict.environment) == (Outcome.CANNOT_TELL, "TRUST-ROOT", "training")
    mixed = World(checkpoint=HEIGHT + 9).judge(evidence=attacker.evidence())
    assert (mixed.outcome, mixed.code) == (Outcome.NOT_VALID, "SEAL-ALIEN")


def test_other_environments_and_networks() -> None:
    production = World(environment="production", chain_id=99)
    assert production.judge().outcome is Outcome.VALID
    assert production.judge(root=World().root()).code == "TEST"
    for name, world in (("training", World()), ("production", production)):
        unreadable = world.judge(trust=b"junk")
        assert (unreadable.code, unreadable.environment) == ("TRUST-ENC", name)
    value = cbor.decode(World().evidence())
    value[3] = b"\x56" * 32
    assert World().judge(evidence=cbor.encode(value)).code == "NET"


def test_an_older_package_is_refused_and_a_second_one_of_its_serial_too() -> None:
    newer, older, twin = World(serial=6), World(serial=5), World(serial=6, next_update=NOW + 2 * DAY)
    memory = newer.judge().memory
    assert newer.judge(memory=memory).code == "OK"
    assert older.judge(memory=memory).code == "ROLLBACK"
    assert twin.judge(memory=memory).code == "ROLLBACK"
    assert newer.judge(memory=older.judge().memory).code == "OK"


def test_unreadable_inputs() -> None:
    world = World()
    for junk in (b"", b"\0", b"junk" * 100, b"\x80", world.trust(), bytes(70_000)):
        assert world.judge(evidence=junk).code == "E-ENC"
        assert world.judge(trust=junk).outcome is Outcome.CANNOT_TELL or junk == world.trust()
    value = cbor.decode(world.evidence())
    assert world.judge(evidence=cbor.encode(["chancery/evidence/2", *value[1:]])).code == "E-VERSION"
    assert world.judge(evidence=cbor.encode([value[0], 2, *value[2:]])).code == "KIND-?"
    with pytest.raises(RootError):
        world.judge(root=b"junk")


@pytest.mark.parametrize("way", [1, TIMESTAMP])
def test_no_flipped_bit_of_the_evidence_is_valid(way: int) -> None:
    world = World(way=way)
    good, trust, root = world.evidence(), world.trust(), world.root()
    assert world.judge(evidence=good, trust=trust, root=root).outcome is Outcome.VALID
    for at in range(len(good)):
        bad = bytearray(good)
        bad[at] ^= 1 << (at % 8)
        verdict = world.judge(evidence=bytes(bad), trust=trust, root=root)
        assert verdict.outcome is not Outcome.VALID, (at, verdict.code)


# Every change of every byte is tried in the files test_every_change_of_*.py, in the full tier.
def test_no_flipped_bit_of_the_trust_package_is_valid() -> None:
    world = World()
    evidence, good, root = world.evidence(), world.trust(), world.root()
    for at in range(0, len(good), 3):
        bad = bytearray(good)
        bad[at] ^= 1 << (at % 8)
        verdict = world.judge(evidence=evidence, trust=bytes(bad), root=root)
        assert verdict.outcome is Outcome.CANNOT_TELL, (at, verdict.code)


def test_evidence_of_one_way_under_a_profile_of_the_other() -> None:
    assert World().judge(evidence=World(way=TIMESTAMP).evidence()).code == "KIND-?"
    assert World(way=TIMESTAMP).judge(evidence=World().evidence()).code == "KIND-?"


def test_seals_are_exactly_a_quorum_in_one_order_and_form() -> None:
    world = World()
    made = world.evidence_object()
    seals = made.sealed.seals
    assert len(seals) == 3
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    high = (
        seals[0][:32] + (order - int.from_bytes(seals[0][32:64], "big")).to_bytes(32, "big") + bytes([seals[0][64] ^ 1])
    )
    for other in (seals[::-1], (*seals, seals[0]), seals[:2], (seals[0], seals[0], seals[1]), (high, *seals[1:])):
        bad = replace(made, sealed=replace(made.sealed, seals=tuple(other))).encode()
        assert world.judge(evidence=bad).outcome is Outcome.NOT_VALID


def test_a_batch_record_stands_at_its_own_index_only() -> None:
    world = World(batch=(2, 5))
    made = world.evidence_object()
    assert made.batch is not None
    for bad in (None, replace(made.batch, index=3), replace(made.batch, path=made.batch.path[:-1])):
        assert world.judge(evidence=replace(made, batch=bad).encode()).code == "FIELDS-DIFF"
    single = World().evidence_object()
    assert World().judge(evidence=replace(single, batch=made.batch).encode()).code == "FIELDS-DIFF"


def test_proofs_of_other_places_and_superfluous_nodes() -> None:
    made = World().evidence_object()
    part = made.sealed
    for bad in (
        replace(part, index=1),
        replace(part, transaction_nodes=(*part.transaction_nodes, part.transaction_nodes[0])),
        replace(part, receipt_nodes=part.transaction_nodes),
    ):
        assert World().judge(evidence=replace(made, sealed=bad).encode()).code == "NOT-INC"


def test_the_order_of_codes_is_total() -> None:
    names = [code.name for code in ORDER]
    assert len(set(names)) == len(names)
    outcomes = [code.outcome for code in sorted(ORDER, key=rank)]
    assert outcomes == sorted(outcomes, key=(Outcome.NOT_VALID, Outcome.CANNOT_TELL, Outcome.VALID).index)


def test_the_worst_finding_decides_and_the_others_stay_visible() -> None:
    verdict = World(sender=key(99), status=status(REVOKED)).judge(document=b"other")
    assert verdict.code == "DOC-DIFF"
    assert {check.state.value for check in verdict.checks} >= {"failed", "unknown", "passed"}


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.binary(max_size=600))
def test_only_evidence_errors_escape_the_reader(data: bytes) -> None:
    with pytest.raises(EvidenceError):
        decode_evidence(data)


def test_reading_and_writing_are_inverse() -> None:
    for world in (World(), World(shown=(1, 4))):
        data = world.evidence()
        assert decode_evidence(data).encode() == data


def test_memory_is_given_back_whatever_the_verdict() -> None:
    assert World().judge(evidence=b"junk").memory.lines
    assert World().judge(trust=b"junk").memory == SerialMemory({})


def test_a_kind_that_demands_status_is_not_told_valid_beyond_the_authoritys_list() -> None:
    world = World(way=TIMESTAMP, listed=listed(height=HEIGHT - 1))
    package = open_trust(world.trust(), read_root(world.root()))
    judgement = Judgement(SerialMemory({}))
    given = decode_evidence(world.evidence())
    judgement.fills["age"] = "a day"
    entry = judge_ledger(judgement, given, package, NOW)
    assert entry is not None
    demanding = replace(built_in(world.template), demands_status=True)
    for template, code in ((built_in(world.template), "OK-NEW"), (demanding, "STATUS-?")):
        one = Judgement(SerialMemory({}))
        judge_commitment_status(one, entry, Record(template, {}), package, NOW)
        assert [found.name for found, _ in one.found] == [code]


def test_no_flipped_bit_of_a_status_list_is_valid() -> None:
    world = World(way=TIMESTAMP, listed=listed(REVOKED, name=Hash32(b"\1" * 32)))
    evidence, good, root = world.evidence(), world.trust(), world.root()
    assert world.judge(evidence=evidence, trust=good, root=root).outcome is Outcome.VALID
    part = world.status_file(listed(REVOKED, name=Hash32(b"\1" * 32)))
    start = good.index(part)
    for at in range(start, start + len(part), 2):
        bad = bytearray(good)
        bad[at] ^= 1 << (at % 8)
        assert world.judge(evidence=evidence, trust=bytes(bad), root=root).outcome is Outcome.CANNOT_TELL, at

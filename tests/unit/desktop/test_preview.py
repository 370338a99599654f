"""The preview and the device: the same rows, words, pages and counts, with and without statements about the authority."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from desktop.services.job import Job, JobState
from desktop.services.preview import UNSTATED, screens
from firmware_bridge.signer.screens import paged
from lightnode.wire.authority import authority_id
from lightnode.wire.commitment import ActHeader, commit
from lightnode.wire.curve import address_of
from lightnode.wire.payload import Payload
from lightnode.wire.registry import ActCall, Verb
from lightnode.wire.registry_admin import Operation, propose
from lightnode.wire.types import ZERO_HASH, Hash32
from tests.support.signer_bench import DAY, GENESIS, NOW, REGISTRY_AT, SignerBench

OWNER = authority_id("PT", "1040")
NAMES = {"short": "Institute", "of two pages": "Instituto " * 6 + "Um", "Greek": "\u0391\u03b8\u03ae\u03bd\u03b1"}


@pytest.fixture
def bench(tmp_path: Path) -> SignerBench:
    return SignerBench(tmp_path)


def job_of(bench: SignerBench, data: bytes, opening: bytes) -> Job:
    return Job(
        "j", JobState.DRAFTED, "training", GENESIS, bench.curve, "eessi.pda1.v1", "t", "official",
        address_of(bench.official.public_key), bench.transaction(data, nonce=4).signing_payload(), opening, None, OWNER,
        NOW + DAY, 1, bytes(16),
    )  # fmt: skip


def act(bench: SignerBench, **changes: str) -> tuple[bytes, bytes]:
    from lightnode.templates import built_in

    template, opening = built_in("eessi.pda1.v1"), bench.opening(**changes)
    header = ActHeader(GENESIS, REGISTRY_AT, OWNER, template.id, template.digest, template.leaf_count)
    call = bench.call(opening, authority=OWNER, receiver=OWNER, commitment=commit(header, opening), valid_until=21_000)
    return call.encode(), opening.encode()


def sign(bench: SignerBench, job: Job) -> list[tuple[str, str, int, int, int]]:
    """Have it signed; gives every page that stood on the device, with the numbers that it showed."""
    from firmware_bridge.client import TransactionRequest

    bench.finger.seen.clear()
    template = job.template if job.opening else None
    with bench.client() as client:
        client.sign_transaction(TransactionRequest("official", job.unsigned, template, job.opening or None))
    return [
        (item.screen.label, item.screen.value, item.screen.page, item.number, item.count) for item in bench.finger.seen
    ]


def numbered(found: tuple) -> list[tuple[str, str, int, int, int]]:
    count, at, made = sum(not item.caution for item in found), 0, []
    for item in paged(found):
        at += 1 if item.page == 1 and not item.caution else 0
        made.append((item.label, item.value, item.page, at, count))
    return made


def load_name(bench: SignerBench, name: str) -> None:
    entry = [OWNER, "PT", "1040", name, bench.session.base.root.governance.as_cbor()]
    payload = Payload("trust", "training", GENESIS, b"PT", 1, NOW, NOW + DAY, NOW + 365 * DAY, [2, "PT", [entry]])
    with bench.client() as client:
        client.load_envelope(bench.seal(payload).encode())


@pytest.mark.parametrize("name", sorted(NAMES))
def test_the_same_statement_gives_the_same_screens(bench: SignerBench, name: str) -> None:
    load_name(bench, NAMES[name])
    job = job_of(bench, *act(bench, employer_name="W" * 119))
    shown = sign(bench, job)
    assert numbered(screens(bench.profile(), job, bench.session.base.names)) == shown
    assert ("Authority", NAMES[name]) in [(label, value) for label, value, *_ in shown]


@pytest.mark.parametrize("name", sorted(NAMES))
def test_without_a_statement_only_the_name_is_missing_and_the_rows_are_as_many(bench: SignerBench, name: str) -> None:
    load_name(bench, NAMES[name])
    job = job_of(bench, *act(bench))
    shown, guess = sign(bench, job), numbered(screens(bench.profile(), job))
    rows = [row for row in shown if row[2] == 1 and row[0] != "Look closely"]
    assert [(row[0], *row[3:]) for row in guess if row[2] == 1] == [(row[0], *row[3:]) for row in rows]
    differing = [one for one, other in zip(guess, rows, strict=True) if one != other]
    assert [row[0] for row in differing] == ["Authority", "Authority number", "Receiver", "Receiver number"]
    assert {row[1] for row in differing} == {UNSTATED}


def test_calls_without_content_and_changes_have_the_same_screens_too(bench: SignerBench) -> None:
    revoke = ActCall(Verb.REVOKE, GENESIS, None, None, None, 1, 12, 3, ZERO_HASH, 0, NOW + DAY, ZERO_HASH).encode()
    words = (int.from_bytes(b"\x21" * 20, "big"), 3)
    admit = propose(GENESIS, Operation.ADMIT, Hash32(OWNER), words, NOW + DAY, ZERO_HASH).encode()
    for nonce, data in enumerate((revoke, admit)):
        job = job_of(bench, data, b"")
        job = replace(job, unsigned=bench.transaction(data, nonce=nonce).signing_payload())
        shown, guess = sign(bench, job), numbered(screens(bench.profile(), job))
        assert [row[0] for row in guess] == [row[0] for row in shown]
        assert all(one == other or one[1] == UNSTATED for one, other in zip(guess, shown, strict=True))

"""Besu's own verdict on 833 changed headers: refused where it refuses, accepted where it accepts but for a written list."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from lightnode.consensus.errors import ConsensusError
from lightnode.consensus.header import decode_header
from tests.support.recorded_networks import RECORDED, chain_at

NETWORK = "besu-qbft-votes-london"
# Besu judged them when they were recorded; one case lies in the year 2100.
JUDGED_AT = 1_890_000_000


@cache
def verdicts() -> tuple[dict[str, object], ...]:
    text = (RECORDED / "besu-qbft-verdicts" / "verdicts.jsonl").read_bytes()
    return tuple(json.loads(line) for line in text.splitlines())


@cache
def written_list() -> list[dict[str, object]]:
    path = Path(__file__).resolve().parents[3] / "vectors" / "stricter-than-besu.json"
    return list(json.loads(path.read_text())["rules"])


def judge(row: dict[str, object]) -> str | None:
    """Give the code of the rule that the header breaks here; None where it is accepted."""
    chain = CHAINS[int(str(row["block"]))]
    try:
        chain.verify_next(decode_header(bytes.fromhex(str(row["header"])[2:])), JUDGED_AT)
    except ConsensusError as error:
        return error.code
    return None


CHAINS = {height: chain_at(NETWORK, height - 1) for height in {int(str(row["block"])) for row in verdicts()}}


def test_all_verdicts_are_here() -> None:
    assert len(verdicts()) == 833
    assert max(header.timestamp for header in [chain.head for chain in CHAINS.values()]) < JUDGED_AT < 4_000_000_000


def test_what_besu_refuses_is_refused() -> None:
    accepted = [(row["block"], row["case"]) for row in verdicts() if row["besu"] == "REJECT" and judge(row) is None]
    assert accepted == []


def test_what_besu_accepts_is_accepted_but_for_the_written_list() -> None:
    allowed = {case: (rule["code"], count) for rule in written_list() for case, count in dict(rule["cases"]).items()}  # type: ignore[call-overload]
    refused: Counter[str] = Counter()
    for row in verdicts():
        if row["besu"] != "ACCEPT":
            continue
        code = judge(row)
        if code is None:
            continue
        case = str(row["case"])
        assert case in allowed, f"block {row['block']}: {case} is refused with {code}, which no written rule allows"
        assert code == allowed[case][0]
        refused[case] += 1
    assert refused == {case: count for case, (_, count) in allowed.items()}


def test_the_written_list_is_in_the_documentation(root: Path) -> None:
    text = (root / "docs" / "verification.md").read_text()
    for rule in written_list():
        assert str(rule["name"]) in text
        for case in dict(rule["cases"]):  # type: ignore[call-overload]
            assert str(case) in text


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ("number + 1, resealed", "HEADER-NUMBER"),
        ("parentHash wrong, resealed", "HEADER-PARENT"),
        ("timestamp equals the parent, resealed", "HEADER-TIME"),
        ("timestamp in the year 2100, resealed", "HEADER-FUTURE"),
        ("difficulty 2, resealed", "HEADER-CONSTANT"),
        ("mixHash zero, resealed", "HEADER-CONSTANT"),
        ("gasLimit plus a 1024th, resealed", "HEADER-GAS"),
        ("gasUsed above gasLimit, resealed", "HEADER-GAS"),
        ("round with a leading zero byte", "EXTRA-DATA"),
        ("seal of 64 bytes", "EXTRA-DATA"),
        ("a byte after the header list", "HEADER-FORM"),
        ("gasLimit with a leading zero byte", "HEADER-FORM"),
        ("validator list reversed, resealed", "VALIDATOR-LIST"),
        ("coinbase is foreign, resealed", "PROPOSER"),
        ("first seal repeated at the end", "SEAL"),
        ("extra seal by a foreign key", "SEAL"),
        ("seal v is 27 or 28", "SEAL"),
        ("quorum reached only by the high-s twin of a seal", "SEAL"),
        ("round 1, seals over the block hash", "SEAL"),
        ("one seal below quorum", "SEAL-QUORUM"),
        ("no seals", "SEAL-QUORUM"),
    ],
)
def test_the_named_rule_is_the_broken_one(case: str, code: str) -> None:
    rows = [row for row in verdicts() if row["case"] == case and row["besu"] == "REJECT"]
    assert rows
    assert {judge(row) for row in rows} == {code}

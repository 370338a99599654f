"""Profiles: bodies of thirteen members are read for ever, later members in their one form only, unknown ones by name."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lightnode.wire import cbor
from lightnode.wire.account_proof import EMPTY_CODE
from lightnode.wire.payload import Payload
from lightnode.wire.profile import (
    Fork,
    PinnedRegistry,
    Profile,
    ProfileError,
    Strictness,
    ValidatorContract,
    read_profile,
)
from lightnode.wire.registry_pins import OWNED
from tests.support.full_profile import GENESIS, account, code, full_profile, plain_profile

LATER = {
    13: "forks",
    14: "registries",
    15: "strictness",
    16: "trusting_period",
    17: "spacing_milliseconds",
}
REASON = "GoQuorum nodes write unreadable seals."
OWNED_ROW = ["timestamp", account(1), code(1), 0, ["owned", account(2), code(2)]]
BEACON_ROW = ["did", account(1), code(1), 0, ["versioned-beacon", account(2), code(2), account(3), code(3)]]


def read(body: Any) -> Profile:
    """Read a body as an envelope brings it."""
    carried = cbor.decode(cbor.encode(body), max_bytes=1 << 20)
    return read_profile(Payload("profile", "training", GENESIS, b"", 1, 1, 2, 3, carried))


@pytest.mark.parametrize("name", ["members 0 to 12", "every member"])
def test_a_body_once_written_is_read_and_written_again_byte_for_byte(root: Path, name: str) -> None:
    written = json.loads((root / "tests/vectors/formats/formats.json").read_text(encoding="utf-8"))
    body = bytes.fromhex(written[f"profile body of {name}"])
    profile = read(cbor.decode(body))
    assert cbor.encode(profile.body()) == body
    assert profile.rules_digest.hex() == written[f"profile rules digest of {name}"]


def test_every_later_member_is_read_and_absent_where_it_says_nothing() -> None:
    full, plain = full_profile(), plain_profile()
    assert read(full.body()) == full
    assert sorted(plain.body()) == list(range(13))
    for number, name in LATER.items():
        alone = replace(plain, **{name: getattr(full, name)})
        assert sorted(alone.body()) == [*range(13), number]
        assert read(alone.body()) == alone


def test_only_what_judges_headers_changes_the_rules_digest() -> None:
    plain, full = plain_profile(), full_profile()
    same = ("forks", "registries", "strictness", "trusting_period")
    for name in same:
        assert replace(plain, **{name: getattr(full, name)}).rules_digest == plain.rules_digest, name
    digests = {plain.rules_digest}
    for changes in (
        {"spacing_milliseconds": 500}, {"spacing_milliseconds": 501}, {"contracts": full.contracts}, {"london_block": 13},
        {"contracts": (replace(full.contracts[0], slot=3),)}, {"contracts": (replace(full.contracts[1], members=()),)},
    ):  # fmt: skip
        digests.add(replace(plain, **changes).rules_digest)  # type: ignore[arg-type]
    assert len(digests) == 7


@pytest.mark.parametrize("number", [18, 23])
def test_a_member_that_is_not_known_is_refused_by_name(number: int) -> None:
    with pytest.raises(ProfileError, match=f"holds member {number}, which this version does not know") as refused:
        read(full_profile().body() | {number: None})
    assert refused.value.code == "PROFILE-MEMBER"


@pytest.mark.parametrize("number", range(13))
def test_a_member_that_is_missing_is_refused_by_name(number: int) -> None:
    body = full_profile().body()
    del body[number]
    with pytest.raises(ProfileError, match=f"lacks member {number}\\.") as refused:
        read(body)
    assert refused.value.code == "PROFILE-MEMBER"


CONTRACT = [account(5), code(6), [account(7)]]
MALFORMED: dict[str, tuple[int, Any]] = {
    "no engine": (6, []),
    "no engine at block 0": (6, [[1, "qbft", 10, 0]]),
    "unknown engine": (6, [[0, "clique", 10, 0]]),
    "slot 0 said": (9, [[*CONTRACT, bytes(32)]]),
    "slot of another width": (9, [[*CONTRACT, b"\2"]]),
    "slot as a number": (9, [[*CONTRACT, 2]]),
    "slot null": (9, [[*CONTRACT, None]]),
    "two slots": (9, [[*CONTRACT, code(2), code(2)]]),
    "contract without a list": (9, [CONTRACT[:2]]),
    "contract twice": (9, [CONTRACT, [*CONTRACT, code(2)]]),
    "contract's list a number": (9, [[account(5), code(6), 3]]),
    "contract's member too short": (9, [[account(5), code(6), [b"\7" * 19]]]),
    "contract's code null": (9, [[account(5), None, None]]),
    "forks null": (13, None),
    "no forks": (13, []),
    "forks a map": (13, {0: ["london", "block", 12]}),
    "fork without a place": (13, [["london", "block"]]),
    "fork with more": (13, [["london", "block", 12, 1]]),
    "fork in capitals": (13, [["London", "block", 12]]),
    "fork without a name": (13, [["", "block", 12]]),
    "fork of a long name": (13, [["l" * 33, "time", 12], ["london", "block", 12]]),
    "fork by something else": (13, [["london", "height", 12]]),
    "fork below zero": (13, [["berlin", "block", -1], ["london", "block", 12]]),
    "fork at true": (13, [["berlin", "block", True], ["london", "block", 12]]),
    "fork at a text": (13, [["berlin", "block", "0"], ["london", "block", 12]]),
    "forks out of order": (13, [["london", "block", 12], ["berlin", "block", 0]]),
    "times before blocks": (13, [["shanghai", "time", 1], ["london", "block", 12]]),
    "fork twice": (13, [["berlin", "block", 0], ["berlin", "block", 1], ["london", "block", 12]]),
    "too many forks": (13, [*(["f" + str(at), "block", 0] for at in range(100, 164)), ["london", "block", 12]]),
    "London elsewhere": (13, [["london", "block", 13]]),
    "London by time": (13, [["london", "time", 12]]),
    "London unnamed": (13, [["berlin", "block", 0]]),
    "registries null": (14, None),
    "no registries": (14, []),
    "registry of an unknown kind": (14, [["schemas", account(1), code(1), 0, None]]),
    "registry kind a number": (14, [[1, account(1), code(1), 0, None]]),
    "registry without a birth": (14, [["acts", account(1), code(1), None]]),
    "registry with more": (14, [["acts", account(1), code(1), 0, None, None]]),
    "registry at no address": (14, [["acts", None, code(1), 0, None]]),
    "registry at the zero address": (14, [["acts", bytes(20), code(1), 0, None]]),
    "registry's address too long": (14, [["acts", account(1) + b"\1", code(1), 0, None]]),
    "registry without code": (14, [["acts", account(1), bytes(EMPTY_CODE), 0, None]]),
    "registry of zero code": (14, [["acts", account(1), bytes(32), 0, None]]),
    "registry's code too short": (14, [["acts", account(1), code(1)[:31], 0, None]]),
    "registry born below zero": (14, [["acts", account(1), code(1), -1, None]]),
    "registry born true": (14, [["acts", account(1), code(1), True, None]]),
    "proxy of no kind": (14, [["acts", account(1), code(1), 0, []]]),
    "proxy said to be none": (14, [["acts", account(1), code(1), 0, ["none"]]]),
    "proxy of an unknown form": (14, [["acts", account(1), code(1), 0, ["diamond", account(2), code(2)]]]),
    "proxy as a text": (14, [["acts", account(1), code(1), 0, "owned"]]),
    "proxy without its program's code": (14, [["acts", account(1), code(1), 0, ["owned", account(2)]]]),
    "proxy with a beacon too many": (14, [["acts", account(1), code(1), 0, ["owned", *BEACON_ROW[4][1:]]]]),
    "beacon missing": (14, [["acts", account(1), code(1), 0, ["versioned-beacon", account(2), code(2)]]]),
    "program null": (14, [["acts", account(1), code(1), 0, ["owned", None, code(2)]]]),
    "program's code null": (14, [["acts", account(1), code(1), 0, ["owned", account(2), None]]]),
    "program without code": (14, [["acts", account(1), code(1), 0, ["owned", account(2), bytes(EMPTY_CODE)]]]),
    "program at the zero address": (14, [["acts", account(1), code(1), 0, ["owned", bytes(20), code(2)]]]),
    "its own program": (14, [["acts", account(1), code(1), 0, ["erc1967", account(1), code(2)]]]),
    "program and beacon one": (14, [[*BEACON_ROW[:4], [*BEACON_ROW[4][:3], account(2), code(3)]]]),
    "registries out of order": (14, [OWNED_ROW, ["acts", account(2), code(1), 0, None]]),
    "registries of a kind out of order": (14, [["acts", account(2), code(1), 0, None], ["acts", account(1), code(1), 0, None]]),
    "registry twice": (14, [OWNED_ROW, OWNED_ROW]),
    "one address of two kinds": (14, [OWNED_ROW, BEACON_ROW]),
    "too many registries": (14, [["acts", bytes([at]) * 20, code(1), 0, None] for at in range(1, 66)]),
    "the register with other code": (14, [["acts", account(0x77), code(1), 0, None]]),
    "the register of another kind": (14, [["timestamp", account(0x77), code(0x78), 0, None]]),
    "counting null": (15, None),
    "counting alone": (15, "tolerant"),
    "counting without a reason": (15, ["tolerant"]),
    "counting in an unknown way": (15, ["lenient", REASON]),
    "counting by a number": (15, [1, REASON]),
    "reason too short": (15, ["tolerant", "because"]),
    "reason too long": (15, ["tolerant", "because " * 40 + "so"]),
    "reason with a hidden sign": (15, ["strict", REASON + "\u200b"]),
    "reason with a new line": (15, ["strict", REASON + "\n" + REASON]),
    "counting with more": (15, ["tolerant", REASON, REASON]),
    "no trusting period": (16, 0),
    "trusting period null": (16, None),
    "trusting period true": (16, True),
    "trusting period below zero": (16, -1),
    "trusting period of ages": (16, 100 * 365 * 86_400 + 1),
    "trusting period as a text": (16, "14"),
    "no spacing": (17, 0),
    "spacing null": (17, None),
    "spacing true": (17, True),
    "spacing below zero": (17, -500),
    "spacing of more than an hour": (17, 3_600_001),
    "spacing as a list": (17, [500]),
}  # fmt: skip


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_member_is_refused(name: str) -> None:
    number, value = MALFORMED[name]
    with pytest.raises(ProfileError) as refused:
        read(plain_profile().body() | {number: value})
    assert refused.value.code == "PROFILE"


@pytest.mark.parametrize(
    "changes",
    [
        {"contracts": (ValidatorContract(account(5), code(6), None, 2),)},
        {"contracts": (ValidatorContract(account(5), code(6), (), (1 << 256) - 1),)},
        {"forks": (Fork("london", "block", 12), Fork("l" * 32, "time", (1 << 64) - 1))},
        {"client": "goquorum", "london_block": None, "forks": (Fork("berlin", "block", 0), Fork("qip714", "block", 0))},
        {"registries": (PinnedRegistry("acts", account(1), code(1), OWNED, account(2), code(2), born=9),)},
        {"recording": None, "registries": (PinnedRegistry("did", account(0x77), code(1)),)},
        {"strictness": Strictness("strict", "x" * 200)},
        {"trusting_period": 1, "spacing_milliseconds": 3_600_000},
    ],
)
def test_what_is_just_within_bounds_is_read(changes: dict[str, Any]) -> None:
    profile = replace(plain_profile(), **changes)
    assert read(profile.body()) == profile

"""Governance by 2 of 3 and administrators by 2 of 2, command by command: what is proposed is never called done."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from lightnode.wire.authority import authority_id
from tests.support.governed_network import GovernedNetwork

pytestmark = [
    pytest.mark.engine,
    pytest.mark.xdist_group("governance"),
    pytest.mark.skipif(
        not (os.environ.get("CHANCERY_ENGINE_PYTHON") or (Path(__file__).parents[2] / ".venv-engine").exists()),
        reason="the EVM engine's environment is not set up",
    ),
]
OFFICE = ["--authority", "LU/0001"]


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GovernedNetwork]:
    made = GovernedNetwork(tmp_path_factory.mktemp("governed"))
    yield made
    made.close()


def test_a_deployment_names_its_members_and_threshold(net: GovernedNetwork) -> None:
    assert net.deployed["threshold"] == 2
    assert [(one["address"], one["holder"]) for one in net.deployed["members"]] == [
        (net.keys["gov-1"], 1), (net.keys["gov-2"], 2), (net.keys["gov-3"], 3)
    ]  # fmt: skip
    shown = net.do("governance", "show", *net.ledger)
    assert (shown["threshold"], shown["holders"], shown["not_listed"]) == (2, 3, 0)
    assert {one["address"] for one in shown["members"]} == {net.keys[f"gov-{at}"] for at in (1, 2, 3)}
    twice = ["registry", "deploy", *net.by("gov-1"), "--member", "gov-1", "--member", net.keys["gov-1"]]
    assert net.refused(*twice, status=2) == "USAGE"
    few = ["registry", "deploy", *net.by("gov-1"), "--member", "gov-1=1", "--member", "gov-2=1", "--threshold", "2"]
    assert net.refused(*few, status=2) == "USAGE"


def test_an_authority_is_admitted_by_two_of_three_and_not_before(net: GovernedNetwork) -> None:
    admit = ["authority", "admit", *net.by("gov-1"), *OFFICE, "--administrator", "admin-1"]
    made = net.do(*admit, status=5)
    assert (made["state"], made["in_effect"], made["threshold"], made["consented"]) == ("proposed", False, 2, 1)
    assert [one["address"] for one in made["may_consent"]] == [net.keys["gov-2"], net.keys["gov-3"]] or {
        one["address"] for one in made["may_consent"]
    } == {net.keys["gov-2"], net.keys["gov-3"]}
    assert made["lapses"] > 0
    number = str(made["change"])
    assert net.do("authority", "show", *net.ledger, *OFFICE)["state"] == "never admitted"
    # The same again is no second proposal, and one person consents once, in office only.
    assert net.refused(*admit) == "CHANGE-PENDING"
    assert net.refused("registry", "consent", *net.by("gov-1"), "--change", number) == "CHANGE-CONSENTED"
    assert net.refused("registry", "consent", *net.by("official"), "--change", number) == "OFFICE"
    assert net.refused("registry", "consent", *net.by("gov-2"), "--change", "999") == "CHANGE-UNKNOWN"
    listed = net.do("registry", "changes", *net.ledger)["changes"]
    assert [one["change"] for one in listed] == [made["change"]]
    assert listed[0]["words"] == {"administrator": net.keys["admin-1"], "holder": 1}
    done = net.do("registry", "consent", *net.by("gov-2"), "--change", number)
    assert (done["state"], done["in_effect"], done["subject"]) == ("in effect", True, authority_id("LU", "0001").hex())
    assert net.do("registry", "changes", *net.ledger)["changes"] == []
    assert net.do("registry", "changes", *net.ledger, "--change", number)["changes"][0]["state"] == "in effect"
    assert net.refused("registry", "consent", *net.by("gov-3"), "--change", number) == "CHANGE-ENDED"
    assert net.do(*admit)["already"] is True


def test_two_administrators_entitle_a_key_and_either_stops_it(net: GovernedNetwork) -> None:
    second = ["--administrator", "admin-2", "--holder", "2"]
    net.do("authority", "add-administrator", *net.by("admin-1"), *OFFICE, *second)
    net.do("authority", "threshold", *net.by("admin-1"), *OFFICE, "--threshold", "2")
    shown = net.do("authority", "show", *net.ledger, *OFFICE)
    assert shown["state"] == "in office"
    assert (shown["administrators"]["threshold"], len(shown["administrators"]["members"])) == (2, 2)
    add = ["key", "add", *net.by("admin-1"), *OFFICE, "--official", "official", "--holder", "7"]
    made = net.do(*add, status=5)
    assert made["may_consent"] == [{"address": net.keys["admin-2"], "holder": 2}]
    assert net.refused("key", "show", net.keys["official"], *net.ledger) == "KEY-UNKNOWN"
    # Governance is not the administrators.
    assert net.refused("registry", "consent", *net.by("gov-1"), "--change", str(made["change"])) == "OFFICE"
    net.do("registry", "consent", *net.by("admin-2"), "--change", str(made["change"]))
    key = net.do("key", "show", net.keys["official"], *net.ledger)
    assert (key["state"], key["holder"], key["last_block"]) == ("may act", 7, None)
    assert net.do(*add)["already"] is True
    assert net.refused(*add[:-1], "8") == "KEY-KNOWN"
    stop = ["--official", net.keys["official"]]
    assert net.refused("key", "stop", *net.by("gov-1"), *stop) == "OFFICE"
    done = net.do("key", "stop", *net.by("admin-2"), *stop)
    assert done["last_block"] == done["block"]
    key = net.do("key", "show", net.keys["official"], *net.ledger)
    assert (key["state"], key["last_block"]) == ("ended", done["block"])
    assert net.refused("key", "stop", *net.by("admin-1"), *stop) == "KEY-STOPPED"
    assert net.refused(*add) == "KEY-KNOWN"

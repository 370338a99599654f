"""Governance by 2 of 3 and administrators by 2 of 2, command by command: what is proposed is never called done."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop.services import governing, pending_changes
from desktop.services.governing import Wanted
from desktop.services.job import approve
from desktop.services.job_errors import ProviderLiesError
from desktop.services.loaded_profile import load_profile
from desktop.services.network_session import NetworkSession
from desktop.services.registry_view import RegistryView
from desktop.services.signer_access import SignerAddress
from desktop.services.signing import Desk
from lightnode.wire.authority import authority_id
from lightnode.wire.registry_admin import Operation
from lightnode.wire.types import ZERO_HASH
from tests.support.governed_network import GovernedNetwork

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(
        not (os.environ.get("CHANCERY_ENGINE_PYTHON") or (Path(__file__).parents[2] / ".venv-engine").exists()),
        reason="the EVM engine's environment is not set up",
    ),
]
OFFICE = ["--authority", "LU/0001"]
FIELDS = {
    "carnet_number": "LU-2026/1", "issuing_association": "Chamber", "holder": "A holder", "voucher_set": "1",
    "event_code": "EXP", "item_numbers": "1-3", "office_code": "LU000001", "event_date": "2026-11-20",
    "valid_until": "2027-03-01",
}  # fmt: skip


@pytest.fixture(scope="module")
def governed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GovernedNetwork]:
    made = GovernedNetwork(tmp_path_factory.mktemp("governed"))
    yield made
    made.close()


@pytest.fixture
def net(governed: GovernedNetwork) -> GovernedNetwork:
    governed.mine()
    return governed


def _newer() -> list[str]:
    """A serial above all before: what names none bears the second in which it is made, and two may share one."""
    return ["--serial", str(int(time.time()) + 1)]


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
    assert {one["address"] for one in made["may_consent"]} == {net.keys["gov-2"], net.keys["gov-3"]}
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


def _open(net: GovernedNetwork) -> NetworkSession:
    loaded = load_profile(Path(net.file(net.profile)), Path(net.file(net.root)))
    return NetworkSession.open(net.rpc, loaded, net.home)


LIES: dict[str, Callable[[list], list]] = {
    "hides the last": lambda logs: logs[:-1],
    "hides the first": lambda logs: logs[1:],
    "names another number": lambda logs: [{**logs[0], "data": "0x" + "00" * 31 + "63" + logs[0]["data"][66:]}, *logs[1:]],
    "names another block": lambda logs: [*logs[:-1], {**logs[-1], "blockNumber": hex(int(logs[-1]["blockNumber"], 16) - 1)}],
    "gives something else": lambda logs: {},
}  # fmt: skip


@pytest.mark.parametrize("name", LIES)
def test_a_node_that_lies_about_proposals_is_found_out(
    net: GovernedNetwork, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    with _open(net) as session:
        truthful = session.ledger.client.call
        assert pending_changes.pending(session, RegistryView(session)) == []

        def lie(method: str, *given: object) -> object:
            answer = truthful(method, *given)
            return LIES[name](answer) if method == "eth_getLogs" else answer

        monkeypatch.setattr(session.ledger.client, "call", lie)
        with pytest.raises(ProviderLiesError):
            pending_changes.pending(session, RegistryView(session))


def test_a_proposal_that_was_cut_short_is_carried_on_and_called_proposed(net: GovernedNetwork) -> None:
    with _open(net) as session:
        desk = Desk(SignerAddress(net.signer[1], home=net.home), lambda _: None)
        wanted = Wanted(Operation.SET_GOVERNANCE_THRESHOLD, ZERO_HASH, (3,))
        stored = governing.draft_proposal(session, desk, "gov-1", wanted)
        # Cut short once it was agreed to; a mere draft is not carried on.
        job = session.workspace.step(stored, approve(stored.job)).job.identifier
    done = net.do("jobs", "resume", job, *net.ledger[:4], *net.signer, *net.debug, status=5)
    assert (done["job"], done["in_effect"], done["operation"]) == (job, False, "set-governance-threshold")
    # What nobody consents to stays proposed until it lapses; it hinders nothing else.
    assert [one["change"] for one in net.do("registry", "changes", *net.ledger)["changes"]] == [done["change"]]


def _change(net: GovernedNetwork, words: list[str], other: str) -> None:
    """Propose a change and let another consent."""
    made = net.do(*words, status=5)
    assert net.do("registry", "consent", *net.by(other), "--change", str(made["change"]))["in_effect"] is True


def _act(net: GovernedNetwork, *words: str) -> dict:
    return net.do("sign", *net.by("official-2"), *words)


def test_a_wrongly_withdrawn_record_is_restored_by_two(net: GovernedNetwork) -> None:
    _change(net, ["key", "add", *net.by("admin-1"), *OFFICE, "--official", "official-2", "--holder", "8"], "admin-2")
    net.do("trust", "templates", "--profile", net.file("profile.cenv"), "--namespace", "customs", "--out", net.file("customs.draft"))  # fmt: skip
    net.seal("customs", "governance")
    net.load("customs")
    Path(net.file("fields.json")).write_text(json.dumps(FIELDS))
    Path(net.file("note.txt")).write_text("a document")
    made = _act(net, "--template", "customs.ata-event.v1", "--fields", net.file("fields.json"), "--document", net.file("note.txt"), "--out", net.file("act.cev"))  # fmt: skip
    number = str(made["record"])
    shown = net.do("record", "show", number, *net.ledger)
    assert (shown["state"], shown["acts"], shown["kind"]) == ("in force", 0, "customs.ata-event.v1")
    assert shown["owner"] == authority_id("LU", "0001").hex()
    # From that block on the authority calls the key in doubt (below), or the restoration would count in no list.
    Path(net.file("doubt.txt")).write_text(str(_act(net, "--verb", "revoke", "--record", number)["block"]))
    assert net.do("record", "show", number, *net.ledger)["state"] == "revoked"
    _change(net, ["record", "restore", number, *net.by("admin-1")], "admin-2")
    shown = net.do("record", "show", number, *net.ledger)
    assert (shown["state"], shown["acts"]) == ("in force", 2)
    assert net.refused("record", "show", "99", *net.ledger) == "RECORD-UNKNOWN"


def _trust(net: GovernedNetwork, name: str, governance: str, roots: list[str], root: str, *term: str) -> None:
    """Make and sign a trust package; `name` ends what belongs to it."""
    profile = ["--profile", net.file(f"profile{name}.cenv")]
    with_roots = [word for file in roots for word in ("--with-root", net.file(file))]
    net.do("trust", "make", "--rpc", net.rpc, *profile, *with_roots, "--root", net.file(root), "--country", net.file("country.cenv"),
           "--authority", net.file("authority.cenv"), "--templates", net.file(f"customs{name}.cenv"), *term, "--out", net.file(f"trust{name}.draft"))  # fmt: skip
    net.seal(f"trust{name}", governance)


def _verdict(net: GovernedNetwork, trust: str, root: str = "root.cenv") -> tuple[str, str]:
    words = ["verify", net.file("act.cev"), "--document", net.file("note.txt"), "--trust", net.file(trust), "--root", net.file(root)]  # fmt: skip
    _, value = net.run(*words)
    return value["verdict"], value["code"]


def test_the_root_follows_by_its_signatures_and_carries_the_trust(net: GovernedNetwork) -> None:
    profile = ["--profile", net.file("profile.cenv")]
    net.do("authority", "statement", *profile, *OFFICE, "--name", "Office", *net.signer, "--statement-key", "authority", "--out", net.file("country.draft"))  # fmt: skip
    net.seal("country", "country")
    doubt = ["--doubt-since", Path(net.file("doubt.txt")).read_text()]
    net.do("key", "statement", "--rpc", net.rpc, *profile, "--official", net.keys["official-2"], *net.signer, *doubt, "--out", net.file("authority.draft"))  # fmt: skip
    net.seal("authority", "authority")
    _trust(net, "", "governance", ["root.cenv"], "root.cenv")
    assert _verdict(net, "trust.cenv") == ("VALID", "UNCROSSED")
    made = net.do("root", "make", "--previous", net.file("root.cenv"), *net.signer, "--root-key", "root-2", "--root-key", "root-3",
                  "--root-threshold", "2", "--governance-key", "new-governance", "--out", net.file("root2.draft"))  # fmt: skip
    assert (made["serial"], made["previous_threshold"], made["threshold"], made["countries"]) == (2, 2, 2, ["LU"])
    net.seal("root2", "root-2", "root-3")
    install = ["signer", "install-root", net.file("root2.cenv"), *net.signer, *net.debug]
    assert net.refused(*install) == "DEVICE-POLICY"
    net.do(
        "envelope",
        "sign",
        net.file("root2.cenv"),
        *net.signer,
        *net.debug,
        "--key",
        "root",
        "--out",
        net.file("root2.cenv"),
    )
    assert net.do(*install)["fingerprint"] == made["fingerprint"]
    net.do("envelope", "renew", net.file("profile.cenv"), "--out", net.file("profile2.draft"))
    net.do("trust", "templates", *profile, "--namespace", "customs", *_newer(), "--out", net.file("customs2.draft"))
    for name in ("profile2", "customs2"):
        net.seal(name, "new-governance")
        net.load(name)
    _trust(net, "2", "new-governance", ["root2.cenv", "root.cenv"], "root2.cenv", *_newer())
    # An office with the first root follows the chain; one that got the second trusts it as it is.
    assert _verdict(net, "trust2.cenv") == ("VALID", "UNCROSSED")
    assert _verdict(net, "trust2.cenv", "root2.cenv") == ("VALID", "UNCROSSED")
    # What rests on the root before is refused once the newer was seen, whoever signed it.
    assert _verdict(net, "trust.cenv") == ("CANNOT TELL", "ROLLBACK")
    assert net.refused("trust", "make", *net.ledger, "--with-root", net.file("root2.cenv"), "--with-root", net.file("profile.cenv"), "--out", net.file("x"), status=2) == "INPUT-FORMAT"  # fmt: skip
    words = ["root", "make", "--previous", net.file("root2.cenv"), "--out", net.file("x")]
    assert net.refused(*words, "--environment", "test", status=2) == "USAGE"
    assert net.refused(*words, "--serial", "9", status=2) == "USAGE"
    assert net.do(*words, "--drop-country", "LU")["countries"] == []


def test_an_authority_closes_and_its_successor_owns_its_records(net: GovernedNetwork) -> None:
    # After the rotation the signer has only what the new governance signed.
    net.profile = "profile2.cenv"
    net.root = "root2.cenv"
    other = ["--authority", "LU/0002"]
    _change(net, ["authority", "admit", *net.by("gov-1"), *other, "--administrator", "admin-2"], "gov-2")
    _change(net, ["authority", "close", *net.by("gov-1"), *OFFICE, "--successor", "LU/0002"], "gov-3")
    shown = net.do("authority", "show", *net.ledger, *OFFICE)
    assert (shown["state"], shown["successor"]) == ("closed", authority_id("LU", "0002").hex())
    record = net.do("record", "show", "0", *net.ledger)
    assert (record["owner"], record["registered_by"]) == (authority_id("LU", "0002").hex(), authority_id("LU", "0001").hex())  # fmt: skip
    assert net.do("key", "show", net.keys["official-2"], *net.ledger)["state"] == "its authority is closed"
    _change(net, ["governance", "threshold", *net.by("gov-1"), "--threshold", "1"], "gov-3")
    done = net.do("governance", "remove-member", *net.by("gov-1"), "--member", "gov-3")
    assert done["in_effect"] is True
    assert net.refused("governance", "threshold", *net.by("gov-3"), "--threshold", "2") == "JOB-SIMULATION"
    shown = net.do("registry", "show", *net.ledger)
    assert (shown["governance"]["threshold"], shown["governance"]["holders"], shown["records"]) == (1, 2, 1)

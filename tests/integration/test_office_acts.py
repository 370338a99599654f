"""An office acts: kinds of record, the six verbs, what the signer shows, and words that cannot be."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from desktop.cli.main import main
from tests.support.training_set_up import ROOT, SetUp, replaced

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(
        not (os.environ.get("CHANCERY_ENGINE_PYTHON") or (ROOT / ".venv-engine").exists()),
        reason="the EVM engine's environment is not set up",
    ),
]


def test_a_local_signer_is_named_by_its_folder(made: SetUp, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["signer", "keys", "--signer", f"local:{made.folder}/signer", "--json"]) == 0
    assert {key["label"] for key in json.loads(capsys.readouterr().out)["keys"]} >= {"official", "root"}
    assert main(["signer", "keys", "--signer", f"local:{tmp_path}", "--json"]) == 4
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "SIGNER-GONE"


def test_a_second_record_of_another_kind(made: SetUp, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fields = tmp_path / "fields.json"
    fields.write_text(json.dumps({
        "carnet_number": "SE/2026/1", "issuing_association": "Chamber", "holder": "A holder", "voucher_set": "1",
        "event_code": "EXP", "item_numbers": "1-3; 7", "office_code": "SE000001", "event_date": "2026-11-20",
        "valid_until": "2027-03-01",
    }))  # fmt: skip
    out = tmp_path / "act.cev"
    words = made.line("sign").split()[1:]
    words = [{"eessi.pda1.v1": "customs.ata-event.v1", str(made.file("fields.json")): str(fields),
              str(made.file("act.cev")): str(out)}.get(word, word) for word in words]  # fmt: skip
    at = words.index("--document")
    assert main([*words[:at], *words[at + 2 :], "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["state"] == "proven"
    words = [word for word in made.verify_words(evidence=str(out)) if word != "--document" and not word.startswith(str(made.folder / "a1"))]  # fmt: skip
    assert main([*words, "--json"]) == 0
    verdict = json.loads(capsys.readouterr().out)
    assert (verdict["verdict"], verdict["code"]) == ("VALID", "OK-NEW")
    assert {"verdict", "code", "message", "age_seconds", "environment"} <= set(verdict)


BAD_FIELDS = {
    "no object": "[1]",
    "no json": "{",
    "unknown field": '{"colour": "red"}',
    "missing": '{"forename": "Magnus"}',
    "number for text": '{"forename": 5}',
    "control characters": '{"forename": "a\\u0007"}',
    "deep": "[" * 50_000,
    "twice": '{"forename": "a", "forename": "b"}',
}


@pytest.mark.parametrize("case", BAD_FIELDS)
def test_wrong_fields_are_one_clear_error_before_the_signer_is_asked(
    made: SetUp, tmp_path: Path, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    fields = tmp_path / "fields.json"
    fields.write_text(BAD_FIELDS[case])
    words = [str(fields) if word == str(made.file("fields.json")) else word for word in made.line("sign").split()[1:]]
    status = main(words)
    err = [line for line in capsys.readouterr().err.splitlines() if line.startswith("chancery: ")]
    assert status == 2
    assert len(err) == 1
    assert "Traceback" not in err[0]


def test_the_six_verbs_and_what_an_office_sees_of_them(
    made: SetUp, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Acts on existing records, then a newer trust package: suspended, replaced and withdrawn records show as such."""

    def act(verb: str, record: int | None, out: str | None = None, **more: str | None) -> dict[str, Any]:
        content = verb in ("register", "supersede")
        blank = {} if content else {"template": None, "fields": None, "document": None}
        words = replaced(
            made.argv("sign"), verb=verb, record=None if record is None else str(record),
            out=None if out is None else str(tmp_path / out), **{**blank, **more},
        )  # fmt: skip
        assert main([*words, "--quiet", "--json"]) == 0
        value: dict[str, Any] = json.loads(capsys.readouterr().out)
        return value

    first, second = act("register", None, "one.cev"), act("register", None, "two.cev")
    assert second["record"] == first["record"] + 1
    act("suspend", first["record"])
    act("reinstate", first["record"])
    act("suspend", first["record"])
    act("revoke", second["record"])
    third = act("register", None, "three.cev", receiver="SE/12345")
    act("acknowledge", third["record"])
    newer = act("supersede", third["record"], "newer.cev")
    assert newer["record"] == third["record"] + 1
    trust, draft = tmp_path / "trust.cenv", tmp_path / "trust.draft"
    assert main(replaced(made.argv("trust", "make"), out=str(draft))) == 0
    seal = made.sealing("trust")
    assert (
        main([str(draft) if word == str(made.file("trust.draft")) else word for word in replaced(seal, out=str(trust))])
        == 0
    )
    capsys.readouterr()
    # An office of its own: the set-up's would refuse its older package after this one.
    own = ["--home", str(tmp_path / "home")]
    for name, code in (("one", "SUSPENDED"), ("two", "WITHDRAWN"), ("three", "SUPERSEDED")):
        assert made.verdict(capsys, *own, evidence=str(tmp_path / f"{name}.cev"), trust=str(trust))[2] == code
    assert made.verdict(capsys, *own, evidence=str(tmp_path / "newer.cev"), trust=str(trust))[:2] == (0, "VALID")


def test_a_key_in_doubt_withdraws_nothing_for_good_and_reinstates_nothing(
    made: SetUp, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The list by number asks the authority's statement, not only the contract, which took all of these acts."""

    def do(words: list[str]) -> dict[str, Any]:
        assert main([*words, "--quiet", "--json"]) == 0
        value: dict[str, Any] = json.loads(capsys.readouterr().out)
        return value

    def act(verb: str, record: int) -> int:
        bare = replaced(made.argv("sign"), verb=verb, record=str(record), template=None, fields=None, document=None, out=None)  # fmt: skip
        return int(do(bare)["block"])

    def restore(record: int) -> None:
        by = replaced(made.argv("key", "add")[2:], authority=None, official=None, holder=None)
        do(["record", "restore", str(record), *by])

    def seal(name: str) -> str:
        out, draft = tmp_path / f"{name}.cenv", str(tmp_path / f"{name}.draft")
        words = replaced(made.sealing(name), out=str(out))
        do([draft if word == str(made.file(f"{name}.draft")) else word for word in words])
        return str(out)

    def listed(**said: str) -> dict[int, int]:
        state = replaced(made.argv("key", "statement"), out=str(tmp_path / "authority.draft"), **said)
        do([*state, "--force"])
        words = replaced(made.argv("trust", "make"), authority=seal("authority"), out=str(tmp_path / "trust.draft"))
        entries = do([*words, "--force"])["not_in_force"]
        return {number: state for number, state, _ in entries if number in records}

    made.mine()
    names = ("revoked", "reinstated", "revoked before", "restored", "restored before")
    records = [do(replaced(made.argv("sign"), out=str(tmp_path / f"{name}.cev")))["record"] for name in names]
    revoked, reinstated, revoked_before, restored, restored_before = records
    act("suspend", reinstated)
    act("revoke", revoked_before)
    doubt = act("revoke", restored_before) + 1
    act("revoke", revoked)
    act("reinstate", reinstated)
    act("revoke", restored)
    for record in (restored, restored_before):
        restore(record)
    # What an entitled key made final stays so whatever administrators decide: they restore what others withdrew.
    assert listed() == {revoked: 4, revoked_before: 4, restored: 4, restored_before: 4}
    with_doubt = {revoked: 2, reinstated: 2, revoked_before: 4, restored_before: 4}
    assert listed(withdrawn_from=str(doubt)) == with_doubt
    assert listed(doubt_since=str(doubt)) == with_doubt
    trust, own = seal("trust"), ["--home", str(tmp_path / "home")]
    # Anybody who has the package makes the same list again from the log.
    again = do(recomputing(made, trust))
    assert {number: state for number, state, _ in again["not_in_force"] if number in records} == with_doubt
    codes = [made.verdict(capsys, *own, evidence=str(tmp_path / f"{name}.cev"), trust=trust)[1:] for name in names]
    assert codes == [
        ("CANNOT TELL", "SUSPENDED"), ("CANNOT TELL", "SUSPENDED"), ("NOT VALID", "WITHDRAWN"), ("VALID", "UNCROSSED"),
        ("NOT VALID", "WITHDRAWN"),
    ]  # fmt: skip


def test_a_statement_keeps_what_was_said_of_a_key_before(
    made: SetUp, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from desktop.services import envelope_files
    from lightnode.wire.trust import KeyEntry, read_authority

    def stated(draft: str, *words: str) -> KeyEntry:
        assert main([*replaced(made.argv("key", "statement"), out=str(tmp_path / draft)), *words]) == 0
        _, (entry,) = read_authority(envelope_files.read((tmp_path / draft).read_bytes(), draft).payload)
        return entry

    first = stated("first.draft", "--doubt-since", "7")
    assert (first.doubt_since, first.withdrawn_from, first.verbs) == (7, None, 0b1111110)
    seal = replaced(made.sealing("authority"), out=str(tmp_path / "first.cenv"))
    named = {str(made.file("authority.draft")): str(tmp_path / "first.draft")}
    assert main([named.get(word, word) for word in seal]) == 0
    keep = ["--keep", str(tmp_path / "first.cenv")]
    assert stated("second.draft", *keep, "--withdrawn-from", "9") == replace(first, withdrawn_from=9)
    assert stated("third.draft", *keep, "--doubt-since", "8") == replace(first, doubt_since=8)
    # What the ledger says is not for people to say.
    capsys.readouterr()
    for words in (["--holder", "9"], ["--from-block", "2"], ["--to-block", "9"], ["--verb", "revoke"]):
        assert main([*replaced(made.argv("key", "statement"), out=str(tmp_path / "x.draft")), *words, "--json"]) == 2
        assert json.loads(capsys.readouterr().out)["error"]["code"] == "USAGE"


def recomputing(made: SetUp, trust: str) -> list[str]:
    """The command that makes the list of a package of this set-up again."""
    files = {"profile": "profile.cenv", "root": "root.cenv"}
    named = [word for option, name in files.items() for word in (f"--{option}", str(made.file(name)))]
    return ["trust", "recompute", trust, "--rpc", made.value["rpc"], *named, "--home", str(made.folder / "home")]


@pytest.mark.parametrize(("lie", "code", "status"), [
    ("governance states a revocation that is none", "STATUS-DIFFERS", 1),
    ("governance states another number of records", "STATUS-DIFFERS", 1),
    ("the node hides an entry", "JOB-PROVIDER-LIES", 4),
    ("the node adds an entry", "JOB-PROVIDER-LIES", 4),
])  # fmt: skip
def test_a_list_that_does_not_follow_from_the_log_is_found_out(
    made: SetUp, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    lie: str, code: str, status: int,
) -> None:  # fmt: skip
    from desktop.services import list_recomputing, network_facts
    from lightnode.wire.network_facts import REVOKED, StatusEntry, StatusList

    draft, trust = str(tmp_path / "trust.draft"), str(tmp_path / "trust.cenv")
    with monkeypatch.context() as patch:
        if lie.endswith("is none"):
            patch.setattr(network_facts, "status_entries", lambda *_: (StatusEntry(0, REVOKED, 1),))
        if lie.endswith("of records"):
            patch.setattr(network_facts, "StatusList", lambda records, *more: StatusList(records - 1, *more))
        assert main(replaced(made.argv("trust", "make"), out=draft)) == 0
    seal = replaced(made.sealing("trust"), out=trust)
    assert main([draft if word == str(made.file("trust.draft")) else word for word in seal]) == 0
    truth = list_recomputing.read_leaves
    if lie.startswith("the node hides"):
        monkeypatch.setattr(list_recomputing, "read_leaves", lambda *given: truth(*given)[:-1])
    if lie.startswith("the node adds"):
        monkeypatch.setattr(list_recomputing, "read_leaves", lambda *given: 2 * truth(*given))
    capsys.readouterr()
    assert main([*recomputing(made, trust), "--json"]) == status
    assert json.loads(capsys.readouterr().out)["error"]["code"] == code


@pytest.mark.parametrize(
    "words",
    [["--verb", "revoke"], ["--verb", "supersede"], ["--record", "3"], ["--verb", "suspend", "--record", "1", "--fields", "x"],
     ["--verb", "destroy"]],
)  # fmt: skip
def test_arguments_that_do_not_belong_to_a_verb(
    made: SetUp, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    base = replaced(made.argv("sign"), template=None, fields=None, document=None, out=None)
    if words == ["--record", "3"]:
        base = made.argv("sign")
    assert main([*base, *words, "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "USAGE"


def test_the_preview_is_what_the_signer_shows(
    made: SetUp, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from firmware_bridge.debug_buttons import DebugButtons

    seen: list[tuple[str, str, str]] = []
    truth = DebugButtons.approve_all

    def watch(self: DebugButtons, *given: Any) -> list[tuple[str, str, str]]:
        found = truth(self, *given)
        seen.extend(found)
        return found

    monkeypatch.setattr(DebugButtons, "approve_all", watch)
    assert main(replaced(made.argv("sign"), out=str(tmp_path / "act.cev"))) == 0
    said = capsys.readouterr().err.splitlines()
    begin = next(at for at, line in enumerate(said) if "will show" in line)
    assert seen[-1][1] == "Sign?"
    preview = [line.strip() for line in said[begin + 1 : begin + 1 + len(seen)]]
    shown = [f"{label:<22} {value}".strip() for _, label, value in seen]
    # Only the authority's name and number may be missing here: this computer was given no statement about it.
    differing = [(one, other) for one, other in zip(preview, shown, strict=True) if one.split() != other.split()]
    assert all(one.split()[0] == "Authority" and one.endswith("(as its country named it)") for one, _ in differing)
    assert len(differing) <= 2
    assert any(line.startswith("Authority id") for line in preview)

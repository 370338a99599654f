"""`chancery profile show` against golden files: every member in words, the signature's state, and every change seen."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from desktop.cli.main import main
from desktop.services import envelope_files, profile_view, statements
from desktop.services.statements import Term
from lightnode.consensus.genesis import load_genesis
from lightnode.light_client.network_profile import profile_of
from lightnode.wire import cbor
from lightnode.wire.payload import Payload, encode_draft
from lightnode.wire.profile import Fork, GasPolicy, PinnedRegistry, Profile, SettingChange, Strictness
from lightnode.wire.root import read_root
from tests.support.envelope_signing import TestNetwork, k1, payload, sealed
from tests.support.full_profile import account, code, full_profile, plain_profile
from tests.support.recorded_networks import RECORDED

SHOWN = Path(__file__).resolve().parents[2] / "vectors" / "shown"
TERM = Term(1_800_000_000, 180, 365, 3)
NETWORK = TestNetwork()
RECORDINGS = (
    "besu-ibft2-to-qbft-shanghai",
    "besu-qbft-contract-cancun",
    "besu-qbft-secp256r1",
    "goquorum-ibft1-to-qbft",
)


def profiles() -> dict[str, Profile]:
    """The profiles that golden files show."""
    made = {"every-member": full_profile(), "members-0-to-12": plain_profile()}
    for name in RECORDINGS:
        config = load_genesis((RECORDED / name / "genesis.json").read_bytes())
        made[name] = profile_of(config, environment="test", name=name, gas=GasPolicy(0, 0, 1))
    return made


def shown(profile: Profile) -> tuple[list[str], dict[str, Any]]:
    data = encode_draft(statements.profile(profile, TERM))
    view = profile_view.view(envelope_files.read(data, "file"), data, None)
    return view.lines(), view.as_json()


def golden(name: str) -> str:
    lines, value = shown(profiles()[name])
    return "\n".join([*lines, "", json.dumps(value, indent=1), ""])


@pytest.mark.parametrize("name", ["every-member", "members-0-to-12", *RECORDINGS])
def test_the_lines_are_the_golden_ones(name: str) -> None:
    assert golden(name) == (SHOWN / f"profile-{name}.txt").read_text(encoding="utf-8")


CHANGES: tuple[dict[str, Any], ...] = (
    {"name": "Other"}, {"client": "goquorum", "forks": ()}, {"chain_id": 0x43480002}, {"genesis_header": b"\xc1\x80"},
    {"genesis_digest": code(0x12)}, {"engines": full_profile().engines[:1]}, {"london_block": 13, "forks": ()},
    {"changes": (SettingChange(0, 1, None, None), SettingChange(10, 3, account(5), (account(7),)))},
    {"changes": (SettingChange(0, 1, None, None), SettingChange(10, 2, account(5), (account(8),)))},
    {"changes": (SettingChange(0, 1, None, None), SettingChange(10, 2, account(9), (account(7),)))},
    {"contracts": (replace(full_profile().contracts[0], slot=3), full_profile().contracts[1])},
    {"contracts": (replace(full_profile().contracts[0], code_hash=code(9)), full_profile().contracts[1])},
    {"contracts": (replace(full_profile().contracts[0], members=None), full_profile().contracts[1])},
    {"contracts": (replace(full_profile().contracts[0], members=()), full_profile().contracts[1])},
    {"recording": None}, {"gas": GasPolicy(2, 7, 1_000_000)}, {"gas": GasPolicy(0, 8, 1_000_000)},
    {"gas": GasPolicy(0, 7, 1_000_001)}, {"forks": (Fork("london", "block", 12),)},
    {"forks": (Fork("london", "block", 12), Fork("shanghai", "time", 1_800_000_060))},
    {"forks": (Fork("london", "block", 12), Fork("shanghai", "time", (1 << 64) - 1))},
    {"registries": (PinnedRegistry("did", account(0x23), code(0x43)),)}, {"registries": full_profile().registries[:-1]},
    {"strictness": None}, {"strictness": Strictness("strict", "GoQuorum nodes write unreadable seals.")},
    {"strictness": Strictness("tolerant", "Because governance says so.")}, {"trusting_period": 7 * 86_400 + 1},
    {"trusting_period": None}, {"spacing_milliseconds": 501}, {"spacing_milliseconds": None},
)  # fmt: skip


def test_every_change_is_seen_in_words_and_in_json() -> None:
    seen = [shown(full_profile()), *(shown(replace(full_profile(), **change)) for change in CHANGES)]
    # Dates, digests and fingerprints say that something changed, not what.
    lines = {"\n".join(line for line in one if "fingerprint" not in line and "SHA-256" not in line and "digest" not in line)
             for one, _ in seen}  # fmt: skip
    assert len(lines) >= len(seen) - 1, "only block 0, which is shown by its digest, may hide"
    values = {json.dumps({**one, "fingerprint": "", "file_sha256": "", "rules_digest": ""}) for _, one in seen}
    assert len(values) == len(seen)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    root = NETWORK.root_payload(environment="test")
    (tmp_path / "root.cenv").write_bytes(sealed(root, *NETWORK.root_keys[:2]).encode())
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    capsys.readouterr()
    status = main(["profile", "show", *words])
    found = capsys.readouterr()
    return status, found.out + found.err


def carried() -> Payload:
    config = load_genesis((RECORDED / RECORDINGS[0] / "genesis.json").read_bytes())
    made = profile_of(config, environment="test", name="x", gas=GasPolicy(0, 0, 1))
    return payload("profile", made.body(), scope=made.genesis_hash, environment="test")


def test_who_signed_is_counted_under_the_root(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, root = files / "p.cenv", ("--root", str(files / "root.cenv"))
    fingerprint = read_root((files / "root.cenv").read_bytes()).fingerprint.hex()
    cases = [
        (NETWORK.governance, 0, "signed by 2 needed of 2 holders of governance under the root", True, 2),
        (NETWORK.governance[:1], 1, "NOT SIGNED as it must be: 1 by 2 needed of 2 holders", False, 1),
        ((k1(98), k1(99)), 1, "NOT SIGNED as it must be: 0 by 2 needed of 2 holders", False, 0),
        (NETWORK.root_keys[:2], 1, "NOT SIGNED as it must be: 0 by", False, 0),
    ]
    for keys, status, text, valid, known in cases:
        file.write_bytes(sealed(carried(), *keys).encode())
        assert (found := run(capsys, str(file), *root))[0] == status, found
        assert text in found[1]
        value = json.loads(run(capsys, str(file), *root, "--json")[1])
        assert value["ok"] is valid
        assert value["signatures"] == value["signatures"] | {
            "count": len(keys), "of_governance": known, "needed": 2, "holders": 2, "root": fingerprint, "valid": valid
        }  # fmt: skip


def test_a_draft_and_a_file_without_a_root_say_so(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = files / "p.cenv"
    file.write_bytes(encode_draft(carried()))
    assert "draft, nobody has signed it" in run(capsys, str(file))[1]
    assert json.loads(run(capsys, str(file), "--json")[1])["signatures"]["valid"] is None
    file.write_bytes(sealed(carried(), k1(1)).encode())
    status, text = run(capsys, str(file))
    assert (status, "1 signature, not checked: no root is at hand" in text) == (0, True)


def test_what_is_no_profile_or_holds_more_is_refused(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = files / "p.cenv"
    for made, code_said in (
        (NETWORK.root_payload(), "PROFILE"),
        (replace(carried(), body=carried().body | {20: 1}), "PROFILE-MEMBER"),
    ):
        file.write_bytes(cbor.encode(["chancery/draft/1", made.encode()]))
        status, text = run(capsys, str(file), "--json")
        assert (status, json.loads(text)["error"]["code"]) == (2, code_said)


def test_a_profile_that_contradicts_itself_is_shown_and_refused(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = files / "p.cenv"
    file.write_bytes(encode_draft(replace(carried(), body=carried().body | {3: b"\xc0"})))
    status, text = run(capsys, str(file))
    assert (status, "NOT USABLE" in text) == (1, True)
    status, text = run(capsys, str(file), "--json")
    assert (status, json.loads(text)["usable"], json.loads(text)["ok"]) == (1, False, False)

"""Results go only where a file of their own kind stands, or nothing: never in place of a device, a link's end, a root."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from desktop.cli.main import main
from desktop.errors import OutputFileError, OutputKindError
from desktop.services.envelope_files import draft_bytes
from desktop.services.file_access import demand_place, write_bytes
from desktop.services.file_kind import EVIDENCE, JSON, OTHER, kind_of
from tests.support.sealed_world import GENESIS, World

WORLD = World()
DRAFT = draft_bytes(WORLD.payload("profile", GENESIS, b"", WORLD.profile().body()))
CONTENTS = {
    "draft of profile": DRAFT,
    "envelope of root": WORLD.root(),
    "envelope of trust": WORLD.trust(),
    EVIDENCE: WORLD.evidence(),
    JSON: b'\n{"a": 1}',
    OTHER: b"%PDF-1.7 a letter",
}
RECORDED = Path(__file__).resolve().parents[2] / "vectors" / "recorded" / "besu-qbft-votes-london"


@pytest.mark.parametrize("kind", CONTENTS)
def test_a_kind_is_known_by_the_bytes(kind: str) -> None:
    assert kind_of(CONTENTS[kind]) == kind


@pytest.mark.parametrize("new", CONTENTS)
@pytest.mark.parametrize("old", CONTENTS)
def test_only_the_same_kind_is_replaced_unless_forced(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(CONTENTS[old])
    if old == new:
        write_bytes(path, CONTENTS[new])
    else:
        with pytest.raises(OutputKindError, match="another kind"):
            write_bytes(path, CONTENTS[new])
        assert path.read_bytes() == CONTENTS[old]
        write_bytes(path, CONTENTS[new], force=True)
    assert path.read_bytes() == CONTENTS[new]
    assert [one.name for one in tmp_path.iterdir()] == ["file"]


def test_an_empty_file_may_be_filled(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    write_bytes(tmp_path / "empty", DRAFT)
    assert (tmp_path / "empty").read_bytes() == DRAFT


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no such files here")
@pytest.mark.parametrize("force", [False, True])
def test_what_is_no_plain_file_stays(tmp_path: Path, force: bool) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "folder").mkdir()
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "to-fifo").symlink_to(tmp_path / "fifo")
    if os.geteuid() == 0:
        os.mknod(tmp_path / "device", 0o600 | stat.S_IFCHR, os.makedev(1, 3))
    before = {path.name: path.lstat().st_mode for path in tmp_path.iterdir()}
    for name in before:
        with pytest.raises(OutputFileError):
            write_bytes(tmp_path / name, DRAFT, force=force)
        with pytest.raises(OutputFileError):
            demand_place(tmp_path / name, EVIDENCE, force=force)
    assert {path.name: path.lstat().st_mode for path in tmp_path.iterdir()} == before


def test_a_link_to_a_file_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    target, link = tmp_path / "elsewhere" / "file", tmp_path / "link"
    target.write_bytes(DRAFT)
    link.symlink_to(target)
    write_bytes(link, DRAFT + b"", private=True)
    assert link.is_symlink()
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert [one.name for one in target.parent.iterdir()] == ["file"]


def test_a_command_leaves_a_root_and_a_device_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = tmp_path / "root.cenv"
    root.write_bytes(CONTENTS["envelope of root"])
    words = ["profile", "make", "--genesis", str(RECORDED / "genesis.json"), "--json", "--environment", "test", "--out"]
    assert main([*words, str(root)]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "OUTPUT-KIND"
    assert root.read_bytes() == CONTENTS["envelope of root"]
    assert main([*words, str(root), "--force"]) == 0
    assert kind_of(root.read_bytes()) == "draft of profile"
    assert main([*words, str(root)]) == 0
    capsys.readouterr()
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    assert main([*words, str(fifo)]) == 4
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "OUTPUT-FILE"
    assert stat.S_ISFIFO(fifo.stat().st_mode)


def test_sign_looks_at_its_output_before_anything_is_signed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "letter").write_bytes(CONTENTS[OTHER])
    common = ["--rpc", "http://127.0.0.1:9", "--profile", "x", "--out", str(tmp_path / "letter"), "--json"]
    sign = ["sign", "--template", "eessi.pda1.v1", "--fields", "x", "--signer", "socket://127.0.0.1:9", "--key", "k"]
    for words in (sign, ["jobs", "resume", "job"]):
        assert main([*words, *common]) == 2
        assert json.loads(capsys.readouterr().out)["error"]["code"] == "OUTPUT-KIND"

"""The command line itself: help, usage errors, JSON errors, interruptions, lazy imports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from desktop.cli import console, exit_status
from desktop.cli import main as entry
from desktop.errors import DesktopError, InputFileError, OutputFileError, UsageError
from lightnode.errors import LightNodeError, WireError
from lightnode.rpc.errors import UnreachableError, UrlError

ROOT = Path(__file__).resolve().parents[3]


def chancery(*words: str, **more: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "desktop.cli", *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=60, **more)


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = entry.main(words)
    out, err = capsys.readouterr()
    return status, out, err


def test_nothing_and_help_read_well(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys)
    assert status == 0
    for name in entry.COMMANDS:
        assert name in out
    assert "exit status" in out
    done = chancery("--help")
    assert done.returncode == 0
    assert "verify" in done.stdout


@pytest.mark.parametrize("name", sorted(entry.COMMANDS))
def test_every_command_has_a_help_page(name: str) -> None:
    page = entry.build_parser([name], everything=True)
    assert name in page.format_help()
    with pytest.raises(SystemExit) as left:
        entry.build_parser([name]).parse_args([name, "--help"])
    assert left.value.code == 0


USAGE = [
    ["nonsense"],
    ["verify"],
    ["headers"],
    ["headers", "verify", "--genesis", "x"],
    ["headers", "verify", "--client", "geth"],
    ["verify", "--at", "yesterday", "x", "--trust", "y"],
    ["version", "extra"],
    ["--version?"],
    ["devnet", "start", "x", "--validators", "0"],
    ["devnet", "start", "x", "--period", "-1"],
    ["sign", ""],
    ["root", "make", "--out", "x"],
    ["registry", "consent", "--change", "0"],
    ["key", "show", "0x12"],
    ["record", "show", "-1"],
    ["authority", "close", "--authority", "lu/1"],
    ["governance", "threshold", "--threshold", "0"],
    ["ver"],
]


@pytest.mark.parametrize("words", USAGE, ids=lambda words: " ".join(words))
@pytest.mark.parametrize("as_json", [False, True])
def test_wrong_usage_is_one_line_and_status_2(
    capsys: pytest.CaptureFixture[str], words: list[str], as_json: bool
) -> None:
    status, out, err = run(capsys, *words, *(["--json"] if as_json else []))
    assert status == 2
    if as_json:
        error = json.loads(out)
        assert error["ok"] is False
        assert error["error"]["code"] == "USAGE"
        assert err == ""
    else:
        assert out == ""
        assert len(err.splitlines()) == 1
        assert err.startswith("chancery: USAGE: ")


def test_a_missing_or_odd_file_is_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for name in (tmp_path / "absent", tmp_path, "/dev/null/x"):
        status, _, err = run(capsys, "headers", "verify", "--genesis", str(name), "--headers", str(name))
        assert (status, err.split(":")[1].strip()) == (2, "INPUT-FILE")
        assert len(err.splitlines()) == 1


def test_unreadable_headers_have_status_2(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    genesis = tmp_path / "genesis.json"
    for content in (b"", b"{}", b"\xff\xfe", b"[" * 100_000, b'{"config": {"chainId": 1}}', b"null", b"12"):
        genesis.write_bytes(content)
        status, out, _ = run(capsys, "headers", "verify", "--genesis", str(genesis), "--headers", os.devnull, "--json")
        assert status == 2, content[:20]
        assert json.loads(out)["ok"] is False


def test_a_fault_of_the_program_is_no_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> int:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr("desktop.cli.version_command.version", broken)
    status, out, err = run(capsys, "version")
    assert status == exit_status.TROUBLE
    assert err.startswith("chancery: INTERNAL: ")
    assert "secret detail" not in out + err
    assert len(err.splitlines()) == 1


def test_interruption_is_one_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("desktop.cli.version_command.version", interrupted)
    status, _, err = run(capsys, "version")
    assert status == 130
    assert err.startswith("chancery: INTERRUPTED: ")


def test_a_reader_that_leaves_is_no_traceback() -> None:
    command = f"{sys.executable} -m desktop.cli --help | true"
    done = subprocess.run(
        ["bash", "-c", command],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr


def test_json_errors_keep_outside_text_but_terminals_do_not(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = run(capsys, "headers", "verify", "--genesis", "\x1b[31mred\x07", "--headers", "x")
    assert status == 2
    assert "\x1b" not in err
    assert "\x07" not in err


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (UsageError, 2),
        (InputFileError, 2),
        (OutputFileError, 4),
        (DesktopError, 1),
        (LightNodeError, 1),
        (WireError, 2),
        (UnreachableError, 4),
        (UrlError, 2),
    ],
)
def test_the_status_of_an_error_follows_its_place_in_the_tree(kind: type[Exception], status: int) -> None:
    assert exit_status.status_of(kind("x")) == status


def test_a_command_imports_only_what_it_needs() -> None:
    script = (
        "import sys; from desktop.cli.main import main; main(['version']);"
        "heavy = {'urllib3', 'sqlcipher3', 'cryptography', 'PySide6', 'cbor2', 'serial', 'coincurve'} & set(sys.modules);"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_results_are_plain(capsys: pytest.CaptureFixture[str]) -> None:
    console.Console().result(["a\x1b[2Jb\nc"], {})
    assert capsys.readouterr().out == "a [2Jb c\n"


@pytest.mark.parametrize("name", ["", "  x", "a\u3164", "a\u202eb", "\u05d0", "a" * 41])
def test_a_name_that_no_display_would_show_is_refused_at_once(capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert entry.main(["profile", "make", "--genesis", "g.json", "--name", name, "--out", "p.draft"]) == 2
    assert "plain characters" in capsys.readouterr().err


def test_operators_whose_names_no_display_would_show_are_refused_at_once(tmp_path: Path) -> None:
    from desktop.cli import resolve

    path = tmp_path / "operators.json"
    for name, country in (("a\u3164", "PT"), ("", "PT"), ("Operator", "pt"), ("Operator", "P")):
        path.write_text(json.dumps({"0x" + "11" * 20: [name, country]}))
        with pytest.raises(DesktopError):
            resolve.operators(path)
    path.write_text(json.dumps({"0x" + "11" * 20: ["Operator", ""]}))
    assert list(resolve.operators(path).values()) == [("Operator", "")]

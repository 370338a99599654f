"""The command line itself: help, usage errors, JSON errors, interruptions, lazy imports."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from desktop.cli import argument_types, console, exit_status
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


@pytest.mark.parametrize(
    "module",
    [
        "signal",
        "argparse",
        "desktop.cli.main",
        "desktop.cli.verify_command",
        "desktop.services.verify",
        "lightnode.verdict",
    ],
)
@pytest.mark.parametrize("as_json", [False, True])
def test_interruption_while_modules_are_loaded_is_one_line(module: str, as_json: bool) -> None:
    """Ctrl-C exactly where a module is about to be loaded, before and after the command line was read."""
    script = (
        "import sys\n"
        "class Interrupt:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == {module!r}:\n"
        "            sys.meta_path.remove(self)\n"
        "            raise KeyboardInterrupt\n"
        f"sys.modules.pop({module!r}, None)\n"
        "from desktop.cli.entry import main\n"
        "sys.meta_path.insert(0, Interrupt())\n"
        "sys.exit(main())\n"
    )
    words = ["verify", "x", "--trust", "y", "--root", "z", *(["--json"] if as_json else [])]
    done = subprocess.run(
        [sys.executable, "-c", script, *words], capture_output=True, text=True, check=False, timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 130, done.stderr
    if as_json:
        assert json.loads(done.stdout)["error"]["code"] == "INTERRUPTED"
        assert done.stderr == ""
    else:
        assert (done.stdout, len(done.stderr.splitlines())) == ("", 1)
        assert done.stderr.startswith("chancery: INTERRUPTED: ")


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="signals cannot be held back here")
def test_a_signal_that_the_launcher_held_back_is_answered() -> None:
    def hold() -> None:
        # Where the tests run in the background of a shell, the signal is ignored from the start.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        os.kill(os.getpid(), signal.SIGINT)

    done = chancery("version", preexec_fn=hold)
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr.startswith("chancery: INTERRUPTED: ")


@pytest.mark.skipif(os.name == "nt", reason="another system's signals")
def test_ctrl_c_at_any_moment_is_no_traceback(tmp_path: Path) -> None:
    """A sweep over the first second; a command that was done before has its own status."""
    empty = tmp_path / "empty"
    empty.touch()
    words = ["verify", str(empty), "--trust", str(empty), "--root", str(empty)]
    for step in range(12):
        child = subprocess.Popen(
            [sys.executable, "-m", "desktop.cli", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)}, preexec_fn=_hold_interrupts,
        )  # fmt: skip
        time.sleep(step * 0.07)
        child.send_signal(signal.SIGINT)
        _, err = child.communicate(timeout=60)
        assert "Traceback" not in err, err
        # Dying of the signal is for a command that was done already: shells show it as 130 too.
        assert child.returncode in (130, 2, -signal.SIGINT), (step, err)


def _hold_interrupts() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


LOST = {
    "full": (
        "version >/dev/full",
        "version --json >/dev/full",
        "--help >/dev/full",
        "verify a --trust b --json >/dev/full",
    ),
    "closed": ("version >&-", "version --json >&-", "verify a --trust b --json >&-", "--help >&-", "version >&- <&-"),
}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize("line", [line for lines in LOST.values() for line in lines])
def test_standard_output_that_takes_nothing_is_one_error(line: str) -> None:
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m desktop.cli {line}"], capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=60,
    )  # fmt: skip
    assert done.returncode == exit_status.TROUBLE
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert done.stderr.startswith("chancery: OUTPUT-LOST: ")


def test_a_closed_standard_error_leaves_the_result_alone() -> None:
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m desktop.cli verify a --trust b --root c --json 2>&-"], capture_output=True,
        text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=60,
    )  # fmt: skip
    assert (done.returncode, json.loads(done.stdout)["error"]["code"]) == (2, "INPUT-FILE")


def _leaves(parser: argparse.ArgumentParser, words: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    groups = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not groups:
        return [(words, parser)]
    return [leaf for name, child in groups[0].choices.items() for leaf in _leaves(child, (*words, name))]


LEAVES = _leaves(entry.build_parser(everything=True))


@pytest.mark.parametrize(("words", "parser"), LEAVES, ids=[" ".join(words) for words, _ in LEAVES])
def test_every_option_refuses_two_hyphens_and_text_that_is_none(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], parser: argparse.ArgumentParser
) -> None:
    for action in parser._actions:
        if action.nargs == 0 or not action.option_strings:
            continue
        option = action.option_strings[-1]
        # Only file names may be bytes that are no text.
        for value in ("--",) if action.type is argument_types.path else ("--", "\udcff"):
            status, _, err = run(capsys, *words, f"{option}={value}")
            assert status == 2, (option, value, err)
            assert err.startswith("chancery: USAGE: "), (option, value, err)


@pytest.mark.parametrize(("words", "parser"), LEAVES, ids=[" ".join(words) for words, _ in LEAVES])
def test_every_argument_says_what_it_is_and_every_command_has_an_example(
    words: tuple[str, ...], parser: argparse.ArgumentParser
) -> None:
    assert [action.dest for action in parser._actions if not action.help] == []
    assert parser.epilog is not None
    assert parser.epilog.startswith("example:\n  chancery ")


def test_version_and_the_options_of_every_command_may_stand_in_front(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "--version")
    assert (status, out.split()[0]) == (0, "chancery")
    plain = run(capsys, "version")[1]
    assert out == plain
    behind = run(capsys, "version", "--json")
    assert json.loads(behind[1])["ok"] is True
    assert run(capsys, "--json", "version") == behind == run(capsys, "--json", "--version")
    assert run(capsys, "--json", "--home", "x", "--quiet", "verify", "a", "--trust", "b", "--root", "c")[0] == 2
    assert entry.command_first(["--json", "verify", "--", "-x"]) == ["verify", "--json", "--", "-x"]
    status, out, _ = run(capsys, "--json")
    assert (status, json.loads(out)["error"]["code"]) == (2, "USAGE")


def test_a_descriptor_that_is_not_open_is_wrong_usage(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for words in (["signer", "start", str(tmp_path / "signer"), "--pin-fd", "999"],
                  ["jobs", "list", "--profile", "x", "--passphrase-fd", "999"]):  # fmt: skip
        status, _, err = run(capsys, *words)
        assert (status, "no descriptor 999 is open" in err) == (2, True)
    assert not (tmp_path / "signer").exists()


def test_a_folder_that_cannot_be_made_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for command in ("devnet", "signer"):
        status, _, err = run(capsys, command, "start", str(tmp_path / ("x" * 300)))
        assert status == exit_status.TROUBLE
        assert err.startswith("chancery: OUTPUT-FILE: ")


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


@pytest.mark.parametrize(
    ("words", "named"),
    [(["--bogus"], "--bogus"), (["verify", "--bogus", "x"], "--bogus"), (["sign", "--bogus=3"], "--bogus=3"),
     (["demo", "--window"], "--window"), (["headers", "verify", "--header", "x"], "--header")],
)  # fmt: skip
def test_a_word_that_means_nothing_is_named_before_one_that_is_missing(
    capsys: pytest.CaptureFixture[str], words: list[str], named: str
) -> None:
    status, _, err = run(capsys, *words)
    assert (status, f"Unrecognized arguments: {named} (" in err) == (2, True), err


def test_a_recording_s_file_that_is_given_twice_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["headers", "verify", "--genesis=a", "--headers", "b", "--genesis=a"],
                  ["headers", "verify", "--genesis", "a", "--headers", "b", "--headers", "c"]):  # fmt: skip
        status, _, err = run(capsys, *words)
        assert (status, "is given twice" in err) == (2, True), err
    # What may be given several times still may.
    one, two = (f"0x{digit * 40}=0" for digit in "12")
    words = ["headers", "verify", "--genesis", "/nowhere", "--headers", "x", "--validator-contract", one]
    assert "INPUT-FILE" in run(capsys, *words, "--validator-contract", two)[2]
    # A parser is made for each command: nothing is remembered from the one before.
    for _ in range(2):
        assert "INPUT-FILE" in run(capsys, "headers", "verify", "--genesis", "/nowhere", "--headers", "x")[2]


def test_a_file_in_the_place_of_a_folder_is_named_and_left(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"text")
    for words in (["demo"], ["quickstart"], ["devnet", "start"], ["signer", "start"]):
        status, _, err = run(capsys, *words, str(file))
        assert (status, f"OUTPUT-FILE: {file} is no folder" in err) == (4, True), err
        assert file.read_bytes() == b"text"

"""Every decoder of outside bytes is fuzzed, guided by coverage, for a bounded time; what was once found stays found."""

from __future__ import annotations

import ast
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fuzz import targets
from tests.fuzz.seeds import seeds

ROOT = Path(__file__).resolve().parents[3]
CORPUS = ROOT / "tests" / "fuzz" / "corpus"
SECONDS = 15 * int(os.environ.get("CHANCERY_FUZZ_TIMES", "1"))
RAW = {"bytes", "Any", "str", "Sequence[bytes]", "dict[str, Any]", "Mapping[str, Any]", "Iterable[bytes]"}

# Functions whose names say that they read outside bytes, and why they need no target of their own.
NEED_NONE = {
    "lightnode.devnet.transaction_pool.read": "the local training network only; calls `decode_transaction` and the curve",
    "lightnode.light_client.misbehaviour.verify_misbehaviour": "`decode_misbehaviour` and header rules that are held elsewhere",
    "lightnode.wire.account_proof.verify_code": "compares a hash",
    "lightnode.consensus.extra_data.reads_as_ibft1": "tells, never raises; held against all kinds of bytes elsewhere",
    "firmware_bridge.signer.stated.read_statements": "opens envelopes by `decode_envelope`, statements by `open_statements`",
    "firmware_bridge.signer.display.glyph_file.read_glyphs": "the drawings that are part of the package, and nothing from outside",
    "firmware_bridge.signer.trust_base.read_file": "opens envelopes by `decode_envelope` and the readers of their kinds",
}  # fmt: skip


def decoders() -> Iterator[str]:
    """Give every public function that, by name and first arguments, reads what comes from outside."""
    for package in ("lightnode", "hsm", "firmware_bridge"):
        for path in sorted((ROOT / package).rglob("*.py")):
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            for node in ast.parse(path.read_text()).body:
                if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                    continue
                named = node.name.startswith(("decode", "read", "parse", "load_", "verify_")) or node.name.endswith(
                    "_from_json"
                )
                kinds = {ast.unparse(one.annotation) for one in node.args.args[:3] if one.annotation is not None}
                if named and kinds & RAW:
                    yield f"{module}.{node.name}"


def test_every_decoder_has_a_target() -> None:
    covered = {name for target in targets.TARGETS for name in (target.name, *target.also)}
    missing = sorted(set(decoders()) - covered - set(NEED_NONE))
    assert missing == []
    assert len(list(decoders())) > 70


def test_numbers_are_given_once_and_names_are_real() -> None:
    numbers = [target.number for target in targets.TARGETS]
    assert len(set(numbers)) == len(numbers)
    known = set(decoders())
    for target in targets.TARGETS:
        for name in target.also:
            assert name in known, name


def test_the_corpus_is_small_and_leads_to_targets() -> None:
    files = sorted(CORPUS.iterdir())
    assert len(files) > 200
    assert sum(path.stat().st_size for path in files) < 2_000_000
    reached = {int.from_bytes(path.read_bytes()[:2], "big") for path in files}
    assert len(reached & set(targets.BY_NUMBER)) > 50


def test_seeds_and_corpus_bring_out_no_defect() -> None:
    count = 0
    for data in (*seeds(), *(path.read_bytes() for path in sorted(CORPUS.iterdir()))):
        targets.run(data)
        count += 1
    assert count > 300


@pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None, reason="atheris is made for Linux on x86-64 and Python 3.11 only"
)
def test_fuzzing_guided_by_coverage_finds_no_defect() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", "--seconds", str(SECONDS)], capture_output=True, text=True, cwd=ROOT, check=False,
        timeout=SECONDS + 120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    runs = next(line for line in done.stderr.splitlines() if line.startswith("stat::number_of_executed_units"))
    assert int(runs.split()[-1]) > 1000


@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris is not made for this system")
def test_the_runner_says_where_a_defect_is(tmp_path: Path) -> None:
    """A fuzzer that cannot fail proves nothing: a planted defect must end it."""
    planted = tmp_path / "planted.py"
    planted.write_text(
        "import sys, runpy\n"
        "from lightnode.wire import cbor\n"
        "whole = cbor.decode\n"
        "def broken(data, **more):\n"
        "    if data[:1] == b'\\x83': raise KeyError('planted')\n"
        "    return whole(data, **more)\n"
        "cbor.decode = broken\n"
        "sys.argv = ['fuzz', '--seconds', '10', '--only', '2']\n"
        "runpy.run_module('tests.fuzz', run_name='__main__')\n"
    )
    done = subprocess.run(
        [sys.executable, str(planted)], capture_output=True, text=True, cwd=ROOT, check=False, timeout=120,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 77
    assert "planted" in done.stderr + done.stdout

"""The wheel holds the four packages whole, and what is in it works where nothing else of this repository is."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.sealed_world import DOCUMENT, NOW, World

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("lightnode", "hsm", "firmware_bridge", "desktop")


def tracked() -> set[str]:
    """Every file of the four packages, as git has it: code and data alike."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *PACKAGES], cwd=ROOT, capture_output=True,
        text=True, check=True,
    ).stdout  # fmt: skip
    return {name for name in listed.split("\0") if name and (ROOT / name).is_file()}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build from a copy, so that nothing is left in the tree; offline, with the build back end that is locked."""
    source, built = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("built")
    for name in tracked() | {"pyproject.toml", "README.md", "LICENSE"}:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, source / name)
    # As in the repository: a folder beside them that must not be taken for a package.
    (source / "packaging").mkdir()
    (source / "packaging" / "build.py").write_text("")
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-build-isolation", "--no-deps", "--no-index"]
    done = subprocess.run(
        [*command, "--disable-pip-version-check", "-w", str(built), "."], cwd=source, capture_output=True, text=True,
        check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    (found,) = built.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def unpacked(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def test_it_holds_every_file_of_the_four_packages_and_no_other(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    expected = tracked()
    assert {"lightnode/contracts/ActRegistry.json", "desktop/qt/theme/tokens.json"} <= expected
    assert any(name.startswith("lightnode/templates/") and name.endswith(".json") for name in expected)
    assert expected - held == set(), "left out of the wheel"
    assert held - expected == set(), "only in the wheel"


def run(unpacked: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the wheel's own entry point in an empty folder, with nothing of this repository on the path."""
    script = (
        "import sys, importlib.metadata as m, desktop\n"
        f"assert desktop.__file__.startswith({str(unpacked)!r}), desktop.__file__\n"
        "(entry,) = [e for e in m.entry_points(group='console_scripts') if e.name == 'chancery']\n"
        "sys.argv[0] = 'chancery'\n"
        "sys.exit(entry.load()())\n"
    )
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    return subprocess.run(
        [sys.executable, "-P", "-c", script, *words], cwd=folder, capture_output=True, text=True, check=False, timeout=60,
        env={**kept, "PYTHONPATH": str(unpacked)},
    )  # fmt: skip


def test_its_command_line_helps_and_gives_its_version(unpacked: Path, tmp_path: Path) -> None:
    done = run(unpacked, tmp_path, "--help")
    assert done.returncode == 0, done.stderr
    assert "quickstart" in done.stdout
    done = run(unpacked, tmp_path, "version", "--json")
    assert f'version = "{json.loads(done.stdout)["version"]}"' in (ROOT / "pyproject.toml").read_text()


def test_it_judges_evidence(unpacked: Path, tmp_path: Path) -> None:
    world = World()
    for name, data in {"act.cev": world.evidence(), "trust.cenv": world.trust(), "root.cenv": world.root()}.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "document").write_bytes(DOCUMENT)
    words = ["verify", "act.cev", "--trust", "trust.cenv", "--root", "root.cenv", "--at", str(NOW), "--json"]
    done = run(unpacked, tmp_path, *words, "--document", "document", "--home", str(tmp_path / "home"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["verdict"] == "VALID"


def test_it_finds_the_contracts_the_kinds_of_record_and_the_theme(unpacked: Path, tmp_path: Path) -> None:
    script = (
        "from lightnode.templates import built_in\n"
        "from importlib.resources import files\n"
        "from desktop.qt.theme.tokens import THEME\n"
        "built_in('eessi.pda1.v1'); built_in('customs.ata-event.v1')\n"
        "assert files('lightnode.contracts').joinpath('ActRegistry.json').is_file()\n"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False,
        env={"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(unpacked), "QT_QPA_PLATFORM": "offscreen"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr

"""Where no window can be opened there is one error with a code, and never an abort."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from desktop.services import display
from desktop.services.display import DisplayError, WindowsMissingError

ROOT = Path(__file__).resolve().parents[3]
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="displays are named otherwise there")


def chancery(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    return subprocess.run(
        [sys.executable, "-m", "desktop.cli", *words], capture_output=True, text=True, check=False, timeout=90,
        env={**kept, "PYTHONPATH": str(ROOT), **variables},
    )  # fmt: skip


@linux
@pytest.mark.gui
@pytest.mark.parametrize("variables", [{}, {"DISPLAY": ":4711"}, {"QT_QPA_PLATFORM": "none-such"}])
def test_without_a_display_windows_are_one_error(tmp_path: Path, variables: dict[str, str]) -> None:
    for words in (["gui"], ["signer", "start", str(tmp_path / "signer"), "--window"]):
        done = chancery(*words, "--home", str(tmp_path), **variables)
        assert done.returncode == 4, (done.returncode, done.stderr)
        assert done.stderr.startswith("chancery: GUI-DISPLAY: "), done.stderr
        assert len(done.stderr.splitlines()) == 1
        assert "apt-get install" in done.stderr


@pytest.mark.gui
def test_offscreen_is_a_display_too() -> None:
    display.demand({**os.environ, **display.OFFSCREEN})


@pytest.mark.parametrize(
    ("status", "said", "error", "text"),
    [
        (10, "", WindowsMissingError, "Qt is not installed here."),
        (1, "libGL.so.1: cannot open shared object file: No such file", DisplayError, "library of this system: libGL.so.1"),
        (-6, "qt.qpa.xcb: could not connect to display :9", DisplayError, "The display :9 cannot be opened."),
        (-6, "no Qt platform plugin could be initialized", DisplayError, "cannot load what it needs"),
    ],
)  # fmt: skip
def test_the_reason_is_the_true_one(
    monkeypatch: pytest.MonkeyPatch, status: int, said: str, error: type[Exception], text: str
) -> None:
    answer = subprocess.CompletedProcess([], status, "", said)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: answer)
    with pytest.raises(error, match=text):
        display.demand({"DISPLAY": ":9"})


def test_the_advice_names_what_dev_installs() -> None:
    text = (ROOT / "dev").read_text()
    assert [name for name in display.DRAWING + display.DISPLAY if f'"{name}"' not in text] == []

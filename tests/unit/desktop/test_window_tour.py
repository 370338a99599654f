"""What the demonstration says where windows cannot be drawn: what is so, and never that Qt is missing when it is not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from desktop.demo import window_tour
from desktop.demo.command_runner import StepError
from desktop.demo.window_tour import Drawing

MISSING = window_tour._MISSING


def answers(
    monkeypatch: pytest.MonkeyPatch, display: tuple[int, str], offscreen: tuple[int, str], at: str = ":0"
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", at)
    monkeypatch.setattr(
        window_tour, "_try", lambda known: offscreen if known.get("QT_QPA_PLATFORM") == "offscreen" else display
    )


def test_a_display_that_works_shows_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, (0, ""), (0, ""))
    found = window_tour.find_drawing()
    assert found.windows
    assert found.why == ""
    assert "QT_QPA_PLATFORM" not in (found.environment or {"QT_QPA_PLATFORM": ""})


def test_a_dead_display_is_named_and_the_pictures_are_made_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, (134, "could not connect to display :9"), (0, ""), ":9")
    found = window_tour.find_drawing()
    assert not found.windows
    assert found.environment is not None
    assert found.environment["QT_QPA_PLATFORM"] == "offscreen"
    assert "cannot use this display (could not connect to display :9)" in found.why
    assert "not installed" not in found.why


def test_no_display_is_no_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, (1, "not asked"), (0, ""), "")
    found = window_tour.find_drawing()
    assert (found.windows, found.why) == (False, "")


def test_missing_is_said_only_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, (MISSING, "No module named 'PySide6'"), (MISSING, "No module named 'PySide6'"))
    assert window_tour.find_drawing() == Drawing(None, False, "Qt is not installed here; the windows are left out")
    answers(monkeypatch, (1, "x"), (1, "libEGL.so.1: cannot open shared object file"))
    found = window_tour.find_drawing()
    assert found.environment is None
    assert "libEGL.so.1" in found.why
    assert "not installed" not in found.why


def test_a_tour_that_stops_is_an_error_and_leaves_no_plan(tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    with pytest.raises(StepError):
        window_tour.run({"home": str(tmp_path)}, plan, Drawing({"PYTHONPATH": "/nowhere"}, False, ""))
    assert not plan.exists()

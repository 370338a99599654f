"""The demonstration's windows: its own record through the real pages, in a process of their own.

A process of their own, because a display that does not work ends the process that tries it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desktop.demo.command_runner import StepError
from desktop.services.file_access import write_json

_TRY = """
import sys
try:
    from PySide6.QtWidgets import QApplication
except ModuleNotFoundError as cause:
    print(cause, file=sys.stderr)
    sys.exit(3)
except ImportError as cause:
    # Qt is here, and a library of the system that it needs is not.
    print(cause, file=sys.stderr)
    sys.exit(1)
QApplication([])
"""
_MISSING = 3
_TRY_SECONDS = 60
_TOUR_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Drawing:
    """How windows can be drawn here.

    Attributes:
        environment: for the process that draws; None where none can.
        windows: whether they are seen.
        why: says what is missing; empty where nothing is.
    """

    environment: dict[str, str] | None
    windows: bool
    why: str


def find_drawing() -> Drawing:
    """Try the display, then without one; say what hinders each."""
    known = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    offscreen = {**known, "QT_QPA_PLATFORM": "offscreen"}
    asked = known.get("QT_QPA_PLATFORM", "")
    display = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    shown = not sys.platform.startswith("linux") or display
    why = ""
    if shown and asked in ("", "xcb", "wayland", "windows", "cocoa"):
        status, said = _try(known)
        if status == 0:
            return Drawing(known, True, "")
        if status != _MISSING:
            why = f"Qt cannot use this display ({said}); the windows are drawn without one"
    status, said = _try(offscreen)
    if status == 0:
        return Drawing(offscreen, False, why)
    hindrance = "Qt is not installed here" if status == _MISSING else f"Qt cannot draw here ({said})"
    return Drawing(None, False, f"{hindrance}; the windows are left out")


def _try(environment: dict[str, str]) -> tuple[int, str]:
    """Give the exit status of a process that only starts Qt, and the first line that it said."""
    try:
        tried = subprocess.run(
            [sys.executable, "-c", _TRY], env=environment, check=False, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True, errors="replace", timeout=_TRY_SECONDS,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return 1, "it does not answer"
    said = next((line.strip() for line in tried.stderr.splitlines() if line.strip()), "it says nothing")
    return tried.returncode, said[:120].rstrip(".")


def run(plan: dict[str, Any], place: Path, drawing: Drawing) -> dict[str, Any]:
    """Run a plan.

    Args:
        plan: `home`, `approve_debug` and `pictures`; `sign` with `template`, `fields` and `document`; `judge`, a list of
            `title`, `picture`, `evidence`, `document` and `later_seconds`.
        place: where the plan is written down.
        drawing: how to draw.

    Returns:
        What the pages said: `signed`, `judged` and `pictures`.

    Raises:
        StepError: the windows ended otherwise than they should.
    """
    write_json(place, plan, private=True)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "desktop.qt.demonstration", str(place)], env=drawing.environment, check=False,
            capture_output=True, text=True, timeout=_TOUR_SECONDS,
        )  # fmt: skip
    except subprocess.TimeoutExpired as cause:
        raise StepError("The windows came to no end.") from cause
    finally:
        place.unlink(missing_ok=True)
    if done.returncode != 0:
        last = next((line for line in reversed(done.stderr.splitlines()) if line.strip()), "no reason given")
        raise StepError(f"The windows stopped: {last[:200]}")
    said: dict[str, Any] = json.loads(done.stdout)
    return said

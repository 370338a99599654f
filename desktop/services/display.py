"""Whether windows can be opened here, found out in a process of its own: where Qt cannot, it ends the process it runs in.

Invariant: no Qt is imported here.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping

from desktop.errors import DesktopError

# What Qt loads on a Debian system: to draw at all, and to open windows on an X display (`./dev` installs the same).
DRAWING = ("libglib2.0-0", "libgl1", "libegl1", "libxkbcommon0", "libfontconfig1", "libfreetype6", "libdbus-1-3")
DISPLAY = (
    "libxcb-cursor0", "libxcb-icccm4", "libxcb-keysyms1", "libxcb-image0", "libxcb-render-util0", "libxcb-randr0",
    "libxcb-shape0", "libxcb-xkb1", "libxkbcommon-x11-0", "libx11-xcb1",
)  # fmt: skip
OFFSCREEN = {"QT_QPA_PLATFORM": "offscreen"}
_SECONDS = 60
_PROBE = """
import sys
try:
    from PySide6.QtWidgets import QApplication
except ModuleNotFoundError as error:
    sys.exit(10 if (error.name or "").startswith("PySide6") else str(error))
except ImportError as error:
    sys.exit(str(error))
QApplication([])
"""
_ABSENT = 10


class WindowsMissingError(DesktopError):
    """The part with the windows is not installed."""

    code = "GUI-MISSING"
    advice = "Install the extra `desktop`, or use the commands: they do the same."


class DisplayError(DesktopError):
    """Qt cannot open a window here."""

    code = "GUI-DISPLAY"
    advice = (
        "Work on a computer with a display (DISPLAY or WAYLAND_DISPLAY names it); on Debian install what Qt needs with "
        f"`sudo apt-get install -y --no-install-recommends {' '.join(DRAWING + DISPLAY)}`; or use the commands: they do "
        "the same."
    )


def demand(environment: Mapping[str, str] | None = None) -> None:
    """Demand that windows can be opened.

    Args:
        environment: of the process that is to open them; that of this one unless given.

    Raises:
        WindowsMissingError: Qt is not installed.
        DisplayError: there is no display, it cannot be opened, or Qt lacks a library of this system.
    """
    given = dict(os.environ if environment is None else environment)
    named = given.get("DISPLAY") or given.get("WAYLAND_DISPLAY")
    if sys.platform.startswith("linux") and not named and "QT_QPA_PLATFORM" not in given:
        raise DisplayError("There is no display here.")
    given["PYTHONPATH"] = os.pathsep.join(sys.path)
    command = [sys.executable, "-c", _PROBE]
    try:
        tried = subprocess.run(
            command, env=given, check=False, capture_output=True, text=True, errors="replace", timeout=_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise DisplayError("The display does not answer.") from None
    if tried.returncode == _ABSENT:
        raise WindowsMissingError("Qt is not installed here.")
    if tried.returncode:
        raise DisplayError(_reason(tried.stderr, named))


def _reason(said: str, named: str | None) -> str:
    if "could not connect to display" in said:
        return f"The display {named} cannot be opened."
    lines = [line for line in said.splitlines() if "cannot open shared object file" in line]
    if lines:
        return f"Qt lacks a library of this system: {lines[0].split(':')[0].split()[-1]}."
    return "Qt cannot load what it needs to open windows on this system."

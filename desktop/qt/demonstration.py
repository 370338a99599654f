"""Puts the demonstration's own record through the real pages: `python -m desktop.qt.demonstration PLAN.json`.

The plan names the office's data folder, the debug channel that presses the signer's buttons, what to sign and what to
judge. The pages do what they do for a person: the signer is asked, the network records, the verdicts are computed. What
came out is one JSON object on stdout; pictures lie in the plan's folder, each with the training banner.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from desktop.qt.app import application
from desktop.qt.office_work import OfficeWork
from desktop.qt.views.main_window import MainWindow
from desktop.qt.widgets.banner import TrainingBanner
from desktop.services import data_folder, office
from lightnode.templates import built_in

_POLL_MS = 20
_SIGN_SECONDS = 40
_JUDGE_SECONDS = 15
# On a display each page stands long enough to be seen; offscreen nobody looks.
_LOOK_SECONDS = 1.5


class Tour:
    """Drives one window through its pages."""

    def __init__(self, plan: dict[str, Any]) -> None:
        """Open the office's window.

        Args:
            plan: see `desktop.demo.window_tour`.
        """
        self._plan, self._made = plan, application()
        self._target = Path(plan["pictures"])
        self._target.mkdir(parents=True, exist_ok=True)
        seen = self._made.platformName() != "offscreen"
        self._look_seconds = _LOOK_SECONDS if seen else 0.0
        self._office = office.load(data_folder.base_folder(Path(plan["home"])))
        self.pictures: list[str] = []

    def run(self) -> dict[str, Any]:
        """Sign, then judge; give what the pages said."""
        signed = self._sign()
        return {
            "signed": signed,
            "judged": [self._judge(one) for one in self._plan["judge"]],
            "pictures": self.pictures,
        }

    def _window(self, later_seconds: int = 0) -> MainWindow:
        work = OfficeWork(
            self._office, Path(self._plan["home"]), lambda: time.time() + later_seconds, self._plan["approve_debug"]
        )
        window = MainWindow.for_office(work)
        window.show()
        self._settle()
        return window

    def _sign(self) -> dict[str, Any]:
        plan, window = self._plan["sign"], self._window()
        page = window.sign
        window.go("sign")
        self._picture(window, "1-sign-choose")
        page.show_form(built_in(plan["template"]))
        if page.entry is None:
            return {"error": "The form was not shown."}
        page.take_document(Path(plan["document"]))
        page.entry.form.fill(plan["fields"])
        page.entry.refresh()
        self._picture(window, "2-sign-fields")
        page.proceed()
        self._until(lambda: page.device is None or page.device.at[0] > 1, _SIGN_SECONDS)
        self._picture(window, "3-sign-device", hold=False)
        self._until(lambda: page.result is not None or page.failure is not None, _SIGN_SECONDS)
        self._picture(window, "4-sign-done" if page.result is not None else "4-sign-stopped")
        window.close()
        if page.result is None:
            return {"error": "No end in time." if page.failure is None else page.failure.code}
        return {"block": page.result.block, "evidence": str(page.result.evidence)}

    def _judge(self, plan: dict[str, Any]) -> dict[str, Any]:
        window = self._window(int(plan["later_seconds"]))
        window.go("verify")
        files = [plan["evidence"], plan["document"]]
        window.verify.take([Path(name) for name in files])
        self._until(lambda: window.verify.verdict is not None or window.verify.failure is not None, _JUDGE_SECONDS)
        self._picture(window, plan["picture"])
        found = window.verify.verdict
        window.close()
        return {"title": plan["title"], "verdict": found and found.outcome.value, "code": found and found.code}

    def _picture(self, window: MainWindow, name: str, *, hold: bool = True) -> None:
        """Draw the window, with its banner, and let it stand for a moment where somebody may look."""
        window.activateWindow()
        self._settle()
        if not any(banner.isVisible() for banner in window.findChildren(TrainingBanner)):
            raise RuntimeError("A window of the demonstration has no training banner.")
        path = self._target / f"{name}.png"
        window.grab().save(str(path))
        self.pictures.append(path.name)
        if hold and self._look_seconds:
            end = time.monotonic() + self._look_seconds
            self._until(lambda: time.monotonic() > end, self._look_seconds)

    def _settle(self) -> None:
        for _ in range(4):
            QApplication.processEvents()

    def _until(self, condition: Callable[[], bool], seconds: float) -> None:
        """Let the event loop run until something is so, or the time is over."""
        end, loop, timer = time.monotonic() + seconds, QEventLoop(), QTimer()
        timer.timeout.connect(lambda: loop.quit() if condition() or time.monotonic() > end else None)
        timer.start(_POLL_MS)
        loop.exec()
        timer.stop()


def main(given: list[str]) -> int:
    """Run the plan in the file named first."""
    if len(given) != 1:
        print("usage: python -m desktop.qt.demonstration PLAN.json", file=sys.stderr)
        return 2
    plan = json.loads(Path(given[0]).read_text(encoding="utf-8"))
    print(json.dumps(Tour(plan).run()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Draws every screen and state as PNG: `python -m desktop.qt.screens DIR`. Offscreen where there is no display."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from desktop.qt.app import application
from desktop.qt.appearance import dress
from desktop.qt.sample_screens import FORM, SampleWork, device_screens, signed, status_of, verdict
from desktop.qt.signer_window import SignerWindow
from desktop.qt.theme.tokens import THEME
from desktop.qt.views.main_window import MainWindow
from desktop.qt.views.sign_entry import Entered
from firmware_bridge.errors import DeclinedError, UnpluggedError
from firmware_bridge.signer.approval import ApprovalPort
from firmware_bridge.signer.screens import Screen, paged
from lightnode.templates import built_in

_SIZE = (1280, 800)
_SMALL = (1024, 768)


def _window(environment: str = "production", size: tuple[int, int] = _SIZE, name: str = "OK") -> MainWindow:
    office = "Social Security Institute\nPortugal, Lisbon office"
    window = MainWindow(
        SampleWork(), lambda *_: verdict("OK"), office=office, environment=environment,
        status=lambda: status_of(name), take_list=lambda _: None,
    )  # fmt: skip
    window.resize(*size)
    window.show()
    return window


def _verify(name: str, environment: str = "production", size: tuple[int, int] = _SIZE) -> MainWindow:
    window = _window(environment, size, name)
    window.go("verify")
    window.verify.show_answer(verdict(name, environment), Path("PDA1-0048213.cev"), Path("PDA1-0048213.pdf"))
    return window


def _form(filled: bool, environment: str = "production", size: tuple[int, int] = _SIZE) -> MainWindow:
    window = _window(environment, size)
    window.go("sign")
    window.sign.show_form(built_in("eessi.pda1.v1"))
    if window.sign.entry is not None:
        window.sign.entry.form.fill(FORM if filled else {**FORM, "family_name": "", "ending_date": "2026-11-01"})
        window.sign.entry.refresh()
        if not filled:
            window.sign.proceed()
    return window


def _sign(what: str) -> MainWindow:
    window = _window(name=what)
    window.go("sign")
    page = window.sign
    if what in ("declined", "gone"):
        page.show_entry(Entered(built_in("eessi.pda1.v1"), dict(FORM)))
    if what == "device":
        page.show_device(device_screens())
        if page.device is not None:
            page.device.progress((10, len(device_screens())))
    elif what == "declined":
        page.show_failure(DeclinedError("It was declined on the signer."))
    elif what == "gone":
        page.show_failure(UnpluggedError("The signer was unplugged."))
    elif what == "result":
        page.show_result(signed(built_in("eessi.pda1.v1")))
    return window


class _StillPort(ApprovalPort):
    """A signer's display that stands still on one screen."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self._screens, self._at = paged(device_screens()), at


class _PinPort(ApprovalPort):
    """A signer's display that asks for a PIN and was given a wrong one."""

    def __init__(self) -> None:
        super().__init__()
        text = "That PIN was wrong. 2 tries are left."
        self._screens, self._wants_pin = (Screen("PIN", "PIN of official card", text),), True


def _signer_pin() -> SignerWindow:
    window = SignerWindow(_PinPort())
    window.resize(680, 460)
    window.show()
    return window


def _signer(at: int | None) -> SignerWindow:
    window = SignerWindow(ApprovalPort() if at is None else _StillPort(at))
    window.resize(680, 460)
    window.show()
    return window


def _plan() -> dict[str, tuple[str, float, Callable[[], object]]]:
    """Name every picture with its palette, text size and maker."""
    light = ("light", 1.0)
    return {
        "01-sign-choose": (*light, lambda: _sign("choose")),
        "02-sign-fields": (*light, lambda: _form(filled=True)),
        "03-sign-fields-problem": (*light, lambda: _form(filled=False)),
        "04-sign-device": (*light, lambda: _sign("device")),
        "05-sign-declined": (*light, lambda: _sign("declined")),
        "06-sign-device-gone": (*light, lambda: _sign("gone")),
        "07-sign-result": (*light, lambda: _sign("result")),
        "08-verify-empty-training": (*light, lambda: _window("training")),
        "09-verify-valid": (*light, lambda: _verify("OK")),
        "10-verify-not-valid": (*light, lambda: _verify("DOC-DIFF")),
        "11-verify-cannot-tell": (*light, lambda: _verify("LIST-OLD")),
        "12-verify-valid-training": (*light, lambda: _verify("OK", "training")),
        "13-verify-dark": ("dark", 1.0, lambda: _verify("OK")),
        "14-sign-high-contrast": ("high_contrast", 1.0, lambda: _form(filled=False)),
        "15-sign-small": ("light", 1.25, lambda: _form(True, "production", _SMALL)),
        "16-verify-text-200": ("light", 2.0, lambda: _verify("OK")),
        "21-verify-not-cross-checked": (*light, lambda: _verify("UNCROSSED")),
        "22-verify-small-text-200": ("light", 2.0, lambda: _verify("LIST-OLD", "production", (800, 540))),
        "17-signer-idle": (*light, lambda: _signer(None)),
        "18-signer-field": (*light, lambda: _signer(9)),
        "19-signer-last": (*light, lambda: _signer(len(device_screens()) - 1)),
        "20-signer-pin": (*light, _signer_pin),
    }


def draw_all(folder: Path) -> list[Path]:
    """Draw every screen.

    Args:
        folder: made if missing.

    Returns:
        The pictures, in order.
    """
    made = application()
    folder.mkdir(parents=True, exist_ok=True)
    drawn = []
    for name, (palette, scale, make) in _plan().items():
        THEME.choose(palette, scale)
        dress()
        window = make()
        if isinstance(window, (MainWindow, SignerWindow)):
            window.activateWindow()
        for _ in range(4):
            made.processEvents()
        path = folder / f"{name}.png"
        if isinstance(window, (MainWindow, SignerWindow)):
            window.grab().save(str(path))
            window.close()
            window.deleteLater()
        drawn.append(path)
    THEME.choose("light", 1.0)
    dress()
    return drawn


def main(given: list[str]) -> int:
    """Draw into the folder named first."""
    if len(given) != 1:
        print("usage: python -m desktop.qt.screens DIR", file=sys.stderr)
        return 2
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")) and sys.platform.startswith("linux"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    for path in draw_all(Path(given[0])):
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The local signer's window: what a board's display would show, with its four buttons, in a process of its own.

Invariants: a press counts for the page that stood in the window; Sign is a button of its own, in another place than Next,
never under the keyboard's focus by itself, and awake only when the last page has stood there for a while.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMainWindow, QVBoxLayout, QWidget

from desktop.qt.widgets.banner import TrainingBanner
from desktop.qt.widgets.controls import button
from desktop.qt.widgets.device_glass import MARGIN, DeviceGlass
from desktop.qt.widgets.plain_label import PlainLabel
from firmware_bridge.signer.approval import SIGN_DWELL_SECONDS, ApprovalPort, Shown
from firmware_bridge.signer.build import TRAINING_BUILD

IDLE = "Nothing to sign."
COMPARE = "Shown on this computer. Compare every screen before you go on."
PIN_HERE = "Enter the token's PIN here and in no other window."
WAITS = "Shown on this computer. This window waits for a request."
MAX_PIN_CHARACTERS = 64


class _Bridge(QObject):
    """Carries the signer's changes into the UI thread."""

    changed = Signal()


class SignerWindow(QMainWindow):
    """Display and buttons of the signer in this process."""

    def __init__(self, port: ApprovalPort) -> None:
        """Show the display of a signer.

        Args:
            port: what is asked, and where buttons are pressed.
        """
        super().__init__()
        self.setWindowTitle("Chancery signer" + (" - training" if TRAINING_BUILD else ""))
        self._port = port
        self._signable: Shown | None = None
        self._bridge = _Bridge()
        self._bridge.changed.connect(self.refresh, Qt.ConnectionType.QueuedConnection)
        port.on_change(self._bridge.changed.emit)
        holder = QWidget()
        holder.setObjectName("page")
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        if TRAINING_BUILD:
            column.addWidget(TrainingBanner())
        self.glass = DeviceGlass(self._drawn)
        column.addWidget(self.glass, 1)
        self.pin = QLineEdit()
        self.pin.setEchoMode(QLineEdit.EchoMode.Password)
        self.pin.setAccessibleName("PIN")
        self.pin.setMaxLength(MAX_PIN_CHARACTERS)
        self.pin.returnPressed.connect(self._forward)
        field = QHBoxLayout()
        field.setContentsMargins(MARGIN, 0, MARGIN, 0)
        field.addWidget(self.pin)
        column.addLayout(field)
        column.addLayout(self._buttons())
        self.foot = PlainLabel(COMPARE, "caption", "text_muted")
        self.foot.setContentsMargins(24, 0, 24, 16)
        column.addWidget(self.foot)
        self.setCentralWidget(holder)
        self.refresh()

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(MARGIN, 8, MARGIN, 8)
        self.reject = button("No", "secondary", lambda: self._port.press("reject"), "x", "No: sign nothing")
        self.back = button("Back", "secondary", lambda: self._press("back"), "chevron-up", "Previous screen")
        self.sign = button("Sign", "primary", lambda: self._press("approve"), "check", "Sign")
        self.forward = button("Next", "primary", self._forward, "chevron-right", "Next screen")
        for made in (self.reject, self.back, self.sign):
            row.addWidget(made)
        row.addStretch(1)
        row.addWidget(self.forward)
        for made in (self.back, self.sign, self.forward):
            # What is hidden keeps its place: no button ever moves under the pointer.
            policy = made.sizePolicy()
            policy.setRetainSizeWhenHidden(True)
            made.setSizePolicy(policy)
        return row

    def _press(self, name: str) -> None:
        shown = self.glass.page
        if shown is not None:
            self._port.press(name, shown)

    def _forward(self) -> None:
        shown = self.glass.page
        if shown is not None and shown.wants_pin:
            pin = bytearray(self.pin.text().encode())
            self.pin.clear()
            self._port.enter_pin(pin)
            return
        self._press("next")

    def _drawn(self, shown: Shown) -> None:
        self._port.drawn(shown)
        if shown.last and not shown.wants_pin and self._signable != shown:
            self._signable = shown
            # Qt's coarse timers may ring a twentieth too early; an awake button must not be refused.
            QTimer.singleShot(round(SIGN_DWELL_SECONDS * 1100), self, lambda: self._wake(shown))

    def _wake(self, shown: Shown) -> None:
        if self.glass.page == shown:
            self.sign.setEnabled(True)

    def refresh(self) -> None:
        """Draw what the signer shows now."""
        shown = self._port.current()
        if shown == self.glass.page and shown is not None:
            return
        self._signable = None
        signs = shown is not None and shown.last and not shown.wants_pin
        if signs or shown is None:
            # Before a button hides: the focus must not fall upon Sign by itself.
            self.glass.setFocus(Qt.FocusReason.OtherFocusReason)
        self.sign.setEnabled(False)
        does = shown.screen.tick if shown is not None else "Sign"
        self.sign.setText(f" {does}")
        self.sign.setAccessibleName(does)
        self.sign.setVisible(signs)
        self.forward.setVisible(not signs)
        for made in (self.reject, self.forward):
            made.setEnabled(shown is not None)
        self.back.setEnabled(shown is not None and shown.place > 0)
        self._show_pin(wanted=shown is not None and shown.wants_pin)
        asks_pin = shown is not None and shown.wants_pin
        # Before a PIN there is no page to go back to, and nothing to compare.
        self.back.setVisible(not asks_pin)
        self.foot.setText(WAITS if shown is None else PIN_HERE if asks_pin else COMPARE)
        word = "Unlock" if shown is not None and shown.wants_pin else "Next"
        self.forward.setText(f" {word}")
        self.forward.setAccessibleName("Next screen" if word == "Next" else word)
        self.glass.show_page(shown, IDLE)
        if shown is not None:
            self._announce(shown)
            self.raise_()

    def _show_pin(self, *, wanted: bool) -> None:
        # Emptied whenever the question is over, answered or not: what was typed stays in no widget.
        if not wanted:
            self.pin.clear()
        if wanted != self.pin.isVisibleTo(self):
            self.pin.setVisible(wanted)
            if wanted:
                self.pin.setFocus(Qt.FocusReason.OtherFocusReason)

    def _announce(self, shown: Shown) -> None:
        text = f"{self.glass.head()}. {self.glass.label()}: {' '.join(shown.screen.lines)}"
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, text))

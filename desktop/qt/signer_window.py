"""The local signer's window: what a board's display would show, with its four buttons, in a process of its own."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QColor
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMainWindow, QVBoxLayout, QWidget

from desktop.qt.theme.tokens import THEME
from desktop.qt.widgets.banner import TrainingBanner
from desktop.qt.widgets.controls import button
from desktop.qt.widgets.plain_label import PlainLabel
from firmware_bridge.signer.approval import ApprovalPort, Shown
from firmware_bridge.signer.build import TRAINING_BUILD

IDLE = "Nothing to sign."
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
        self.setMinimumSize(520, 360)
        self._port = port
        self._bridge = _Bridge()
        self._bridge.changed.connect(self.refresh, Qt.ConnectionType.QueuedConnection)
        port.on_change(self._bridge.changed.emit)
        holder = QWidget()
        holder.setObjectName("page")
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        if TRAINING_BUILD:
            column.addWidget(TrainingBanner())
        column.addWidget(self._display(), 1)
        column.addLayout(self._buttons())
        foot = PlainLabel("Shown on this computer. Compare every screen before you go on.", "caption", "text_muted")
        foot.setContentsMargins(24, 0, 24, 16)
        column.addWidget(foot)
        self.setCentralWidget(holder)
        self.refresh()

    def _display(self) -> QWidget:
        glass = QWidget()
        glass.setAutoFillBackground(True)
        palette = glass.palette()
        palette.setColor(glass.backgroundRole(), QColor(THEME.hex("device_glass")))
        glass.setPalette(palette)
        screen = QVBoxLayout(glass)
        screen.setContentsMargins(24, 20, 24, 20)
        self._title = PlainLabel("", "body_strong", "device_pixel")
        self._label = PlainLabel("", "lead", "device_pixel")
        self._value = PlainLabel(IDLE, "h1", "device_pixel")
        for part in (self._title, self._label, self._value):
            screen.addWidget(part)
        self.pin = QLineEdit()
        self.pin.setEchoMode(QLineEdit.EchoMode.Password)
        self.pin.setAccessibleName("PIN")
        self.pin.setMaxLength(MAX_PIN_CHARACTERS)
        self.pin.returnPressed.connect(self._forward)
        screen.addWidget(self.pin)
        screen.addStretch(1)
        return glass

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(24, 8, 24, 8)
        self.reject = button("No", "secondary", lambda: self._port.press("reject"), "x", "No: sign nothing")
        self.back = button("Back", "secondary", lambda: self._port.press("back"), "chevron-up", "Previous screen")
        self.forward = button("Next", "primary", self._forward, "check", "Next screen")
        for made in (self.reject, self.back):
            row.addWidget(made)
        row.addStretch(1)
        row.addWidget(self.forward)
        return row

    def _forward(self) -> None:
        shown = self._port.current()
        if shown is None:
            return
        if shown.wants_pin:
            pin = bytearray(self.pin.text().encode())
            self.pin.clear()
            self._port.enter_pin(pin)
            return
        self._port.press("approve" if shown.last else "next")

    def refresh(self) -> None:
        """Draw what the signer shows now."""
        shown = self._port.current()
        for made in (self.reject, self.back, self.forward):
            made.setEnabled(shown is not None)
        self._show_pin(wanted=shown is not None and shown.wants_pin)
        if shown is None:
            self._title.setText("")
            self._label.setText("")
            self._value.setText(IDLE)
            return
        place = "" if shown.wants_pin else f"   {shown.number}/{shown.count}"
        self._title.setText(f"{shown.screen.title}{place}")
        self._label.setText(shown.screen.label)
        self._value.setText(shown.screen.value)
        word = "Unlock" if shown.wants_pin else "Sign" if shown.last else "Next"
        self.forward.setText(word)
        self.forward.setAccessibleName("Next screen" if word == "Next" else word)
        self.back.setEnabled(shown.number > 1)
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
        text = f"{shown.screen.title}, {shown.number} of {shown.count}. {shown.screen.label}: {shown.screen.value}"
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, text))

"""The local signer with its window: the same process as `firmware_bridge.signer`, drawn on this computer's screen."""

from __future__ import annotations

import sys
import threading

from PySide6.QtCore import QTimer

from desktop.qt.app import application
from desktop.qt.signer_window import SignerWindow
from firmware_bridge.errors import BridgeError
from firmware_bridge.signer import process
from firmware_bridge.signer.approval import ApprovalPort


def main(given: list[str]) -> int:
    """Run a signer with a window until the window is closed."""
    made = application()
    port = ApprovalPort()
    window = SignerWindow(port)
    arguments = process.arguments(given)
    trouble: list[Exception] = []
    ended = threading.Event()

    def work() -> None:
        try:
            process.run(arguments, port, lambda token: token.login(pin) if pin else None)
        except Exception as error:  # noqa: BLE001 - said on the way out
            trouble.append(error)
        ended.set()

    window.show()
    pin = bytearray() if arguments.pin_fd is not None else window.ask_pin()
    threading.Thread(target=work, daemon=True).start()
    timer = QTimer()
    timer.timeout.connect(lambda: made.quit() if ended.is_set() else None)
    timer.start(200)
    made.exec()
    (arguments.state / process.STATUS).unlink(missing_ok=True)
    for error in trouble:
        advice = error.advice if isinstance(error, BridgeError) else ""
        print(f"{getattr(error, 'code', type(error).__name__)}: {error} {advice}", file=sys.stderr)
    return 1 if trouble else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

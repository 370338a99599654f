"""The local signer with its window: the same process as `firmware_bridge.signer`, drawn on this computer's screen."""

from __future__ import annotations

import signal
import sys
import threading

from PySide6.QtCore import QTimer

from desktop.qt.app import application
from desktop.qt.signer_window import SignerWindow
from firmware_bridge.errors import BridgeError
from firmware_bridge.signer import process
from firmware_bridge.signer.approval import ApprovalPort
from firmware_bridge.signer.least_rights import give_up_rights

_CLOSING_SECONDS = 5.0


def main(given: list[str]) -> int:
    """Run a signer with a window until the window is closed."""
    try:
        give_up_rights()
    except BridgeError as refused:
        print(f"{refused.code}: {refused.text}\n{refused.advice}", file=sys.stderr)
        return 1
    made = application()
    port = ApprovalPort()
    window = SignerWindow(port)
    arguments = process.arguments(given)
    trouble: list[Exception] = []
    ended, stop = threading.Event(), threading.Event()

    def work() -> None:
        try:
            process.run(arguments, port, stop)
        except Exception as error:  # noqa: BLE001 - said on the way out
            trouble.append(error)
        ended.set()

    window.show()
    port.attend()
    signal.signal(signal.SIGTERM, lambda *_: made.quit())
    threading.Thread(target=work, daemon=True).start()
    timer = QTimer()
    timer.timeout.connect(lambda: made.quit() if ended.is_set() else None)
    timer.start(200)
    made.exec()
    stop.set()
    # Lets go of token and folder in order; a token that hangs does not hold the window's end up for long.
    ended.wait(_CLOSING_SECONDS)
    for error in trouble:
        code, advice = getattr(error, "code", type(error).__name__), getattr(error, "advice", "")
        print(f"{code}: {error}\n{advice}", file=sys.stderr)
    return 1 if trouble else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

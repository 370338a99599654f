"""The debug channel: in training builds only, a loopback socket that reads the display and presses buttons.

JSON lines: `{"do": "current"}`, `{"do": "press", "button": B}` and `{"do": "pin", "pin": TEXT}`. It refuses whenever a transaction of a chain outside
the training range is on the display, whatever the token. It exists for tests and demonstrations.
"""

from __future__ import annotations

import contextlib
import json
import re
import socket
import threading
from typing import Any

from firmware_bridge.errors import LinkUrlError, SignerStartError, UnpluggedError
from firmware_bridge.link.peer import is_ours
from firmware_bridge.signer.approval import ApprovalPort
from firmware_bridge.signer.build import TRAINING_BUILD
from lightnode.wire.profile import TRAINING_CHAIN_IDS

_URL = re.compile(r"debug://127\.0\.0\.1:([0-9]{1,5})", re.ASCII)
_MAX_LINE = 4096


class DebugServer:
    """Serves the display and buttons of one signer."""

    def __init__(self, port: ApprovalPort) -> None:
        """Listen on a free port of loopback.

        Raises:
            SignerStartError: this is no training build.
        """
        if not TRAINING_BUILD:
            raise SignerStartError("This build has no debug channel.")
        self._port = port
        port.attend()
        self._socket = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        """Where it is reached."""
        return f"debug://127.0.0.1:{self._socket.getsockname()[1]}"

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                connected, _ = self._socket.accept()
            except OSError:
                return
            if not is_ours(connected):
                connected.close()
                continue
            threading.Thread(target=self._client, args=(connected,), daemon=True).start()

    def _client(self, connected: socket.socket) -> None:
        with connected, connected.makefile("rwb") as stream:
            while line := stream.readline(_MAX_LINE):
                try:
                    answer = self._answer(json.loads(line))
                except (ValueError, TypeError, AttributeError):
                    answer = {"error": "malformed"}
                try:
                    stream.write(json.dumps(answer).encode() + b"\n")
                    stream.flush()
                except OSError:
                    return

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        shown = self._port.current()
        if shown is not None and shown.chain_id is not None and shown.chain_id not in TRAINING_CHAIN_IDS:
            return {"error": "not a training chain"}
        if request.get("do") == "current":
            if shown is None:
                return {"screen": None}
            screen = shown.screen
            return {
                "screen": [screen.title, screen.label, screen.value],
                "number": shown.number,
                "count": shown.count,
                "wants_pin": shown.wants_pin,
            }
        if request.get("do") == "press" and request.get("button") in ApprovalPort.BUTTONS:
            return {"pressed": self._port.press(request["button"])}
        if request.get("do") == "pin" and isinstance(request.get("pin"), str):
            return {"pressed": self._port.enter_pin(bytearray(request["pin"].encode()))}
        return {"error": "unknown"}


class DebugButtons:
    """The other end: reads the display and presses buttons, as a test's finger."""

    def __init__(self, url: str) -> None:
        """Connect.

        Raises:
            LinkUrlError: malformed.
            UnpluggedError: nobody listens.
        """
        found = _URL.fullmatch(url)
        if not found:
            raise LinkUrlError("A debug channel is written debug://127.0.0.1:PORT.")
        try:
            self._socket = socket.create_connection(("127.0.0.1", int(found[1])), 5)
        except OSError as cause:
            raise UnpluggedError("No debug channel listens at this address.") from cause
        self._stream = self._socket.makefile("rwb")
        self._stop = threading.Event()

    def close(self) -> None:
        """Disconnect."""
        self._stop.set()
        # What was not sent yet cannot be sent any more where the signer is gone.
        with contextlib.suppress(OSError):
            self._stream.close()
        self._socket.close()

    def current(self) -> tuple[str, str, str] | None:
        """Give title, label and value on the display; None while it is dark."""
        screen = self._ask({"do": "current"}).get("screen")
        return None if screen is None else (screen[0], screen[1], screen[2])

    def wants_pin(self) -> bool:
        """Whether a PIN is asked for."""
        return bool(self._ask({"do": "current"}).get("wants_pin"))

    def enter_pin(self, pin: str) -> bool:
        """Enter a training PIN; tells whether it was taken."""
        return bool(self._ask({"do": "pin", "pin": pin}).get("pressed"))

    def press(self, button: str) -> bool:
        """Press a button; tells whether it did anything."""
        return bool(self._ask({"do": "press", "button": button}).get("pressed"))

    def approve_all(self, stop: threading.Event) -> list[tuple[str, str, str]]:
        """Page through and approve whatever is asked, until told to stop; a PIN is not given, but declined.

        Returns:
            Every screen that was seen.
        """
        seen: list[tuple[str, str, str]] = []
        while not stop.is_set():
            screen = self.current()
            if screen is None:
                stop.wait(0.02)
                continue
            if not seen or seen[-1] != screen:
                seen.append(screen)
            if not self.press("next") and not self.press("approve") and self.wants_pin():
                self.press("reject")
        return seen

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            self._stream.write(json.dumps(request).encode() + b"\n")
            self._stream.flush()
            line = self._stream.readline(65536)
        except (OSError, ValueError) as cause:
            raise UnpluggedError("The debug channel is gone.") from cause
        if not line:
            raise UnpluggedError("The debug channel is gone.")
        answer: dict[str, Any] = json.loads(line)
        return answer

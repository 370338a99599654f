"""The host's end of the debug channel: reads a signer's display and presses its buttons, in training builds only."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import threading
from typing import Any

from firmware_bridge.errors import LinkUrlError, UnpluggedError

_URL = re.compile(r"debug://127\.0\.0\.1:([0-9]{1,5})", re.ASCII)


class DebugButtons:
    """Reads the display and presses buttons, as a test's finger."""

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

    def approve_all(self, stop: threading.Event, asked: threading.Event | None = None) -> list[tuple[str, str, str]]:
        """Page through and approve what is asked, until told to stop; a PIN is not given, but declined.

        Args:
            stop: set to end.
            asked: set while the question on the display is the caller's own; None to press whoever asked.

        Returns:
            Every screen that was seen.
        """
        seen: list[tuple[str, str, str]] = []
        while not stop.is_set():
            screen = self.current() if asked is None or asked.is_set() else None
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
        try:
            answer = json.loads(line)
        except (ValueError, RecursionError) as cause:
            raise UnpluggedError("What listens at this address is no debug channel.") from cause
        if not isinstance(answer, dict):
            raise UnpluggedError("What listens at this address is no debug channel.")
        return answer

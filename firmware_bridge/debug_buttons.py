"""The host's end of the debug channel: reads a signer's display and presses its buttons, in training builds only."""

from __future__ import annotations

import json
import re
import threading
import time
from typing import Any

from firmware_bridge.errors import (
    LinkTimeoutError,
    LinkUrlError,
    MessageError,
    UnpluggedError,
)
from firmware_bridge.host_identity import HostIdentity
from firmware_bridge.initiator import Initiator
from firmware_bridge.link.socket_port import SocketPort

_ANSWER_SECONDS = 10.0
_URL = re.compile(r"debug://127\.0\.0\.1:([0-9]{1,5})", re.ASCII)


class DebugButtons:
    """Reads the display and presses buttons, as a test's finger."""

    def __init__(self, url: str, host: HostIdentity) -> None:
        """Connect.

        Args:
            url: of the debug channel.
            host: this computer.

        Raises:
            LinkUrlError: malformed.
            UnpluggedError: nobody listens, or none that shakes hands.
            NotPairedError: the signer does not know this computer.
        """
        found = _URL.fullmatch(url)
        if not found:
            raise LinkUrlError("A debug channel is written debug://127.0.0.1:PORT.")
        link = SocketPort.connect(int(found[1]))
        try:
            self._channel = Initiator(link, host)
        except (LinkTimeoutError, MessageError) as cause:
            link.close()
            raise UnpluggedError("What listens at this address is no debug channel.") from cause
        except BaseException:
            link.close()
            raise
        self._stop = threading.Event()

    def close(self) -> None:
        """Disconnect."""
        self._stop.set()
        self._channel.close()

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
        self._channel.demand_known()
        self._channel.send(json.dumps(request).encode())
        deadline = time.monotonic() + _ANSWER_SECONDS
        while time.monotonic() < deadline:
            message = self._channel.receive(0.1)
            if message is not None:
                return _read(message)
        raise UnpluggedError("The debug channel does not answer.")


def _read(message: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(message)
    except (ValueError, RecursionError) as cause:
        raise UnpluggedError("What listens at this address is no debug channel.") from cause
    if not isinstance(answer, dict):
        raise UnpluggedError("What listens at this address is no debug channel.")
    return answer

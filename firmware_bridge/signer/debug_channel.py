"""The debug channel: in training builds only, a loopback socket that reads the display and presses buttons.

It carries the same authenticated channel as every link, and serves only hosts that the signer is paired with. Messages in
JSON: `{"do": "current"}`, `{"do": "press", "button": B}` and `{"do": "pin", "pin": TEXT}`. It refuses whenever a transaction of a chain outside
the training range is on the display, whatever the token. It exists for tests and demonstrations.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from typing import Any

from firmware_bridge.errors import BridgeError, SignerStartError
from firmware_bridge.link.peer import is_ours
from firmware_bridge.link.socket_port import SocketPort
from firmware_bridge.signer.approval import ApprovalPort
from firmware_bridge.signer.build import TRAINING_BUILD
from firmware_bridge.signer.responder import Responder
from firmware_bridge.signer.signer_files import SignerFiles
from lightnode.wire.profile import TRAINING_CHAIN_IDS

_MAX_MESSAGE = 4096
_POLL_SECONDS = 1.0


class DebugServer:
    """Serves the display and buttons of one signer."""

    def __init__(self, port: ApprovalPort, files: SignerFiles) -> None:
        """Listen on a free port of loopback.

        Args:
            port: display and buttons.
            files: of the signer: its key for channels, and the hosts that it is paired with.

        Raises:
            SignerStartError: this is no training build.
        """
        if not TRAINING_BUILD:
            raise SignerStartError("This build has no debug channel.")
        self._port, self._files = port, files
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
        link = SocketPort(connected)
        responder = Responder(link, self._files.channel_secret(), self._files.hosts)
        # A client that leaves in the middle of an answer is no trouble of ours.
        with contextlib.suppress(BridgeError), contextlib.closing(link):
            while True:
                for message in responder.feed(link.read(_POLL_SECONDS)):
                    answer = self._answered(message) if responder.paired else {"error": "not paired"}
                    responder.send(json.dumps(answer).encode())

    def _answered(self, message: bytes) -> dict[str, Any]:
        try:
            return self._answer(json.loads(message[:_MAX_MESSAGE]))
        except (ValueError, TypeError, AttributeError, RecursionError):
            return {"error": "malformed"}

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        shown = self._port.current()
        if shown is not None and shown.chain_id is not None and shown.chain_id not in TRAINING_CHAIN_IDS:
            return {"error": "not a training chain"}
        if request.get("do") == "current":
            # A program reads the display itself: for its presses this counts as drawn.
            shown = self._port.read()
            if shown is None:
                return {"screen": None}
            screen = shown.screen
            return {
                "screen": [screen.title, screen.label, screen.value],
                "lines": list(screen.lines),
                "page": [screen.page, screen.pages],
                "number": shown.number,
                "count": shown.count,
                "wants_pin": shown.wants_pin,
            }
        if request.get("do") == "press" and request.get("button") in ApprovalPort.BUTTONS:
            return {"pressed": self._port.press(request["button"])}
        if request.get("do") == "pin" and isinstance(request.get("pin"), str):
            return {"pressed": self._port.enter_pin(bytearray(request["pin"].encode()))}
        return {"error": "unknown"}

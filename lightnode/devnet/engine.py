"""Our side of the EVM engine: starts the worker in its own environment and exchanges JSON lines with it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from lightnode.devnet.errors import CallTimeError, EngineFailedError, EngineMissingError

WORKER = Path(__file__).with_name("engine_worker.py")
# A whole state goes over the line, so the bound is wide.
MAX_LINE = 256 * 1024 * 1024
VARIABLE = "CHANCERY_ENGINE_PYTHON"


def engine_python() -> Path:
    """Find the interpreter of the engine's environment.

    Raises:
        EngineMissingError: there is none.
    """
    named = os.environ.get(VARIABLE)
    beside = Path(__file__).resolve().parents[2] / ".venv-engine"
    candidates = [Path(named)] if named else [beside / "bin" / "python", beside / "Scripts" / "python.exe"]
    for candidate in candidates:
        if candidate.exists():
            return candidate
    raise EngineMissingError("The environment of the EVM engine is not installed.")


class Engine:
    """A running worker; one request at a time, from any thread."""

    def __init__(self, fork: str = "london") -> None:
        """Start a worker.

        Args:
            fork: name of the fork as the specification spells it, such as `istanbul` or `london`.

        Raises:
            EngineMissingError: the environment is not installed.
            EngineFailedError: the worker does not come up.
        """
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [str(engine_python()), str(WORKER), fork],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            env={name: value for name, value in os.environ.items() if not name.startswith("PYTHON")},
        )
        try:
            self._read()
        except EngineFailedError:
            self.close()
            raise

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop the worker."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def reset(self, accounts: Mapping[str, Any]) -> bytes:
        """Replace the state.

        Args:
            accounts: by address in hex: nonce, balance, code in hex, storage by 32-byte slot in hex.

        Returns:
            The state root, as the engine computes it.
        """
        return bytes.fromhex(self._ask({"do": "reset", "accounts": accounts})["root"])

    def execute(
        self, block: Mapping[str, Any], transactions: Sequence[bytes], *, discard: bool = False
    ) -> dict[str, Any]:
        """Run raw transactions in a block.

        Args:
            block: chain_id, gas_limit, hashes, coinbase, number, base_fee, time.
            transactions: raw, in order.
            discard: keep the state as it was.

        Returns:
            results for each transaction, changed accounts, gas used.
        """
        raw = [item.hex() for item in transactions]
        return self._ask({"do": "execute", "block": block, "transactions": raw, "discard": discard})

    def amend(self, accounts: Mapping[str, Any]) -> None:
        """Replace some accounts of the state.

        Args:
            accounts: as for `reset`, each whole; None where it is gone.
        """
        self._ask({"do": "amend", "accounts": accounts})

    def call(
        self,
        block: Mapping[str, Any],
        message: Mapping[str, Any],
        accounts: Mapping[str, Any] | None,
        seconds: float | None = None,
    ) -> dict[str, Any]:
        """Run a message without a signature; nothing is kept.

        Args:
            block: as for `execute`.
            message: from, to, gas, value, data.
            accounts: a whole earlier state; None for the current one.
            seconds: after which the worker is ended; None for as long as it takes.

        Raises:
            CallTimeError: it took longer; this engine answers nothing any more.
        """
        return self._ask({"do": "call", "block": block, "accounts": accounts, **message}, seconds)

    def root(self) -> bytes:
        """Give the state root, as the engine computes it."""
        return bytes.fromhex(self._ask({"do": "root"})["root"])

    @property
    def alive(self) -> bool:
        """Whether the worker is there."""
        return self._process.poll() is None

    def _ask(self, request: Mapping[str, Any], seconds: float | None = None) -> dict[str, Any]:
        with self._lock, self._ended_after(seconds):
            try:
                if self._process.stdin is None:
                    raise EngineFailedError("The EVM engine has no input.")
                self._process.stdin.write(json.dumps(request) + "\n")
                self._process.stdin.flush()
            except (OSError, ValueError) as cause:
                raise EngineFailedError("The EVM engine has stopped.") from cause
            answer = self._read()
        if "failed" in answer:
            raise EngineFailedError(f"The EVM engine failed: {answer['failed']}")
        return answer

    @contextlib.contextmanager
    def _ended_after(self, seconds: float | None) -> Iterator[None]:
        """End the worker where an exchange takes longer; only that stops a computation in it."""
        if seconds is None:
            yield
            return
        expired = threading.Event()

        def end() -> None:
            expired.set()
            self._process.kill()

        timer = threading.Timer(seconds, end)
        timer.daemon = True
        timer.start()
        try:
            yield
        except EngineFailedError:
            if not expired.is_set():
                raise
        finally:
            timer.cancel()
        if expired.is_set():
            raise CallTimeError("A call took too long and was ended.")

    def _read(self) -> dict[str, Any]:
        line = self._process.stdout.readline(MAX_LINE) if self._process.stdout is not None else ""
        if not line.endswith("\n"):
            raise EngineFailedError("The EVM engine has stopped.")
        try:
            answer: dict[str, Any] = json.loads(line)
        except ValueError as cause:
            raise EngineFailedError("The EVM engine answered something unreadable.") from cause
        return answer

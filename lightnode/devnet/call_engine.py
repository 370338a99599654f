"""The engine for calls: a worker beside the one that makes blocks, so that no call keeps the chain waiting.

Invariant: a call that takes too long costs its worker and nothing else; the next call gets a new one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from lightnode.devnet.engine import Engine
from lightnode.devnet.errors import CallTimeError, EngineFailedError
from lightnode.devnet.world_state import WorldState

# This EVM runs about 200,000 gas a second where it loops: a call of the registry takes a hundredth of this.
CALL_SECONDS = 5.0
# How long a call waits for those before it, and how many may wait; other requests need places too.
QUEUE_SECONDS = 20.0
MAX_WAITING = 32


class CallEngine:
    """Runs messages at any state, one at a time, from any thread."""

    def __init__(self, make: Callable[[], Engine] = Engine, seconds: float = CALL_SECONDS) -> None:
        """Begin without a worker: the first call starts it.

        Args:
            make: starts a worker.
            seconds: that a call may take.
        """
        self._make, self._seconds = make, seconds
        self._turn = threading.Lock()
        self._places = threading.Semaphore(MAX_WAITING)
        self._engine: Engine | None = None
        self._state = WorldState({})
        self._closed = False

    def call(self, block: Mapping[str, Any], message: Mapping[str, Any], state: WorldState) -> dict[str, Any]:
        """Run a message without a signature; nothing is kept.

        Args:
            block: that it runs in, as for `Engine.execute`.
            message: from, to, gas, value, data.
            state: that it starts from.

        Raises:
            CallTimeError: it, or those before it, took too long.
            EngineFailedError: the worker failed.
            EngineMissingError: there is none.
        """
        if not self._places.acquire(blocking=False):
            raise CallTimeError("Too many calls wait.")
        try:
            return self._in_turn(block, message, state)
        finally:
            self._places.release()

    def _in_turn(self, block: Mapping[str, Any], message: Mapping[str, Any], state: WorldState) -> dict[str, Any]:
        if not self._turn.acquire(timeout=QUEUE_SECONDS):
            raise CallTimeError("Other calls took too long.")
        try:
            return self._at(state).call(block, message, None, self._seconds)
        except CallTimeError:
            self._drop()
            raise
        finally:
            self._turn.release()

    def _at(self, state: WorldState) -> Engine:
        """Give a worker that holds a state, telling it no more than what it does not hold yet."""
        if self._closed:
            raise EngineFailedError("The EVM engine has stopped.")
        if self._engine is None or not self._engine.alive:
            self._drop()
            self._engine, self._state = self._make(), WorldState({})
        if state is not self._state:
            try:
                self._engine.amend(self._state.differences(state))
            except EngineFailedError:
                # Nobody knows what it holds now.
                self._drop()
                raise
            self._state = state
        return self._engine

    def _drop(self) -> None:
        if self._engine is not None:
            self._engine.close()
        self._engine = None

    def close(self) -> None:
        """End the worker, and the call in it."""
        self._closed = True
        engine = self._engine
        if engine is not None:
            engine.close()

"""The one bridge from work in threads to the UI: a queued signal for each result, error and word of progress."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal


class Task(QObject):
    """One piece of work in a thread of its own; its signals arrive in the UI thread."""

    done = Signal(object)
    failed = Signal(object)
    said = Signal(object)

    def __init__(self, work: Callable[[Task], Any]) -> None:
        """Prepare work.

        Args:
            work: called in the thread; may call `say` and ask `cancelled`.
        """
        super().__init__()
        self._work = work
        self.cancelled = threading.Event()

    def start(
        self,
        done: Callable[[Any], None],
        failed: Callable[[Exception], None],
        said: Callable[[Any], None] | None = None,
    ) -> None:
        """Begin; exactly one of done and failed is called, in the UI thread."""
        queued = Qt.ConnectionType.QueuedConnection
        self.done.connect(done, queued)
        self.failed.connect(failed, queued)
        if said is not None:
            self.said.connect(said, queued)
        threading.Thread(target=self._run, daemon=True).start()

    def say(self, what: Any) -> None:
        """Tell the UI something on the way."""
        self.said.emit(what)

    def cancel(self) -> None:
        """Ask the work to stop."""
        self.cancelled.set()

    def _run(self) -> None:
        try:
            result = self._work(self)
        except Exception as error:  # noqa: BLE001 - handed to the UI, which names it
            self.failed.emit(error)
        else:
            self.done.emit(result)

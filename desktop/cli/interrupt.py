"""Ctrl-C: a command that waits for a device takes it for itself while it runs, and gives it back when it ends."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator


@contextlib.contextmanager
def given_back() -> Iterator[None]:
    """Let whoever answered Ctrl-C before a command answer it after; off the main thread there is nothing to do."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        if before is not None:
            signal.signal(signal.SIGINT, before)

"""A token as a signer holds it: since when it has been at work, and locked again when it should be.

Invariants: everything that is asked of the token passes through here, from one thread; what the token knows of the PIN is
dropped when it vanished, when it was not used for `PIN_IDLE_SECONDS`, when the computer slept, on `lock`, and on `close`.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from firmware_bridge.signer.build import PIN_IDLE_SECONDS
from hsm.errors import HsmError, TokenGoneError
from hsm.token import KeyInfo, PinStatus, RawSignature, SigningContext, Token, TokenInfo, wipe


def slept_seconds() -> float:
    """How long this computer has slept since it was started; 0 where the system does not tell."""
    if not hasattr(time, "CLOCK_BOOTTIME"):
        return 0.0
    # In this order: the difference is never negative.
    awake = time.clock_gettime(time.CLOCK_MONOTONIC)
    return time.clock_gettime(time.CLOCK_BOOTTIME) - awake


class WatchedToken:
    """A token whose state is watched; itself a `Token`."""

    def __init__(
        self, inner: Token, clock: Callable[[], float] = time.monotonic, slept: Callable[[], float] = slept_seconds
    ) -> None:
        """Watch a token.

        Args:
            inner: of the back end.
            clock: monotonic, in seconds.
            slept: how long the computer has slept so far, in seconds.
        """
        self._inner, self._clock, self._slept = inner, clock, slept
        self._used, self._asleep = clock(), slept()
        self._may_be_open = True
        self._since: float | None = None

    def busy_seconds(self) -> float | None:
        """How long the token has been at work on what it was asked last; None while it rests. From any thread."""
        since = self._since
        return None if since is None else self._clock() - since

    def rest(self) -> None:
        """Look after the token while nobody asks anything: it may have vanished, or been open for too long."""
        if not self._may_be_open:
            return
        slept = self._slept() - self._asleep > 1
        try:
            needed = self.pin_status().needed
        except HsmError:
            # Whatever is wrong with it, its next use says so; until then nothing stays open.
            needed = True
        if needed or slept or self._clock() - self._used > PIN_IDLE_SECONDS:
            self.lock()

    def lock(self) -> None:
        """Drop what is known of the PIN, also where the token is gone."""
        self._may_be_open = False
        with contextlib.suppress(HsmError):
            self.logout()

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        self._since = self._clock()
        try:
            yield
        except TokenGoneError:
            # A session of before the removal is dead; whoever puts the token back enters the PIN again.
            with contextlib.suppress(HsmError):
                self._inner.logout()
            raise
        finally:
            self._since = None

    def info(self) -> TokenInfo:
        """Say what it is."""
        with self._at_work():
            return self._inner.info()

    def pin_status(self) -> PinStatus:
        """Say what is known of the PIN; see `Token`."""
        with self._at_work():
            return self._inner.pin_status()

    def login(self, pin: bytearray) -> None:
        """Open it; the PIN is wiped afterwards, whatever happens; see `Token`."""
        try:
            with self._at_work():
                self._inner.login(pin)
        finally:
            wipe(pin)
        self._used, self._asleep, self._may_be_open = self._clock(), self._slept(), True

    def logout(self) -> None:
        """Lock it."""
        with self._at_work():
            self._inner.logout()

    def keys(self) -> tuple[KeyInfo, ...]:
        """List its keys; see `Token`."""
        with self._at_work():
            return self._inner.keys()

    def generate_key(self, label: str, curve: str, purpose: str) -> KeyInfo:
        """Make a key that never leaves it; see `Token`."""
        with self._at_work():
            made = self._inner.generate_key(label, curve, purpose)
        self._used = self._clock()
        return made

    def sign_digest(self, key: KeyInfo, digest: bytes, context: SigningContext) -> RawSignature:
        """Sign 32 bytes; see `Token`."""
        with self._at_work():
            made = self._inner.sign_digest(key, digest, context)
        self._used = self._clock()
        return made

    def close(self) -> None:
        """Lock and release it; one that hangs is left to the end of the process."""
        if self._since is None:
            with self._at_work(), contextlib.suppress(HsmError):
                self._inner.close()

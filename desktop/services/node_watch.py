"""Comparing the verified server's head with other nodes, now and then, while it serves (W1 to W5 of docs/verification.md).

Invariants: what a node does costs nobody an answer: comparisons have a thread and connections of their own, and ask the
owner of the light client only for headers. A conflict is stored by the owner before it is shown, and halts the network.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from desktop.services.session_client import SessionClient
from lightnode.consensus.genesis import ChainConfig
from lightnode.consensus.verified_header import VerifiedHeader
from lightnode.errors import LightNodeError
from lightnode.light_client.choices import SyncChoices
from lightnode.light_client.halt import HaltedError
from lightnode.light_client.ledger_source import LedgerSource
from lightnode.light_client.witnesses import Comparison, Outcome, Patience, Witness
from lightnode.node.owner import Owner
from lightnode.rpc.client import JsonRpcClient
from lightnode.rpc.ledger import Ledger
from lightnode.rpc.retrying import Pauses, Retrying

WITNESS_SECONDS = 10.0
# A node that is behind is asked again at the next look, not waited for.
_NOW = Patience(0.0, lambda seconds: None, time.monotonic)
PAUSES = Pauses(tries=3, first=0.25, longest=2.0, budget=10.0)


class _OwnedChain:
    """This office's headers for a comparison, out of their owner's thread."""

    def __init__(self, owner: Owner[SessionClient]) -> None:
        self._owner = owner

    def header(self, height: int, now: int) -> VerifiedHeader:
        return self._owner.ask(lambda client: client.sealed(height))

    def known_between(self, low: int, high: int) -> int | None:
        return self._owner.ask(lambda client: client.known_between(low, high))


@dataclass(frozen=True, slots=True)
class Look:
    """What the last comparison with one node came to.

    Attributes:
        witness: the outcome.
        at: unix seconds.
    """

    witness: Witness
    at: int

    def as_json(self) -> dict[str, Any]:
        """Give it as status shows it."""
        one = self.witness
        return {"name": one.name, "outcome": one.outcome.value, "text": one.text, "height": one.height, "at": self.at}


class NodeWatch:
    """Compares in a thread of its own until it is closed."""

    def __init__(
        self, owner: Owner[SessionClient], config: ChainConfig, choices: SyncChoices, rpc: str, urls: Sequence[str],
        clock: Callable[[], int], period: float,
    ) -> None:  # fmt: skip
        """Prepare.

        Args:
            owner: of the light client.
            config: of the network.
            choices: counting and drift.
            rpc: the node that our headers come from.
            urls: of the nodes to compare with.
            clock: gives unix seconds.
            period: seconds between two looks.
        """
        self._owner, self._rpc, self._clock, self._period = owner, rpc, clock, period
        self._comparison = Comparison(config, _OwnedChain(owner), choices, _NOW)
        self._urls = tuple(urls)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="witnesses", daemon=True)
        self.looks: tuple[Look, ...] = ()
        self.halted: HaltedError | None = None

    def start(self) -> None:
        """Begin, where there is any node to compare with."""
        if self._urls:
            self._thread.start()

    def close(self) -> None:
        """End; a comparison under way ends by its connection's time limit."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(1.0)

    def look(self) -> None:
        """Compare once with every node."""
        head = self._owner.head
        if head.height == 0:
            return
        found = tuple(Look(self._with(url, head.height), self._clock()) for url in self._urls)
        self.looks = found
        conflict = next((one.witness for one in found if one.witness.outcome is Outcome.CONFLICT), None)
        if conflict is not None:
            self._halt(conflict)

    def _halt(self, conflict: Witness) -> None:
        try:
            self._owner.ask(lambda client: client.keep_conflict(conflict, self._rpc))
        except HaltedError as error:
            self.halted = error

    def _with(self, url: str, height: int) -> Witness:
        try:
            with JsonRpcClient(url, WITNESS_SECONDS) as client:
                ours = self._owner.ask(lambda own: own.sealed(height))
                return self._comparison.with_source(LedgerSource(Ledger(client), Retrying(PAUSES)), ours, self._clock())
        except LightNodeError as error:
            return Witness(url, Outcome.UNREACHABLE, error.text, height)

    def _run(self) -> None:
        self._owner.wait_until_caught_up()
        while not self._ended.is_set() and self._owner.alive and self.halted is None:
            # Where our own headers cannot be had, the next look tries again.
            with contextlib.suppress(LightNodeError):
                self.look()
            self._ended.wait(self._period)

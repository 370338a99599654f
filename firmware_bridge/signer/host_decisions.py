"""What a person decides about computers: to pair one, to forget one. Both stand in the audit log.

Invariants: nothing changes without a person's tick on the signer; what was withdrawn has no effect; a stranger whose pairings
come to nothing has to wait longer each time, so that nobody's display is taken up by questions.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from firmware_bridge.errors import BusyError, DeviceError, PairingOrderError
from firmware_bridge.signer.approval import ApprovalPort
from firmware_bridge.signer.asking import demand_approval
from firmware_bridge.signer.journal import Journal
from firmware_bridge.signer.paired_hosts import PairedHost
from firmware_bridge.signer.pairing import Pairing
from firmware_bridge.signer.screens import Screen, rows_to_screens
from firmware_bridge.signer.signer_files import SignerFiles
from firmware_bridge.signer.work import Work
from lightnode.wire import cbor

FORGET = "Forget a computer"
# So many pairings may come to nothing before the next one waits; then twice as long each time.
FREE_FAILURES = 2
LONGEST_PAUSE_SECONDS = 60.0


class HostDecisions:
    """Changes of the list of paired hosts."""

    def __init__(
        self,
        files: SignerFiles,
        approval: ApprovalPort,
        journal: Journal,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin.

        Args:
            files: where the list is.
            approval: display and buttons.
            journal: for the audit log.
            clock: seconds that only rise.
        """
        self._files, self._approval, self._journal = files, approval, journal
        self._clock, self._failures, self._calm_at = clock, 0, 0.0

    def rows(self) -> cbor.Value:
        """Give id and name of each host."""
        return [[host.id, host.name] for host in self._files.hosts.all()]

    def finish(self, pairing: Pairing | None, work: Work) -> None:
        """Show a pairing's code and, where the person approves, keep the host.

        Raises:
            PairingOrderError: there is none that has come so far.
            DeviceError: it was declined, withdrawn, or there is no room.
        """
        if pairing is None:
            raise PairingOrderError("No pairing has begun.")
        screens, last = pairing.screens(), pairing.closing()
        self._files.hosts.demand_room(pairing.host.key)
        try:
            demand_approval(self._approval, screens, None, work, last)
            pairing.demand_right()
            work.commit()
        except DeviceError:
            self._failures += 1
            pause = 0.0 if self._failures <= FREE_FAILURES else 2.0 ** (self._failures - FREE_FAILURES)
            self._calm_at = self._clock() + min(pause, LONGEST_PAUSE_SECONDS)
            raise
        self._failures = 0
        self._files.hosts.add(pairing.host)
        self._journal.host("paired", pairing.host)

    def demand_calm(self) -> None:
        """Demand that a stranger may ask now.

        Raises:
            BusyError: pairings came to nothing lately.
        """
        left = self._calm_at - self._clock()
        if left > 0:
            raise BusyError(
                f"Pairings came to nothing lately; the signer takes another one in {int(left) + 1} seconds."
            )

    def forget(self, wanted: bytes, work: Work) -> None:
        """Strike a host.

        Raises:
            NoSuchHostError: there is none of this id.
            DeviceError: it was declined or withdrawn.
        """
        host = self._files.hosts.named(wanted)
        screens = rows_to_screens(FORGET, [("Computer", host.name), ("Its id", host.id.hex())])
        last = Screen(
            FORGET, "Forget it?", "Press the tick: it can ask nothing of this signer any more.", tick="Forget"
        )
        demand_approval(self._approval, screens, None, work, last)
        work.commit()
        self._files.hosts.forget(host)
        self._journal.host("forgotten", host)

    def introduce(self, host: PairedHost) -> None:
        """Keep a host that whoever starts the signer's process names: it holds the signer's folder anyway."""
        known = self._files.hosts.find(host.key)
        if known != host:
            self._files.hosts.add(host)
            self._journal.host("introduced", host)

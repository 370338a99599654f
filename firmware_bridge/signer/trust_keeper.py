"""Taking in what a signer is given: its root, signed files, and the time that they bring.

Invariants: what is refused or declined takes no effect; two contents of one serial are written into the audit log; only a
root, a package by governance with its full threshold, and a policy move the signer's time, and never more than
`TIME_STEP_TO_ASK_SECONDS` beyond what a person last confirmed, in however many steps.
"""

from __future__ import annotations

from dataclasses import replace

from firmware_bridge.errors import MalformedRequestError, NotProvisionedError, SignerStateError, TwoFilesError
from firmware_bridge.signer import root_change
from firmware_bridge.signer.approval import ApprovalPort
from firmware_bridge.signer.asking import demand_approval
from firmware_bridge.signer.build import TIME_STEP_TO_ASK_SECONDS
from firmware_bridge.signer.journal import Journal
from firmware_bridge.signer.refusals import checked_root, demand_build
from firmware_bridge.signer.screens import rows_to_screens, show_time
from firmware_bridge.signer.signer_files import Memory, SignerFiles
from firmware_bridge.signer.stated import is_package
from firmware_bridge.signer.trust_base import TrustBase, line_name, with_root
from firmware_bridge.signer.work import Work


class TrustKeeper:
    """The root of one signer and everything loaded under it.

    Attributes:
        base: what is in force; None before a root is installed.
    """

    def __init__(self, files: SignerFiles, approval: ApprovalPort, journal: Journal) -> None:
        """Put together what the folder holds.

        Raises:
            SignerStateError: the folder is damaged.
            PolicyRefusedError: the root is of another environment than this build.
        """
        self._files, self._approval, self._journal = files, approval, journal
        self.base: TrustBase | None = None
        stored = files.root()
        if stored is not None:
            try:
                root = root_change.newest(checked_root(stored), files.next_roots())
            except MalformedRequestError as cause:
                raise SignerStateError("The signer's root is damaged.") from cause
            demand_build(root.environment)
            self.base = TrustBase.restore(root, files.envelopes(), files.memory().serials)

    def demand_base(self) -> TrustBase:
        """Give what is in force.

        Raises:
            NotProvisionedError: there is no root.
        """
        if self.base is None:
            raise NotProvisionedError("The signer has no root; install it first.")
        return self.base

    def install_root(self, data: bytes, work: Work) -> None:
        """Install the first root, or the one that follows, after the person compared its fingerprint.

        Args:
            data: the file.
            work: told which screen is shown; nothing is stored where it was withdrawn.
        """
        if self.base is not None:
            self._next_root(self.base, data, work)
            return
        root = checked_root(data)
        demand_build(root.environment)
        demand_approval(self._approval, root_change.first_screens(root), None, work)
        base = TrustBase.restore(root, (), with_root(self._files.memory().serials, root))
        memory = self._moved(replace(self._files.memory(), serials=base.memory), root.issued, work)
        work.commit()
        self._files.save_root(data)
        self._took_root(base, memory)

    def _next_root(self, base: TrustBase, data: bytes, work: Work) -> None:
        """Take a root that follows; its signatures admit it in any mode, the person compares its fingerprint."""
        if root_change.is_installed(base.root, data):
            return
        following = root_change.following(base, self._files, data)
        demand_approval(self._approval, following.screens, None, work)
        root = following.base.root
        memory = self._moved(replace(self._files.memory(), serials=following.base.memory), root.issued, work)
        work.commit()
        self._files.save_next_root(root.serial, data, following.dropped)
        self._took_root(following.base, memory)

    def _took_root(self, base: TrustBase, memory: Memory) -> None:
        self._files.save_memory(memory)
        self.base = base
        self._journal.root(base.root.environment, base.root.fingerprint)

    def load(self, data: bytes, work: Work) -> None:
        """Take in a signed file.

        Raises:
            DeviceError: it is refused, or the person would not let it move the time so far; it has no effect then.
        """
        try:
            base, envelope = self.demand_base().with_file(data)
        except TwoFilesError as refused:
            self._journal.two_files(data, refused.text)
            raise
        memory = replace(self._files.memory(), serials=base.memory)
        if is_package(envelope.payload):
            memory = self._moved(memory, envelope.payload.issued, work)
        work.commit()
        # In this order: after a power cut in between, the newer file brings the memory up to itself.
        self._files.save_envelope(line_name(envelope), data)
        self._files.save_memory(memory)
        self.base = base

    def _moved(self, memory: Memory, issued: int, work: Work) -> Memory:
        """Move the newest signed time forward; too far from the last confirmed one asks the person first."""
        if issued <= memory.newest_time:
            return memory
        if issued - memory.confirmed_time <= TIME_STEP_TO_ASK_SECONDS:
            return replace(memory, newest_time=issued)
        if not memory.confirmed_time:
            # The person has just read what the first root is; its time is confirmed with it.
            return replace(memory, newest_time=issued, confirmed_time=issued)
        rows = [
            ("What", "Move this signer's time"),
            ("From", show_time(memory.newest_time)),
            ("To", show_time(issued)),
        ]
        demand_approval(self._approval, rows_to_screens("Signer's time", rows), None, work)
        return replace(memory, newest_time=issued, confirmed_time=issued)

"""The real work behind the pages, for an office that is set up: judge, preview, sign."""

from __future__ import annotations

import contextlib
import datetime
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from desktop.errors import DesktopError
from desktop.qt.sign_work import SignedRecord
from desktop.qt.tasks import Task
from desktop.qt.widgets.sizes import show_size
from desktop.services import (
    chosen_document,
    data_folder,
    list_age,
    office,
    office_status,
    preview,
    roots,
    signing,
    verify,
)
from desktop.services.chosen_document import ChosenDocument
from desktop.services.drafting import last_day
from desktop.services.file_access import read_bytes, write_bytes
from desktop.services.loaded_profile import load_profile
from desktop.services.network_session import NetworkSession
from desktop.services.office import Office
from desktop.services.office_status import OfficeStatus
from desktop.services.signer_access import SignerAddress
from firmware_bridge.signer.screens import Naming, Screen, screens_for_act
from lightnode.consensus.quorum import quorum
from lightnode.errors import LightNodeError
from lightnode.evidence.evidence_file import decode_evidence
from lightnode.verdict import Verdict
from lightnode.verdict.judgement import show_count
from lightnode.wire.authority import authority_id
from lightnode.wire.commitment import Opening
from lightnode.wire.field_value import Value, show_date
from lightnode.wire.profile import Profile
from lightnode.wire.registry import ActCall, Verb
from lightnode.wire.template import Template
from lightnode.wire.trust import AuthorityEntry, open_trust
from lightnode.wire.types import ZERO_HASH, Hash32

_LATER = "(when the device is asked)"
_PREVIEW_SPAN_SECONDS = 7 * 86400


class OfficeIncompleteError(DesktopError):
    """The office's file does not name what this page needs."""

    code = "OFFICE-INCOMPLETE"
    advice = "Ask your IT staff to complete office.json in the data folder, or begin with `chancery quickstart`."


class OfficeWork:
    """Work of one office in one data folder."""

    def __init__(
        self,
        office: Office,
        home: Path | None,
        clock: Callable[[], float] = time.time,
        approve_debug: str | None = None,
    ) -> None:
        """Work for an office.

        Args:
            office: what it works with.
            home: data folder; None for the platform's.
            clock: gives unix seconds.
            approve_debug: debug channel that presses the signer's buttons, in a training demonstration only.
        """
        self.office, self._base = office, data_folder.base_folder(home)
        self._clock, self._approve_debug = clock, approve_debug
        self._profile: Profile | None = None
        self._checked: float | None = None

    def environment(self) -> str:
        """Give the environment of the office's root; empty where there is none."""
        if self.office.root is None:
            return ""
        return roots.load(self.office.root).root.environment

    def judge(self, evidence: Path, document: Path | None) -> Verdict:
        """Judge an evidence file; opens no socket."""
        if self.office.trust is None:
            raise OfficeIncompleteError("This office has no trust list.")
        question = verify.Question(evidence, document, self.office.trust, self.office.root, int(self._clock()))
        return verify.judge(question, self._base).verdict

    def status(self) -> OfficeStatus:
        """Say how device, register and trust list stand."""
        register = office_status.register_words(self.office.rpc, self._checked, self._clock())
        return OfficeStatus(office_status.device_words(self.office.signer), register, self._list_words())

    def _list_words(self) -> str:
        if self.office.trust is None:
            return list_age.NO_LIST
        try:
            return list_age.words(list_age.read(self.office.trust, self.office.root), int(self._clock()))
        except (DesktopError, LightNodeError) as error:
            return f"The trust list cannot be used ({error.code})"

    def take_list(self, path: Path) -> None:
        """Take another trust list for this office; one that does not lead to its root is refused.

        Raises:
            InputError: the file cannot be read.
            LightNodeError: it is no trust list of this office's root.
        """
        list_age.read(path, self.office.root)
        self.office = replace(self.office, trust=path.absolute())
        office.save(self._base, replace(office.load(self._base), trust=self.office.trust))

    def preview(self, template: Template, values: tuple[Value, ...], document: Hash32 | None) -> tuple[Screen, ...]:
        """Give the screens the device will show, by the device's own code."""
        profile = self._known_profile()
        if profile is None:
            return ()
        call = ActCall(
            Verb.REGISTER, profile.genesis_hash, ZERO_HASH, template.ledger_id, ZERO_HASH, 1, None, None, ZERO_HASH,
            last_day(template, values), int(self._clock()) + _PREVIEW_SPAN_SECONDS, ZERO_HASH,
        )  # fmt: skip
        return screens_for_act(profile, template, Naming(b"", {}, _LATER), call, Opening(bytes(32), document, values))

    def _known_profile(self) -> Profile | None:
        if self._profile is None and self.office.profile is not None:
            self._profile = load_profile(self.office.profile, self.office.root).profile
        return self._profile

    def _acting_for(self) -> Hash32 | None:
        """Give the authority that the key acts for, where the ledger does not say it."""
        if self.office.authority is None:
            return None
        country, _, number = self.office.authority.partition("/")
        return authority_id(country, number)

    def _entries(self) -> Mapping[Hash32, AuthorityEntry]:
        """Give what countries state of authorities, where this office has a trust list under its root."""
        if self.office.trust is None:
            return {}
        with contextlib.suppress(DesktopError, LightNodeError):
            return open_trust(read_bytes(self.office.trust), roots.load(self.office.root).root).authorities
        return {}

    def sign(
        self, template: Template, typed: dict[str, str], document: ChosenDocument | None, task: Task
    ) -> SignedRecord:
        """Sign a record and keep its evidence beside the office's files."""
        known = self.office
        if known.rpc is None or known.profile is None or known.signer is None or known.key is None:
            raise OfficeIncompleteError("This office has no network, signer or key to sign with.")
        content = None if document is None else chosen_document.read_again(document)
        with NetworkSession.open(known.rpc, load_profile(known.profile, known.root), self._base) as session:
            desk = signing.Desk(
                SignerAddress(
                    known.signer, self._approve_debug, shown=lambda at, count: task.say((at, count)), home=self._base
                ),
                task.say,
                cancel=task.cancelled,
            )
            request = signing.RecordRequest(template, typed, content, authority=self._acting_for())
            drafted = signing.draft_record(session, desk, known.key, request)
            # Drafting looks at the newest block, whose header is verified.
            self._checked = self._clock()
            task.say(preview.screens(session.profile, drafted.job, self._entries(), template))
            return self._signed(session, signing.complete(session, desk, drafted))

    def _signed(self, session: NetworkSession, done: signing.Done) -> SignedRecord:
        """Say what was made, in facts of the job itself."""
        job = done.job
        if done.evidence is None or job.inclusion is None:
            raise OfficeIncompleteError("The job ended without evidence.")
        place = self._base / "evidence" / f"{job.identifier}.cev"
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_bytes(place, done.evidence)
        header = session.observer().block(job.inclusion.height).header
        needed, found = quorum(len(header.members)), len(decode_evidence(done.evidence).sealed.seals)
        number = "" if done.record is None else f"Record {show_count(done.record)}, "
        checks = (
            ("The device signed what was asked", f"Signature by your key {job.key_label}"),
            ("The register holds the entry", f"{number}block {show_count(job.inclusion.height)}"),
            ("Enough members confirmed it", f"{found} of {len(header.members)}. Needed: {needed}"),
            ("The evidence file was made", f"{place.name}, {show_size(len(done.evidence))}"),
        )
        made = datetime.datetime.fromtimestamp(header.header.timestamp, datetime.UTC)
        when = f"{show_date(made.date())}, {made:%H:%M} UTC"
        title = f"{job.title[:1].upper()}{job.title[1:]}"
        return SignedRecord(title, when, job.inclusion.height, place, checks)

"""Invented records, verdicts and devices for drawing every screen: the story of the design's pictures."""

from __future__ import annotations

from pathlib import Path

from desktop.qt.sign_work import SignedRecord
from desktop.qt.tasks import Task
from desktop.services import list_age, office_status
from desktop.services.chosen_document import ChosenDocument
from desktop.services.office_status import OfficeStatus
from firmware_bridge.signer.screens import Naming, Screen, closing, screens_for_act
from firmware_bridge.signer.transaction_screens import screens_for_transaction
from lightnode.templates import built_in
from lightnode.verdict import Verdict
from lightnode.verdict.codes import by_name
from lightnode.verdict.judgement import Freshness, Group, Judgement, ShownField, show_age, show_day
from lightnode.wire.authority import authority_id
from lightnode.wire.commitment import Opening
from lightnode.wire.curve import Curve
from lightnode.wire.field_value import Value, parse_form
from lightnode.wire.key_set import KeySet
from lightnode.wire.profile import REGISTRY, EngineSpan, GasPolicy, Profile, Recording
from lightnode.wire.registry import ActCall, Verb
from lightnode.wire.serial_memory import SerialMemory
from lightnode.wire.template import Template
from lightnode.wire.transaction import TransactionType, UnsignedTransaction
from lightnode.wire.trust import AuthorityEntry
from lightnode.wire.types import ZERO_HASH, Address, Hash32

FORM = {
    "forename": "Tom\u00e1s", "family_name": "Leal Antunes", "date_of_birth": "1989-07-04",
    "social_security_pin": "1989 0704 2231", "member_state_which_legislation_applies": "PT",
    "status_confirmation": "01", "starting_date": "2026-12-01", "ending_date": "2027-11-30",
    "type_of_employment": "01", "employer_name": "Carpintaria Naval de Aveiro, Lda",
    "a_fixed_place_of_work_exist": "yes", "country_work": "BE", "place_of_work": "Antwerp, Belgium",
    "institution_id": "PT:1040", "country_code": "PT", "unique_number_of_issued_document": "PDA1-0048213",
}  # fmt: skip
ISSUED = 1_796_274_000
DAY = 86_400
DIGEST = Hash32(bytes.fromhex("7f3a91c4" + "5d" * 26 + "e1c7"))


OFFICE = AuthorityEntry(
    authority_id("PT", "1040"), "PT", "1040", "Social Security Institute", KeySet(1, ()),
)  # fmt: skip
SENDER = Address(bytes.fromhex("1d5e" * 10))


class SampleWork:
    """Stands where the office's work does, with nothing behind it."""

    profile = Profile(
        "training", "Training network", "besu", 0x43480001, b"\xc0", Hash32(b"\x55" * 32), Curve.SECP256K1,
        (EngineSpan(0, "qbft", 30000, 0),), (), 0, (), Recording(REGISTRY, Address(b"\x77" * 20), ZERO_HASH),
        GasPolicy(0, 0, 1_000_000), ZERO_HASH,
    )  # fmt: skip

    def preview(self, template: Template, values: tuple[Value, ...], document: Hash32 | None) -> tuple[Screen, ...]:
        """Give the screens by the device's own code."""
        call = ActCall(
            Verb.REGISTER, self.profile.genesis_hash, ZERO_HASH, template.ledger_id, ZERO_HASH, 1, None, None,
            ZERO_HASH, 0, ISSUED + 7 * DAY, ZERO_HASH,
        )  # fmt: skip
        opening = Opening(bytes(32), document, values)
        return screens_for_act(self.profile, template, Naming(OFFICE.id, {OFFICE.id: OFFICE}), call, opening)

    def sign(
        self, template: Template, typed: dict[str, str], document: ChosenDocument | None, task: Task
    ) -> SignedRecord:
        """Give the end of the story at once."""
        return signed(template)


def signed(template: Template) -> SignedRecord:
    """Give a signed record."""
    checks = (
        ("The device signed what was asked", "Signature by your key official"),
        ("The register holds the entry", "Record 118\u00a0204, block 4\u00a0182\u00a0377"),
        ("Enough members confirmed it", "15 of 22, from 9 countries. Needed: 15"),
        ("The evidence file was made", "PDA1-0048213.cev, 2.0 kB"),
    )
    return SignedRecord(
        f"Register a {template.title}",
        "23 Nov 2026, 10:42 UTC",
        4_182_377,
        Path("/home/lisbon/PDA1-0048213.cev"),
        checks,
    )


_VIEW = (
    ShownField("First names", "Tom\u00e1s"), ShownField("Family name", "Leal Antunes"),
    ShownField("Date of birth", "4 Jul 1989"), ShownField("Valid from", "1 Dec 2026"),
    ShownField("Valid until", "30 Nov 2027"), ShownField("Employer", "Carpintaria Naval de Aveiro, Lda"),
    ShownField("Place of work", "Antwerp, Belgium"),
)  # fmt: skip


def dates_of(name: str) -> Freshness:
    """Give the trust list that a verdict of the story rests on: of 3 December, or the one of 24 November that ran out."""
    issued = ISSUED if name != "LIST-OLD" else ISSUED - 9 * DAY
    return Freshness(337, issued, issued + DAY, issued + 14 * DAY)


def now_of(name: str) -> int:
    """Give the time at which a verdict of the story was given."""
    return ISSUED + (6 * 3600 if name != "LIST-OLD" else 8 * DAY)


def status_of(name: str) -> OfficeStatus:
    """Give the foot of the pages at the time of a verdict of the story, or with the signing device `gone`."""
    now = now_of(name)
    register = office_status.register_words("http://127.0.0.1:8545", now - 120, now)
    device = "Signing device not connected" if name == "gone" else "Signing device ready"
    return OfficeStatus(device, register, list_age.words(dates_of(name), now))


def verdict(name: str, environment: str = "production") -> Verdict:
    """Give a verdict of the story: OK, UNCROSSED, OK-NEW, DOC-DIFF or LIST-OLD."""
    code, dates, now = by_name(name), dates_of(name), now_of(name)
    age = now - dates.issued
    judgement = Judgement(
        SerialMemory({}), age_seconds=age, environment=environment, freshness=dates, title="PDA1",
        fields=_VIEW if name != "LIST-OLD" else (), reference="Record 118\u00a0204, block 4\u00a0182\u00a0377",
    )  # fmt: skip
    judgement.fills = {"age": show_age(age), "list_date": show_day(dates.issued), "date": "23 Nov 2026"}
    if name == "LIST-OLD":
        judgement.fail(
            code, "V0", Group.STANDING, "This office's trust list is in time", date=show_day(dates.not_after)
        )
        judgement.reference = ""
        return judgement.conclude()
    judgement.fills.update(authority="Social Security Institute", country="Portugal")
    _ledger(judgement, name)
    _standing(judgement, name)
    return judgement.conclude()


def _ledger(judgement: Judgement, name: str) -> None:
    genuine = Group.GENUINE
    judgement.passed("V3", genuine, "Enough members confirmed it", "15 of 22, from 9 countries. Needed: 15")
    judgement.passed("V5", genuine, "The entry is in the register", judgement.reference)
    if name == "UNCROSSED":
        title = "The entry is compared with the register's log"
        judgement.fail(by_name(name), "V5", genuine, title)
        judgement.caveats.append("Sealed by the network of that date, not cross-checked with this office's log.")
        judgement.skipped("V5", genuine, title, "The evidence carries no path in the log")
    document = "The document is the registered one"
    if name == "DOC-DIFF":
        judgement.fail(by_name(name), "V6", genuine, document)
    else:
        judgement.passed("V6", genuine, document, "Fingerprint 7F3A 91C4 ... E1C7 matches")


def _standing(judgement: Judgement, name: str) -> None:
    title = "The record is not withdrawn"
    if name == "OK-NEW":
        judgement.fail(by_name(name), "V8", Group.STANDING, title)
        judgement.skipped("V8", Group.STANDING, title, "It was registered after this office's list was made")
        judgement.caveats.append("Registered after your list; a later withdrawal would not show.")
    else:
        when, age = judgement.fills["list_date"], judgement.fills["age"]
        judgement.passed("V8", Group.STANDING, title, f"As of {when}, {age} ago")
    judgement.passed(
        "V7", Group.ENTITLED, "The signer was entitled on that date",
        "Social Security Institute, PT:1040, by a device with its own display",
    )  # fmt: skip
    judgement.passed("V9", Group.RULES, "The record meets the rules of its kind", "Rules for PDA1")


def device_screens() -> tuple[Screen, ...]:
    """Give what the device shows for the sample record."""
    template, work = built_in("eessi.pda1.v1"), SampleWork()
    body = work.preview(template, parse_form(template, FORM)[0], DIGEST)
    transaction = UnsignedTransaction(
        TransactionType.LEGACY, work.profile.chain_id, 12, 0, None, None, 310_000, Address(b"\x77" * 20), 0, b""
    )
    title = body[0].title
    technical = screens_for_transaction(title, work.profile, transaction, "official", SENDER)
    return (*body, *technical, closing(title))

"""Pages of every kind that the signer shows, in the reviewed languages, for the display's pictures and its other tests.

The English texts are the product's own. Those of the other languages are samples (tests/vectors/display/words.json), which no
translator has seen: they hold the letters and the lengths that a translation will have.
"""

from __future__ import annotations

import json
from pathlib import Path

from firmware_bridge.signer.change_screens import screens_for_change
from firmware_bridge.signer.display.layout import Asks, Environment, Page, Setting, Words, idle_page, page_of
from firmware_bridge.signer.envelope_screens import screens_for_envelope
from firmware_bridge.signer.pin_entry import tries_text
from firmware_bridge.signer.screens import Naming, Screen, closing, screens_for_act
from firmware_bridge.signer.transaction_screens import screens_for_transaction
from hsm.token import PinStatus
from lightnode.templates import built_in
from lightnode.wire.authority import authority_id
from lightnode.wire.commitment import Opening
from lightnode.wire.field_value import parse_form
from lightnode.wire.key_set import KeySet
from lightnode.wire.order import HeightException
from lightnode.wire.payload import Payload
from lightnode.wire.registry import ActCall, Verb
from lightnode.wire.registry_admin import Operation, propose
from lightnode.wire.root import show_fingerprint
from lightnode.wire.transaction import TransactionType, UnsignedTransaction
from lightnode.wire.trust import AuthorityEntry
from lightnode.wire.types import ZERO_HASH, Address, Hash32
from tests.support import signer_bench
from tests.support.full_profile import GENESIS, plain_profile

FOLDER = Path(__file__).resolve().parents[1] / "vectors" / "display"
WORDS: dict[str, dict[str, str]] = json.loads((FOLDER / "words.json").read_text(encoding="utf-8"))
# English, two other alphabets, and the one of the Latin ones whose titles are longest (test_display_pages.py).
REVIEWED = ("en", "el", "bg", "hu")
NOW = 1_796_274_000
PRESENT = PinStatus(True, None, False, False, False)
FORM = {**signer_bench.FORM, "status_confirmation": "01"}
OFFICE = AuthorityEntry(authority_id("PT", "1040"), "PT", "1040", "Social Security Institute", KeySet(1, ()))
SENDER = Address(bytes.fromhex("7E5F4552091A69125d5DfCb7b8C2659029395Bdf"))
# What the fields of a record could say in the other reviewed languages: an authority, a day, a change.
VALUES = {
    "el": ("Ηλεκτρονικός Εθνικός Φορέας Κοινωνικής Ασφάλισης", "30 Νοε 2027", "Εισδοχή αρχής"),
    "bg": ("Национален осигурителен институт", "30 ноември 2027", "Приемане на орган"),
    "hu": ("Országos Egészségbiztosítási Pénztár, Győr", "2027. november 30.", "Hatóság felvétele"),
}
# As the signer answers (transaction_decision).
REFUSAL = "The call is for another authority than the one named."
# An Armenian name: the display has no drawing for its letters.
UNDRAWN = "\u0531\u0580\u0561\u0574"


def words(language: str) -> Words:
    """The display's own words in a language; in English those of the product."""
    if language == "en":
        return Words()
    row = WORDS[language]
    return Words(**{name: row[name] for name in Words.__dataclass_fields__})


def english() -> dict[str, tuple[Screen, int, int]]:
    """Screens by kind as the product makes them, with the place of each among the rows."""
    template, profile = built_in("eessi.pda1.v1"), plain_profile()
    call = ActCall(
        Verb.REGISTER, GENESIS, ZERO_HASH, template.ledger_id, ZERO_HASH, 1, None, None, ZERO_HASH, 0, NOW, ZERO_HASH
    )
    opening = Opening(bytes(32), None, parse_form(template, FORM)[0])
    act = screens_for_act(profile, template, Naming(OFFICE.id, {OFFICE.id: OFFICE}), call, opening)
    change = screens_for_change(
        profile, propose(GENESIS, Operation.ADMIT, OFFICE.id, (int.from_bytes(SENDER, "big"), 1), NOW, ZERO_HASH),
        Naming(None, {OFFICE.id: OFFICE}),
    )  # fmt: skip
    order = HeightException(GENESIS, 4_182_377, Hash32(bytes(range(32))))
    envelope = screens_for_envelope(
        Payload("order", "training", b"", b"", 3, NOW, NOW + 86_400, NOW + 864_000, order.body())
    )
    transaction = UnsignedTransaction(
        TransactionType.LEGACY, profile.chain_id, 12, 0, None, None, 310_000, Address(b"\x77" * 20), 0, b""
    )
    title = act[0].title
    technical = screens_for_transaction(title, profile, transaction, "official", SENDER)
    count = len(act) + len(technical) + 1
    return {
        "act": _placed(act, "Authority", count),
        "act-date": _placed(act, "Valid until", count),
        "change": _placed(change, "What", len(change) + 1),
        "envelope": _placed(envelope, "Block hash", len(envelope) + 1),
        "address": (*_placed(technical, "Key address", count)[:1], len(act) + 2, count),
        "pin": (Screen("PIN", "PIN of official", tries_text(PRESENT, wrong=False)), 1, 1),
        "refusal": (Screen("Refused", "Why", REFUSAL), 1, 1),
        "closing": (closing(title), count, count),
    }


def _placed(screens: tuple[Screen, ...], label: str, count: int) -> tuple[Screen, int, int]:
    at = next(at for at, screen in enumerate(screens) if screen.label == label)
    return screens[at], at + 1, count


def translated(language: str) -> dict[str, tuple[Screen, int, int]]:
    """The same kinds in another language, with sample texts."""
    row = WORDS[language]
    authority, day, change = VALUES.get(language, VALUES["hu"])
    title, of_list = row["title_register"], row["title_list"]
    return {
        "act": (Screen(title, row["authority"], authority), 2, 29),
        "act-date": (Screen(title, row["valid_until"], day), 12, 29),
        "change": (Screen(row["title_change"], row["what"], change), 1, 9),
        "envelope": (Screen(of_list, row["document"], show_fingerprint(bytes(range(32)))), 6, 9),
        "address": (Screen(title, row["key_address"], show_fingerprint(SENDER)), 25, 29),
        "pin": (Screen("PIN", row["pin_of"], row["enter_pin"]), 1, 1),
        "refusal": (Screen(row["refused"], row["why"], row["refusal"]), 1, 1),
        "closing": (Screen(title, row["sign_it"], row["closing"]), 29, 29),
    }


ENVIRONMENTS = {"envelope": Environment.TEST, "address": Environment.PRODUCTION, "change": Environment.PRODUCTION}
ON_A_BOARD = ("envelope", "address", "act-date")
ASKS = {"pin": Asks.PIN, "refusal": Asks.CLOSE, "closing": Asks.SIGN}


def pages(language: str) -> dict[str, Page]:
    """Pages by kind, with the environments and both places of a display spread over them."""
    own = words(language)
    made = {}
    for kind, (screen, number, count) in (english() if language == "en" else translated(language)).items():
        setting = Setting(own, ENVIRONMENTS.get(kind, Environment.TRAINING), kind not in ON_A_BOARD)
        typed = 5 if kind == "pin" else None
        made[kind] = page_of(
            screen, setting, ASKS.get(kind, Asks.TURN), number=number, count=count, first=number == 1, typed=typed
        )
    made["idle"] = idle_page(Setting(own, Environment.TRAINING, True))
    if language == "en":
        setting = Setting(own, Environment.PRODUCTION, False)
        made["undrawn"] = page_of(
            Screen("Register PDA1", "Family name", UNDRAWN), setting, Asks.TURN, number=6, count=29
        )
    return made
